"""One SQLite file: its connections, its transactions, and its failures in our words."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from comity.core.errors import ComityError, NodeBusy, NodeDamaged, NodeUnwritable

Value = TypeVar("Value")

BATCH: Final = 10_000
"""Rows handed to the driver at once, and numbers asked for in one query."""

_PRAGMAS: Final = (
    "wal_autocheckpoint = 8000",
    "foreign_keys = ON",
    "synchronous = FULL",
    "busy_timeout = 5000",
    "cache_size = -65536",
    "mmap_size = 134217728",
    "journal_size_limit = 16777216",
    "temp_store = MEMORY",
    "trusted_schema = OFF",
)
_BEGIN: Final = "comity_begin"
_PRIMARY: Final = 0xFF
"""The bits of an extended result code that are its primary code."""
_FULL: Final = (
    NodeUnwritable,
    (
        "the node could not be written: {}; nothing of this act was recorded, and nothing before it was lost: free "
        "some space on the disk and do it again"
    ),
)
_NO_ROOM_BESIDE: Final = (
    NodeUnwritable,
    (
        "the node's disk seems full: even to read the node takes a little room beside its database; nothing was "
        "recorded or lost: free some space on the disk and do it again"
    ),
)
_READ_ONLY: Final = (
    NodeUnwritable,
    "the node could not be written: {}; nothing of this act was recorded: make its disk writable",
)
_DYING: Final = (
    NodeDamaged,
    (
        "the disk failed under the node's database: {}; this act is not recorded: look after the disk, then check the "
        "node with `comity verify`"
    ),
)
_LOCKED: Final = (NodeBusy, "another program has locked the node's database: {}; end it and try again")
_UNREADABLE: Final = (NodeDamaged, "the node's database cannot be read: {}; restore the node from its last copy")
_WORDS: Final[Mapping[int, tuple[type[ComityError], str]]] = {
    sqlite3.SQLITE_IOERR_SHMOPEN: _NO_ROOM_BESIDE,
    sqlite3.SQLITE_IOERR_SHMSIZE: _NO_ROOM_BESIDE,
    sqlite3.SQLITE_IOERR_SHMMAP: _NO_ROOM_BESIDE,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_IOERR: _DYING,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_CORRUPT: _UNREADABLE,
    sqlite3.SQLITE_NOTADB: _UNREADABLE,
    sqlite3.SQLITE_CANTOPEN: _UNREADABLE,
}
"""What is said of a result code of SQLite: of the extended one if it stands here, else of its primary one."""


def connect(path: Path, *, create: bool = False) -> Engine:
    """An engine for the database file; it must exist unless `create`."""
    address = f"file:{quote(str(path.absolute()))}?mode={'rwc' if create else 'rw'}"

    def dial() -> sqlite3.Connection:
        # Transactions are begun and ended here, not by the driver; SQLAlchemy's pool hands a connection to one thread.
        link = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512)
        for pragma in _PRAGMAS:
            link.execute(f"PRAGMA {pragma}")
        if create:
            link.execute("PRAGMA page_size = 8192")
            link.execute("PRAGMA journal_mode = WAL")
        return link

    engine = create_engine("sqlite://", creator=dial, poolclass=QueuePool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(_BEGIN, 'DEFERRED')}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection on one snapshot. SQLite takes it at the first query."""
    with translated(), engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SELECT 1 FROM sqlite_schema")
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a write transaction: committed at the end, rolled back whole on any exception."""
    with translated(), engine.connect() as connection:
        immediate = connection.execution_options(**{_BEGIN: "IMMEDIATE"})
        with immediate.begin():
            yield immediate


@contextmanager
def translated() -> Iterator[None]:
    """The database's failures in our words; what is a fault of ours stays as it is."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as problem:
        cause = problem.orig if isinstance(problem, DatabaseError) else problem
        if isinstance(cause, sqlite3.DatabaseError) and (said := _said(cause)):
            raise said from problem
        raise


def _said(cause: sqlite3.DatabaseError) -> ComityError | None:
    code = getattr(cause, "sqlite_errorcode", 0)
    found = _WORDS.get(code) or _WORDS.get(code & _PRIMARY)
    return None if found is None else found[0](found[1].format(cause))


def chunks(values: Iterable[Value], size: int = BATCH) -> Iterator[list[Value]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def add_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]], *, again: bool
) -> None:
    """Insert many rows through the driver; `again`: rows whose key is there already are left alone.

    The driver's own `executemany` is several times as fast as SQLAlchemy's, which looks at every value. So the values
    must be what the columns hold: numbers, text and bytes, no JSON.
    """
    statement = insert(table)
    if again:
        statement = statement.on_conflict_do_nothing()
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    if compiled.positiontup != list(columns):
        raise ValueError(f"columns in the table's order, please: {compiled.positiontup}")
    for chunk in chunks(rows):
        connection.exec_driver_sql(str(compiled), chunk)
