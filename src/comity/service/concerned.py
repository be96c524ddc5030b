"""Whose material an item was, by what was recorded when it was handed over: for statements, and to check receipts.

An item carries the claims of all that it is built on. Edges and claims are only ever added, but for a first claim that
a later one replaces; so each is known *from* one entry of the register on (and such a claim *until* another), and the
same walk answers for every moment. INVARIANT: this says what `index.engine.Index.originators` said when the response
was recorded, from facts alone; tests hold the two together.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final, NamedTuple

from comity.core.partner import Code
from comity.index.holding import Ordinal
from comity.service.ports import Reader

NEVER: Final = 2**63
"""After every entry."""


class Stated(NamedTuple):
    """A claim's originator, and the entries between which it counts; `first` where it is the item's first claim."""

    originator: Code
    since: int
    until: int
    first: bool


@dataclass(slots=True)
class Concerned:
    """Lineage as it was at any entry, read once for the items that are asked about."""

    reader: Reader
    _edges: dict[Ordinal, list[tuple[Ordinal, int]]] = field(default_factory=dict)
    _claims: dict[Ordinal, list[Stated]] = field(default_factory=dict)
    _reached: dict[Ordinal, tuple[tuple[Ordinal, int], ...]] = field(default_factory=dict)
    _settled: dict[Ordinal, tuple[int, frozenset[Code]]] = field(default_factory=dict)
    """From which entry on the item carries claims of whom, as far as is recorded."""

    def __len__(self) -> int:
        """How many items were read."""
        return len(self._edges)

    def read(self, items: Iterable[Ordinal]) -> None:
        """Read what these items are built on, level by level."""
        front = {item for item in items if item not in self._edges}
        while front:
            self._edges.update((item, []) for item in front)
            for item, source, entry in self.reader.edges(front):
                self._edges[item].append((source, entry))
            self._read_claims(front)
            front = {source for item in front for source, _ in self._edges[item] if source not in self._edges}

    def originators(self, item: Ordinal, entry: int) -> frozenset[Code]:
        """Whose claims the item carried when that entry was recorded."""
        settled = self._settled.get(item)
        if settled is None:
            last = max(self._changes(item))
            settled = self._settled[item] = (last, self._at(item, last))
        return settled[1] if entry >= settled[0] else self._at(item, entry)

    def roots(self, item: Ordinal, entry: int, originator: str) -> Iterator[Ordinal]:
        """The items whose first claim was this originator's, of all that the item was built on and itself."""
        for root, since in self._roots(item):
            if since <= entry and any(
                stated.first and stated.originator == originator and stated.since <= entry < stated.until
                for stated in self._claims[root]
            ):
                yield root

    def _at(self, item: Ordinal, entry: int) -> frozenset[Code]:
        return frozenset(
            stated.originator
            for root, since in self._roots(item)
            if since <= entry
            for stated in self._claims[root]
            if stated.since <= entry < stated.until
        )

    def _changes(self, item: Ordinal) -> Iterator[int]:
        """The entries that changed what the item carries."""
        yield 0
        for root, since in self._roots(item):
            yield since
            yield from (stated.since for stated in self._claims[root])  # where one ends, another begins

    def _read_claims(self, items: Iterable[Ordinal]) -> None:
        found: dict[Ordinal, list[Stated]] = {item: [] for item in items}
        for item, place, originator, entry in self.reader.stated(found):
            known = found[item]
            if place == 0:  # it replaces the first claim before it, which is the first that was stated
                known[:] = [each._replace(until=min(each.until, entry)) if each.first else each for each in known]
            known.append(Stated(originator, entry, NEVER, place == 0))
        self._claims |= found

    def _roots(self, item: Ordinal) -> tuple[tuple[Ordinal, int], ...]:
        """Everything that the item is built on, itself too, each with the entry from which on it is."""
        known = self._reached.get(item)
        if known is None:
            if item not in self._edges:
                self.read((item,))
            known = self._reached[item] = self._walk(item) if self._edges[item] else ((item, 0),)
        return known

    def _walk(self, item: Ordinal) -> tuple[tuple[Ordinal, int], ...]:
        """Nearest first, where a way is as long as the latest entry that recorded one of its edges."""
        found: dict[Ordinal, int] = {}
        queue = [(0, item)]
        while queue:
            since, near = heappop(queue)
            if near in found:
                continue
            found[near] = since
            for far, entry in self._edges[near]:
                if far not in found:
                    heappush(queue, (max(since, entry), far))
        return tuple(found.items())
