"""What the register says of an act: its word, and a digest of every row that it added.

INVARIANT: each act is one entry, appended in its own transaction, and every row with an `act` is covered by the entry
of that act. So no fact, item, account or disclosure can be added, changed or taken away later without an entry that no
longer fits it. What is derived (`item.label`, classes, what readers were shown) is not covered: it is computed again.
So are the references that an item's bytes make; to hash each as it comes would cost an import more than to store it.

A table's digest is SHA-256 over its rows as JSON lists, joined by commas: numbered rows and edges in the order of their
key, others in the order of their own text. Bytes are hex; a claim's terms stand as the digest of what they say.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from heapq import merge
from itertools import groupby
from json.encoder import encode_basestring_ascii as escaped
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from comity.formats import instant
from comity.service.records import Act
from comity.store import schema
from comity.store.rows import canonical, terms_digest

COVERED: Final = {
    table.name: table
    for table in schema.metadata.sorted_tables
    if "act" in table.c and table not in (schema.leaf, schema.in_flight)
}
"""Every table whose rows are an act's own, by name."""

STATED: Final = "stated"
"""The kind of references that no bytes tell of: covered, by the act of their item. Others are computed again."""

_UNCOVERED: Final = ("act", "label")


COLUMNS: Final = {
    name: tuple(column.name for column in table.c if column.name not in _UNCOVERED) for name, table in COVERED.items()
}
"""The columns of each that are covered, in the table's order."""

_IN_ORDER: Final = {name for name, table in COVERED.items() if "id" in table.c and table.c.id.type.python_type is int}
_IN_ORDER.add("source")  # of which there may be millions

Sums = Mapping[str, tuple[int, str]]
"""By table: how many rows, and their digest in hex."""


def _hex(value: object) -> str:
    if isinstance(value, bytes | memoryview | bytearray):
        return bytes(value).hex()
    raise TypeError(f"{type(value).__name__} has no place in a row")


_encode: Final = json.JSONEncoder(separators=(",", ":"), sort_keys=True, default=_hex).encode


def _line(row: Sequence[object]) -> str:
    """As `_encode` writes it, in a third of the time: registers are long, and most values text, numbers and bytes."""
    return f"[{','.join(map(_value, row))}]"


def _value(value: object) -> str:
    if isinstance(value, str):
        return escaped(value)
    if type(value) is int:  # and no bool
        return str(value)
    return f'"{value.hex()}"' if isinstance(value, bytes) else _encode(value)


class _Sum:
    """The digest of the rows of one table, as they come in their own order."""

    def __init__(self) -> None:
        self.count = 0
        self._digest = sha256()

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            text = _encode(rows)[1:-1]
            self._digest.update((f",{text}" if self.count else text).encode())
            self.count += len(rows)

    def add_unordered(self, rows: Iterable[Sequence[object]]) -> None:
        lines = sorted(map(_line, rows))
        self._digest.update(",".join(lines).encode())
        self.count += len(lines)

    def said(self) -> tuple[int, str]:
        return self.count, self._digest.hexdigest()


class Seal:
    """Takes note of the rows of one act while they are written."""

    def __init__(self) -> None:
        """Nothing is noted yet."""
        self._sums: dict[str, _Sum] = {}
        self._waiting: dict[str, list[Sequence[object]]] = {}

    def note(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Rows that were written, each with the values of COLUMNS."""
        if table in _IN_ORDER:
            self._sums.setdefault(table, _Sum()).add(rows)
        else:
            self._waiting.setdefault(table, []).extend(rows)

    def note_one(self, table: str, values: Mapping[str, object]) -> None:
        """One row that was written; what is not named in it is null."""
        self.note(table, [tuple(values.get(column) for column in COLUMNS[table])])

    def sums(self) -> Sums:
        """What was noted."""
        for table, rows in self._waiting.items():
            self._sums.setdefault(table, _Sum()).add_unordered(rows)
        self._waiting.clear()
        return {table: found.said() for table, found in sorted(self._sums.items()) if found.count}


class Disclosure(NamedTuple):
    """What an entry says in plain of a disclosure, besides the digest of its row; `items` is how many."""

    recipient: str
    items: int
    root: bytes


def entry(act: Act, sums: Sums, disclosed: Disclosure | None = None) -> bytes:
    """The entry of an act: canonical JSON, what is absent left out."""
    said: dict[str, object] = {
        "act": act.id,
        "actor": act.word.actor,
        "at": instant.show(act.at),
        "by": act.word.by,
        "epoch": act.epoch,
        "evidence": act.word.evidence,
        "kind": act.kind,
        "rows": {table: list(found) for table, found in sums.items()},
        "why": act.word.why,
    }
    if disclosed is not None:
        said["disclosure"] = {
            "count": disclosed.items,
            "recipient": disclosed.recipient,
            "root": disclosed.root.hex(),
        }
    return canonical({key: value for key, value in said.items() if value is not None}).encode()


def differing(kept: bytes, made: bytes) -> str:
    """Which parts of an entry are not those of another, in words."""
    try:
        was, now = json.loads(kept), json.loads(made)
        parts = {key: (was.get(key), now.get(key)) for key in {*was, *now} - {"rows"}}
        parts |= {
            f"the rows of `{key}`": (was["rows"].get(key), now["rows"].get(key)) for key in {*was["rows"], *now["rows"]}
        }
    except (ValueError, AttributeError, KeyError, TypeError):
        return "the entry cannot be read"
    return ", ".join(sorted(key for key, (old, new) in parts.items() if old != new)) or "how it is written"


def recorded(connection: Connection) -> Iterator[tuple[int, Sums]]:
    """What the rows that are there make of each act that has any, by its number."""
    terms = {
        row.id: terms_digest(row.value) for row in connection.execute(select(schema.terms.c.id, schema.terms.c.value))
    }
    streams = [*(_summed(connection, name, terms) for name in COVERED), _stated(connection)]
    for act, found in groupby(merge(*streams, key=itemgetter(0)), itemgetter(0)):
        yield act, {name: said for _, name, said in sorted(found)}


def _stated(connection: Connection) -> Iterator[tuple[int, str, tuple[int, str]]]:
    """As `_summed`, for the references that are covered."""
    table, item = schema.reference, schema.item.c
    wanted = select(item.act, *table.c).join(schema.item, item.id == table.c.item).where(table.c.kind == STATED)
    rows = connection.execute(wanted.order_by(item.act).execution_options(stream_results=True, yield_per=1000))
    for act, group in groupby(rows, itemgetter(0)):
        found = _Sum()
        found.add_unordered(tuple(row[1:]) for row in group)
        yield act, table.name, found.said()


def _summed(connection: Connection, name: str, terms: Mapping[int, str]) -> Iterator[tuple[int, str, tuple[int, str]]]:
    """The digest of one table's rows for each act that has any there, in order of acts."""
    table = COVERED[name]
    order = [table.c.act, *table.primary_key.columns]
    wanted = [table.c[column] for column in COLUMNS[name]]
    place = COLUMNS[name].index("terms") if name == "claim" else None
    rows = connection.execute(
        select(table.c.act, *wanted).order_by(*order).execution_options(stream_results=True, yield_per=1000)
    )
    for act, group in groupby(rows, itemgetter(0)):
        found = _Sum()
        values: Iterator[tuple[Any, ...]] = (tuple(row[1:]) for row in group)
        if place is not None:
            values = ((*row[:place], terms.get(row[place], ""), *row[place + 1 :]) for row in values)
        if name in _IN_ORDER:
            for row in values:
                found.add([row])
        else:
            found.add_unordered(values)
        yield act, name, found.said()
