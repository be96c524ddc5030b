"""What can be wrong with a SQLite file that a server would never let in: foreign parts, and values of another kind.

SQLite keeps any value in any column, and obeys whatever triggers and views stand in a file. So both are looked for
before the rows are read as what they should be.
"""

import sqlite3
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, Table
from sqlalchemy.types import JSON

from comity.store import search_tables
from comity.store.migrate import VERSION
from comity.store.schema import metadata

_LISTED: Final = 10
"""Rows of one table that are named."""
_PROPER: Final = "comity_proper"
"""Whether bytes are UTF-8: SQLite itself never looks."""


def foreign(connection: Connection) -> Iterator[str]:
    """Tables, indexes, views and triggers that are not the schema's, and those of the schema that are missing."""
    tables = metadata.sorted_tables
    wanted = {("table", VERSION), *(("table", table.name) for table in tables)}
    wanted |= {("table", name) for name in (search_tables.WORD, *search_tables.BESIDE)}
    wanted |= {("index", str(index.name)) for table in tables for index in table.indexes}
    rows = connection.exec_driver_sql("SELECT type, name FROM sqlite_master").all()
    found = {(kind, name) for kind, name in rows if not (kind in ("table", "index") and name.startswith("sqlite_"))}
    yield from (f"the {kind} `{name}` is none of this program's: take it away" for kind, name in sorted(found - wanted))
    yield from (f"the {kind} `{name}` is not there" for kind, name in sorted(wanted - found))


def misfits(connection: Connection) -> Iterator[str]:
    """Values that are not of their column's kind, by table and key."""
    link = connection.connection.driver_connection
    assert isinstance(link, sqlite3.Connection)  # noqa: S101 - for the types
    link.create_function(_PROPER, 1, _proper, deterministic=True)
    for table in metadata.sorted_tables:
        keys = list(table.primary_key.columns)
        asked = ", ".join([*(f"CAST({_quoted(key)} AS BLOB)" for key in keys), *map(_fits, table.c), _texts(table)])
        columns = [f"`{column.name}`" for column in table.c] + ["a text"]
        holds = " AND ".join([*map(_fits, table.c), _texts(table)])
        wrong = f'SELECT {asked} FROM "{table.name}" WHERE NOT ({holds}) LIMIT {_LISTED}'  # noqa: S608 - our own names
        for row in connection.exec_driver_sql(wrong):
            key = ", ".join(bytes(part or b"").decode(errors="replace") for part in row[: len(keys)])
            bad = [name for name, fits in zip(columns, row[len(keys) :], strict=True) if not fits]
            yield f"row {key} of `{table.name}` cannot be read: {', '.join(bad)} is not what belongs there"


def _fits(column: Column[object]) -> str:
    """A condition, never null: the value is of the column's kind."""
    name, kind = _quoted(column), column.type
    if isinstance(kind, JSON):
        said = f"(typeof({name}) = 'text' AND json_valid({name}))"
    elif isinstance(kind, Boolean):
        said = f"(typeof({name}) = 'integer' AND {name} IN (0, 1))"
    elif isinstance(kind, LargeBinary):
        length = "" if kind.length is None else f" AND length({name}) = {kind.length}"
        said = f"(typeof({name}) = 'blob'{length})"
    else:
        said = f"typeof({name}) = '{'integer' if isinstance(kind, Integer) else 'text'}'"
    return f"({said} OR {name} IS NULL)" if column.nullable else said


def _texts(table: Table) -> str:
    """A condition, never null: all texts of a row are UTF-8."""
    texts = [f"coalesce({_quoted(column)}, '')" for column in table.c if column.type.python_type in (str, dict)]
    return f"{_PROPER}(CAST({' || '.join(texts)} AS BLOB))" if texts else "1"


def _proper(text: bytes | None) -> bool:
    try:
        bytes(text or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _quoted(column: Column[object]) -> str:
    return f'"{column.name}"'
