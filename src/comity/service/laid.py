"""What an import has just laid down, as a holding: claims and edges are written through, and answered from memory.

Reading back what was written a moment ago is what an import would spend its time on; this is no second truth, for it
answers only for items that are new in this act, and only with what it has itself written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from operator import itemgetter

from comity.core.claim import Claim
from comity.core.instant import Instant
from comity.core.lineage import Item, ItemId, Source
from comity.index.holding import Ordinal, item_id
from comity.service.ports import Writer
from comity.service.records import NewClaim, NewSource


class Laid:
    """The holding as of this act, whose new items are those from `first` on."""

    def __init__(self, writer: Writer, first: Ordinal) -> None:
        """Nothing is laid down yet."""
        self.writer = writer
        self.first = first
        self._claims: dict[Ordinal, tuple[Claim, ...]] = {}
        self._alone: dict[int, tuple[Claim, ...]] = {}
        self._sources: dict[Ordinal, list[Source]] = {}
        self._dependants: dict[Ordinal, set[Ordinal]] = {}

    def add_claims(self, rows: Iterable[NewClaim]) -> None:
        """As Writer: a claim was received when its item was. A new item's first claim comes first, and once."""
        received = self.writer.act.at
        written = [
            row if row.claim.received == received else row._replace(claim=replace(row.claim, received=received))
            for row in rows
        ]
        self.writer.add_claims(written)
        for item, _, claim in written:
            if item in self._claims:
                self._claims[item] = (*self._claims[item], claim)
            elif item >= self.first:  # most items have one claim, and the same: it is kept once
                self._claims[item] = self._alone.setdefault(id(claim), (claim,))

    def add_sources(self, rows: Iterable[NewSource]) -> None:
        """As Writer."""
        written = sorted(rows, key=itemgetter(0, 1))
        self.writer.add_sources(written)
        for row in written:
            if row.item >= self.first:
                edges = self._sources.setdefault(row.item, [])
                edge = Source(item=item_id(row.source), use=row.use)
                if not edges or edges[-1] != edge:  # they come sorted, so the same ones side by side
                    edges.append(edge)
            self._dependants.setdefault(row.source, set()).add(row.item)

    def claims(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[Claim, ...]]:
        """See Holding."""
        new, old = self._parted(items)
        return {item: self._claims[item] for item in new if item in self._claims} | dict(self.writer.claims(old))

    def sources(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[Source, ...]]:
        """See Holding."""
        new, old = self._parted(items)
        return {item: tuple(self._sources[item]) for item in new if item in self._sources} | dict(
            self.writer.sources(old)
        )

    def dependants(self, items: Iterable[Ordinal]) -> set[Ordinal]:
        """See Holding."""
        new, old = self._parted(items)
        return self.writer.dependants(old).union(*(self._dependants.get(item, ()) for item in new))

    def closure(self, item: Ordinal) -> Mapping[ItemId, Item]:
        """See Holding."""
        return self.writer.closure(item)

    def labels(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[int, ...]]:
        """See Holding."""
        return self.writer.labels(items)

    def census(self) -> Iterator[tuple[tuple[int, ...], Instant | None, str, Iterable[Ordinal]]]:
        """See Holding."""
        return self.writer.census()

    def attested(self) -> Iterator[tuple[Instant, Ordinal]]:
        """See Holding."""
        return self.writer.attested()

    def _parted(self, items: Iterable[Ordinal]) -> tuple[list[Ordinal], list[Ordinal]]:
        new: list[Ordinal] = []
        old: list[Ordinal] = []
        for item in items:
            (new if item >= self.first else old).append(item)
        return new, old
