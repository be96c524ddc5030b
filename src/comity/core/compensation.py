"""What a plan is made of: needs that are not covered, supplies that could add to them, and what each limits.

A *need* is one requirement for one recipient, with what is covered already. A *supply* is what one partner offers, with
a *route* to each need that it could add to. A supply adds to a need only if nothing bars the route and it is not late.
Rates are whole items a period, one period for the whole case; quality is the hundredths of an item that one counts as.
The model is written out in docs/explanation/plan.md.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from comity.core.errors import Fault, InvalidFacts

WHOLE: Final = 100
"""The quality of an item that counts as one whole item."""


class Means(StrEnum):
    """What would take a barrier away."""

    CONSENT = "consent"
    AGREEMENT = "agreement"
    LIFT = "lift"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Barrier:
    """Why what a supply yields could not reach the recipient. One that stands on several routes has one `id`."""

    id: str
    means: Means
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One requirement for one recipient, and what is covered of it.

    `weight` is the points that covering it whole is worth. `held` of `wanted` items a period are there, from the
    independent originators `roots` of `independent` that are wanted. `fresh`: older than so many hours is of no use.
    """

    id: str
    title: str = ""
    weight: int = 1
    wanted: int = 0
    held: int = 0
    independent: int = 0
    roots: frozenset[str] = frozenset()
    fresh: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A supply could add to this need: `most` items a period, if stated, and none while anything bars it."""

    need: str
    most: int | None = None
    barriers: frozenset[Barrier] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What one partner offers: `capacity` items a period, shared by its routes, each there after `lead` hours.

    `root` is the originator whose word it all descends from: the partner itself, if not stated. `pool` names a capacity
    that it shares with other supplies.
    """

    id: str
    partner: str
    title: str = ""
    root: str | None = None
    capacity: int
    quality: int = WHOLE
    lead: int = 0
    routes: tuple[Route, ...] = ()
    pool: str | None = None

    @property
    def origin(self) -> str:
        """The originator that it counts as."""
        return self.partner if self.root is None else self.root

    def late(self, need: Need) -> bool:
        """Whether what it yields is too old for `need` when it comes."""
        return need.fresh is not None and self.lead > need.fresh


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A capacity that several supplies share, in items a period."""

    id: str
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Assigned:
    """So many items a period of a supply go to a need."""

    need: str
    supply: str
    units: int


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that a plan is made from. Raises InvalidFacts, with every fault. Its order does not matter."""

    needs: Mapping[str, Need]
    supplies: Mapping[str, Supply]
    pools: Mapping[str, Pool]
    usable: Mapping[tuple[str, str], int] = field(init=False, repr=False, compare=False)
    """Of each need and supply with an open route: the most items that limits other than shared ones let through."""

    def __init__(self, needs: Iterable[Need], supplies: Iterable[Supply], pools: Iterable[Pool] = ()) -> None:
        """Sort everything by the order in which ties are settled, and refuse what is not valid."""
        needs, supplies, pools = tuple(needs), tuple(supplies), tuple(pools)
        if faults := tuple(_faults(needs, supplies, pools)):
            raise InvalidFacts(faults)
        put = object.__setattr__
        put(self, "needs", {need.id: need for need in sorted(needs, key=lambda need: (-need.weight, need.id))})
        put(self, "supplies", {supply.id: supply for supply in sorted(supplies, key=preference)})
        put(self, "pools", {pool.id: pool for pool in sorted(pools, key=lambda pool: pool.id)})
        put(self, "usable", dict(self._usable()))

    def _usable(self) -> Iterator[tuple[tuple[str, str], int]]:
        for supply in self.supplies.values():
            for route in supply.routes:
                if not route.barriers and not supply.late(self.needs[route.need]):
                    yield (route.need, supply.id), supply.capacity if route.most is None else route.most


def preference(supply: Supply) -> tuple[int, int, str]:
    """How a tie between supplies is settled: the sooner, the better, then by name."""
    return supply.lead, -supply.quality, supply.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a need has: hundredths of items a period, and the independent originators."""

    counted: int
    roots: frozenset[str]

    def coverage(self, need: Need) -> Fraction:
        """From 0 to 1: the lesser of the share of items and the share of originators; what is not wanted is there."""
        rate = Fraction(self.counted, WHOLE * need.wanted) if need.wanted else Fraction(1)
        spread = Fraction(len(self.roots), need.independent) if need.independent else Fraction(1)
        return min(Fraction(1), rate, spread)

    def and_also(self, supply: Supply, units: int) -> "Tally":
        """With so many items more."""
        roots = self.roots | {supply.origin} if units else self.roots
        return Tally(counted=self.counted + supply.quality * units, roots=roots)


def held(need: Need) -> Tally:
    """What `need` has before anything is planned."""
    return Tally(counted=WHOLE * need.held, roots=need.roots)


def tallies(case: Case, assigned: Iterable[Assigned]) -> dict[str, Tally]:
    """What each need has by an assignment."""
    found = {need.id: held(need) for need in case.needs.values()}
    for each in assigned:
        found[each.need] = found[each.need].and_also(case.supplies[each.supply], each.units)
    return found


def score(case: Case, assigned: Iterable[Assigned]) -> Fraction:
    """The points of an assignment: of each need its weight, times its coverage."""
    had = tallies(case, assigned)
    return sum((need.weight * had[need.id].coverage(need) for need in case.needs.values()), start=Fraction(0))


def broken(case: Case, assigned: Iterable[Assigned]) -> Iterator[str]:
    """Every rule that an assignment breaks; none is what makes it valid."""
    by_supply: dict[str, int] = defaultdict(int)
    by_pool: dict[str, int] = defaultdict(int)
    seen: set[tuple[str, str]] = set()
    for each in assigned:
        pair = each.need, each.supply
        if pair not in case.usable:
            yield f"`{each.supply}` cannot add to `{each.need}`"
            continue
        if pair in seen or each.units < 1 or each.units > case.usable[pair]:
            yield f"`{each.supply}` adds {each.units} to `{each.need}`, of {case.usable[pair]} at most"
        seen.add(pair)
        by_supply[each.supply] += each.units
        if (pool := case.supplies[each.supply].pool) is not None:
            by_pool[pool] += each.units
    yield from (f"supply `{name}` gives {n}" for name, n in by_supply.items() if n > case.supplies[name].capacity)
    yield from (f"pool `{name}` gives {n}" for name, n in by_pool.items() if n > case.pools[name].capacity)


def _faults(needs: Collection[Need], supplies: Collection[Supply], pools: Collection[Pool]) -> Iterator[Fault]:
    for kind, values in (("needs", needs), ("supplies", supplies), ("pools", pools)):
        seen: set[str] = set()
        for place, name in enumerate(value.id for value in values):
            if name in seen:
                yield Fault(place=(kind, place), message=f"`{name}` is there twice", mend="give each an id of its own")
            seen.add(name)
    for place, need in enumerate(needs):
        yield from _counted(need.weight, ("needs", place, "weight"), least=1)
        for key in ("wanted", "held", "independent", "fresh"):
            yield from _counted(getattr(need, key), ("needs", place, key))
    wanted, shared = {need.id for need in needs}, {pool.id for pool in pools}
    for place, supply in enumerate(supplies):
        yield from _of_supply(supply, place, wanted, shared)
    for place, pool in enumerate(pools):
        yield from _counted(pool.capacity, ("pools", place, "capacity"))


def _of_supply(supply: Supply, place: int, wanted: set[str], pools: set[str]) -> Iterator[Fault]:
    where = "supplies", place
    for key in ("capacity", "lead"):
        yield from _counted(getattr(supply, key), (*where, key))
    if not 1 <= supply.quality <= WHOLE:
        yield Fault(place=(*where, "quality"), message=f"`{supply.quality}` is no quality", mend="write 1 to 100")
    if supply.pool is not None and supply.pool not in pools:
        yield Fault(place=(*where, "pool"), message=f"no pool `{supply.pool}`", mend="name one of the case's pools")
    seen: set[str] = set()
    for number, route in enumerate(supply.routes):
        at = (*where, "routes", number)
        if route.need not in wanted:
            yield Fault(place=(*at, "need"), message=f"no need `{route.need}`", mend="name one of the case's needs")
        if route.need in seen:
            yield Fault(place=(*at, "need"), message=f"`{route.need}` has a route already", mend="state it once")
        seen.add(route.need)
        yield from _counted(route.most, (*at, "most"))


def _counted(value: int | None, place: tuple[str | int, ...], least: int = 0) -> Iterator[Fault]:
    if value is not None and value < least:
        yield Fault(place=place, message=f"`{value}` is too little", mend=f"write a whole number from {least} on")
