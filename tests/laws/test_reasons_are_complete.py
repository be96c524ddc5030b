import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, product

from hypothesis import given

from comity.core.decision import Permitted, Refused
from comity.core.explanation import Cause, explain
from comity.core.instant import Instant
from comity.core.lineage import ItemId
from comity.core.partner import Recipient
from comity.core.remedy import Wait, Waive, Way
from comity.core.world import World
from tests.laws.cures import Cure
from tests.laws.worlds import LOTS, Asked, drawn
from tests.plain import core_world, instant


def acts(cause: Cause) -> list[Way]:
    """The ways in which somebody does something."""
    return [way for way in cause.ways if not any(isinstance(remedy, Wait) for remedy in way)]


def cause_of(cause: Cause) -> tuple[object, int]:
    return cause.reason, cause.claim


@given(LOTS)
def test_reasons_are_complete(rng: random.Random) -> None:
    """Lifting, covering, consenting, naming, attesting or restating for *all* listed reasons permits, at once.

    An embargo is cured at once only in a version that states another; in this one it is waited for, and waiting is a
    matter of its own: what is waited for with one claim may be past another's `not_after`, and an expiry is exempt, for
    nothing but an attestation cures that in the version that states it.

    Not every agreement helps, either: one with a stricter rule tightens the terms of all that it overlaps. See `Cure`.
    """
    plain, questions = drawn(rng, 8)
    world = core_world(plain)
    for question in questions:
        item, to, at = ItemId(question.item), Recipient(question.to), instant(question.at)
        chosen = [rng.choice(acts(cause)) for cause in explain(world, item, to, at).causes]
        assert isinstance(question.of(cured(rng, world, question, at, chosen)), Permitted)


def choices(way: Way) -> Iterator[Way]:
    """The way, once for each party and item that it leaves the choice of."""
    yield from product(*(one_by_one(remedy) if isinstance(remedy, Waive) else [remedy] for remedy in way))


def one_by_one(word: Waive) -> list[Waive]:
    return [replace(word, by=(by,), items=(item,)) for by in word.by for item in word.items]


def cured(rng: random.Random, world: World, question: Asked, at: Instant, ways: list[Way]) -> World:
    cure = Cure(rng, world, Recipient(question.to), at)
    for way in ways:
        for remedy in way:
            cure.apply(remedy)
    return cure.world


@given(LOTS)
def test_every_way_takes_its_reason_away(rng: random.Random) -> None:
    """Each way by itself, with each of the parties and items that it offers; waiting too, for as long as it says."""
    plain, questions = drawn(rng, 4)
    world = core_world(plain)
    for question in questions:
        item, to, at = ItemId(question.item), Recipient(question.to), instant(question.at)
        for cause in explain(world, item, to, at).causes:
            for way in chain.from_iterable(map(choices, acts(cause))):
                after = explain(cured(rng, world, question, at, [way]), item, to, at)
                assert cause_of(cause) not in {cause_of(other) for other in after.causes}
            for way in cause.ways:
                if isinstance(way[0], Wait):
                    causes = [explain(world, item, to, Instant(way[0].until - early)).causes for early in (1, 0)]
                    assert [cause_of(cause) in {cause_of(each) for each in found} for found in causes] == [True, False]


@given(LOTS)
def test_every_reason_is_explained_and_no_other(rng: random.Random) -> None:
    plain, questions = drawn(rng, 8)
    world = core_world(plain)
    for question in questions:
        explained = explain(world, ItemId(question.item), Recipient(question.to), instant(question.at))
        assert explained.decision == question.of(world)
        reasons = explained.decision.reasons if isinstance(explained.decision, Refused) else ()
        assert tuple(dict.fromkeys(cause.reason for cause in explained.causes)) == reasons
