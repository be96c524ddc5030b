"""What recipients need: requirements, what counts towards them, and how good it is said to be.

Rules kept here:
1. a want that is not stated is not asked for: its absence is met, and says nothing;
2. times are whole microseconds, amounts are whole items; nothing is rounded before it is compared;
3. aid is counted as intelligence is: pledges and deliveries are items, and `kind` only says which of the two it is;
4. reliability of the source and credibility of the information are two axes, and are never made into one number.

What each number means, in full: docs/explanation/analysis.md.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, NewType

from comity.core.lineage import ItemId

RequirementId = NewType("RequirementId", str)

MOST_URGENT: Final = 1
LEAST_URGENT: Final = 5
MOST_ORIGINATORS: Final = 100
"""As many independent originators as can be wanted: what lacks is made up one by one, so it has to be few."""


class Kind(Enum):
    """What a requirement is for."""

    INTELLIGENCE = "intelligence"
    ASSISTANCE = "assistance"


class Reliability(Enum):
    """How far the source is to be trusted: the letter of the Admiralty code."""

    A = "completely reliable"
    B = "usually reliable"
    C = "fairly reliable"
    D = "not usually reliable"
    E = "unreliable"
    F = "cannot be judged"


class Credibility(Enum):
    """How far the information is to be believed: the digit of the Admiralty code."""

    CONFIRMED = 1
    PROBABLY_TRUE = 2
    POSSIBLY_TRUE = 3
    DOUBTFUL = 4
    IMPROBABLE = 5
    CANNOT_BE_JUDGED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What is said of one item on either axis; None where nothing is, which is not the same as F or 6."""

    reliability: Reliability | None = None
    credibility: Credibility | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many items in each `period` of microseconds."""

    items: int
    period: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What somebody needs, and how much of it.

    `priority` is from 1, the most urgent, to 5. `rate` is the least that has to come, `freshness` the age in
    microseconds that the newest item may have, `corroboration` the independent root originators that there must be.
    `domains` and `region` say what it is about; they select no items, which only rules and tags do.
    """

    id: RequirementId
    title: str
    domains: frozenset[str] = frozenset()
    region: str | None = None
    priority: int = 3
    kind: Kind = Kind.INTELLIGENCE
    rate: Rate | None = None
    freshness: int | None = None
    corroboration: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The items that have everything which is stated here count towards the requirement.

    `type` is the item's type, `domain` one of its own first claim, `label` one of the object's labels, and `text` words
    that are said in it.
    """

    requirement: RequirementId
    type: str | None = None
    domain: str | None = None
    label: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """This one item counts towards the requirement: somebody has said so, whatever the rules say."""

    requirement: RequirementId
    item: ItemId
