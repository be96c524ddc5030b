"""What partners have granted one another, and what they have stopped: agreements, delegations, suspensions.

*Covers* = ceiling at or above the level and every domain included. *Overlaps* = one domain in common. A suspension is
open for its window; two open suspensions need two lifts. Semantics §1.
"""

from dataclasses import dataclass
from enum import Enum

from comity.core.claim import EVERY_DOMAIN, Claim, Derivation, Onward
from comity.core.instant import UNBOUNDED, Instant, Window
from comity.core.partner import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A directed grant `frm` → `to`, under a ceiling and within domains, for a time."""

    id: str
    frm: Code
    to: Code
    ceiling: str
    domains: frozenset[str]
    window: Window = UNBOUNDED

    def covers(self, claim: Claim, rank: dict[str, int]) -> bool:
        """Whether the ceiling is at or above the claim's level and every domain of the claim is included."""
        return rank[claim.level] <= rank[self.ceiling] and (
            EVERY_DOMAIN in self.domains or claim.domains <= self.domains
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement(Grant):
    """A grant to receive, with the rules for what is received."""

    onward: Onward = Onward.LISTED
    derivation: Derivation = Derivation.INHERIT
    accepts: frozenset[str] = frozenset()

    def overlaps(self, claim: Claim) -> bool:
        """Whether one domain is in common."""
        return overlap(self.domains, claim.domains)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation(Grant):
    """A grant to consent in the grantor's name. Not transitive."""


class Reach(Enum):
    """How far a suspension goes: what `frm` holds itself, what others pass on, what others have derived."""

    DIRECT = "direct"
    ONWARD = "onward"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A directed stop `frm` → `to`. `given` is when it was said; it orders consents after it."""

    id: str
    frm: Code
    to: Code
    window: Window
    given: Instant
    domains: frozenset[str] = frozenset({EVERY_DOMAIN})
    reach: Reach = Reach.ONWARD
    recall: bool = False

    def overlaps(self, claim: Claim) -> bool:
        """Whether one domain is in common."""
        return overlap(self.domains, claim.domains)


def overlap(domains: frozenset[str], others: frozenset[str]) -> bool:
    """Whether one domain is in common, `*` among `domains` standing for all."""
    return EVERY_DOMAIN in domains or not domains.isdisjoint(others)
