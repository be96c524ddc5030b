"""What is counted from at one moment: an index, what its items are, and what rules, tags and labels name.

What an item of a world file says, its labels and its type are those of its STIX object. An item without one is what a
node would make of it: a report that tells no more than the item's id.
"""

import json
from collections.abc import Iterable, Mapping

from comity.core.instant import Instant
from comity.core.lineage import ItemId
from comity.core.requirement import RequirementId, Rule, Tag
from comity.formats import admiralty
from comity.formats.words import entry
from comity.formats.world import WorldFile
from comity.index.counting import Survey
from comity.index.engine import Index
from comity.index.facets import Facets
from comity.index.grading import graded
from comity.index.holding import Ordinal, ordinal
from comity.index.memory import WorldHolding, index_of
from comity.index.origins import Origins
from comity.index.tagging import Entries, Said, tagged


def survey_of(index: Index, tags: Iterable[Rule | Tag], said: Said) -> Survey:
    """What is counted from. Tags name their items as the holding does; the index is of one moment from here on.

    What was received after that moment is not held yet: it is counted for nobody.
    """
    index.leave_out_later()
    facets, rules, by_hand = Facets(index), list[Rule](), list[tuple[RequirementId, Ordinal]]()
    for each in tags:
        if isinstance(each, Rule):
            rules.append(each)
        else:
            by_hand.append((each.requirement, ordinal(each.item)))
    return Survey(
        index=index,
        facets=facets,
        origins=Origins(index.holding, facets.by_originator),
        tagged=tagged(rules, by_hand, facets, said),
        reliability=graded(said, admiralty.RELIABILITY),
        credibility=graded(said, admiralty.CREDIBILITY),
    )


def surveyed(file: WorldFile, at: Instant) -> tuple[Survey, WorldHolding]:
    """What the file's questions are counted from at a moment, and the holding that numbers its items."""
    objects = {name: file.objects.get(name) or _report(name) for name in file.world.items}
    kinds = {name: str(each.get("type", "report")) for name, each in objects.items()}
    index, holding = index_of(file.world, at, kinds)
    tags = [_numbered(each, holding.numbers) for each in file.wants.tags]
    entries = {Ordinal(place): entry(_raw(objects[name])) for place, name in enumerate(holding.names)}
    return survey_of(index, tags, Entries(entries)), holding


def _numbered(tag: Rule | Tag, numbers: Mapping[ItemId, ItemId]) -> Rule | Tag:
    return Tag(requirement=tag.requirement, item=numbers[tag.item]) if isinstance(tag, Tag) else tag


def _raw(said: Mapping[str, object]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode(errors="replace")


def _report(name: ItemId) -> Mapping[str, object]:
    return {"type": "report", "name": name}
