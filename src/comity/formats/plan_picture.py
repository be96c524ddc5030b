"""Where the pictures of a plan are drawn: numbers for a template, in units of an SVG's own view."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from comity.core.compensation import Need, Supply
from comity.core.planning import Plan

WIDE: Final = 1000
"""The width of every picture's view."""
TALLEST: Final = 24
"""More needs than these are not drawn as a flow: nobody could follow the bands."""
_BAR: Final = 300
_ROW: Final = 34
_LEFT, _RIGHT = 330, 670


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of 300 by 14: how far it is filled before and by the plan."""

    before: float
    covered: float


def bar(before: Fraction | None, covered: Fraction | None) -> Bar:
    """A need's bar. One that a case does not have is empty."""
    first, second = before or Fraction(0), covered or Fraction(0)
    return Bar(before=_cut(first * _BAR), covered=_cut(second * _BAR))


def gauge(part: int, whole: int) -> Bar:
    """A bar for a part of a whole; nothing of nothing is empty."""
    return between(Fraction(part), Fraction(part), Fraction(whole))


def between(first: Fraction, second: Fraction, whole: Fraction | int) -> Bar:
    """A bar that is filled in two ways, as shares of a whole."""
    return bar(min(Fraction(1), first / whole), min(Fraction(1), second / whole)) if whole else bar(None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A supply or a need in the flow: its top and height, and what is written beside it."""

    name: str
    top: float
    height: float
    text: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What flows from a supply to a need: the path of its middle, and its width."""

    path: str
    width: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Who gives to whom: supplies on the left, needs on the right; `left_out` needs were too many to draw."""

    height: float
    supplies: tuple[Box, ...]
    needs: tuple[Box, ...]
    bands: tuple[Band, ...]
    left_out: int


def flow(made: Plan) -> Flow:
    """The flow of a plan, of the heaviest needs that it gives anything to."""
    given: dict[str, int] = defaultdict(int)
    for each in made.assigned:
        given[each.need] += each.units
    drawn = [name for name in made.case.needs if given[name]]
    needs = drawn[:TALLEST]
    lines = [each for each in made.assigned if each.need in set(needs)]
    sent: dict[str, int] = defaultdict(int)
    for each in lines:
        sent[each.supply] += each.units
    supplies = [name for name in made.case.supplies if sent[name]]
    scale = 24 / max([*given.values(), *sent.values(), 1])
    offered, wanted = made.case.supplies, made.case.needs
    givers, takers = _texts(offered.values()), _texts(wanted.values())
    left = _boxes(((n, givers[n], f"{sent[n]} of {offered[n].capacity}", sent[n]) for n in supplies), scale)
    right = _boxes(((n, takers[n], str(given[n]), given[n]) for n in needs), scale)
    bands = _bands(made, left, right, scale)
    height = max((box.top + _ROW for box in (*left, *right)), default=0)
    return Flow(height=height, supplies=left, needs=right, bands=bands, left_out=len(drawn) - len(needs))


def _texts(named: Iterable[Need | Supply]) -> dict[str, str]:
    """What is written beside each: its title; where two titles of a case are the same, all say their names, too."""
    titles = {each.id: each.title for each in named}
    stated = [title for title in titles.values() if title]
    alike = len(set(stated)) < len(stated)
    return {name: (f"{name}: {title}" if alike else title) if title else name for name, title in titles.items()}


def _boxes(named: Iterable[tuple[str, str, str, int]], scale: float) -> tuple[Box, ...]:
    """Boxes one below the other, of names with text, note and the items that flow there."""
    return tuple(
        Box(name=name, top=place * _ROW + 5, height=_cut(max(2, units * scale)), text=text, note=note)
        for place, (name, text, note, units) in enumerate(named)
    )


def _bands(made: Plan, left: tuple[Box, ...], right: tuple[Box, ...], scale: float) -> tuple[Band, ...]:
    froms, tos = {box.name: box.top for box in left}, {box.name: box.top for box in right}
    order = {box.name: place for place, box in enumerate(right)}
    bands = []
    for each in sorted(made.assigned, key=lambda each: (order.get(each.need, 0), each.supply)):
        if each.need not in tos or each.supply not in froms:
            continue
        width = each.units * scale
        start, end, middle = froms[each.supply] + width / 2, tos[each.need] + width / 2, (_LEFT + _RIGHT) // 2
        path = f"M{_LEFT + 8} {_cut(start)}C{middle} {_cut(start)} {middle} {_cut(end)} {_RIGHT - 8} {_cut(end)}"
        bands.append(Band(path=path, width=max(1.0, _cut(width)), text=f"{each.supply} → {each.need}: {each.units}"))
        froms[each.supply] += width
        tos[each.need] += width
    return tuple(bands)


def _cut(value: Fraction | float) -> float:
    return round(float(value), 1)
