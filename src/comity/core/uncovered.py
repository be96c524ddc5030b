"""What a plan leaves uncovered, why, and what would cover it.

INVARIANT: a cure is true. After its changes, its items can be given beside the plan as it stands, and the need is then
covered whole; no other need loses anything. That there is no other cure, or no smaller one, is not said.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from comity.core.alternative import Change, Find, More, Sooner, changed, found, stoppers
from comity.core.compensation import WHOLE, Assigned, Barrier, Case, Need, Pool, Supply, Tally
from comity.core.filling import Stock, fill
from comity.core.planning import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Why a supply with a route to a need adds no more to it: barred, late, at its most for it, or all given.

    Where it is none of these, its items would do nothing for the need: it wants other originators.
    """

    supply: str
    barriers: tuple[Barrier, ...] = ()
    late: int = 0
    most: int | None = None
    spent: bool = False
    given: tuple[Assigned, ...] = ()
    pool: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """Changes after which the need is covered whole, by the items that are then added."""

    changes: tuple[Change, ...]
    added: tuple[Assigned, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """A need that the plan does not cover whole: what of it lacks, and why.

    `counted` is in hundredths of items a period, `roots` in independent originators.
    """

    need: str
    coverage: Fraction
    counted: int
    roots: int
    withheld: tuple[Withheld, ...]
    cures: tuple[Cure, ...]


def uncovered(made: Plan) -> tuple[Uncovered, ...]:
    """Every need that is not covered whole, the heaviest first; each has at least one cure."""
    had, stock = made.had(), Stock(made.case, made.assigned)
    return tuple(
        _explained(made, stock, need, had[name])
        for name, need in made.case.needs.items()
        if had[name].coverage(need) < 1
    )


def _explained(made: Plan, stock: Stock, need: Need, had: Tally) -> Uncovered:
    return Uncovered(
        need=need.id,
        coverage=had.coverage(need),
        counted=max(0, WHOLE * need.wanted - had.counted),
        roots=max(0, need.independent - len(had.roots)),
        withheld=tuple(_withheld(made, stock, need)),
        cures=cures(made, need),
    )


def _withheld(made: Plan, stock: Stock, need: Need) -> Iterator[Withheld]:
    for supply in _towards(made.case, need):
        route = next(route for route in supply.routes if route.need == need.id)
        late = supply.lead - need.fresh if need.fresh is not None and supply.late(need) else 0
        if route.barriers or late:
            yield Withheld(supply=supply.id, barriers=tuple(sorted(route.barriers)), late=late)
        elif route.most is not None and stock.given[need.id, supply.id] >= route.most:
            yield Withheld(supply=supply.id, most=route.most)
        elif not stock.free(need, supply):
            pool = None if stock.left[supply.id] <= 0 else supply.pool
            users = {supply.id} if pool is None else _sharing(made.case, pool)
            given = tuple(each for each in made.assigned if each.supply in users)
            yield Withheld(supply=supply.id, spent=True, given=given, pool=pool)
        else:
            yield Withheld(supply=supply.id)


def cures(made: Plan, need: Need) -> tuple[Cure, ...]:
    """What would cover the need: by opening what is closed, else or also by more of what is open, else by both.

    Where none of this is enough, by new supplies for the rest.
    """
    whole, made = made.case, _alone(made, need)
    single = [cure for change in stoppers(need, _towards(made.case, need)) if (cure := _opened(made, need, [change]))]
    opening = single or _fewest_opened(made, need)
    more = [
        cure for supply in _towards(made.case, need) if (cure := _more_of(made, need, made.case, [supply])) is not None
    ] or _present(_more_of(made, need, made.case, _towards(made.case, need)))
    return tuple(opening + more) or (_everything(made, need, whole),)


def _alone(made: Plan, need: Need) -> Plan:
    """The plan as this need meets it: what it is given, and what of its supplies is given to nobody."""
    stock = Stock(made.case, made.assigned)
    assigned = tuple(each for each in made.assigned if each.need == need.id)
    given = {each.supply: each.units for each in assigned}
    pooled = dict(stock.pooled)
    supplies = []
    for supply in _towards(made.case, need):
        mine = given.get(supply.id, 0)
        routes = tuple(route for route in supply.routes if route.need == need.id)
        supplies.append(replace(supply, capacity=stock.left[supply.id] + mine, routes=routes))
        if supply.pool is not None:
            pooled[supply.pool] += mine
    case = Case([need], supplies, (Pool(id=name, capacity=left) for name, left in pooled.items()))
    return replace(made, case=case, assigned=assigned)


def _opened(made: Plan, need: Need, changes: Iterable[Change]) -> Cure | None:
    """The changes as a cure, if with them what is left over suffices. What stays closed is left out."""
    changes = tuple(changes)
    does = frozenset(changes)
    open_ = [supply for supply in made.case.supplies.values() if does.issuperset(stoppers(need, [supply]))]
    if _at_most(open_, need).coverage(need) < 1:
        return None
    names = {supply.id for supply in open_}
    doing = (change for change in changes if not isinstance(change, Sooner) or change.supply in names)
    case = changed(Case([need], open_, made.case.pools.values()), doing)
    filled = fill(case, made.assigned, only={need.id})
    if Stock(case, filled).had[need.id].coverage(need) < 1:
        return None
    return Cure(changes=changes, added=_beside(made.assigned, filled))


def _at_most(supplies: Iterable[Supply], need: Need) -> Tally:
    """No less than what the need could have: all of every one of these supplies, whatever they share."""
    counted, roots = WHOLE * need.held, set(need.roots)
    for supply in supplies:
        (route,) = supply.routes
        if units := supply.capacity if route.most is None else min(route.most, supply.capacity):
            counted += supply.quality * units
            roots.add(supply.origin)
    return Tally(counted=counted, roots=frozenset(roots))


def _fewest_opened(made: Plan, need: Need) -> list[Cure]:
    """All that is closed, opened; then each that can stay closed is left so, in their order."""
    rest = stoppers(need, _towards(made.case, need))
    best = _opened(made, need, rest) if rest else None
    kept: list[Change] = []
    while best and rest:
        spared, best = _spared(made, need, kept, rest, best)
        kept, rest = [*kept, *rest[spared : spared + 1]], rest[spared + 1 :]
    return _present(best)


def _spared(made: Plan, need: Need, kept: list[Change], rest: list[Change], best: Cure) -> tuple[int, Cure]:
    """How many of the first of `rest` can stay closed, and the cure without them; `best` is the one with all of them.

    Ever more are tried at once, until they are too many; then halves. What was last seen to be enough is the cure, and
    with one change less of it, it was seen not to be.
    """
    enough, short, step = 0, len(rest) + 1, 1
    while short - enough > 1:
        tried = min(enough + step, (enough + short) // 2 if short <= len(rest) else len(rest))
        if cure := _opened(made, need, [*kept, *rest[tried:]]):
            enough, best, step = tried, cure, 2 * step
        else:
            short = tried
    return enough, best


def _more_of(
    made: Plan, need: Need, case: Case, supplies: Iterable[Supply], opened: tuple[Change, ...] = ()
) -> Cure | None:
    """More of these supplies and of no other, as little as the filling finds, if that suffices."""
    names = [supply.id for supply in supplies if (need.id, supply.id) in case.usable]
    ample = changed(case, (More(supply=name, units=_ample(case, need), need=need.id) for name in names))
    filled = fill(ample, made.assigned, only={need.id})
    if Stock(ample, filled).had[need.id].coverage(need) < 1:
        return None
    added, stock, changes = _beside(made.assigned, filled), Stock(case, made.assigned), list(opened)
    for each in added:
        supply = case.supplies[each.supply]
        if (lacks := each.units - stock.free(need, supply)) > 0:
            changes.append(More(supply=supply.id, units=lacks, need=need.id))
        stock.give(need, supply, each.units)
    return Cure(changes=tuple(changes), added=added)


def _everything(made: Plan, need: Need, whole: Case) -> Cure:
    """All that is closed, opened, more of all, and new supplies for what then lacks; then what can stay is left.

    New supplies have names that are nobody's in the `whole` case.
    """
    opened = tuple(stoppers(need, _towards(made.case, need)))
    for change in opened:
        fewer = tuple(other for other in opened if other != change)
        if _reach(made, need, fewer) >= _reach(made, need, opened):
            opened = fewer
    return _with_new(made, need, opened, whole)


def _reach(made: Plan, need: Need, opened: tuple[Change, ...]) -> Fraction:
    """How much of the need is covered with these changes and as much as is wanted of each supply: each can give all."""
    case, had = changed(made.case, opened), made.had()[need.id]
    supplies = [supply for supply in _towards(case, need) if (need.id, supply.id) in case.usable]
    counted = max(had.counted, WHOLE * need.wanted) if supplies else had.counted
    return Tally(counted=counted, roots=had.roots | {supply.origin for supply in supplies}).coverage(need)


def _with_new(made: Plan, need: Need, opened: tuple[Change, ...], whole: Case) -> Cure:
    """What is open gives what it can; new supplies give the rest."""
    case = changed(made.case, opened)
    if cure := _more_of(made, need, case, _towards(case, need), opened):
        return cure
    given = fill(case, made.assigned, only={need.id})
    had = Stock(case, given).had[need.id]
    roots = max(0, need.independent - len(had.roots))
    units = max(roots, -((had.counted - WHOLE * need.wanted) // WHOLE))
    if units < 1:
        return Cure(changes=opened, added=_beside(made.assigned, given))
    find = Find(need=need.id, units=units, roots=roots)
    new = tuple(Assigned(need=need.id, supply=supply.id, units=supply.capacity) for supply in found(whole, find))
    return Cure(changes=(*opened, find), added=(*_beside(made.assigned, given), *new))


def _beside(before: tuple[Assigned, ...], after: tuple[Assigned, ...]) -> tuple[Assigned, ...]:
    """What `after` gives more than `before`."""
    had = {(each.need, each.supply): each.units for each in before}
    return tuple(
        Assigned(need=each.need, supply=each.supply, units=units)
        for each in after
        if (units := each.units - had.get((each.need, each.supply), 0))
    )


def _ample(case: Case, need: Need) -> int:
    """More than the need could take of the worst supply."""
    worst = min((supply.quality for supply in case.supplies.values()), default=WHOLE)
    return need.wanted * WHOLE // worst + need.independent + 1


def _towards(case: Case, need: Need) -> list[Supply]:
    return [supply for supply in case.supplies.values() if any(route.need == need.id for route in supply.routes)]


def _sharing(case: Case, pool: str) -> set[str]:
    return {supply.id for supply in case.supplies.values() if supply.pool == pool}


def _present(cure: Cure | None) -> list[Cure]:
    return [] if cure is None else [cure]
