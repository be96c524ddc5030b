"""Whether a node's record is whole: what can be checked of it against itself, without the index.

Digests, leaf hashes and what each entry of the register says of its act are computed again from what is kept.
"""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Final

from pyroaring import BitMap
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from comity.core.errors import ComityError
from comity.core.ledger import leaf_hash
from comity.index.holding import Ordinal
from comity.service import found, intake
from comity.service.records import Reference
from comity.store import schema, seal
from comity.store.database import NO_TEXT, spoken
from comity.store.facts import act_of
from comity.store.rows import decode_class, decode_label

_PART: Final = 500
"""Items whose bytes are in memory at once."""

UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, OverflowError)
"""What is raised by reading a value that is not what was written."""


def faults(connection: Connection) -> Iterator[str]:
    """Everything that is wrong, one line each, streamed."""
    yield from spoken(connection).faults(connection)
    for what, check in _CHECKS.items():
        try:
            yield from check(connection)
        except (*UNREADABLE, OperationalError) as problem:
            if isinstance(problem, OperationalError) and NO_TEXT not in str(problem.orig):
                raise
            # The row itself is named by the database's own faults.
            yield f"{what} cannot be checked to the end: a row there cannot be read"


def _contents(connection: Connection) -> Iterator[str]:
    item, content = schema.item.c, schema.content.c
    kept = select(item.id, item.digest, content.bytes).join(schema.content, content.item == item.id, isouter=True)
    for number, digest, held in connection.execute(kept.order_by(item.id).execution_options(yield_per=100)):
        if held is None:
            yield f"item {number} has no bytes"
        elif sha256(held).digest() != digest:
            yield f"the bytes of item {number} are not those that were received"
    waiting = schema.quarantine.c
    apart = select(waiting.id, waiting.digest, waiting.bytes).where(waiting.bytes.is_not(None))
    for number, digest, held in connection.execute(apart.execution_options(yield_per=100)):
        if sha256(held).digest() != digest:
            yield f"the bytes of quarantine {number} are not those that were received"


def _references(connection: Connection) -> Iterator[str]:
    """Every reference that an item's bytes make is there, so that what arrives late binds whatever names it.

    One that is there and that no bytes make can only bind more. Items are taken in parts, so that memory is bounded.
    """
    item, content, table = schema.item.c, schema.content.c, schema.reference.c
    held = select(item.id, item.act, content.bytes).join(schema.content, content.item == item.id)
    rows = connection.execute(held.order_by(item.id).execution_options(stream_results=True, yield_per=_PART))
    for part in rows.partitions(_PART):
        made = {row for number, act, raw in part for row in _named(number, act, bytes(raw))}
        kept = select(table.ref, table.item, table.kind).where(table.item.between(part[0][0], part[-1][0]))
        refs = sorted({row.ref for row in made})
        for condition in spoken(connection).among(table.ref, refs):
            made.difference_update(Reference(*row) for row in connection.execute(kept.where(condition)))
        yield from (f"item {number} names `{ref}`, and that is not on record" for ref, number, _ in sorted(made))


def _named(item: Ordinal, act: int, raw: bytes) -> Iterator[Reference]:
    """What the bytes name; those of a world come with the first act."""
    return found.references(item, json.loads(raw)) if act == 1 else intake.references(item, raw)


def _register(connection: Connection) -> Iterator[str]:
    """Every act has its entry, and every entry says what the act's rows say."""
    act, leaf, given = schema.act, schema.leaf.c, schema.disclosure.c
    kept = (
        select(act, leaf.seq, leaf.entry, leaf.hash, given.recipient, given["items"], given.root)
        .join(schema.leaf, leaf.act == act.c.id, full=True)
        .join(schema.disclosure, given.act == act.c.id, isouter=True)
        .order_by(func.coalesce(leaf.seq, act.c.id - 1))
    )
    rows = connection.execute(kept.execution_options(stream_results=True, yield_per=100))
    sums = _Acts(seal.recorded(connection))
    for place, row in enumerate(rows):
        if row.seq != place or row.id != place + 1:
            yield f"entry {place} of the register, or its act, is not there"
            return
        if leaf_hash(row.entry) != row.hash:
            yield f"entry {place} of the register is not what was recorded"
        disclosed = None
        if row.recipient is not None:
            disclosed = seal.Disclosure(row.recipient, len(row[-2]) // 4, row.root)
        made = seal.entry(act_of(row), sums.of(row.id), disclosed)
        if made != row.entry:
            yield f"what entry {place} of the register covers has changed: {seal.differing(row.entry, made)}"
    yield from (f"rows of act {act} are there, and the act is not" for act in sums.left())


class _Acts:
    """The sums of acts, asked for in order."""

    def __init__(self, found: Iterator[tuple[int, seal.Sums]]) -> None:
        self._found = found
        self._next = next(found, None)
        self._strange: list[int] = []

    def of(self, act: int) -> seal.Sums:
        """What the rows of the act make; those of numbers passed by are strange."""
        while self._next is not None and self._next[0] < act:
            self._strange.append(self._next[0])
            self._next = next(self._found, None)
        if self._next is None or self._next[0] != act:
            return {}
        sums, self._next = self._next[1], next(self._found, None)
        return sums

    def left(self) -> list[int]:
        """The acts that have rows and were not asked for."""
        return [*self._strange, *((self._next[0],) if self._next else ()), *(act for act, _ in self._found)]


def _items(connection: Connection) -> Iterator[str]:
    item, claim = schema.item.c, schema.claim.c
    count, last = connection.execute(select(func.count(), func.max(item.id))).one()
    if count != (last or 0):
        yield f"{count} items are numbered up to {last}"
    for number in connection.execute(select(item.id).where(item.label.is_(None)).limit(10)).scalars():
        yield f"item {number} has no label"
    claimed = select(claim.item).where(claim.place == 0)
    for number in connection.execute(select(item.id).where(item.id.not_in(claimed)).limit(10)).scalars():
        yield f"item {number} has no first claim"


def _derived(connection: Connection) -> Iterator[str]:
    """What is computed again elsewhere can be read."""
    klass, terms, label = schema.klass.c, schema.terms.c, schema.label.c
    classes = set[int]()
    for number, value, said in connection.execute(
        select(klass.id, klass.value, terms.value).join(schema.terms, terms.id == klass.terms)
    ):
        classes.add(number)
        if not _reads(decode_class, number, value, said):
            yield f"class {number} cannot be read"
    for number, packed in connection.execute(select(label.id, label.classes).execution_options(yield_per=1000)):
        if len(packed) % 4 or not classes.issuperset(decode_label(packed)):
            yield f"label {number} names classes that are not there"
    shown, relabelled = schema.shown.c, schema.relabelled.c
    for reader, since, items in connection.execute(select(shown.reader, shown.since, shown["items"])):
        if not _reads(BitMap.deserialize, bytes(items)):
            yield f"what `{reader}` was shown since {since} cannot be read"
    for epoch, items in connection.execute(select(relabelled.epoch, relabelled["items"])):
        if not _reads(BitMap.deserialize, bytes(items)):
            yield f"the items labelled under epoch {epoch} cannot be read"


def _reads(read: Callable[..., object], *said: object) -> bool:
    try:
        read(*said)
    except (*UNREADABLE, ComityError):
        return False
    return True


_CHECKS: Final = {
    "what was received": _contents,
    "what items name": _references,
    "the register": _register,
    "the items": _items,
    "what is derived": _derived,
}
