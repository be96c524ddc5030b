"""PostgreSQL: its connections, its transactions, its locks and its notices.

All locks are advisory ones of the database, so that a node has a database of its own, and so that the server drops them
with the connection that held them. Those of a change or a writer belong to its transaction, and are let go after it is
visible; those of a release belong to a connection of its own. See `store.gate` for what they mean.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

import psycopg
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from comity.core.errors import ComityError, NodeBusy, NodeDamaged
from comity.service.policy import DRAIN
from comity.store.address import Address
from comity.store.database import SPOKEN
from comity.store.gate import stopped
from comity.store.lock import PATIENCE, SILENT, Waiting
from comity.store.postgres_faults import translated
from comity.store.postgres_sql import CHANNEL, Spoken
from comity.store.turn import NoTurn

OLDEST: Final = 150_000
"""The number of the oldest version that is known to do: 15."""

_COMITY: Final = 0x636F6D69
WRITE, INTENT, GATE, LAPSED = ((_COMITY, number) for number in range(1, 5))
"""The keys of the advisory locks."""
Key = tuple[int, int]
Link = psycopg.Connection[tuple[Any, ...]]
Run = Callable[[str, tuple[Any, ...]], Iterable[Any]]
"""Runs a statement with parameters: a connection's method."""


_NAME: Final = "comity"
_GRACE: Final = 1.0
"""Seconds between telling a release to stop and ending its connection."""
_LOOK: Final = 10.0
"""Seconds of silence after which it is looked whether a notice was missed."""
_PAUSE: Final = 0.2
"""Seconds before a lost connection is tried again."""

_OPTIONS: Final[dict[str, object]] = {
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
_ASKED: Final = (
    "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
    " CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END"
)
_HOLDERS: Final = (
    "SELECT held.pid, doing.application_name FROM pg_locks AS held LEFT JOIN pg_stat_activity AS doing USING (pid)"
    " WHERE held.locktype = 'advisory' AND held.granted AND held.pid <> pg_backend_pid()"
    " AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND held.classid = %s::bigint::oid AND held.objid = %s::bigint::oid AND held.objsubid = 2 ORDER BY held.pid"
)


class Postgres:
    """See `store.database.Database`."""

    def __init__(
        self, address: Address, patience: float = PATIENCE, waiting: Waiting | None = None, drain: float = DRAIN
    ) -> None:
        """Nothing is connected to yet."""
        self.address = address
        # Whoever holds the gate reads, and then may write: pools of their own, so that none waits for itself.
        self._readers: Final = connect(address, "REPEATABLE READ", most=20)
        self._writers: Final = connect(address, "READ COMMITTED", most=10)
        self._gates: Final = connect(address, "AUTOCOMMIT", most=20)
        self._patience = patience
        self._waiting = waiting
        self._drain = drain
        self._ear: PoolProxiedConnection | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See Database. PostgreSQL takes its snapshot at the first query."""
        with translated(self.address), self._readers.connect() as connection:
            snapshot = connection.execution_options(postgresql_readonly=True)
            with snapshot.begin(), _streams_closed(snapshot):
                snapshot.exec_driver_sql("SELECT 1")
                yield snapshot

    @contextmanager
    def writing(self, *, policy: bool = False) -> Iterator[Connection]:
        """See Database.

        INVARIANT: each statement sees what was committed before it began (READ COMMITTED), and nothing is read before
        the locks are held; a snapshot taken earlier would miss the last act.
        """
        with translated(self.address), self._writers.connect() as connection, connection.begin():
            if policy:
                self._take(connection, INTENT, "changing the policy of")
                self._drained(connection)
            self._take(connection, WRITE, "writing to")
            with _streams_closed(connection):
                yield connection

    @contextmanager
    def gate(self) -> Iterator["_Held"]:
        """See `service.ports.Store`. On the driver's own connection: SQLAlchemy's would replace one that is gone."""
        with translated(self.address):
            kept = self._gates.raw_connection()
            link = _link(kept)
            held = _Held(link)
            try:
                self._enter(link)
                yield held
                held.leave()
            except BaseException:
                held.over()
                kept.invalidate()  # the server lets go of what it held
                raise
            kept.close()

    def turn(self) -> NoTurn:
        """See `service.ports.Store`: who waits for the server is in nobody's way."""
        return NoTurn()

    def hear(self, after: int, timeout: float) -> int:
        """See Database. A lost connection is made again."""
        deadline, newest = time.monotonic() + timeout, 0
        while True:
            left = deadline - time.monotonic()
            try:
                with translated(self.address):
                    newest = self._listen(after, max(0.0, min(left, _LOOK)))
            except NodeBusy:
                self._deafen()
                if deadline - time.monotonic() <= _PAUSE:
                    raise
                time.sleep(_PAUSE)
            if newest > after or time.monotonic() >= deadline:
                return newest

    def close(self) -> None:
        """Close every connection."""
        self._deafen()
        for engine in (self._gates, self._readers, self._writers):
            engine.dispose()

    def _listen(self, after: int, timeout: float) -> int:
        """The newest act, or the one that a notice tells of within the time."""
        if self._ear is None:
            self._ear = self._gates.raw_connection()
            _link(self._ear).execute(f"LISTEN {CHANNEL}".encode())
        link = _link(self._ear)
        row = link.execute("SELECT max(id) FROM act").fetchone()
        newest: int = (row[0] if row else 0) or 0
        if newest <= after:
            for notice in link.notifies(timeout=timeout):
                newest = max(newest, int(notice.payload.split()[0]))
                if newest > after:
                    break
        return newest

    def _deafen(self) -> None:
        if self._ear is not None:
            with suppress(SQLAlchemyError, psycopg.Error):
                self._ear.invalidate()
            self._ear = None

    def _enter(self, link: Link) -> None:
        """Take the gate together with other releases; who passes INTENT need not wait any more."""
        link.execute("SELECT set_config('lock_timeout', %s, false)", (_milliseconds(self._patience),))
        try:
            link.execute("SELECT pg_advisory_lock_shared(%s, %s)", INTENT)
        except LockNotAvailable:
            raise self._busy(link.execute, INTENT, "changing the policy of") from None
        link.execute("SELECT pg_advisory_lock_shared(%s, %s)", GATE)
        link.execute("SELECT pg_advisory_unlock_shared(%s, %s)", INTENT)

    def _take(self, connection: Connection, key: Key, doing: str) -> None:
        """Take a lock for this transaction, with patience."""
        if _within(connection, key, min(self._patience, SILENT)):
            return
        if self._patience > SILENT:
            if self._waiting is not None:
                self._waiting(
                    f"{self._others(connection.exec_driver_sql, key, doing)}: this waits until it has finished"
                )
            if _within(connection, key, self._patience - SILENT):
                return
        raise self._busy(connection.exec_driver_sql, key, doing)

    def _drained(self, connection: Connection) -> None:
        """Take GATE for this transaction: after `drain` seconds the releases stop, a second later they are stopped."""
        if _within(connection, GATE, min(self._drain, SILENT)):
            return
        if self._drain > SILENT:
            if self._waiting is not None:
                said = self._others(connection.exec_driver_sql, GATE, "releasing from")
                self._waiting(f"{said}: this waits for it, and then stops it")
            if _within(connection, GATE, self._drain - SILENT):
                return
        _scalar(connection, "SELECT pg_advisory_xact_lock(%s, %s)", LAPSED)
        while not _within(connection, GATE, _GRACE):
            for pid, _ in _holders(connection.exec_driver_sql, GATE):
                connection.exec_driver_sql("SELECT pg_terminate_backend(%s)", (pid,))

    def _busy(self, run: Run, key: Key, doing: str) -> NodeBusy:
        return NodeBusy(f"{self._others(run, key, doing)}: wait until it has finished, or end it, and try again")

    def _others(self, run: Run, key: Key, doing: str) -> str:
        names = [_process(name, pid) for pid, name in _holders(run, key)]
        return f"{', '.join(names) or 'another process'} is {doing} the node's database"


class _Held:
    """See `service.ports.Gate`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._gone = False
        self._asking = threading.Lock()  # once it is let go of, the connection may be somebody else's

    def lapsed(self) -> bool:
        """See Gate. A connection that is gone holds the gate no longer."""
        with self._asking:
            if self._gone:
                return True
            try:
                row = self._link.execute("SELECT pg_try_advisory_xact_lock_shared(%s, %s)", LAPSED).fetchone()
            except psycopg.OperationalError:
                return True
            return row is None or not row[0]

    def let_go(self) -> None:
        """See Gate."""
        with suppress(ComityError):
            self.leave()

    def leave(self) -> None:
        """Let go. ComityError when it was lost before."""
        with self._asking:
            if self._gone:
                raise stopped()
            self._gone = True
            try:
                row = self._link.execute("SELECT pg_advisory_unlock_shared(%s, %s)", GATE).fetchone()
            except psycopg.OperationalError as problem:
                raise stopped() from problem
            if row is None or not row[0]:
                raise stopped()

    def over(self) -> None:
        """Its connection is about to be closed."""
        with self._asking:
            self._gone = True


def connect(address: Address, isolation: str, most: int) -> Engine:
    """An engine for the database, with at most so many connections; it is not asked for anything yet."""
    options = {**_OPTIONS, "application_name": f"{_NAME} {os.getpid()} {socket.gethostname()}"[:63]}
    engine = create_engine(
        address.url,
        connect_args=options,
        isolation_level=isolation,
        execution_options={SPOKEN: Spoken()},
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=most - 5,
        pool_timeout=PATIENCE,
        use_native_hstore=False,
    )
    event.listen(engine, "connect", _settle, insert=True)  # before SQLAlchemy asks the server anything
    return engine


def _settle(link: Link, _: object) -> None:
    """What is committed is on the disk, whatever the server does by itself. NodeDamaged for one that will not do."""
    link.server_cursor_factory = _Stream
    row = link.execute(_ASKED).fetchone()
    link.commit()
    version, encoding = (0, "") if row is None else row[:2]
    if version >= OLDEST and encoding == "UTF8":
        return
    link.close()
    if version < OLDEST:
        raise NodeDamaged(f"the database is on PostgreSQL {version // 10_000}: it must be {OLDEST // 10_000} or newer")
    raise NodeDamaged(f"the database holds texts as {encoding}: make one with ENCODING 'UTF8'")


class _Stream(psycopg.ServerCursor[Any]):
    """A cursor of the server that its connection knows of."""

    def __init__(self, connection: Link, name: str, **options: Any) -> None:  # noqa: ANN401 - the driver's
        super().__init__(connection, name, **options)
        _streams[connection] = [*(stream for stream in _streams.get(connection, ()) if not stream.closed), self]


_streams: Final[WeakKeyDictionary[Link, list[_Stream]]] = WeakKeyDictionary()
"""What was streamed over each connection in its transaction; kept, so that nothing is collected before it is closed."""


@contextmanager
def _streams_closed(connection: Connection) -> Iterator[None]:
    """Close what was not read to its end: left to be collected, it would be closed in somebody else's transaction."""
    link = _link(connection.connection)
    try:
        yield
    finally:
        for stream in _streams.pop(link, ()):
            with suppress(psycopg.Error):
                stream.close()


def _scalar(connection: Connection, statement: str, key: Key) -> object:
    return connection.exec_driver_sql(statement, key).scalar()


def _within(connection: Connection, key: Key, seconds: float) -> bool:
    """Take a lock for this transaction within so many seconds, if it can be had."""
    if _scalar(connection, "SELECT pg_try_advisory_xact_lock(%s, %s)", key):
        return True
    if seconds <= 0:
        return False
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("SELECT set_config('lock_timeout', %s, true)", (_milliseconds(seconds),))
            _scalar(connection, "SELECT pg_advisory_xact_lock(%s, %s)", key)
    except OperationalError as problem:
        if isinstance(problem.orig, LockNotAvailable):
            return False
        raise
    connection.exec_driver_sql("SELECT set_config('lock_timeout', '0', true)")
    return True


def _holders(run: Run, key: Key) -> list[tuple[int, str | None]]:
    """Who holds a lock: the server's number for each, and the name that it gave itself."""
    return [(row[0], row[1]) for row in run(_HOLDERS, key)]


def _milliseconds(seconds: float) -> str:
    """A lock_timeout; 0 waits without end."""
    return "0" if seconds == inf else str(max(1, round(seconds * 1000)))


def _link(kept: PoolProxiedConnection) -> Link:
    return cast("Link", kept.driver_connection)


def _process(name: str | None, pid: int) -> str:
    """A process as people know it: by the number it has on its own machine."""
    match (name or "").split():
        case [_, number, host] if name is not None and name.startswith(f"{_NAME} "):
            return f"process {number} on {host}"
        case _:
            return f"the server's process {pid}"
