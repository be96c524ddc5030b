"""What a change is worth: each number is what doing it would give, and a nothing says why."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from comity.core.alternative import More, Open, changed
from comity.core.compensation import Case, Need, Route, Supply
from comity.core.planning import greedy, plan, planner
from comity.core.programme import Limits
from comity.core.worth import Nothing, of_barriers, of_partners, worth
from comity.solver.highs import solve
from tests.core.cases import BARRIERS, as_given, best, cases, points

EXACT = Limits(gap=0, seconds=60)
AGAIN = planner(solve, EXACT)
FEW = settings(max_examples=max(25, settings().max_examples // 4))


@FEW
@given(cases())
def test_the_worth_of_a_barrier_is_what_opening_it_gives(case: Case) -> None:
    made = plan(case, solve, EXACT)
    for one in of_barriers(made, AGAIN):
        wider = changed(case, [one.change])
        assert one.anew is not None
        assert one.anew.gained == best(wider) - best(case)
        assert one.anew.low == pytest.approx(one.anew.high) == pytest.approx(float(one.anew.gained))
        assert 0 <= one.at_once <= one.anew.gained
        assert (one.nothing is None) == (one.at_once > 0)


@FEW
@given(cases())
def test_the_worth_of_one_item_more_is_the_best_of_the_partner_s_supplies(case: Case) -> None:
    made = plan(case, solve, EXACT)
    found = of_partners(made, AGAIN)
    assert set(found) == {supply.partner for supply in case.supplies.values()}
    for partner, one in found.items():
        singles = [More(supply=name, units=1) for name, supply in case.supplies.items() if supply.partner == partner]
        assert one.change in singles
        assert one.anew is not None
        assert one.anew.gained == max(best(changed(case, [single])) for single in singles) - best(case)


@FEW
@given(cases())
def test_what_is_worth_something_at_once_fits_beside_the_greedy_plan(case: Case) -> None:
    made = greedy(case)
    for one in (*of_partners(made).values(), *of_barriers(made)):
        units = as_given(made.assigned)
        for each in one.added:
            units[each.need, each.supply] = units.get((each.need, each.supply), 0) + each.units
        wider = changed(case, [one.change])
        assert points(wider, units) == made.points + one.at_once
        assert one.anew is None


def one_supply(need: Need, **other: object) -> Case:
    supply = Supply(id="s", partner="AAA", capacity=1, routes=(Route(need="r"),))
    return Case([need], [replace(supply, **other)])  # type: ignore[arg-type]


def test_a_worth_of_nothing_says_why() -> None:
    first, second = BARRIERS[:2]
    barred = (Route(need="r", barriers=frozenset({first, second})),)
    need = Need(id="r", wanted=1)
    assert of_partners(greedy(one_supply(need, routes=barred)))["AAA"].nothing is Nothing.CLOSED
    assert worth(greedy(one_supply(need, routes=barred)), Open(barrier=first)).nothing is Nothing.CLOSED
    assert of_partners(greedy(one_supply(need)))["AAA"].nothing is Nothing.COVERED
    alike = Need(id="r", wanted=1, held=1, independent=2, roots=frozenset({"AAA"}))
    assert of_partners(greedy(one_supply(alike)))["AAA"].nothing is Nothing.ALIKE
    given = Case(
        [Need(id="r", weight=2, wanted=1), need := Need(id="other", wanted=1)],
        [
            Supply(
                id="s",
                partner="A",
                capacity=1,
                routes=(Route(need="r"), Route(need=need.id, barriers=frozenset({first}))),
            )
        ],
    )
    assert worth(greedy(given), Open(barrier=first)).nothing is Nothing.GIVEN


def test_planning_again_may_find_a_worth_where_nothing_is_gained_at_once() -> None:
    """The item that is freed helps only if another goes elsewhere."""
    barrier = BARRIERS[0]
    case = Case(
        [Need(id="heavy", weight=3, wanted=1), Need(id="light", weight=2, wanted=1)],
        [
            Supply(id="a", partner="AAA", capacity=1, routes=(Route(need="heavy"), Route(need="light"))),
            Supply(id="b", partner="BBB", capacity=1, routes=(Route(need="heavy", barriers=frozenset({barrier})),)),
        ],
    )
    (one,) = of_barriers(plan(case, solve, EXACT), AGAIN)
    assert one.at_once == 0
    assert one.nothing is Nothing.COVERED
    assert one.anew is not None
    assert (float(one.anew.gained), one.anew.low, one.anew.high) == (2, 2, 2)
