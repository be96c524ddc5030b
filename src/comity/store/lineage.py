"""What items claim, what they are built on, and the labels that are kept of them: `index.holding.Holding`."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

from sqlalchemy import or_, select

from comity.core.claim import Claim
from comity.core.instant import NEVER, Instant, Window
from comity.core.lineage import Item, ItemId, Source, Use
from comity.index.holding import Ordinal, item_id
from comity.store import schema
from comity.store.database import spoken
from comity.store.rows import decode_label, decode_terms
from comity.store.snapshot import Snapshot

_CLAIM, _SOURCE, _ATTESTATION, _ITEM = schema.claim.c, schema.source.c, schema.attestation.c, schema.item.c
_CLAIMS = (
    select(_CLAIM.item, _CLAIM.place, _CLAIM.id, _CLAIM.terms, _CLAIM.start, _CLAIM.end, _ITEM.received)
    .join(schema.item, _ITEM.id == _CLAIM.item)
    .order_by(_CLAIM.item, _CLAIM.place, _CLAIM.id)
)
_SOURCES = select(_SOURCE.item, _SOURCE.source, _SOURCE.use, _SOURCE.edge).order_by(
    _SOURCE.item, _SOURCE.source, _SOURCE.use, _SOURCE.edge
)

_CENSUS = "SELECT item.id, label.classes, item.received, item.type FROM item JOIN label ON label.id = item.label"


class Lineage(Snapshot):
    """The part of a reader that is the holding of the index."""

    _known: dict[tuple[int, int, int, int | None], Claim] | None = None
    _told: dict[int, str] | None = None

    def claims(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[Claim, ...]]:
        """See Holding."""
        found: dict[Ordinal, dict[int, Claim]] = {}
        for item, place, number, terms, start, end, received in self._rows_of(_CLAIMS, _CLAIM.item, items):
            until = self._ended("claim", number, end)
            if start < until:
                # Rows come in the order recorded: of several first claims, the newest stays.
                found.setdefault(item, {})[number if place else 0] = self._claim(terms, start, until, received)
        return {item: tuple(claims.values()) for item, claims in found.items()}

    def sources(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[Source, ...]]:
        """See Holding."""
        asked = list(items)
        windows = self._attestation_windows(asked)
        found: dict[Ordinal, list[Source]] = {}
        for item, source, use, edge in self._rows_of(_SOURCES, _SOURCE.item, asked):
            attested = windows.get((item, source, edge), ()) if use == Use.DRAWS_ON.value else ()
            stated = Source(item=item_id(source), use=Use(use), attestations=tuple(attested))
            found.setdefault(item, []).append(stated)
        return {item: tuple(edges) for item, edges in found.items()}

    def dependants(self, items: Iterable[Ordinal]) -> set[Ordinal]:
        """See Holding."""
        return {row.item for row in self._rows_of(select(_SOURCE.item), _SOURCE.source, items)}

    def closure(self, item: Ordinal) -> Mapping[ItemId, Item]:
        """See Holding."""
        edges: dict[Ordinal, tuple[Source, ...]] = {}
        frontier = {item}
        while frontier:
            found = self.sources(frontier)
            edges |= {number: found.get(number, ()) for number in frontier}
            frontier = {Ordinal(int(edge.item)) for sources in found.values() for edge in sources} - edges.keys()
        claims = self.claims(edges)
        return {
            item_id(number): Item(id=item_id(number), claims=claims[number], sources=edges[number])
            for number in edges
            if number in claims
        }

    def labels(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, tuple[int, ...]]:
        """See Holding."""
        kept = select(_ITEM.id, schema.label.c.classes).join(schema.label, schema.label.c.id == _ITEM.label)
        return {item: decode_label(classes) for item, classes in self._rows_of(kept, _ITEM.id, items)}

    def census(self) -> Iterator[tuple[tuple[int, ...], Instant | None, str, Iterable[Ordinal]]]:
        """See Holding."""
        known = "" if self._until is None else f" WHERE item.act <= {self._until}"
        # A million rows: SQLAlchemy's cost twice.
        found = spoken(self._connection).stream(self._connection, f"{_CENSUS}{known} ORDER BY item.id")
        # What comes in together is alike. A table of the groups of everything would be larger than the index.
        for (classes, received, kind), rows in groupby(found, itemgetter(1, 2, 3)):
            yield decode_label(classes), received, kind, [item for item, *_ in rows]

    def attested(self) -> Iterator[tuple[Instant, Ordinal]]:
        """See Holding."""
        rows = self._rows(select(_ATTESTATION.id, _ATTESTATION.item, _ATTESTATION.attested, _ATTESTATION.withdrawn))
        for number, item, attested, withdrawn in rows:
            until = self._ended("attestation", number, withdrawn)
            if attested < until:
                yield attested, item
                if until != NEVER:
                    yield until, item

    def turned(self, since: Instant, until: Instant) -> set[Ordinal]:
        """See Reader."""
        ending, row = schema.ending.c, _ATTESTATION
        ended = select(ending.subject).where(ending.kind == "attestation", ending.at > since, ending.at <= until)
        turns = or_(
            row.attested.between(since + 1, until),
            row.withdrawn.between(since + 1, until),
            row.id.in_({int(found.subject) for found in self._rows(ended)}),
        )
        return {found.item for found in self._rows(select(row.item).where(turns))}

    def _claim(self, terms: int, start: int, end: int, received: int | None) -> Claim:
        """The claim of one row. Most rows say what another says: equal ones are one value."""
        if self._known is None or self._told is None:
            self._known, self._told = {}, {}
        key = (terms, start, end, received)
        if key not in self._known:
            if terms not in self._told:
                value = self._execute(select(schema.terms.c.value).where(schema.terms.c.id == terms)).scalar_one()
                self._told[terms] = value
            window = Window(Instant(start), Instant(end))
            self._known[key] = decode_terms(self._told[terms], window, None if received is None else Instant(received))
        return self._known[key]

    def _attestation_windows(self, items: list[Ordinal]) -> dict[tuple[Ordinal, Ordinal, int], list[Window]]:
        found: dict[tuple[Ordinal, Ordinal, int], list[Window]] = {}
        for row in self._rows_of(select(schema.attestation).order_by(_ATTESTATION.id), _ATTESTATION.item, items):
            window = Window(row.attested, self._ended("attestation", row.id, row.withdrawn))
            if window.start < window.end:
                found.setdefault((row.item, row.source, row.edge), []).append(window)
        return found
