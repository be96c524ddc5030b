"""The holding that the benches ask about: items in time order, most built on earlier ones, kept in plain columns.

40 % of the items are raw, 60 % cite one to five earlier ones: of the same case of a hundred (`local`), or of all
(`uniform`, the worst case for the variety of labels). Originators are skewed as 1/k^0.8. Each has some terms: a level,
a domain, and an audience of 75 to 99 % of the partners. Everything is drawn from one seed.
"""

import random
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from comity.core.agreement import Agreement, Suspension
from comity.core.claim import EVERY_DOMAIN, LEVELS, Claim, Onward
from comity.core.instant import Instant, Window
from comity.core.lineage import Item, ItemId, Source
from comity.core.partner import Code, Recipient
from comity.core.world import Policy
from comity.index.classes import Book
from comity.index.engine import Index
from comity.index.holding import Ordinal, item_id, ordinal
from comity.index.labelling import Label, compute

HOLDER = Code(Recipient("HLD"))
START = Instant(1_750_000_000_000_000)
BUNDLE = 100
"""Items that are received at one moment; a case of the `local` lineage is as large."""
KINDS = ("indicator", "malware", "relationship", "report", "threat-actor", "attack-pattern", "vulnerability")
DEEPEST = 8
"""Sources of sources, at most."""
CHUNK = 10_000
"""Items that are labelled at a time, as imports do."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large, and how mixed."""

    items: int
    partners: int = 256
    originators: int = 64
    terms_each: int = 4
    lineage: str = "local"
    stops: int = 0
    audience: tuple[float, float] = (0.75, 0.99)
    """The parts of the partners, from and to, that terms are for."""
    text: str = ""
    """The description of each object, where they are written into a node."""


def code(number: int) -> Code:
    return Code(Recipient(f"P{number:03}"))


def domain(number: int) -> str:
    return f"domain-{number}"


@dataclass(frozen=True, slots=True)
class Facts:
    """Who there is, what each originator's terms are, and who may read them: the same facts for both sides."""

    policy: Policy
    terms: tuple[Claim, ...]
    readers: tuple[frozenset[Code], ...]


def facts(shape: Shape, rng: random.Random) -> Facts:
    """The policy, the terms, and for each of the terms the partners whom its originator lets read it."""
    partners = [code(number) for number in range(shape.partners)]
    domains = frozenset(domain(number) for number in range(16))
    stops = _stops(shape, rng)
    terms = tuple(_terms(shape, partners, rng))
    stopped = {(stop.frm, stop.to) for stop in stops}
    policy = Policy(
        holder=HOLDER,
        partners=frozenset({HOLDER, *partners}),
        domains=domains,
        agreements=tuple(_agreement(HOLDER, partner) for partner in partners)
        + tuple(_agreement(partner, HOLDER) for partner in partners),
        suspensions=stops,
    )
    readers = tuple(
        frozenset(
            partner
            for partner in partners
            if partner == claim.originator or (partner in audience and (claim.originator, partner) not in stopped)
        )
        for claim in terms
        for audience in (frozenset(claim.audience or ()),)
    )
    return Facts(policy, terms, readers)


def _terms(shape: Shape, partners: list[Code], rng: random.Random) -> Iterator[Claim]:
    for number in range(shape.originators * shape.terms_each):
        density = rng.uniform(*shape.audience)
        place = number // shape.originators
        yield Claim(
            originator=partners[number % shape.originators],
            level=LEVELS[1 + place // 16 % 4],
            domains=frozenset({domain(place % 16)}),
            audience=tuple(partner for partner in partners if rng.random() < density),
            onward=Onward.LISTED,
        )


def _agreement(frm: Code, to: Code) -> Agreement:
    return Agreement(id=f"{frm}-{to}", frm=frm, to=to, ceiling=LEVELS[-1], domains=frozenset({EVERY_DOMAIN}))


def suspension(frm: Code, to: Code, start: Instant, name: str = "") -> Suspension:
    return Suspension(id=name or f"{frm}-{to}", frm=frm, to=to, window=Window(start), given=start)


def _stops(shape: Shape, rng: random.Random) -> tuple[Suspension, ...]:
    pairs = [(o, r) for o in range(shape.originators) for r in range(shape.partners) if o != r]
    return tuple(suspension(code(o), code(r), START) for o, r in sorted(rng.sample(pairs, shape.stops)))


class Columns:
    """The items in arrays, numbered from 1; answers as `comity.index.holding.Holding` asks."""

    def __init__(self, shape: Shape, terms: tuple[Claim, ...], rng: random.Random) -> None:
        """Draw the items and their lineage. Nothing is labelled yet."""
        self.terms = terms
        self.text = shape.text
        self.term_of = array("I", _skewed(shape, rng))
        self.kind_of = bytes(rng.choices(range(len(KINDS)), k=shape.items))
        self.first_edge = array("I", [0])
        self.sources_of = array("I")
        depth = bytearray(shape.items)
        for place in range(shape.items):
            earliest = place - place % BUNDLE if shape.lineage == "local" else 0
            if place > earliest and rng.random() < 0.6:
                drawn = {rng.randrange(earliest, place) for _ in range(*rng.choices(range(1, 6), (6, 5, 4, 3, 2)))}
                cited = [source for source in sorted(drawn) if depth[source] < DEEPEST]
                depth[place] = max((depth[source] + 1 for source in cited), default=0)
                self.sources_of.extend(source + 1 for source in cited)
            self.first_edge.append(len(self.sources_of))
        self.label_of = array("I", bytes(4 * shape.items))
        self.kept: list[Label] = [()]
        self._numbers: dict[Label, int] = {(): 0}

    def __len__(self) -> int:
        return len(self.term_of)

    def received(self, item: int) -> Instant:
        return Instant(START + (item - 1) // BUNDLE * 1_000_000)

    def last(self) -> Instant:
        """When the last item was received."""
        return self.received(len(self))

    def cited(self, item: int) -> "array[int]":
        """The numbers of the item's sources."""
        return self.sources_of[self.first_edge[item - 1] : self.first_edge[item]]

    def label(self, policy: Policy, now: Instant, book: Book, progress: Progress) -> None:
        """Label all items, a chunk at a time, as they would be when they come in."""
        for first in range(1, len(self) + 1, CHUNK):
            fresh = range(first, min(first + CHUNK, len(self) + 1))
            found = compute(policy, self, set(map(Ordinal, fresh)), now, book, kept=self.labels)
            for item, label in found.items():
                number = self._numbers.setdefault(label, len(self.kept))
                if number == len(self.kept):
                    self.kept.append(label)
                self.label_of[item - 1] = number
            progress(f"labelled {fresh[-1]:,} items, {len(book):,} classes")

    # As a holding

    def claims(self, items: Iterable[Ordinal]) -> dict[Ordinal, tuple[Claim, ...]]:
        return {item: (replace(self.terms[self.term_of[item - 1]], received=self.received(item)),) for item in items}

    def sources(self, items: Iterable[Ordinal]) -> dict[Ordinal, tuple[Source, ...]]:
        return {item: tuple(Source(item=item_id(Ordinal(cited))) for cited in self.cited(item)) for item in items}

    def dependants(self, items: Iterable[Ordinal]) -> set[Ordinal]:
        """Nothing: the items are labelled in the order in which they are built on one another."""
        del items
        return set()

    def closure(self, item: Ordinal) -> dict[ItemId, Item]:
        found: dict[ItemId, Item] = {}
        front = {item}
        while front:
            sources = self.sources(front)
            claims = self.claims(front)
            for number in front:
                found[item_id(number)] = Item(id=item_id(number), claims=claims[number], sources=sources[number])
            front = {ordinal(edge.item) for edges in sources.values() for edge in edges if edge.item not in found}
        return found

    def labels(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, Label]:
        return {item: self.kept[self.label_of[item - 1]] for item in items}

    def census(self) -> Iterator[tuple[Label, Instant | None, str, Iterable[Ordinal]]]:
        groups: dict[tuple[int, Instant, int], array[int]] = {}
        for place, (number, kind) in enumerate(zip(self.label_of, self.kind_of, strict=True)):
            groups.setdefault((number, self.received(place + 1), kind), array("I")).append(place + 1)
        for (number, received, kind), items in groups.items():
            yield self.kept[number], received, KINDS[kind], items  # type: ignore[misc]

    def attested(self) -> Iterator[tuple[Instant, Ordinal]]:
        return iter(())


def _skewed(shape: Shape, rng: random.Random) -> list[int]:
    """Which terms each item has: originators as 1/k^0.8, the terms of one of them evenly."""
    weights = [(number % shape.originators + 1) ** -0.8 for number in range(shape.originators * shape.terms_each)]
    return rng.choices(range(len(weights)), cum_weights=list(accumulate(weights)), k=shape.items)


@dataclass(frozen=True, slots=True)
class Setting:
    """One holding, labelled and indexed."""

    facts: Facts
    columns: Columns
    book: Book
    index: Index


def labelled(shape: Shape, progress: Progress, seed: int = 2025) -> tuple[Facts, Columns, Book]:
    """The facts and the items of this shape, and the classes that label them, as of when the last was received."""
    rng = random.Random(seed)
    progress(f"drawing {shape.items:,} items")
    known = facts(shape, rng)
    columns = Columns(shape, known.terms, rng)
    book = Book()
    columns.label(known.policy, columns.last(), book, progress)
    return known, columns, book


def build(shape: Shape, progress: Progress) -> Setting:
    """The holding of this shape, and the index over it."""
    known, columns, book = labelled(shape, progress)
    progress("building the index")
    index = Index(known.policy, columns, columns.last(), cases=book.cases.values())
    return Setting(known, columns, book, index)


def carried_terms(columns: Columns) -> list[frozenset[int]]:
    """For each item (0: nothing) the terms of all that it is built on, by the plainest walk: no label is read."""
    found = [frozenset[int]()]
    for item in range(1, len(columns) + 1):
        found.append(frozenset({columns.term_of[item - 1]}).union(*(found[cited] for cited in columns.cited(item))))
    return found


def denied_terms(known: Facts, reader: Code) -> frozenset[int]:
    """The terms that the reader may not read."""
    return frozenset(number for number, readers in enumerate(known.readers) if reader not in readers)
