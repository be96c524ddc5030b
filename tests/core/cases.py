"""Small cases for plans, drawn at random, and the best plan of each, found by trying everything.

What an assignment is worth is reckoned here a second time, from docs/explanation/plan.md and never from the code.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from hypothesis import strategies as st

from comity.core.compensation import Assigned, Barrier, Case, Means, Need, Pool, Route, Supply

BARRIERS = tuple(Barrier(id=f"b{n}", means=means, text=f"barrier {n}") for n, means in enumerate(Means))
NAMES = ("r1", "r2", "r3")
ROOTS = ("AAA", "BBB", "CCC")


@st.composite
def needs(draw: st.DrawFn, name: str) -> Need:
    return Need(
        id=name,
        weight=draw(st.integers(1, 5)),
        wanted=draw(st.integers(0, 4)),
        held=draw(st.integers(0, 2)),
        independent=draw(st.integers(0, 3)),
        roots=frozenset(draw(st.sets(st.sampled_from(ROOTS), max_size=1))),
        fresh=draw(st.none() | st.integers(0, 3)),
    )


@st.composite
def routes(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[Route, ...]:
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=len(names)))
    return tuple(
        Route(
            need=name,
            most=draw(st.none() | st.integers(0, 2)),
            barriers=draw(st.frozensets(st.sampled_from(BARRIERS), max_size=2)) if draw(st.booleans()) else frozenset(),
        )
        for name in chosen
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Up to three needs and four supplies, of which two may share a pool: a few thousand assignments at most."""
    names = NAMES[: draw(st.integers(1, 3))]
    supplies = [
        Supply(
            id=f"s{place}",
            partner=draw(st.sampled_from(ROOTS)),
            root=draw(st.none() | st.sampled_from(ROOTS)),
            capacity=draw(st.integers(0, 2)),
            quality=draw(st.sampled_from([25, 50, 60, 100])),
            lead=draw(st.integers(0, 4)),
            routes=draw(routes(names)),
            pool=draw(st.none() | st.just("pool")),
        )
        for place in range(draw(st.integers(0, 4)))
    ]
    return Case([draw(needs(name)) for name in names], supplies, [Pool(id="pool", capacity=draw(st.integers(0, 3)))])


def every(case: Case) -> Iterator[dict[tuple[str, str], int]]:
    """Every assignment that keeps the limits."""
    open_routes = [
        (route, supply)
        for supply in case.supplies.values()
        for route in supply.routes
        if not route.barriers and not _late(case.needs[route.need], supply)
    ]
    highest = [min(supply.capacity, supply.capacity if r.most is None else r.most) for r, supply in open_routes]
    for units in product(*(range(high + 1) for high in highest)):
        given = {(r.need, supply.id): n for (r, supply), n in zip(open_routes, units, strict=True)}
        if keeps_limits(case, given):
            yield given


def keeps_limits(case: Case, given: dict[tuple[str, str], int]) -> bool:
    """Neither a supply nor a pool gives more than it has."""
    for supply in case.supplies.values():
        if sum(n for (_, name), n in given.items() if name == supply.id) > supply.capacity:
            return False
    for pool in case.pools.values():
        if sum(n for (_, name), n in given.items() if case.supplies[name].pool == pool.id) > pool.capacity:
            return False
    return True


def points(case: Case, given: dict[tuple[str, str], int]) -> Fraction:
    return sum((need.weight * coverage(case, need, given) for need in case.needs.values()), start=Fraction(0))


def coverage(case: Case, need: Need, given: dict[tuple[str, str], int]) -> Fraction:
    """The lesser of what share there is of the items, and of the originators."""
    shares = [Fraction(1)]
    if need.wanted:
        hundredths = sum(n * case.supplies[name].quality for (to, name), n in given.items() if to == need.id)
        shares.append(Fraction(100 * need.held + hundredths, 100 * need.wanted))
    if need.independent:
        from_there = {_originator(case.supplies[name]) for (to, name), n in given.items() if to == need.id and n}
        shares.append(Fraction(len(need.roots | from_there), need.independent))
    return min(shares)


def best(case: Case) -> Fraction:
    """The most points that any assignment has."""
    return max(points(case, given) for given in every(case))


def as_given(assigned: tuple[Assigned, ...]) -> dict[tuple[str, str], int]:
    given = {(each.need, each.supply): each.units for each in assigned}
    assert len(given) == len(assigned)
    return given


def valid(case: Case, assigned: tuple[Assigned, ...]) -> bool:
    """Judged by this file's own rules."""
    given = as_given(assigned)
    for (need, name), units in given.items():
        supply = case.supplies[name]
        (route,) = (route for route in supply.routes if route.need == need)
        if route.barriers or _late(case.needs[need], supply) or units < 1:
            return False
        if route.most is not None and units > route.most:
            return False
    return keeps_limits(case, given)


def _late(need: Need, supply: Supply) -> bool:
    return need.fresh is not None and supply.lead > need.fresh


def _originator(supply: Supply) -> str:
    return supply.root or supply.partner
