"""The laws of the plan: the best there is, within every limit, never worse for having more, and the same each time."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.core.alternative import Change, More, changed
from comity.core.compensation import Assigned, Case, Need, Pool, Route, Supply, broken
from comity.core.errors import InvalidFacts, PlanFailed
from comity.core.planning import greedy, plan
from comity.core.programme import Answer, Ended, Limits, Programme, Solver
from comity.core.worth import barriers
from comity.solver.highs import solve
from tests.core.cases import BARRIERS, as_given, best, cases, coverage, every, points, valid

EXACT = Limits(gap=0, seconds=60)
FEW = settings(max_examples=max(30, settings().max_examples // 4))


@FEW
@given(cases())
def test_a_solved_plan_is_as_good_as_the_best_of_all_assignments(case: Case) -> None:
    made = plan(case, solve, EXACT)
    assert made.points == best(case) == points(case, as_given(made.assigned))
    assert made.ended is Ended.BEST
    assert made.gap == 0


@FEW
@given(cases())
def test_no_plan_exceeds_a_limit_and_none_exceeds_its_bound(case: Case) -> None:
    most = best(case)
    for made in (greedy(case), plan(case, solve, EXACT)):
        assert valid(case, made.assigned)
        assert not list(broken(case, made.assigned))
        assert made.points <= most <= made.bound + 1e-6
        assert made.covered() == {n: coverage(case, need, as_given(made.assigned)) for n, need in case.needs.items()}


@FEW
@given(cases())
def test_no_item_of_a_plan_can_be_left_out_and_none_can_be_added(case: Case) -> None:
    for made in (greedy(case), plan(case, solve, EXACT)):
        taken = as_given(made.assigned)
        for pair in taken:
            assert points(case, {**taken, pair: taken[pair] - 1}) < made.points
        for wider in every(case):
            if sum(wider.values()) == sum(taken.values()) + 1 and all(wider.get(p, 0) >= n for p, n in taken.items()):
                assert points(case, wider) == made.points


@FEW
@given(cases(), st.data())
def test_more_capacity_and_fewer_barriers_never_cover_less(case: Case, data: st.DataObject) -> None:
    made = plan(case, solve, EXACT)
    changes: list[Change] = [*(More(supply=name, units=1) for name in case.supplies), *barriers(case)]
    chosen: list[Change] = data.draw(st.lists(st.sampled_from(changes), max_size=3)) if changes else []
    wider = changed(case, chosen)
    assert plan(wider, solve, EXACT).points >= made.points
    assert greedy(wider).bound >= greedy(case).bound
    hasty = Limits(gap=1, seconds=60)
    assert plan(wider, solve, hasty, known=made.assigned).points >= made.points


@FEW
@given(cases(), st.randoms(use_true_random=False))
def test_the_same_case_has_the_same_plan_in_whatever_order_it_is_stated(case: Case, rng: Random) -> None:
    needs, supplies = list(case.needs.values()), list(case.supplies.values())
    rng.shuffle(needs)
    rng.shuffle(supplies)
    supplies = [replace(supply, routes=tuple(reversed(supply.routes))) for supply in supplies]
    other = Case(needs, supplies, case.pools.values())
    assert greedy(other).assigned == greedy(case).assigned
    assert plan(other, solve, EXACT).assigned == plan(case, solve, EXACT).assigned


def two_for_one() -> Case:
    """Greed gives the versatile supply to the heavy need, which the other supply could serve as well."""
    return Case(
        [Need(id="heavy", weight=3, wanted=1), Need(id="light", weight=2, wanted=1)],
        [
            Supply(id="a", partner="AAA", capacity=1, routes=(Route(need="heavy"), Route(need="light"))),
            Supply(id="b", partner="BBB", capacity=1, lead=5, routes=(Route(need="heavy"),)),
        ],
    )


def refusal(case: Case, solver: Solver, *known: Assigned) -> str:
    """What a plan is refused with; nothing if it is not."""
    try:
        plan(case, solver, known=known)
    except PlanFailed as problem:
        return str(problem)
    return ""


def test_an_originator_that_only_one_need_can_have_goes_where_the_plan_is_best() -> None:
    case = two_for_one()
    wanted = [replace(need, wanted=0, independent=1) for need in case.needs.values()]
    other = Case(wanted, case.supplies.values())
    assert (float(greedy(other).points), float(plan(other, solve, EXACT).points)) == (3, 5)


@pytest.mark.parametrize(("capacity", "most"), [(0, 0), (1, 3), (2, 5), (3, 5)])
def test_what_supplies_share_is_given_out_to_the_last_item_and_no_further(capacity: int, most: int) -> None:
    case = two_for_one()
    shared = [replace(supply, pool="p") for supply in case.supplies.values()]
    made = plan(Case(case.needs.values(), shared, [Pool(id="p", capacity=capacity)]), solve, EXACT)
    assert float(made.points) == most
    assert sum(each.units for each in made.assigned) == min(capacity, 2)


def test_greed_is_valid_and_can_be_beaten() -> None:
    hasty, made = greedy(two_for_one()), plan(two_for_one(), solve, EXACT)
    assert hasty.assigned == (Assigned(need="heavy", supply="a", units=1),)
    assert (float(hasty.points), hasty.bound, hasty.ended) == (3, 5, Ended.GREEDY)
    assert hasty.gap == pytest.approx(0.4)
    assert made.assigned == (
        Assigned(need="heavy", supply="b", units=1),
        Assigned(need="light", supply="a", units=1),
    )
    assert (float(made.points), made.ended) == (5, Ended.BEST)


def test_of_two_supplies_as_good_the_sooner_gives() -> None:
    need = Need(id="r", wanted=1)
    late = Supply(id="a", partner="a", capacity=1, lead=9, routes=(Route(need="r"),))
    soon = replace(late, id="b", partner="b", lead=1)
    for made in (greedy(Case([need], [late, soon])), plan(Case([need], [late, soon]), solve, EXACT)):
        assert made.assigned == (Assigned(need="r", supply="b", units=1),)


def test_reports_that_descend_from_one_originator_are_one() -> None:
    need = Need(id="r", wanted=2, independent=2)
    alike = [Supply(id=n, partner=n, root="USA", capacity=1, routes=(Route(need="r"),)) for n in ("GBR", "NOR")]
    assert plan(Case([need], alike), solve, EXACT).points == pytest.approx(0.5)
    other = replace(alike[1], root=None)
    assert plan(Case([need], [alike[0], other]), solve, EXACT).points == 1


def test_the_time_that_was_over_is_said_and_the_plan_is_valid() -> None:
    def out_of_time(programme: Programme, limits: Limits, start: tuple[float, ...]) -> Answer:
        assert (len(programme.columns), limits) == (len(start), Limits())
        return Answer(values=start, bound=99, ended=Ended.TIME)

    made = plan(two_for_one(), out_of_time)
    assert (made.ended, float(made.points), made.bound) == (Ended.TIME, 3, 5)


def test_a_solver_that_breaks_a_rule_is_not_believed() -> None:
    def lying(programme: Programme, limits: Limits, start: tuple[float, ...]) -> Answer:
        assert (len(programme.columns), limits) == (len(start), Limits())
        return Answer(values=tuple(column.high for column in programme.columns), bound=99, ended=Ended.GAP)

    assert "the solver's plan breaks a rule" in refusal(two_for_one(), lying)


def test_a_known_plan_must_keep_the_rules() -> None:
    assert "the known plan breaks a rule" in refusal(two_for_one(), solve, Assigned(need="light", supply="b", units=1))


def test_what_cannot_be_a_case_is_refused_whole() -> None:
    route = Route(need="nobody's", most=-1)
    supplies = [
        Supply(id="s", partner="AAA", capacity=-1, quality=0, lead=-1, pool="none", routes=(route, route)),
        Supply(id="s", partner="AAA", capacity=1),
    ]
    with pytest.raises(InvalidFacts) as refused:
        Case([Need(id="r", weight=0, wanted=-1, fresh=-1)], supplies, [Pool(id="p", capacity=-1)])
    assert {fault.place for fault in refused.value.faults} == {
        ("supplies", 1),
        *(("needs", 0, key) for key in ("weight", "wanted", "fresh")),
        *(("supplies", 0, key) for key in ("capacity", "lead", "quality", "pool")),
        *(("supplies", 0, "routes", place, key) for place in (0, 1) for key in ("need", "most")),
        ("pools", 0, "capacity"),
    }


def test_a_barred_and_a_late_supply_give_nothing() -> None:
    need = Need(id="r", wanted=1, fresh=1)
    barred = Supply(id="a", partner="A", capacity=1, routes=(Route(need="r", barriers=frozenset(BARRIERS[:1])),))
    late = Supply(id="b", partner="B", capacity=1, lead=2, routes=(Route(need="r"),))
    made = plan(Case([need], [barred, late]), solve, EXACT)
    assert (made.assigned, float(made.points), made.ended) == ((), 0, Ended.BEST)


def test_greed_may_lose_by_more_capacity_and_a_plan_that_knows_the_earlier_one_does_not() -> None:
    supplies = [
        Supply(id="y", partner="AAA", capacity=1, lead=5, routes=(Route(need="heavy"),)),
        Supply(id="z", partner="BBB", capacity=1, routes=(Route(need="light"),), pool="p"),
        Supply(id="x", partner="BBB", capacity=0, routes=(Route(need="heavy"),), pool="p"),
    ]
    wanted = [Need(id="heavy", weight=3, wanted=1), Need(id="light", weight=2, wanted=1)]
    first = Case(wanted, supplies, [Pool(id="p", capacity=1)])
    wider = Case(wanted, [*supplies[:2], replace(supplies[2], capacity=1)], [Pool(id="p", capacity=1)])
    assert (float(greedy(first).points), float(greedy(wider).points)) == (5, 3)
    assert float(plan(wider, solve, EXACT, known=greedy(first).assigned).points) == 5


def test_of_a_known_plan_what_adds_nothing_is_taken_out_the_latest_first() -> None:
    need = Need(id="r", wanted=1)
    supplies = [Supply(id=n, partner=n, capacity=1, lead=h, routes=(Route(need="r"),)) for n, h in (("a", 9), ("b", 1))]
    known = [Assigned(need="r", supply=name, units=1) for name in "ab"]
    assert plan(Case([need], supplies), solve, EXACT, known).assigned == (known[1],)
