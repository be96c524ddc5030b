"""What a loss costs: suspensions that are only supposed, and what each group of items, or requirement, has left.

Nothing here says what is lost: that is what the decision refuses when the supposed suspensions are added. They begin at
the moment that is asked about, and are given then, so that every consent which speaks already was given before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from comity.core.agreement import Reach, Suspension
from comity.core.claim import EVERY_DOMAIN
from comity.core.coverage import Coverage, Want, unmet
from comity.core.instant import Instant, Window
from comity.core.partner import Code
from comity.core.requirement import Requirement


class Effect(Enum):
    """What a loss does to something that is counted."""

    LOST = "lost"
    """Something was there, and nothing is left."""
    DEGRADED = "degraded"
    """Less is left than was there."""
    UNAFFECTED = "unaffected"
    """All is left that was there, be it nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """A suspension that nobody has made."""

    frm: Code
    to: Code
    domains: frozenset[str] = frozenset({EVERY_DOMAIN})
    reach: Reach = Reach.ONWARD
    recall: bool = False

    def made(self, name: str, now: Instant) -> Suspension:
        """As it would be if it were made now; it would stay open."""
        return Suspension(
            id=name,
            frm=self.frm,
            to=self.to,
            window=Window(now),
            given=now,
            domains=self.domains,
            reach=self.reach,
            recall=self.recall,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How many items there were, and how many are left."""

    before: int
    after: int

    @property
    def effect(self) -> Effect:
        """What the loss does to them."""
        if self.after == self.before:
            return Effect.UNAFFECTED
        return Effect.DEGRADED if self.after else Effect.LOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurt:
    """What the loss does to one requirement: its coverage before and after."""

    requirement: Requirement
    before: Coverage
    after: Coverage

    @property
    def effect(self) -> Effect:
        """Lost, degraded or unaffected, by the items that cover it."""
        return Change(before=self.before.items, after=self.after.items).effect

    @property
    def broken(self) -> frozenset[Want]:
        """The wants that were met, and are not met any more."""
        return unmet(self.requirement, self.after) - unmet(self.requirement, self.before)


_WORST: Final = (Effect.LOST, Effect.DEGRADED, Effect.UNAFFECTED)


def worst_first(hurts: Iterable[Hurt]) -> list[Hurt]:
    """What is lost before what is degraded, then the most urgent, then by id."""
    return sorted(hurts, key=lambda each: (_WORST.index(each.effect), each.requirement.priority, each.requirement.id))
