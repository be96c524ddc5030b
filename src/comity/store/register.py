"""What the index keeps, what waits in quarantine, and what was disclosed."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Select, func, select

from comity.core.errors import UnknownName
from comity.core.instant import Instant
from comity.core.partner import Code
from comity.index.holding import Ordinal
from comity.service.records import ClassRow, Disclosed, Flight, Leaf, Quarantined
from comity.store import schema
from comity.store.rows import code, decode_class
from comity.store.snapshot import Snapshot

_QUARANTINE = schema.quarantine.c


class Register(Snapshot):
    """The part of a reader that answers for classes, quarantine and disclosures."""

    def classes(self) -> Iterator[ClassRow]:
        """See Reader."""
        table = schema.klass
        joined = select(table.c.id, table.c.value, schema.terms.c.value.label("terms"))
        joined = joined.join(schema.terms, schema.terms.c.id == table.c.terms).order_by(table.c.id)
        return (decode_class(row.id, row.value, row.terms) for row in self._rows(joined))

    def shown(self, reader: str) -> tuple[tuple[Instant, bytes], ...]:
        """See Reader."""
        table = schema.shown.c
        rows = self._rows(select(table.since, table["items"]).where(table.reader == reader).order_by(table.since))
        return tuple((Instant(row[0]), row[1]) for row in rows)

    def open_quarantine(self, item: Ordinal | None = None) -> tuple[Quarantined, ...]:
        """See Reader."""
        statement = self._open()
        if item is not None:
            statement = statement.where(_QUARANTINE.item == item)
        found = (Quarantined(*row) for row in self._rows(statement.order_by(_QUARANTINE.id)))
        return tuple(row._replace(submitter=code(row.submitter)) for row in found)

    def waiting(self, items: Iterable[Ordinal]) -> set[Ordinal]:
        """See Reader."""
        accepted = select(schema.resolution.c.quarantine).where(schema.resolution.c.outcome == "accepted")
        statement = select(_QUARANTINE.item).where(_QUARANTINE.id.not_in(accepted))
        return {Ordinal(row.item) for row in self._rows_of(statement, _QUARANTINE.item, items)}

    def quarantined_bytes(self, quarantine: int) -> bytes:
        """See Reader."""
        kept = (
            select(func.coalesce(_QUARANTINE.bytes, schema.content.c.bytes))
            .join(schema.content, schema.content.c.item == _QUARANTINE.item, isouter=True)
            .where(_QUARANTINE.id == quarantine)
        )
        content: bytes | None = self._connection.execute(kept).scalar()
        if content is None:
            raise UnknownName(f"no quarantine `{quarantine}`: list them with `comity quarantine list`")
        return content

    def quarantined_digests(self, submitter: Code, digests: Collection[bytes]) -> set[bytes]:
        """See Reader."""
        statement = select(_QUARANTINE.digest).where(_QUARANTINE.submitter == submitter)
        return {row.digest for row in self._rows_of(statement, _QUARANTINE.digest, digests)}

    def disclosures(self, *, to: str | None = None, of: Ordinal | None = None) -> Iterator[Disclosed]:
        """See Reader."""
        table = schema.disclosure.c
        statement = select(table.leaf, table.item, table.recipient, table.at, table.digest, table.salt)
        if to is not None:
            statement = statement.where(table.recipient == to)
        if of is not None:
            statement = statement.where(table.item == of)
        return (Disclosed(*row) for row in self._rows(statement.order_by(table.leaf, table.item)))

    def leaves(self, start: int = 0) -> Iterator[Leaf]:
        """See Reader."""
        statement = select(schema.leaf).where(schema.leaf.c.seq >= start).order_by(schema.leaf.c.seq)
        return (Leaf(row.seq, row.entry, row.hash, row.act) for row in self._rows(statement))

    def in_flight(self, before: int | None = None) -> tuple[Flight, ...]:
        """See Reader."""
        table = schema.in_flight.c
        statement = select(table.leaf, table.epoch, table.began).order_by(table.leaf)
        if before is not None:
            statement = statement.where(table.epoch < before)
        return tuple(Flight(*row) for row in self._rows(statement))

    def _open(self) -> Select[*tuple[Any, ...]]:
        """The quarantines without an outcome, without their bytes."""
        answered = schema.resolution
        columns = (column for column in _QUARANTINE if column.name != "bytes")
        return (
            select(*columns)
            .join(answered, answered.c.quarantine == _QUARANTINE.id, isouter=True)
            .where(answered.c.quarantine.is_(None))
        )
