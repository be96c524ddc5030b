"""What follows from counts: worked out by hand, on both sides of each edge."""

from dataclasses import replace
from fractions import Fraction

import pytest

from comity.core.coverage import Coverage, Want, bounded, covered, dependence, independent, unmet
from comity.core.errors import MalformedInput
from comity.core.instant import ALWAYS, NEVER, Instant, Window
from comity.core.loss import Change, Effect, Hurt
from comity.core.partner import Code, Recipient
from comity.core.requirement import Rate, Requirement, RequirementId

A, B, C, D = (Code(Recipient(name)) for name in "ABCD")
NEED = Requirement(
    id=RequirementId("need"), title="convoys", rate=Rate(items=3, period=10), freshness=5, corroboration=2
)
FOUND = Coverage(
    requirement=NEED.id,
    recipient=A,
    window=Window(Instant(100), Instant(120)),
    items=6,
    newest=Instant(115),
    independent=((A,), (B,)),
    reliability=(1, 0, 0, 0, 0, 2),
    credibility=(0, 3, 0, 0, 0, 0),
)
NOTHING = replace(FOUND, items=0, newest=None, independent=())


def test_equal_is_met() -> None:
    assert unmet(NEED, FOUND) == set()
    assert covered(NEED, FOUND)
    assert (FOUND.per(10), FOUND.age) == (Fraction(3), 5)


@pytest.mark.parametrize(
    ("found", "want"),
    [
        (replace(FOUND, items=5), Want.RATE),
        (replace(FOUND, newest=Instant(114)), Want.FRESHNESS),
        (replace(FOUND, independent=((A, B),)), Want.CORROBORATION),
    ],
)
def test_a_little_less_is_not(found: Coverage, want: Want) -> None:
    assert unmet(NEED, found) == {want}
    assert not covered(NEED, found)


def test_nothing_meets_no_want_and_covers_not_even_what_wants_nothing() -> None:
    assert unmet(NEED, NOTHING) == set(Want)
    modest = Requirement(id=NEED.id, title="anything")
    assert unmet(modest, NOTHING) == set()
    assert not covered(modest, NOTHING)
    assert covered(modest, replace(NOTHING, items=1))


@pytest.mark.parametrize(
    "window", [Window(), Window(Instant(1)), Window(ALWAYS, Instant(1)), Window(Instant(1), NEVER)]
)
def test_a_window_without_bounds_is_refused(window: Window) -> None:
    with pytest.raises(MalformedInput, match="state its start, and an end after it"):
        bounded(window)


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(MalformedInput):
        bounded(Window(Instant(1), Instant(1)))


def test_originators_of_one_circle_are_one_group_whatever_comes_first() -> None:
    origins = [frozenset({A}), frozenset({B, C}), frozenset({C, D}), frozenset({B})]
    assert independent(origins) == independent(reversed(origins)) == ((A,), (B, C, D))
    assert independent([]) == ()


def test_shares_are_exact_and_equal_ones_in_order() -> None:
    found = dependence([(frozenset({A}), 1), (frozenset({A, B, C}), 1)])
    assert found.shares == ((A, Fraction(2, 3)), (B, Fraction(1, 6)), (C, Fraction(1, 6)))
    assert found.concentration == Fraction(4, 9) + 2 * Fraction(1, 36)
    assert found.soles == (A,)


def test_nothing_depends_on_nobody() -> None:
    found = dependence([])
    assert (found.items, found.shares, found.soles, found.concentration) == (0, (), (), None)


def test_what_a_loss_does_and_what_it_breaks() -> None:
    changes = [Change(before=2, after=after).effect for after in (0, 1, 2)]
    assert changes == [Effect.LOST, Effect.DEGRADED, Effect.UNAFFECTED]
    assert Change(before=0, after=0).effect is Effect.UNAFFECTED
    hurt = Hurt(requirement=NEED, before=FOUND, after=replace(FOUND, items=5, newest=Instant(115)))
    assert (hurt.effect, hurt.broken) == (Effect.DEGRADED, frozenset({Want.RATE}))
    already = Hurt(requirement=NEED, before=replace(FOUND, items=5), after=NOTHING)
    assert (already.effect, already.broken) == (Effect.LOST, frozenset({Want.FRESHNESS, Want.CORROBORATION}))
