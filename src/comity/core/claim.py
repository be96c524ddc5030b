"""What an originator says of one item: level, domains, audience, onward and derivation rules, embargo, conditions.

A claim is never weakened by anybody but its originator; everything else in the core only reads it. Semantics §1.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from comity.core.instant import ALWAYS, NEVER, UNBOUNDED, Instant, Window
from comity.core.partner import Code

GENERAL: Final = "general"
"""The domain that always exists, and that of a claim that names none."""
EVERY_DOMAIN: Final = "*"
"""Among the domains of an agreement, a delegation or a suspension: all of them."""
LEVELS: Final = ("UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET")
"""The levels, lowest first, unless a world or node configures its own."""


class Onward(Enum):
    """How far a partner may pass on what it was given; strictest first."""

    CONSENT = "consent"
    LISTED = "listed"
    FREE = "free"

    @property
    def strictness(self) -> int:
        """0 is the strictest."""
        return _ONWARD_ORDER[self]


class Derivation(Enum):
    """What a partner's own analysis of it carries; strictest first."""

    INHERIT = "inherit"
    OWN_ANALYSIS = "own-analysis"


_ONWARD_ORDER: Final = {rule: rank for rank, rule in enumerate(Onward)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What `originator` says of one item.

    `audience` is None when no list is stated and empty when nobody but the originator is named. `not_before` and
    `not_after` bound the embargo. `window` is unbounded for an item's first claim. `received` is when the claim's own
    item was received by the holder, None where that is not known.
    """

    originator: Code
    level: str
    domains: frozenset[str] = frozenset({GENERAL})
    audience: tuple[str, ...] | None = None
    onward: Onward | None = None
    derivation: Derivation | None = None
    not_before: Instant = ALWAYS
    not_after: Instant = NEVER
    conditions: frozenset[str] = frozenset()
    window: Window = UNBOUNDED
    received: Instant | None = None

    def embargoed(self, moment: Instant) -> bool:
        """Whether `moment` is before `not_before`, or at or after `not_after`."""
        return not self.not_before <= moment < self.not_after
