"""Cases that differ from a case by what somebody could do: the only meaning that "if" has in a plan.

A *change* is one such act. Whatever a plan says of one, it says of the case that `changed` makes of it, so that doing
what is named has the effect that was told. A change only ever adds: each plan of a case is one of the changed case.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from comity.core.compensation import WHOLE, Barrier, Case, Need, Pool, Route, Supply


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Open:
    """The barrier is taken away, wherever it stands."""

    barrier: Barrier


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Sooner:
    """The supply is there after `lead` hours."""

    supply: str
    lead: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class More:
    """The supply gives so many items a period more, to one need where `need` says so; so does what it shares."""

    supply: str
    units: int
    need: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Find:
    """New supplies for one need: so many items a period of full quality, each of `roots` new originators giving some.

    They come in time and nothing bars them. With no `roots`, one new supply of an originator that is there.
    """

    need: str
    units: int
    roots: int


Change = Open | Sooner | More | Find


def changed(case: Case, changes: Iterable[Change]) -> Case:
    """The case after the changes."""
    changes = tuple(changes)
    opened = frozenset(change.barrier for change in changes if isinstance(change, Open))
    supplies, pools = {name: _without(each, opened) for name, each in case.supplies.items()}, dict(case.pools)
    for change in changes:
        match change:
            case Open():
                pass  # all of them at once, above: what is added here has no barriers
            case Find():
                before = Case(case.needs.values(), supplies.values(), pools.values())
                supplies |= {supply.id: supply for supply in found(before, change)}
            case _:
                _change(supplies, pools, change)
    return Case(case.needs.values(), supplies.values(), pools.values())


def _change(supplies: dict[str, Supply], pools: dict[str, Pool], change: Sooner | More) -> None:
    match change:
        case Sooner(supply=name, lead=lead):
            supplies[name] = replace(supplies[name], lead=min(lead, supplies[name].lead))
        case More(supply=name, units=units, need=need):
            offered = supplies[name]
            routes = tuple(_wider(route, units) if route.need == need else route for route in offered.routes)
            supplies[name] = replace(offered, capacity=offered.capacity + units, routes=routes)
            if offered.pool is not None:
                pools[offered.pool] = Pool(id=offered.pool, capacity=pools[offered.pool].capacity + units)


def found(case: Case, find: Find) -> list[Supply]:
    """The supplies that a Find adds; their names, and their originators', are nobody's yet."""
    need, made = case.needs[find.need], []
    taken = {*case.supplies, *(supply.origin for supply in case.supplies.values()), *need.roots}
    for place in range(max(1, find.roots)):
        name = f"new {place + 1} for {need.id}"
        while name in taken:
            name += "'"
        root = name if find.roots else min(need.roots, default=name)
        capacity = find.units - (find.roots - 1 if find.roots else 0) if place == 0 else 1
        made.append(
            Supply(id=name, partner=name, root=root, capacity=capacity, quality=WHOLE, routes=(Route(need=need.id),))
        )
        taken.add(name)
    return made


def _without(supply: Supply, opened: frozenset[Barrier]) -> Supply:
    if all(route.barriers.isdisjoint(opened) for route in supply.routes):
        return supply
    return replace(supply, routes=tuple(replace(route, barriers=route.barriers - opened) for route in supply.routes))


def _wider(route: Route, units: int) -> Route:
    return route if route.most is None else replace(route, most=route.most + units)


def stoppers(need: Need, supplies: Iterable[Supply]) -> list[Change]:
    """What would let each of the supplies add to the need: its barriers opened, what is late brought forward."""
    found: dict[Change, None] = {}
    for supply in supplies:
        for route in supply.routes:
            if route.need == need.id:
                found |= dict.fromkeys(Open(barrier=barrier) for barrier in sorted(route.barriers))
                if need.fresh is not None and supply.late(need):
                    found[Sooner(supply=supply.id, lead=need.fresh)] = None
    return list(found)
