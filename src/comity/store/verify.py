"""Whether a node's record is whole: what can be checked of it against itself, without the index.

Foreign keys say that every row's act exists; digests and leaf hashes are computed again from the bytes kept.
"""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, func, select

from comity.core.ledger import leaf_hash
from comity.store import schema


def faults(connection: Connection) -> Iterator[str]:
    """Everything that is wrong, one line each, streamed."""
    yield from _database(connection)
    yield from _contents(connection)
    yield from _register(connection)
    yield from _items(connection)


def _database(connection: Connection) -> Iterator[str]:
    for row in connection.exec_driver_sql("PRAGMA integrity_check"):
        if row[0] != "ok":
            yield f"the database is damaged: {row[0]}"
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"row {row[1]} of `{row[0]}` names a row of `{row[2]}` that is not there"


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


def _register(connection: Connection) -> Iterator[str]:
    leaf = schema.leaf.c
    kept = select(leaf.seq, leaf.entry, leaf.hash).order_by(leaf.seq).execution_options(yield_per=100)
    for place, (seq, entry, found) in enumerate(connection.execute(kept)):
        if seq != place:
            yield f"leaf {place} of the register is not there"
            return
        if leaf_hash(entry) != found:
            yield f"leaf {seq} of the register is not what was recorded"


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
