"""What the index asks of whoever keeps the items. `comity.store` answers from a database, `memory` from a world."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NewType, Protocol

from comity.core.claim import Claim
from comity.core.instant import Instant
from comity.core.lineage import Item, ItemId, Source

Ordinal = NewType("Ordinal", int)
"""An item's number, dense from 0 or 1 upwards in order of receipt; the bits of the index."""


def item_id(ordinal: Ordinal) -> ItemId:
    """The name under which core facts speak of the item with this number."""
    return ItemId(str(ordinal))


def ordinal(item: ItemId) -> Ordinal:
    """The number of the item that core facts call `item`."""
    return Ordinal(int(item))


class Holding(Protocol):
    """The items of one holder, by number.

    Every method answers for unknown numbers as if they were not asked for. Consents are facts of the policy and name
    items by `item_id`.
    """

    def claims(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[Claim, ...]]:
        """The claims of each item, the first claim first, whether or not their windows are open."""
        ...

    def sources(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[Source, ...]]:
        """The lineage edges of each item, with the windows of their attestations."""
        ...

    def dependants(self, items: Iterable[Ordinal]) -> set[Ordinal]:
        """The items of which one of `items` is a direct source."""
        ...

    def closure(self, item: Ordinal) -> Mapping[ItemId, Item]:
        """The item and everything that it is built on, as core items (named by `item_id`)."""
        ...

    def labels(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[int, ...]]:
        """The class numbers of each item's label, as last kept."""
        ...

    def census(self) -> Iterator[tuple[tuple[int, ...], Instant | None, str, Iterable[Ordinal]]]:
        """Every item, in groups of the same label, time of receipt and kind."""
        ...

    def attested(self) -> Iterator[tuple[Instant, Ordinal]]:
        """Every moment at which an attestation starts or stops counting, with the item that it is of."""
        ...
