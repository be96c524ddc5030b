"""A world file as what is counted from: its index at one moment, and what its rules and tags name.

What an item says, its labels and its type are those of its STIX object. An item without one is what a node would make
of it: a report that tells no more than the item's id.
"""

import json
from collections.abc import Mapping, Sequence

from pyroaring import BitMap

from comity.core.instant import Instant
from comity.core.lineage import ItemId
from comity.core.requirement import Rule, Tag
from comity.formats.words import Sought, compared, labels, says, words
from comity.formats.world import WorldFile
from comity.index.counting import Survey
from comity.index.facets import Facets
from comity.index.holding import Ordinal
from comity.index.memory import WorldHolding, index_of
from comity.index.origins import Origins
from comity.index.tagging import tagged


class Stated:
    """What the objects of a world file say; answers as `index.tagging.Said` asks."""

    def __init__(self, objects: Sequence[Mapping[str, object]]) -> None:
        """Keep the objects, in the order of the items' numbers."""
        self._objects = objects
        self._raw = [json.dumps(each, ensure_ascii=False).encode(errors="replace") for each in objects]

    def labelled(self, label: str) -> BitMap:
        """See Said."""
        return BitMap(place for place, each in enumerate(self._objects) if compared(label) in labels(each))

    def saying(self, text: str) -> BitMap:
        """See Said. Every word of the text has to be said; a text without any is said by nobody."""
        sought = [Sought((word,)) for word in words(text)]
        return BitMap(place for place, raw in enumerate(self._raw) if sought and says(raw, sought))


def surveyed(file: WorldFile, at: Instant) -> tuple[Survey, WorldHolding]:
    """What the file's questions are counted from at a moment, and the holding that numbers its items."""
    objects = {name: file.objects.get(name) or _report(name) for name in file.world.items}
    kinds = {name: str(each.get("type", "report")) for name, each in objects.items()}
    index, holding = index_of(file.world, at, kinds)
    facets, places = Facets(index), {name: Ordinal(place) for place, name in enumerate(holding.names)}
    wants = file.wants
    by_hand = [(tag.requirement, places[tag.item]) for tag in wants.tags if isinstance(tag, Tag)]
    rules = [rule for rule in wants.tags if isinstance(rule, Rule)]
    said = Stated([objects[name] for name in holding.names])
    return Survey(
        index=index, facets=facets, origins=Origins(holding), tagged=tagged(rules, by_hand, facets, said)
    ), holding


def _report(name: ItemId) -> Mapping[str, object]:
    return {"type": "report", "name": name}
