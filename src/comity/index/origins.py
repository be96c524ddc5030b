"""Whose the roots of items are, walked once and kept: the bitmaps from which independence and dependence are counted.

Semantics §2 says what lineage is, `comity.core.roots` what a root is. A root's originator is that of its first claim.
What is walked is kept until `forget`: nothing but lineage moves roots, no suspension and no consent.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator

from pyroaring import BitMap

from comity.core.coverage import Origin
from comity.core.partner import Code
from comity.core.roots import rooted
from comity.index.holding import Holding, Ordinal, ordinal
from comity.index.labelling import downstream

CHUNK = 50_000
"""Items whose sources are asked for at a time."""


class Origins:
    """The originators of the roots of items, each set of them kept once."""

    def __init__(self, holding: Holding) -> None:
        """Nothing is walked before somebody asks."""
        self._holding = holding
        self._known = BitMap()
        self._numbers: dict[frozenset[Origin], int] = {frozenset(): 0}
        self._sets: list[frozenset[Origin]] = [frozenset()]
        self._originators: list[frozenset[Code]] = [frozenset()]
        self._set_of = array("I")
        self._by_origin: dict[Origin, BitMap] = {}

    def among(self, items: BitMap) -> Iterator[Origin]:
        """The origins of the roots that any of the items has."""
        self._learn(items)
        return (origin for origin, descending in self._by_origin.items() if descending.intersect(items))

    def counted(self, items: BitMap) -> list[tuple[frozenset[Code], int]]:
        """The originators of the items' roots, and how many items have just these."""
        self._learn(items)
        counts = Counter(map(self._set_of.__getitem__, items))
        return [(self._originators[number], count) for number, count in counts.items()]

    def forget(self, items: Iterable[Ordinal]) -> None:
        """The sources of these items have changed: what is built on them is walked again."""
        gone = BitMap(downstream(self._holding, items))
        self._known -= gone
        for descending in self._by_origin.values():
            descending.difference_update(gone)

    def _learn(self, items: BitMap) -> None:
        fresh = items - self._known
        if not fresh:
            return
        edges = sources_above(self._holding, fresh, self._known)
        given = {near for found in edges.values() for near in found if near not in edges}
        known = {near: self._sets[self._set_of[near]] for near in given}
        alone = self._alone([item for item, sources in edges.items() if not sources])
        found = rooted(edges, known, lambda circle: alone.get(circle[0]) or originators(self._holding, circle))
        self._seat(max(found))
        gathered: dict[Origin, array[int]] = {}
        for item, origins in found.items():
            self._set_of[item] = self._number(origins)
            for origin in origins:
                gathered.setdefault(origin, array("I")).append(item)
        for origin, members in gathered.items():
            self._by_origin.setdefault(origin, BitMap()).update(members)
        self._known.update(found)

    def _alone(self, items: list[Ordinal]) -> dict[Ordinal, Origin]:
        """Whose each of these items is, each of which is a root by itself: nearly every root, so asked for at once."""
        found: dict[Ordinal, Origin] = {}
        for first in range(0, len(items), CHUNK):
            named = self._holding.claims(items[first : first + CHUNK])
            found.update((item, frozenset({claims[0].originator})) for item, claims in named.items())
        return found

    def _number(self, origins: frozenset[Origin]) -> int:
        number = self._numbers.setdefault(origins, len(self._sets))
        if number == len(self._sets):
            self._sets.append(origins)
            self._originators.append(frozenset[Code]().union(*origins))
        return number

    def _seat(self, last: int) -> None:
        if (short := last + 1 - len(self._set_of)) > 0:
            self._set_of.extend(array("I", bytes(4 * short)))


def sources_above(holding: Holding, items: BitMap, known: BitMap) -> dict[Ordinal, list[Ordinal]]:
    """The sources of `items` and of everything that they are built on, as far as it is not `known`."""
    edges: dict[Ordinal, list[Ordinal]] = {}
    front = list(map(Ordinal, items))
    while front:
        chunk, front = front[:CHUNK], front[CHUNK:]
        asked = [item for item in chunk if item not in edges]
        found = {item: [ordinal(source.item) for source in given] for item, given in holding.sources(asked).items()}
        edges.update((item, found.get(item, [])) for item in asked)
        above = {near for given in found.values() for near in given}
        front += [near for near in above if near not in edges and near not in known]
    return edges


def originators(holding: Holding, items: Iterable[Ordinal]) -> Origin:
    """Whose the items are, by their first claims."""
    return frozenset(claims[0].originator for claims in holding.claims(items).values())
