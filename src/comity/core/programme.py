"""The plan as a mixed-integer programme, for a solver that is handed in; docs/explanation/plan.md writes it out.

A programme is columns and rows of numbers and nothing else, so that whatever solves such programmes will do, and a
test can solve one by trying everything.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from comity.core.compensation import WHOLE, Assigned, Case, Need, held


class Ended(StrEnum):
    """Why there is no better plan: it is the best, it is near enough, the time was over, or nothing was solved."""

    BEST = "best"
    GAP = "gap"
    TIME = "time"
    GREEDY = "greedy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a solver may stop: within this share of the bound, or after so many seconds."""

    gap: float = 0.005
    seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A variable: from 0 to `high`, worth so many points each, whole or not."""

    high: float
    points: int = 0
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A constraint: the sum of columns times coefficients is `most` or less."""

    most: int
    terms: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Find columns that keep all rows and have the most points."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a solver found: a value for each column, and the points that no solution can exceed."""

    values: tuple[float, ...]
    bound: float
    ended: Ended


class Solver(Protocol):
    """Solves programmes. Guarantees: same programme, start and limits, same answer, unless the time was over.

    Raises PlanFailed where it has no answer.
    """

    def __call__(self, programme: Programme, limits: Limits, start: tuple[float, ...]) -> Answer:
        """Solve, beginning with a solution that keeps all rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A case as a programme: the column of the items of each need and supply, of each new originator, of coverage."""

    programme: Programme
    items: Mapping[tuple[str, str], int]
    roots: Mapping[tuple[str, str], int]
    coverage: Mapping[str, int]

    def assigned(self, values: tuple[float, ...]) -> tuple[Assigned, ...]:
        """What an answer assigns: its items, rounded to the whole numbers that they are within a tolerance."""
        units = {pair: round(values[column]) for pair, column in self.items.items()}
        return tuple(sorted(Assigned(need=need, supply=supply, units=n) for (need, supply), n in units.items() if n))

    def values(self, case: Case, assigned: tuple[Assigned, ...]) -> tuple[float, ...]:
        """An assignment as a solution of the programme."""
        found = [0.0] * len(self.programme.columns)
        had = {name: held(need) for name, need in case.needs.items()}
        for each in assigned:
            supply = case.supplies[each.supply]
            found[self.items[each.need, each.supply]] = each.units
            had[each.need] = had[each.need].and_also(supply, each.units)
            if (column := self.roots.get((each.need, supply.origin))) is not None:
                found[column] = 1
        for name, column in self.coverage.items():
            found[column] = float(had[name].coverage(case.needs[name]))
        return tuple(found)


def model(case: Case) -> Model:
    """The programme of a case."""
    pairs = {pair: high for pair in case.usable if (high := _useful(case, *pair))}
    items = {pair: column for column, pair in enumerate(pairs)}
    sources: dict[tuple[str, str], list[int]] = defaultdict(list)
    for (name, supply), column in items.items():
        need, origin = case.needs[name], case.supplies[supply].origin
        if need.independent > len(need.roots) and origin not in need.roots:
            sources[name, origin].append(column)
    roots = {pair: len(items) + place for place, pair in enumerate(sources)}
    coverage = {name: len(items) + len(roots) + place for place, name in enumerate(case.needs)}
    columns = [
        *(Column(high=high) for high in pairs.values()),
        *(Column(high=1) for _ in roots),
        *(Column(high=1, points=need.weight, whole=False) for need in case.needs.values()),
    ]
    rows = [*_limits(case, items), *_covered(case, items, roots, coverage)]
    rows += [
        Row(most=0, terms=((roots[pair], 1), *((column, -1) for column in found))) for pair, found in sources.items()
    ]
    return Model(
        programme=Programme(columns=tuple(columns), rows=tuple(rows)), items=items, roots=roots, coverage=coverage
    )


def _useful(case: Case, name: str, supply: str) -> int:
    """The most items of a supply that could be of use to a need, whatever else is planned."""
    need, offered = case.needs[name], case.supplies[supply]
    pool = offered.capacity if offered.pool is None else case.pools[offered.pool].capacity
    rate = -((WHOLE * (need.held - need.wanted)) // offered.quality) if need.wanted > need.held else 0
    root = need.independent > len(need.roots) and offered.origin not in need.roots
    return max(0, min(case.usable[name, supply], offered.capacity, pool, max(rate, int(root))))


def _limits(case: Case, items: Mapping[tuple[str, str], int]) -> Iterator[Row]:
    """No supply and no pool gives more than it has."""
    of_supply: dict[str, list[tuple[int, int]]] = defaultdict(list)
    of_pool: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for (_, name), column in items.items():
        of_supply[name].append((column, 1))
        if (pool := case.supplies[name].pool) is not None:
            of_pool[pool].append((column, 1))
    yield from (Row(most=case.supplies[name].capacity, terms=tuple(terms)) for name, terms in of_supply.items())
    yield from (Row(most=case.pools[name].capacity, terms=tuple(terms)) for name, terms in of_pool.items())


def _covered(
    case: Case, items: Mapping[tuple[str, str], int], roots: Mapping[tuple[str, str], int], coverage: Mapping[str, int]
) -> Iterator[Row]:
    """No need is covered more than it has items, nor more than it has independent originators."""
    rate: dict[str, list[tuple[int, int]]] = defaultdict(list)
    spread: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for (name, supply), column in items.items():
        rate[name].append((column, -case.supplies[supply].quality))
    for (name, _), column in roots.items():
        spread[name].append((column, -1))
    for name, column in coverage.items():
        yield from _of_need(case.needs[name], column, tuple(rate[name]), tuple(spread[name]))


def _of_need(
    need: Need, column: int, rate: tuple[tuple[int, int], ...], spread: tuple[tuple[int, int], ...]
) -> Iterator[Row]:
    if need.wanted:
        yield Row(most=WHOLE * need.held, terms=((column, WHOLE * need.wanted), *rate))
    if need.independent:
        yield Row(most=len(need.roots), terms=((column, need.independent), *spread))
