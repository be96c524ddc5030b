"""What a plan says of what it leaves uncovered is true: doing what is named covers it."""

from fractions import Fraction

from hypothesis import given, settings

from comity.core.alternative import Find, More, Open, Sooner, changed
from comity.core.compensation import Assigned, Barrier, Case, Means, Need, Pool, Route, Supply
from comity.core.planning import Plan, greedy, plan
from comity.core.programme import Limits
from comity.core.uncovered import Cure, Uncovered, uncovered
from comity.solver.highs import solve
from tests.core.cases import BARRIERS, as_given, best, cases, coverage, valid

EXACT = Limits(gap=0, seconds=60)
FEW = settings(max_examples=max(50, settings().max_examples // 2))


def after(made: Plan, cure: Cure) -> tuple[Case, tuple[Assigned, ...]]:
    """The changed case, and the plan with what the cure adds to it."""
    units = as_given(made.assigned)
    for each in cure.added:
        units[each.need, each.supply] = units.get((each.need, each.supply), 0) + each.units
    both = tuple(Assigned(need=need, supply=supply, units=n) for (need, supply), n in units.items())
    return changed(made.case, cure.changes), both


@FEW
@given(cases())
def test_doing_what_is_named_covers_the_need_and_takes_nothing_from_another(case: Case) -> None:
    for made in (greedy(case), plan(case, solve, EXACT)):
        covered = made.covered()
        told = uncovered(made)
        assert {each.need for each in told} == {name for name, share in covered.items() if share < 1}
        for each in told:
            assert each.coverage == covered[each.need]
            assert each.cures
            for cure in each.cures:
                assert cure.changes
                assert {added.need for added in cure.added} == {each.need}
                wider, both = after(made, cure)
                assert valid(wider, both)
                now = {name: coverage(wider, need, as_given(both)) for name, need in wider.needs.items()}
                assert now == {**covered, each.need: Fraction(1)}


@FEW
@given(cases())
def test_what_covers_a_need_makes_the_best_plan_better(case: Case) -> None:
    made = plan(case, solve, EXACT)
    for each in uncovered(made):
        for cure in each.cures:
            if not any(isinstance(change, Find | More) for change in cure.changes):
                gained = case.needs[each.need].weight * (1 - each.coverage)
                assert best(changed(case, cure.changes)) >= made.points + gained


@FEW
@given(cases())
def test_every_supply_towards_an_uncovered_need_says_why_it_adds_no_more(case: Case) -> None:
    made = plan(case, solve, EXACT)
    units = as_given(made.assigned)
    for each in uncovered(made):
        need = case.needs[each.need]
        towards = {s.id: r for s in case.supplies.values() for r in s.routes if r.need == need.id}
        assert [why.supply for why in each.withheld] == list(towards)
        for why in each.withheld:
            supply, route = case.supplies[why.supply], towards[why.supply]
            assert set(why.barriers) == route.barriers
            assert why.late == (0 if need.fresh is None else max(0, supply.lead - need.fresh))
            if why.most is not None:
                assert units.get((need.id, supply.id), 0) == route.most == why.most
            if why.pool is not None:
                assert why.spent
                assert sum(given.units for given in why.given) == case.pools[why.pool].capacity
            elif why.spent:
                assert sum(given.units for given in why.given) == supply.capacity
            if not (why.barriers or why.late or why.most is not None or why.spent):
                assert each.roots
                assert not each.counted or supply.origin in made.had()[need.id].roots


def only(made: Plan) -> Uncovered:
    (found,) = uncovered(made)
    return found


def supply(name: str, *routes: Route, capacity: int = 1, **other: object) -> Supply:
    return Supply(id=name, partner=name.upper(), capacity=capacity, routes=routes, **other)  # type: ignore[arg-type]


def test_one_of_two_barriers_is_named_where_it_alone_is_enough() -> None:
    first, second = BARRIERS[:2]
    case = Case(
        [Need(id="r", wanted=1)],
        [
            supply("a", Route(need="r", barriers=frozenset({first, second}))),
            supply("b", Route(need="r", barriers=frozenset({second}))),
        ],
    )
    found = only(greedy(case))
    assert [cure.changes for cure in found.cures] == [(Open(barrier=second),)]


def test_two_barriers_are_named_together_where_neither_alone_is_enough() -> None:
    first, second = BARRIERS[:2]
    case = Case([Need(id="r", wanted=1)], [supply("a", Route(need="r", barriers=frozenset({first, second})))])
    assert [cure.changes for cure in only(greedy(case)).cures] == [(Open(barrier=first), Open(barrier=second))]


def test_what_would_come_too_late_is_to_come_sooner() -> None:
    found = only(greedy(Case([Need(id="r", wanted=1, fresh=6)], [supply("a", Route(need="r"), lead=24)])))
    assert found.withheld[0].late == 18
    assert [cure.changes for cure in found.cures] == [(Sooner(supply="a", lead=6),)]


def test_a_shared_capacity_that_is_given_elsewhere_is_said_and_more_of_it_named() -> None:
    case = Case(
        [Need(id="big", weight=9, wanted=2), Need(id="r", wanted=3)],
        [supply("a", Route(need="big"), Route(need="r", most=2), capacity=5, pool="p")],
        [Pool(id="p", capacity=3)],
    )
    found = only(plan(case, solve, EXACT))
    assert found.withheld[0].pool == "p"
    assert found.withheld[0].spent
    assert {(given.need, given.units) for given in found.withheld[0].given} == {("big", 2), ("r", 1)}
    assert [cure.changes for cure in found.cures] == [(More(supply="a", units=2, need="r"),)]


def test_where_nobody_offers_anything_somebody_has_to_be_found() -> None:
    found = only(greedy(Case([Need(id="r", wanted=3, held=1, independent=3, roots=frozenset({"AAA"}))], [])))
    assert (found.counted, found.roots, found.withheld) == (200, 2, ())
    assert [cure.changes for cure in found.cures] == [(Find(need="r", units=2, roots=2),)]


def test_more_of_the_same_originator_is_not_named_where_others_are_wanted() -> None:
    case = Case([Need(id="r", wanted=1, held=1, independent=2, roots=frozenset({"A"}))], [supply("a", Route(need="r"))])
    found = only(plan(case, solve, EXACT))
    assert [cure.changes for cure in found.cures] == [(Find(need="r", units=1, roots=1),)]


def test_who_has_to_be_found_is_nobody_who_is_there() -> None:
    taken = supply("new 1 for r", Route(need="other"))
    made = greedy(Case([Need(id="r", wanted=1, independent=1), Need(id="other", wanted=1)], [taken]))
    (cure,) = only(made).cures
    wider, both = after(made, cure)
    assert valid(wider, both)
    assert coverage(wider, wider.needs["r"], as_given(both)) == 1


def test_only_those_of_many_barriers_are_named_that_are_needed_together() -> None:
    """Of twelve that each yield one item five are wanted: the first that can stay closed stay so."""
    barriers = [Barrier(id=f"b{n:02}", means=Means.CONSENT, text="") for n in range(12)]
    offers = [supply(f"s{n:02}", Route(need="r", barriers=frozenset({each}))) for n, each in enumerate(barriers)]
    found = only(greedy(Case([Need(id="r", wanted=5)], offers)))
    assert [cure.changes for cure in found.cures] == [tuple(Open(barrier=each) for each in barriers[7:])]


def test_a_late_supply_that_is_barred_too_needs_both() -> None:
    (first, *_) = BARRIERS
    late = supply("a", Route(need="r", barriers=frozenset({first})), lead=24)
    found = only(greedy(Case([Need(id="r", wanted=1, fresh=6)], [late])))
    assert [cure.changes for cure in found.cures] == [(Open(barrier=first), Sooner(supply="a", lead=6))]


def test_to_open_one_barrier_leaves_the_others_closed() -> None:
    one, two = (Barrier(id=name, means=Means.CONSENT, text="") for name in ("b1", "b2"))
    case = Case([Need(id="r", wanted=1)], [supply("a", Route(need="r", barriers=frozenset({one, two})))])
    assert [route.barriers for route in changed(case, [Open(barrier=one)]).supplies["a"].routes] == [{two}]
    assert not changed(case, [Open(barrier=one)]).usable
    assert changed(case, [Open(barrier=one), Open(barrier=two)]).usable
    assert [cure.changes for cure in only(greedy(case)).cures] == [(Open(barrier=one), Open(barrier=two))]
