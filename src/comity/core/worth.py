"""What a change would be worth to a plan, in points, and the ground of each number.

*At once* is exact: what the plan gains if nothing in it moves and what the change frees is given where it helps most.
*Anew* is what planning again gains, with the bounds that the solver proved; there, items may move. A worth of nothing
says why it is nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from comity.core.alternative import Change, More, Open, Sooner, changed
from comity.core.compensation import Assigned, Case, score
from comity.core.filling import Stock, fill
from comity.core.planning import Plan
from comity.core.programme import Ended

Again = Callable[[Case, Iterable[Assigned]], Plan]
"""Plans a case again, beginning with a valid assignment (`planning.planner`)."""


class Nothing(StrEnum):
    """Why a change adds nothing at once."""

    CLOSED = "closed"
    """No route of these supplies is open, even then: something else bars them, or they are late."""
    COVERED = "covered"
    """What they could add to is covered whole."""
    GIVEN = "given"
    """Their items are all given to other needs: nothing is left over."""
    ALIKE = "alike"
    """What the needs lack is not this: they want other originators, or have all that may come from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """Planning again with the change: the points gained over this plan.

    What the change is worth between two best plans is at least `low` and at most `high`; equal where both are proved
    the best.
    """

    gained: Fraction
    low: float
    high: float
    ended: Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a change is worth beside this plan; `added` is what would be given, `nothing` why that is nothing."""

    change: Change
    at_once: Fraction
    added: tuple[Assigned, ...]
    nothing: Nothing | None
    anew: Anew | None = None


def worth(made: Plan, change: Change, again: Again | None = None) -> Worth:
    """The worth of a change; planned again too, where there is something to plan with."""
    case = changed(made.case, [change])
    filled = fill(case, made.assigned)
    gained = score(case, filled) - made.points
    had = {(each.need, each.supply): each.units for each in made.assigned}
    return Worth(
        change=change,
        at_once=gained,
        added=tuple(
            Assigned(need=each.need, supply=each.supply, units=more)
            for each in filled
            if (more := each.units - had.get((each.need, each.supply), 0))
        ),
        nothing=None if gained else _nothing(made, case, change),
        anew=_anew(made, again(case, filled)) if again else None,
    )


def of_partners(made: Plan, again: Again | None = None) -> dict[str, Worth]:
    """Of each partner, what one item a period more would be worth: of whichever of its supplies it is worth most."""
    found: dict[str, Worth] = {}
    for name, supply in made.case.supplies.items():
        one = worth(made, More(supply=name, units=1), again)
        if supply.partner not in found or _rank(one) > _rank(found[supply.partner]):
            found[supply.partner] = one
    return dict(sorted(found.items(), key=lambda pair: (*(-each for each in _rank(pair[1])), pair[0])))


def of_barriers(made: Plan, again: Again | None = None) -> tuple[Worth, ...]:
    """Of each barrier, what it would be worth if it alone were taken away; what is worth most comes first."""
    found = [worth(made, change, again) for change in barriers(made.case)]
    return tuple(sorted(found, key=lambda one: (*(-each for each in _rank(one)), one.change)))


def barriers(case: Case) -> list[Open]:
    """Every barrier of a case, to be opened."""
    routes = (route for supply in case.supplies.values() for route in supply.routes)
    return [Open(barrier=barrier) for barrier in sorted({barrier for route in routes for barrier in route.barriers})]


def _rank(one: Worth) -> tuple[Fraction, Fraction]:
    return (one.anew.gained if one.anew else Fraction(0)), one.at_once


def _anew(made: Plan, other: Plan) -> Anew:
    points = float(made.points)
    return Anew(
        gained=other.points - made.points,
        low=max(0.0, float(other.points) - made.bound),
        high=max(0.0, other.bound - points),
        ended=other.ended,
    )


def _nothing(made: Plan, case: Case, change: Change) -> Nothing:
    pairs = [pair for pair in _concerned(made.case, change) if pair in case.usable]
    if not pairs:
        return Nothing.CLOSED
    covered = made.covered()
    if not (pairs := [(need, supply) for need, supply in pairs if covered[need] < 1]):
        return Nothing.COVERED
    stock = Stock(case, made.assigned)
    left = [stock.left[name] and (pool is None or stock.pooled[pool]) for name, pool in _pools(case, pairs)]
    return Nothing.ALIKE if any(left) else Nothing.GIVEN


def _pools(case: Case, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str | None]]:
    yield from ((name, case.supplies[name].pool) for _, name in pairs)


def _concerned(case: Case, change: Change) -> list[tuple[str, str]]:
    """The needs and supplies that a change could bring together."""
    routes = [(route, supply) for supply in case.supplies.values() for route in supply.routes]
    match change:
        case Open(barrier=barrier):
            return [(route.need, supply.id) for route, supply in routes if barrier in route.barriers]
        case More(supply=name) | Sooner(supply=name):
            return [(route.need, supply.id) for route, supply in routes if supply.id == name]
        case _:
            return []
