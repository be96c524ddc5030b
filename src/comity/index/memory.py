"""A world held in memory, for the index: tests, `comity check` of large files, and plans that touch no node."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from comity.core.claim import Claim
from comity.core.instant import Instant
from comity.core.lineage import Item, ItemId, Source, upstream
from comity.core.world import Policy, World
from comity.index.classes import Book
from comity.index.engine import Index
from comity.index.holding import Ordinal, item_id, ordinal
from comity.index.labelling import Label, compute

KIND = "item"


class WorldHolding:
    """The items of a world, numbered from 0 in their order; answers as `index.holding.Holding` asks.

    `kinds` are the types of items; one that is not in it is of KIND.
    """

    def __init__(self, world: World, kinds: Mapping[ItemId, str] = MappingProxyType({})) -> None:
        """Number the items, and the consents on them."""
        self._kinds = kinds
        self.names = tuple(world.items)
        numbers = {name: item_id(Ordinal(place)) for place, name in enumerate(self.names)}
        self.items = {numbers[name]: _numbered(item, numbers) for name, item in world.items.items()}
        self.policy = numbered(world.policy, numbers)
        self.numbers = numbers
        self.kept: Mapping[Ordinal, Label] = {}
        self._dependants: dict[Ordinal, set[Ordinal]] = {}
        for item in self.items.values():
            for source in item.sources:
                self._dependants.setdefault(ordinal(source.item), set()).add(ordinal(item.id))

    def claims(self, items: Iterable[Ordinal]) -> dict[Ordinal, tuple[Claim, ...]]:
        """See Holding."""
        return {number: self.items[item_id(number)].claims for number in items}

    def sources(self, items: Iterable[Ordinal]) -> dict[Ordinal, tuple[Source, ...]]:
        """See Holding."""
        return {number: self.items[item_id(number)].sources for number in items}

    def dependants(self, items: Iterable[Ordinal]) -> set[Ordinal]:
        """See Holding."""
        return {after for number in items for after in self._dependants.get(number, ())}

    def closure(self, item: Ordinal) -> dict[ItemId, Item]:
        """See Holding."""
        return {name: self.items[name] for name in upstream(self.items, item_id(item))}

    def labels(self, items: Iterable[Ordinal]) -> dict[Ordinal, Label]:
        """See Holding."""
        return {number: self.kept[number] for number in items}

    def census(self) -> Iterator[tuple[Label, Instant | None, str, Iterable[Ordinal]]]:
        """See Holding."""
        for number, label in self.kept.items():
            yield label, self.items[item_id(number)].received, self._kinds.get(self.names[number], KIND), (number,)

    def attested(self) -> Iterator[tuple[Instant, Ordinal]]:
        """See Holding."""
        for item in self.items.values():
            for source in item.sources:
                for window in source.attestations:
                    yield window.start, ordinal(item.id)
                    yield window.end, ordinal(item.id)


def index_of(
    world: World, now: Instant, kinds: Mapping[ItemId, str] = MappingProxyType({})
) -> tuple[Index, WorldHolding]:
    """The index of a world as of `now`, and the holding that numbers its items."""
    holding = WorldHolding(world, kinds)
    book = Book()
    everything = set(map(ordinal, holding.items))
    holding.kept = compute(holding.policy, holding, everything, now, book, kept=lambda _: {})
    return Index(holding.policy, holding, now, cases=book.cases.values()), holding


def numbered(policy: Policy, numbers: Mapping[ItemId, ItemId]) -> Policy:
    """The policy with its consents naming items by number."""
    return replace(policy, consents=tuple(replace(consent, item=numbers[consent.item]) for consent in policy.consents))


def _numbered(item: Item, numbers: Mapping[ItemId, ItemId]) -> Item:
    return Item(
        id=numbers[item.id],
        claims=item.claims,
        sources=tuple(replace(source, item=numbers[source.item]) for source in item.sources),
    )
