"""Which items a report tells of: whoever hands the report on labels it as built on all of these.

Rules kept here:
1. a report mentions every item that it was counted from, whether it names it or not: a count tells of what it counts;
2. and all that these are built on, of whatever use: independence, shares and sole sources say whose the roots are, and
   that there is a way from the item to them.

An analysis whose attestation stands gives nobody away, and so its label does not stop what its reader sees. A report on
whose roots it rests does give them away, and what is in between with them. So a report quotes all of it, and carries
what each of them carries itself.
"""

from collections.abc import Iterable
from typing import NamedTuple

from pyroaring import BitMap

from comity.core.partner import Code, Recipient
from comity.index.counting import Survey
from comity.index.holding import Holding
from comity.index.losing import Stand
from comity.index.origins import sources_above


class Reported(NamedTuple):
    """What a report is on: the items that it was counted from, whose sight it tells of, and whose offers."""

    counted: BitMap
    readers: tuple[Recipient, ...]
    offering: frozenset[Code] = frozenset()


def told(holding: Holding, items: BitMap) -> BitMap:
    """What a report that was counted from `items` tells of: they, and everything that they are built on."""
    return BitMap(sources_above(holding, items, BitMap()))


def mentioned(survey: Survey, items: BitMap) -> BitMap:
    """As `told`, of what is counted from."""
    return told(survey.index.holding, items)


def by_stands(survey: Survey, stands: Iterable[Stand]) -> BitMap:
    """What a report on the coverage of these requirements tells of, or a plan for them."""
    return mentioned(survey, BitMap().union(*(stand.items for stand in stands)))


def by_loss(survey: Survey, readers: Iterable[Recipient]) -> BitMap:
    """What a report on a loss of these recipients tells of: all that they see before it, lost or not."""
    return mentioned(survey, BitMap().union(*(survey.index.visible(reader) for reader in readers)))
