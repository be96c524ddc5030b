"""What partners could add: offers, with their capacity, and the capacity that several offers share.

An offer is a statement, no promise, and not a grant: what comes of it goes to a recipient only under the agreements in
force. What each number means, in full: docs/explanation/analysis.md.
"""

from dataclasses import dataclass

from comity.core.partner import Code
from comity.core.requirement import Rate, RequirementId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What the offers that name it can give together, at most: one crew, one budget, one satellite."""

    id: str
    partner: Code
    capacity: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What `partner` could add to one requirement, or to every requirement of one domain: exactly one is stated.

    `capacity` is the most that it can give. `quality` is how many of a hundred items are expected to count. `lead_time`
    is the microseconds from acceptance to the first item. Its items will be at most of level `ceiling`. `pool` is the
    id of the partner's pool that they are taken from as well.
    """

    id: str
    partner: Code
    capacity: Rate
    ceiling: str
    requirement: RequirementId | None = None
    domain: str | None = None
    quality: int = 100
    lead_time: int = 0
    pool: str | None = None
