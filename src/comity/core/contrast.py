"""Two plans side by side: what each covers, and which items go elsewhere. They may be of different cases."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from comity.core.planning import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """The coverage of a need by either plan; None where a plan's case does not have it."""

    need: str
    first: Fraction | None
    second: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many items a period of a supply go to a need by either plan; never as many."""

    need: str
    supply: str
    first: int
    second: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Two plans: each with its points, every need of either, and every pair that does not have as many items."""

    first: Plan
    second: Plan
    needs: tuple[Covered, ...]
    moved: tuple[Moved, ...]

    @property
    def gained(self) -> Fraction:
        """How many points more the second has."""
        return self.second.points - self.first.points


def contrast(first: Plan, second: Plan) -> Contrast:
    """Compare two plans."""
    before, after = first.covered(), second.covered()
    needs = tuple(Covered(need=name, first=before.get(name), second=after.get(name)) for name in _either(before, after))
    given, taken = _units(first), _units(second)
    moved = tuple(
        Moved(need=need, supply=supply, first=given.get((need, supply), 0), second=taken.get((need, supply), 0))
        for need, supply in sorted({*given, *taken})
        if given.get((need, supply), 0) != taken.get((need, supply), 0)
    )
    return Contrast(first=first, second=second, needs=needs, moved=moved)


def _units(made: Plan) -> dict[tuple[str, str], int]:
    return {(each.need, each.supply): each.units for each in made.assigned}


def _either(before: Iterable[str], after: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*before, *after]))
