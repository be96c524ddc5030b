"""How well a requirement is covered for a recipient, and on whom that depends: counts, and what follows from them.

Rules kept here:
1. two reports that descend from one root are one: what corroborates is counted by root originator, not by report;
2. a want is met or not by whole numbers; equal is met; what nothing covers meets no want;
3. shares are exact fractions and add up to one.

Who counts is `comity.index.counting`; what may be counted is what the decision permits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from comity.core.errors import MalformedInput
from comity.core.instant import ALWAYS, NEVER, Instant, Window
from comity.core.partner import Code, Recipient
from comity.core.requirement import Requirement, RequirementId

Origin = frozenset[Code]
"""The originators of one root: one, but for items that cite one another in a circle and rest on nothing else."""


class Want(Enum):
    """What a requirement may ask for."""

    RATE = "rate"
    FRESHNESS = "freshness"
    CORROBORATION = "corroboration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What covers a requirement for a recipient in a window.

    `items`: how many; `newest`: when the last of them was received. `independent`: their root originators, in groups
    that have no root in common. `reliability`: how many are graded A, B … F; `credibility`: how many 1, 2 … 6; the rest
    is not graded on that axis.
    """

    requirement: RequirementId
    recipient: Recipient
    window: Window
    items: int
    newest: Instant | None
    independent: tuple[tuple[Code, ...], ...]
    reliability: tuple[int, ...]
    credibility: tuple[int, ...]

    @property
    def age(self) -> int | None:
        """The microseconds from the newest item's receipt to the end of the window; None if there is none."""
        return None if self.newest is None else self.window.end - self.newest

    def per(self, period: int) -> Fraction:
        """Items in each `period` of microseconds."""
        return Fraction(self.items * period, self.window.end - self.window.start)


def bounded(window: Window) -> Window:
    """`window`, if items can be counted in it. Raises MalformedInput."""
    if window.start == ALWAYS or window.end == NEVER or window.end <= window.start:
        raise MalformedInput("no window to count in: state its start, and an end after it")
    return window


def unmet(requirement: Requirement, coverage: Coverage) -> frozenset[Want]:
    """The stated wants that the coverage does not meet."""
    found = set[Want]()
    rate, window = requirement.rate, coverage.window
    if rate is not None and coverage.items * rate.period < rate.items * (window.end - window.start):
        found.add(Want.RATE)
    if requirement.freshness is not None and (coverage.age is None or coverage.age > requirement.freshness):
        found.add(Want.FRESHNESS)
    if requirement.corroboration is not None and len(coverage.independent) < requirement.corroboration:
        found.add(Want.CORROBORATION)
    return frozenset(found)


def covered(requirement: Requirement, coverage: Coverage) -> bool:
    """Whether something covers the requirement, and every want is met."""
    return coverage.items > 0 and not unmet(requirement, coverage)


def independent(origins: Iterable[Origin]) -> tuple[tuple[Code, ...], ...]:
    """The originators of these roots, in groups: those of one root are in one group. In order."""
    group_of: dict[Code, Origin] = {}
    several: list[Origin] = []
    for origin in origins:
        if len(origin) == 1:
            group_of.update(dict.fromkeys(origin, origin))
        else:
            several.append(origin)
    for origin in several:
        joined = origin.union(*(group_of[one] for one in origin if one in group_of))
        group_of.update((one, joined) for one in joined)
    return tuple(sorted(tuple(sorted(group)) for group in set(group_of.values())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """On whose roots `items` items rest.

    `shares`: each item counts one, in equal parts for the originators of its roots; the largest share first, equal ones
    by code. `soles`: the originators that every one of the items descends from, with or without others.
    """

    items: int
    shares: tuple[tuple[Code, Fraction], ...]
    soles: tuple[Code, ...]

    @property
    def concentration(self) -> Fraction | None:
        """The Herfindahl-Hirschman index, from 1/n for n equal shares to 1 for a single one; None of no items."""
        return sum((share * share for _, share in self.shares), Fraction(0)) if self.items else None


def dependence(counted: Iterable[tuple[frozenset[Code], int]]) -> Dependence:
    """The dependence of items, given as root originators and how many items have just these."""
    counts: dict[Code, dict[int, int]] = {}
    items, common = 0, None
    for originators, count in counted:
        items += count
        common = originators if common is None else common & originators
        for originator in originators:
            among = counts.setdefault(originator, {})
            among[len(originators)] = among.get(len(originators), 0) + count
    # Each item counts one, in equal parts: so many whole ones, halves, thirds …
    shares = (
        (originator, sum((Fraction(count, size) for size, count in among.items()), Fraction(0)) / items)
        for originator, among in counts.items()
    )
    return Dependence(
        items=items,
        shares=tuple(sorted(shares, key=lambda share: (-share[1], share[0]))),
        soles=tuple(sorted(common or ())),
    )
