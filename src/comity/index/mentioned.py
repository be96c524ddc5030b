"""Which items a report tells of: whoever hands the report on labels it as built on all of these.

Rules kept here:
1. a report mentions every item that it was counted from, whether it names it or not: a count tells of what it counts;
2. and, of each of these, the roots that it rests on: independence, shares and sole sources say whose the roots are.

An analysis whose attestation stands gives nobody away, and so its label does not stop what its reader sees. A report on
whose roots it rests does give them away. So a report quotes the roots, and carries what they carry themselves.
"""

from collections.abc import Iterable

from pyroaring import BitMap

from comity.core.partner import Recipient
from comity.core.roots import rooted
from comity.index.counting import Survey
from comity.index.holding import Ordinal
from comity.index.losing import Stand
from comity.index.origins import sources_above


def mentioned(survey: Survey, items: BitMap) -> BitMap:
    """What a report that was counted from `items` tells of: they, and all their roots."""
    edges = sources_above(survey.index.holding, items, BitMap())
    roots = rooted(edges, {}, frozenset)
    return items | BitMap(each for item in map(Ordinal, items) for root in roots[item] for each in root)


def by_stands(survey: Survey, stands: Iterable[Stand]) -> BitMap:
    """What a report on the coverage of these requirements tells of, or a plan for them."""
    found = BitMap()
    for stand in stands:
        found |= stand.items
    return mentioned(survey, found)


def by_loss(survey: Survey, readers: Iterable[Recipient]) -> BitMap:
    """What a report on a loss of these recipients tells of: all that they see before it, lost or not."""
    found = BitMap()
    for reader in readers:
        found |= survey.index.visible(reader)
    return mentioned(survey, found)
