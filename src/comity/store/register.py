"""What the index keeps, what waits in quarantine, and what was disclosed."""

import json
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from pyroaring import BitMap
from sqlalchemy import Select, bindparam, func, literal_column, select

from comity.core.errors import NodeDamaged, UnknownName
from comity.core.instant import Instant
from comity.core.partner import Code
from comity.index.holding import Ordinal
from comity.service.records import ClassRow, Disclosed, Flight, Leaf, Portion, Quarantined
from comity.store import schema
from comity.store.database import Dialect
from comity.store.rows import canonical, code, decode_class
from comity.store.snapshot import Found, Snapshot

_LISTING: Final = select(schema.listing.c.version).where(schema.listing.c.reader == bindparam("reader"))
_QUARANTINE = schema.quarantine.c
_ACCEPTED = select(schema.resolution.c.quarantine).where(schema.resolution.c.outcome == literal_column("'accepted'"))
_AWAITED = (
    select(_QUARANTINE.id)
    .where(_QUARANTINE.submitter == bindparam("submitter"), _QUARANTINE.item.is_not(None))
    .where(_QUARANTINE.id.not_in(_ACCEPTED))
    .limit(1)
)


@lru_cache(maxsize=4)
def _waiting(dialect: Dialect) -> Select[*tuple[Any, ...]]:
    """Those of some items that wait in quarantine."""
    return select(_QUARANTINE.item).where(dialect.one_of(_QUARANTINE.item, "items"), _QUARANTINE.id.not_in(_ACCEPTED))


class Register(Snapshot):
    """The part of a reader that answers for classes, quarantine and disclosures."""

    def classes(self, after: int = 0) -> Iterator[ClassRow]:
        """See Reader."""
        table = schema.klass
        joined = select(table.c.id, table.c.value, schema.terms.c.value.label("terms")).where(table.c.id > after)
        joined = joined.join(schema.terms, schema.terms.c.id == table.c.terms).order_by(table.c.id)
        return (decode_class(row.id, row.value, row.terms) for row in self._rows(joined))

    def relabelled(self, since: int) -> BitMap:
        """See Reader."""
        table = schema.relabelled.c
        rows = self._rows(select(table["items"]).where(table.epoch > since))
        return BitMap.union(BitMap(), *(BitMap.deserialize(bytes(row[0])) for row in rows))

    def listing(self, reader: str) -> int:
        """See Reader."""
        if (told := self._ahead) is not None and told.reader == reader:
            return told.version
        return next((row[0] for row in self._fetched(_LISTING, reader=reader)), 0)

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
        return {Ordinal(row[0]) for row in self._among(_waiting(self._dialect), items=list(items))}

    def awaits(self, submitter: Code) -> bool:
        """See Reader. What is quarantined, or accepted, raises the epoch."""
        key = "awaits", submitter
        known = self.remembered(key)
        if not isinstance(known, bool):
            known = bool(self._fetched(_AWAITED, submitter=submitter))
            self.remember(key, known)
        return known

    def quarantined_bytes(self, quarantine: int) -> bytes:
        """See Reader."""
        kept = (
            select(func.coalesce(_QUARANTINE.bytes, schema.content.c.bytes))
            .join(schema.content, schema.content.c.item == _QUARANTINE.item, isouter=True)
            .where(_QUARANTINE.id == quarantine)
        )
        content: bytes | None = self._execute(kept).scalar()
        if content is None:
            raise UnknownName(f"no quarantine `{quarantine}`: list them with `comity quarantine list`")
        return content

    def quarantined_digests(self, submitter: Code, digests: Collection[bytes]) -> set[bytes]:
        """See Reader."""
        statement = select(_QUARANTINE.digest).where(_QUARANTINE.submitter == submitter)
        return {row.digest for row in self._rows_of(statement, _QUARANTINE.digest, digests)}

    def disclosures(self, *, to: str | None = None, of: str | None = None, start: int = 0) -> Iterator[Disclosed]:
        """See Reader."""
        table = schema.disclosure.c
        statement = schema.disclosure.select().where(table.act > start)
        if to is not None:
            statement = statement.where(table.recipient == to)
        if of is not None:  # narrows only: letters may count as the same there
            statement = statement.where(table.portions.contains(f"{canonical(of)}:", autoescape=True))
        found = disclosures_of(self._streamed(statement.order_by(table.act)))
        if of is None:
            return found
        return (given for given in found if any(portion.originator == of for portion in given.portions))

    def leaves(self, start: int = 0) -> Iterator[Leaf]:
        """See Reader."""
        statement = select(schema.leaf).where(schema.leaf.c.seq >= start).order_by(schema.leaf.c.seq)
        return (Leaf(row.seq, bytes(row.entry), bytes(row.hash), row.act) for row in self._streamed(statement))

    def in_flight(self, before: int | None = None) -> tuple[Flight, ...]:
        """See Reader."""
        table = schema.in_flight.c
        statement = select(table.act - 1, table.epoch, table.began).order_by(table.act)
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


def disclosures_of(rows: Iterable[Found]) -> Iterator[Disclosed]:
    """What rows of the table say."""
    for act, recipient, at, items, nonce, root, portions in rows:
        yield Disclosed(act - 1, recipient, at, _numbers(items), bytes(nonce), bytes(root), _portions(portions))


def pack(portions: Sequence[Portion]) -> str:
    """What a row says of the originators: see `store.schema`."""
    return canonical({code: [count, root.hex()] for code, count, root in portions})


def _portions(packed: str) -> tuple[Portion, ...]:
    try:
        said = json.loads(packed)
        return tuple(Portion(code(name), int(count), bytes.fromhex(root)) for name, (count, root) in said.items())
    except (ValueError, TypeError, AttributeError):
        raise NodeDamaged("a disclosure says what nobody wrote: restore the node from its last copy") from None


def _numbers(packed: bytes) -> tuple[Ordinal, ...]:
    """The items of a disclosure, in the order in which they were handed over."""
    if len(packed) % 4:
        raise NodeDamaged("a disclosure names items by halves: restore the node from its last copy")
    return struct.unpack(f"<{len(packed) // 4}I", packed)
