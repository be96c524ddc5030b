"""One SQLite file: its connections, its transactions, what it says in its own way, and its failures in our words."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    Text,
    Transaction,
    bindparam,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects.sqlite import dialect, insert
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from comity.core.errors import ComityError, Forbidden, NodeBusy, NodeDamaged, NodeUnwritable
from comity.service.policy import DRAIN
from comity.service.ports import Gate
from comity.store import lock, migrate, search_sqlite, sqlite_faults
from comity.store.database import BATCH, NO_TEXT, SPOKEN, TOO_MUCH, Rows, chunks
from comity.store.gate import FileGate
from comity.store.lock import PATIENCE, Waiting
from comity.store.turn import Turn

LOCK: Final = "node.lock"
ELSEWHERE: Final = "database"
"""While this stands beside the file, the node's record is not in it any more: see `store.moving`."""

SEAL: Final = "is-a-backup"
"""While this stands beside the file, it is a backup's, and nobody writes to it: see `store.backup`."""

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
_READERS: Final = 20
"""Snapshots of one process at once."""
_LONG: Final = 0.002
"""Seconds that a commit may take before another thread works while it does."""
_LOOK: Final = 0.05
"""Seconds between two looks for a new act."""
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


class Sqlite:
    """See `store.database.Database`. The locks stand in the node's folder, beside the file."""

    def __init__(
        self,
        file: Path,
        *,
        create: bool = False,
        patience: float = PATIENCE,
        waiting: Waiting | None = None,
        drain: float = DRAIN,
    ) -> None:
        """Open the file, which must be there unless `create`; nothing is read yet."""
        # Whoever reads may have to write before it is done: readers must not use up the writer's connection.
        self.engine: Final = connect(file, create=create, most=_READERS)
        self._writer: Final = connect(file, create=create, most=1)
        self._turn = Turn()
        self._slow = False
        self._locked = partial(lock.held, file.parent / LOCK, patience, waiting, self._turn.sleep)
        self._gate = FileGate(file.parent, patience, waiting, drain, self._turn.sleep)
        self._file = file
        self._number = None if create else _number(file)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See Database. SQLite takes its snapshot at the first query."""
        self._must_be_here()
        with translated(), self.engine.connect() as connection, connection.begin():
            connection.connection.cursor().execute("SELECT 1 FROM sqlite_schema").fetchone()
            yield connection

    @contextmanager
    def writing(self, *, policy: bool = False) -> Iterator[Connection]:
        """See Database. Forbidden in a backup."""
        must_be_no_backup(self._file.parent)
        with ExitStack() as held:
            if policy:
                held.enter_context(self._gate.change())
            held.enter_context(self._locked())
            self._must_be_here()
            held.enter_context(translated())
            connection = held.enter_context(self._writer.connect()).execution_options(**{_BEGIN: "IMMEDIATE"})
            with connection.begin() as transaction:
                yield connection
                if transaction.is_active:
                    self._commit(transaction)

    def _commit(self, transaction: Transaction) -> None:
        """Away, where the last time took so long that another can work meanwhile."""
        began = time.monotonic()
        with self._turn.away() if self._slow else nullcontext():
            transaction.commit()
        self._slow = time.monotonic() - began > _LONG

    def gate(self, reader: str | None = None) -> AbstractContextManager[Gate]:
        """See Database."""
        del reader  # to ask for its list is no message to anybody
        return self._gate.release()

    def turn(self) -> Turn:
        """See `service.ports.Store`."""
        return self._turn

    def hear(self, after: int, timeout: float) -> int:
        """See Database."""
        deadline = time.monotonic() + timeout
        while True:
            with self.reading() as connection:
                newest: int = connection.exec_driver_sql("SELECT max(id) FROM act").scalar() or 0
            left = deadline - time.monotonic()
            if newest > after or left <= 0:
                return newest
            time.sleep(min(_LOOK, left))

    def close(self) -> None:
        """Close every connection; the last one to go folds the write-ahead log into the file."""
        self._writer.dispose()
        self.engine.dispose()

    def _must_be_here(self) -> None:
        """NodeBusy when the record was moved since the file was opened: what is open still is an old copy.

        INVARIANT: asked under the lock before anything is written, and a move holds that lock.
        """
        if self._number is None:
            return
        if self._number != _number(self._file) or (self._file.parent / ELSEWHERE).exists():
            raise NodeBusy(f"the record of the node `{self._file.parent}` has just been moved: start this again")


def must_be_no_backup(folder: Path) -> None:
    """Forbidden when the folder is a backup's: two records that go on from one point would each deny the other."""
    if (folder / SEAL).exists():
        raise Forbidden(
            f"`{folder}` is a backup, which is looked at and not written to: make a node of it with "
            f"`comity restore {folder} --node FOLDER --why WHY`"
        )


class _Spoken:
    """See `store.database.Dialect`."""

    def cursor(self, connection: Connection) -> DBAPICursor:
        """See Dialect."""
        return connection.connection.cursor()

    def add_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
    ) -> None:
        """See Dialect. The driver's `executemany` takes the rows as they are."""
        statement = _insertion(table, tuple(columns))
        for chunk in chunks(rows):
            connection.connection.cursor().executemany(statement, chunk)

    def end_act(self, connection: Connection, rows: Iterable[Rows], act: int, epoch: int) -> None:
        """See Dialect. There is nobody to wait for."""
        del act, epoch  # nobody is told: whoever waits looks into the file
        for table, columns, listed in rows:
            self.add_rows(connection, table, columns, listed)

    def add_new_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
    ) -> None:
        """See Dialect."""
        statement = insert(table).on_conflict_do_nothing()
        text = str(statement.compile(dialect=connection.dialect, column_keys=list(columns)))
        for chunk in chunks(rows):
            connection.exec_driver_sql(text, chunk)

    def set_column(self, connection: Connection, column: Column[Any], values: Iterable[tuple[int, object]]) -> None:
        """See Dialect."""
        statement = f'UPDATE "{column.table.name}" SET "{column.name}" = ? WHERE id = ?'  # noqa: S608 - our own names
        for chunk in chunks((value, number) for number, value in values):
            connection.exec_driver_sql(statement, chunk)

    def put(self, connection: Connection, table: Table, key: Mapping[str, object], rest: Mapping[str, object]) -> None:
        """See Dialect."""
        row = insert(table).values(**key, **rest)
        connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=dict(rest)))

    def among(self, column: ColumnElement[Any], values: Sequence[object]) -> Iterator[ColumnElement[bool]]:
        """See Dialect: numbers or text in one query, bytes in as few as may be."""
        if values and isinstance(values[0], bytes):
            yield from (column.in_(chunk) for chunk in chunks(dict.fromkeys(values)))
        elif values:
            # One parameter, however many values: a list of parameters would be compiled anew for each length.
            each = func.json_each(self.packed(values)).table_valued("value")
            yield column.in_(select(each.c.value))

    def one_of(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """See Dialect."""
        each = func.json_each(bindparam(name, type_=Text)).table_valued("value")
        return column.in_(select(each.c.value))

    def found_by(self, column: ColumnElement[Any], wanted: Select[Any]) -> ColumnElement[bool]:
        """See Dialect."""
        return column.in_(wanted)

    def packed(self, values: Sequence[object]) -> str:
        """See Dialect."""
        return json.dumps(values)

    def stream(self, connection: Connection, statement: str) -> Iterator[tuple[Any, ...]]:
        """See Dialect."""
        cursor = connection.connection.cursor()
        cursor.execute(statement)
        yield from chain.from_iterable(iter(lambda: cursor.fetchmany(BATCH), []))
        cursor.close()

    def filling(self, _: Connection, __: Sequence[Table]) -> AbstractContextManager[None]:
        """See Dialect: nothing. The next number is always the greatest and one more."""
        return nullcontext()

    def add_words(self, connection: Connection, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """See Dialect."""
        search_sqlite.add(connection, rows)

    def find_words(self, connection: Connection, wanted: Sequence[tuple[str, bool]]) -> Iterator[int]:
        """See Dialect."""
        return search_sqlite.find(connection, wanted)

    def spelled_words(self, connection: Connection) -> Iterator[tuple[str, int]]:
        """See Dialect."""
        search_sqlite.show(connection)
        return self.stream(connection, search_sqlite.SPELLED)

    def forget_words(self, connection: Connection) -> None:
        """See Dialect."""
        search_sqlite.forget(connection)

    def faults(self, connection: Connection) -> Iterator[str]:
        """See Dialect."""
        for row in connection.exec_driver_sql("PRAGMA integrity_check"):
            if row[0] != "ok":
                yield f"the database is damaged: {row[0]}"
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"row {row[1]} of `{row[0]}` names a row of `{row[2]}` that is not there"
        if not migrate.behind(connection):
            yield from sqlite_faults.foreign(connection)
            yield from sqlite_faults.misfits(connection)


@cache
def _insertion(table: Table, columns: tuple[str, ...]) -> str:
    """The statement that inserts a row: compiled once, for that takes longer than to run it."""
    return str(insert(table).compile(dialect=dialect(), column_keys=list(columns)))


def _number(file: Path) -> int:
    """What tells this file from another of the same name; 0 where there is none."""
    try:
        return file.stat().st_ino
    except FileNotFoundError:
        return 0


def connect(path: Path, *, create: bool = False, most: int = 1) -> Engine:
    """An engine for the database file, with at most so many connections; the file must exist unless `create`."""
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

    kept = min(most, 5)
    engine = create_engine(
        "sqlite://",
        creator=dial,
        poolclass=QueuePool,
        pool_size=kept,
        max_overflow=most - kept,
        pool_timeout=PATIENCE,
        execution_options={SPOKEN: _Spoken()},
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.connection.cursor().execute(f"BEGIN {connection.get_execution_options().get(_BEGIN, 'DEFERRED')}")


@contextmanager
def translated() -> Iterator[None]:
    """The database's failures in our words; what is a fault of ours stays as it is."""
    try:
        yield
    except PoolTimeout as problem:
        raise NodeBusy(TOO_MUCH) from problem
    except (DatabaseError, sqlite3.DatabaseError) as problem:
        cause = problem.orig if isinstance(problem, DatabaseError) else problem
        if isinstance(cause, sqlite3.DatabaseError) and (said := _said(cause)):
            raise said from problem
        raise


def _said(cause: sqlite3.DatabaseError) -> ComityError | None:
    if str(cause).startswith(NO_TEXT):
        return NodeDamaged("a text of the node's record cannot be read: find it with `comity verify`")
    code = getattr(cause, "sqlite_errorcode", 0)
    found = _WORDS.get(code) or _WORDS.get(code & _PRIMARY)
    return None if found is None else found[0](found[1].format(cause))
