"""Whose the roots of items are, walked once and kept: the bitmaps from which independence and dependence are counted.

Semantics §2 says what lineage is, `comity.core.roots` what a root is. A root's originator is that of its first claim.
What is walked is kept until `forget`: nothing but lineage moves roots, no suspension and no consent.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

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

    def __init__(self, holding: Holding, by_originator: Mapping[Code, BitMap] = MappingProxyType({})) -> None:
        """Nothing is walked before somebody asks. Whose an item is that `by_originator` has not, the holding is asked.

        `by_originator`: the items by what their first claims say.
        """
        self._holding = holding
        self._by_originator = by_originator
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
        alone = BitMap(item for item, sources in edges.items() if not sources)
        self._seat(max(edges))
        known = self._seated(alone)
        edges = {item: sources for item, sources in edges.items() if sources}
        given = {near for found in edges.values() for near in found if near not in edges and near not in known}
        known.update((near, self._sets[self._set_of[near]]) for near in given)
        found = rooted(edges, known, lambda circle: originators(self._holding, circle))
        gathered: dict[Origin, array[int]] = {}
        for item, origins in found.items():
            self._set_of[item] = self._number(origins)
            for origin in origins:
                gathered.setdefault(origin, array("I")).append(item)
        for origin, members in gathered.items():
            self._by_origin.setdefault(origin, BitMap()).update(members)
        self._known.update(found)
        self._known |= alone

    def _seated(self, alone: BitMap) -> dict[Ordinal, frozenset[Origin]]:
        """The roots of these items, each of which is one by itself: nearly all are, so they are taken at once."""
        found: dict[Ordinal, frozenset[Origin]] = {}
        for origin, members in self._owned(alone):
            origins = frozenset({origin})
            number = self._number(origins)
            for item in map(Ordinal, members):
                self._set_of[item] = number
                found[item] = origins
            self._by_origin.setdefault(origin, BitMap()).update(members)
        return found

    def _owned(self, items: BitMap) -> Iterator[tuple[Origin, BitMap]]:
        """The items by whose they are."""
        left = items.copy()
        for code, owned in self._by_originator.items():
            if members := owned & left:
                left -= members
                yield frozenset({code}), members
        unnamed = list(map(Ordinal, left))
        for first in range(0, len(unnamed), CHUNK):
            named = self._holding.claims(unnamed[first : first + CHUNK])
            for item, claims in named.items():
                yield frozenset({claims[0].originator}), BitMap((item,))

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
