"""The greedy plan: what is left is given, bit by bit, to where one item more is worth most.

It is there at once and is valid by the same rules as any other, but it never takes back what it gave. A tie goes to
the heavier need, then to the first by name; of its supplies to the sooner, the better, then the first by name.
"""

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable
from fractions import Fraction

from comity.core.compensation import WHOLE, Assigned, Case, Need, Supply, Tally, tallies


class Stock:
    """What an assignment has left to give, and what each need has by it; filling changes it."""

    def __init__(self, case: Case, assigned: Iterable[Assigned] = ()) -> None:
        """Begin with a valid assignment."""
        assigned = tuple(assigned)
        self.case = case
        self.given: dict[tuple[str, str], int] = defaultdict(int)
        self.left = {supply.id: supply.capacity for supply in case.supplies.values()}
        self.pooled = {pool.id: pool.capacity for pool in case.pools.values()}
        self.had = tallies(case, ())
        for each in assigned:
            self.give(case.needs[each.need], case.supplies[each.supply], each.units)

    def free(self, need: Need, supply: Supply) -> int:
        """How many items more the supply could give to the need."""
        pair = need.id, supply.id
        pool = self.left[supply.id] if supply.pool is None else self.pooled[supply.pool]
        return max(0, min(self.case.usable.get(pair, 0) - self.given[pair], self.left[supply.id], pool))

    def give(self, need: Need, supply: Supply, units: int) -> None:
        """Give so many."""
        self.given[need.id, supply.id] += units
        self.left[supply.id] -= units
        if supply.pool is not None:
            self.pooled[supply.pool] -= units
        self.had[need.id] = self.had[need.id].and_also(supply, units)

    def assigned(self) -> tuple[Assigned, ...]:
        """All that is given, by need and supply."""
        found = (Assigned(need=need, supply=supply, units=units) for (need, supply), units in self.given.items())
        return tuple(sorted(each for each in found if each.units))


def fill(case: Case, assigned: Iterable[Assigned] = (), only: Collection[str] | None = None) -> tuple[Assigned, ...]:
    """An assignment, and what else can be given beside it, to the needs in `only` or to all."""
    stock = Stock(case, assigned)
    suppliers: dict[str, list[Supply]] = defaultdict(list)
    for to, offered in case.usable:
        if only is None or to in only:
            suppliers[to].append(case.supplies[offered])
    order = {name: place for place, name in enumerate(case.needs)}
    heap = [(-worth, order[name], name) for name in suppliers if (worth := _best(stock, name, suppliers[name])[0])]
    heapq.heapify(heap)
    while heap:
        promised, place, name = heapq.heappop(heap)
        worth, supply = _best(stock, name, suppliers[name])
        if supply is not None and -worth == promised:
            need = case.needs[name]
            stock.give(need, supply, _many(stock.had[name], need, supply, stock.free(need, supply)))
            worth, supply = _best(stock, name, suppliers[name])
        if supply is not None:
            heapq.heappush(heap, (-worth, place, name))
    return stock.assigned()


def _best(stock: Stock, name: str, suppliers: Iterable[Supply]) -> tuple[Fraction, Supply | None]:
    """The supply whose next item adds most points, and how many; (0, None) where none adds anything."""
    need, had = stock.case.needs[name], stock.had[name]
    now, worth, best = had.coverage(need), Fraction(0), None
    if now == 1:
        return worth, None
    tried: set[tuple[str, int]] = set()
    for supply in suppliers:
        kind = supply.origin, supply.quality
        if kind in tried or not stock.free(need, supply):
            continue
        tried.add(kind)
        if (gain := need.weight * (had.and_also(supply, 1).coverage(need) - now)) > worth:
            worth, best = gain, supply
    return worth, best


def _many(had: Tally, need: Need, supply: Supply, free: int) -> int:
    """How many items at once: one that brings a new originator, else until the originators are what lacks."""
    if need.independent > len(had.roots) and supply.origin not in had.roots:
        return 1
    share = min(Fraction(1), Fraction(len(had.roots), need.independent) if need.independent else Fraction(1))
    lacking = share * need.wanted * WHOLE - had.counted
    return max(1, min(free, -int(-lacking // supply.quality)))


def trim(case: Case, assigned: Iterable[Assigned]) -> tuple[Assigned, ...]:
    """Without the items that add nothing: of each need, what is least preferred goes first."""
    kept = {(each.need, each.supply): each.units for each in assigned}
    rank = {name: place for place, name in enumerate(case.supplies)}
    had = tallies(case, assigned)
    for need, supply in sorted(kept, key=lambda pair: (pair[0], -rank[pair[1]])):
        others = [
            Assigned(need=need, supply=name, units=units)
            for (to, name), units in kept.items()
            if to == need and name != supply
        ]
        beside, wanted = tallies(case, others)[need], case.needs[need]
        target, offered = had[need].coverage(wanted), case.supplies[supply]
        kept[need, supply] = bisect_left(
            range(kept[need, supply]),
            target,
            key=lambda units: beside.and_also(offered, units).coverage(wanted),
        )
    found = (Assigned(need=need, supply=supply, units=units) for (need, supply), units in kept.items())
    return tuple(sorted(each for each in found if each.units))
