"""A holding as it would be if some edges were attested: for what an attestation would change."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from comity.core.claim import Claim
from comity.core.instant import Instant, Window
from comity.core.lineage import Item, ItemId, Source, Use
from comity.index.holding import Holding, Ordinal, item_id, ordinal

Edges = frozenset[tuple[Ordinal, Ordinal]]
"""Edges from an item to a source, each of use `draws-on`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What `holding` says, with these edges attested from `since` on. It keeps no labels of its own."""

    holding: Holding
    edges: Edges
    since: Instant

    def claims(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[Claim, ...]]:
        """See Holding."""
        return self.holding.claims(items)

    def sources(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[Source, ...]]:
        """See Holding."""
        found = self.holding.sources(items)
        return {item: tuple(self._edge(item, source) for source in sources) for item, sources in found.items()}

    def dependants(self, items: Iterable[Ordinal]) -> set[Ordinal]:
        """See Holding."""
        return self.holding.dependants(items)

    def closure(self, item: Ordinal) -> Mapping[ItemId, Item]:
        """See Holding."""
        return {
            name: replace(each, sources=tuple(self._edge(ordinal(name), source) for source in each.sources))
            for name, each in self.holding.closure(item).items()
        }

    def labels(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[int, ...]]:
        """See Holding."""
        return self.holding.labels(items)

    def census(self) -> Iterator[tuple[tuple[int, ...], Instant | None, str, Iterable[Ordinal]]]:
        """See Holding."""
        return self.holding.census()

    def attested(self) -> Iterator[tuple[Instant, Ordinal]]:
        """See Holding."""
        yield from self.holding.attested()
        yield from ((self.since, item) for item, _ in self.edges)

    def _edge(self, item: Ordinal, source: Source) -> Source:
        named = any(near == item and item_id(far) == source.item for near, far in self.edges)
        if not named or source.use is not Use.DRAWS_ON or source.cuts(self.since):
            return source
        return replace(source, attestations=(*source.attestations, Window(self.since)))
