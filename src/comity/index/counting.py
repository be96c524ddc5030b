"""How well requirements are covered, and on whom that depends: counted in bitmaps, never item by item by the decision.

INVARIANT: every number is that of a recount by `core.decision.decide` over all items; tests hold it to that on random
worlds. What is counted for a recipient is what the index shows it now, and nothing else.

A count tells of every item that it was counted from. Whoever shows one to somebody labels it by these: `covering` says
which they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from pyroaring import BitMap

from comity.core import coverage as core
from comity.core.coverage import Coverage, Dependence
from comity.core.instant import Window
from comity.core.partner import Code, Recipient
from comity.core.requirement import Credibility, Reliability, RequirementId
from comity.core.roots import rooted
from comity.index.engine import Index
from comity.index.facets import Facets
from comity.index.holding import Ordinal
from comity.index.origins import Origins, sources_above

Axis = TypeVar("Axis", bound=Enum)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What is counted from: an index as it stands, what its items are, rest on and count towards, and their grades."""

    index: Index
    facets: Facets
    origins: Origins
    tagged: Mapping[RequirementId, BitMap]
    reliability: Mapping[Reliability, BitMap] = field(default_factory=dict)
    credibility: Mapping[Credibility, BitMap] = field(default_factory=dict)


def covering(survey: Survey, requirement: RequirementId, reader: Recipient, window: Window) -> BitMap:
    """The items that cover the requirement for `reader` in the window: tagged, seen, and received in it."""
    tagged = survey.tagged.get(requirement, BitMap())
    return tagged & survey.facets.received(core.bounded(window)) & survey.index.visible(reader)


def coverage(survey: Survey, requirement: RequirementId, reader: Recipient, window: Window) -> Coverage:
    """How the requirement is covered for `reader` in the window. Raises MalformedInput for one without bounds."""
    return count(survey, requirement, reader, window, covering(survey, requirement, reader, window))


def count(survey: Survey, requirement: RequirementId, reader: Recipient, window: Window, items: BitMap) -> Coverage:
    """As `coverage`, if these items were what covers it."""
    return Coverage(
        requirement=requirement,
        recipient=reader,
        window=window,
        items=len(items),
        newest=survey.facets.newest(items),
        independent=core.independent(survey.origins.among(items)),
        reliability=_graded(survey.reliability, Reliability, items),
        credibility=_graded(survey.credibility, Credibility, items),
    )


def _graded(grades: Mapping[Axis, BitMap], axis: type[Axis], items: BitMap) -> tuple[int, ...]:
    return tuple(grades[grade].intersection_cardinality(items) if grade in grades else 0 for grade in axis)


def dependence(survey: Survey, items: BitMap) -> Dependence:
    """On whose roots the items rest."""
    return core.dependence(survey.origins.counted(items))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonSource:
    """A root from which items of several originators descend: they look independent, and are not.

    `root`: one item, or several that cite one another in a circle. `items`: what descends from it, the root itself with
    it if it is counted. `hidden`: the reader may see nothing of the root, so it cannot find out by itself.
    """

    root: tuple[Ordinal, ...]
    originators: tuple[Code, ...]
    items: BitMap
    hidden: bool


def common_sources(survey: Survey, reader: Recipient, items: BitMap) -> list[CommonSource]:
    """Every common source of the items, the one with the most items first, equal ones by number."""
    edges = sources_above(survey.index.holding, items, BitMap())
    roots = rooted(edges, {}, lambda circle: tuple(sorted(circle)))
    descending: dict[tuple[Ordinal, ...], BitMap] = {}
    for item in map(Ordinal, items):
        for root in roots[item]:
            descending.setdefault(root, BitMap()).add(item)
    seen = survey.index.visible(reader)
    found = [
        CommonSource(root=root, originators=named, items=members, hidden=seen.isdisjoint(BitMap(root)))
        for root, members in descending.items()
        if len(members) > 1 and len(named := _names(survey, members)) > 1
    ]
    return sorted(found, key=lambda source: (-len(source.items), source.root))


def _names(survey: Survey, items: BitMap) -> tuple[Code, ...]:
    """Whose the items are, by what their first claims say."""
    return tuple(sorted(code for code, owned in survey.facets.by_originator.items() if owned.intersect(items)))
