"""PostgreSQL: its transactions, its gate and its notices.

The locks of a change or a writer belong to its transaction, and are let go after it is visible; those of a release
belong to its connection (`store.postgres_gate`). See `store.gate` for what they mean.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Final, cast

import psycopg
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, PoolProxiedConnection, QueuePool
from sqlalchemy.exc import SQLAlchemyError

from comity.core.errors import NodeBusy
from comity.service.policy import DRAIN
from comity.store.address import Address
from comity.store.lock import PATIENCE, SILENT, Waiting
from comity.store.postgres_faults import translated
from comity.store.postgres_gate import SNAPSHOT, Held
from comity.store.postgres_links import Link, connect, driver_of, link_of, streams_closed
from comity.store.postgres_locks import GATE, INTENT, LAPSED, WRITE, Key, Run, holders, milliseconds, others, within
from comity.store.postgres_sql import CHANNEL
from comity.store.turn import Turn

_GRACE: Final = 1.0
"""Seconds between telling a release to stop and ending its connection."""
_LOOK: Final = 10.0
"""Seconds of silence after which it is looked whether a notice was missed."""
_PAUSE: Final = 0.2
"""Seconds before a lost connection is tried again."""
_BEGIN: Final = b"BEGIN ISOLATION LEVEL READ COMMITTED"
_WRITE: Final = _BEGIN + f"; SELECT pg_try_advisory_xact_lock{WRITE}".encode()


class Postgres:
    """See `store.database.Database`."""

    def __init__(
        self, address: Address, patience: float = PATIENCE, waiting: Waiting | None = None, drain: float = DRAIN
    ) -> None:
        """Nothing is connected to yet."""
        self.address = address
        # Whoever holds the gate reads, and then may write: pools of their own, so that none waits for itself.
        self._readers: Final = connect(address, most=20)
        self._writers: Final = connect(address, most=10)
        self._gates: Final = connect(address, most=20)
        self._mine: Final = threading.local()
        self._turn: Final = Turn(at_once=2)
        self._patience = patience
        self._waiting = waiting
        self._drain = drain
        self._ear: PoolProxiedConnection | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See Database. Who holds the gate reads over the connection that holds it."""
        held: Held | None = getattr(self._mine, "held", None)
        with translated(self.address):
            if held is not None and held.free:
                with held.reading() as connection:
                    yield connection
                return
            with self._connected(self._readers) as connection, connection.begin():
                link_of(connection).execute(SNAPSHOT, prepare=False)
                with streams_closed(connection):
                    yield connection

    @contextmanager
    def writing(self, *, policy: bool = False) -> Iterator[Connection]:
        """See Database.

        INVARIANT: each statement sees what was committed before it began (READ COMMITTED), and nothing is read before
        the locks are held; a snapshot taken earlier would miss the last act.
        """
        with translated(self.address), self._connected(self._writers) as connection, connection.begin():
            self._locked(connection, policy=policy)
            with streams_closed(connection):
                yield connection

    @contextmanager
    def gate(self, reader: str | None = None) -> Iterator[Held]:
        """See `service.ports.Store`."""
        with translated(self.address), self._connected(self._gates) as connection:
            held, before = Held(connection), getattr(self._mine, "held", None)
            try:
                held.enter(self._queue, reader)
                self._mine.held = held
                yield held
                held.leave()
            except BaseException:
                held.over()
                connection.invalidate()  # the server lets go of what it held
                raise
            finally:
                self._mine.held = before

    def turn(self) -> Turn:
        """See `service.ports.Store`."""
        return self._turn

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
            driver_of(self._ear).execute(f"LISTEN {CHANNEL}".encode())
        link = driver_of(self._ear)
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

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        """A connection, for the length of a block: it is waited for, or made, away."""
        with nullcontext() if cast("QueuePool", engine.pool).checkedin() else self._turn.away():
            connection = engine.connect()
        with connection:
            yield connection

    def _queue(self, link: Link) -> None:
        """Wait for the gate; who passes INTENT need not wait any more."""
        with self._turn.away():
            link.execute("SELECT set_config('lock_timeout', %s, false)", (milliseconds(self._patience),))
            try:
                link.execute("SELECT pg_advisory_lock_shared(%s, %s)", INTENT)
            except LockNotAvailable:
                raise self._busy(link.execute, INTENT, "changing the policy of") from None
            link.execute("SELECT pg_advisory_lock_shared(%s, %s)", GATE)
            link.execute("SELECT pg_advisory_unlock_shared(%s, %s)", INTENT)

    def _locked(self, connection: Connection, *, policy: bool) -> None:
        """Begin, and take the locks of a writer."""
        link = link_of(connection)
        if policy:
            link.execute(_BEGIN, prepare=False)
            self._take(connection, INTENT, "changing the policy of")
            self._drained(connection)
        else:
            row = link.execute(_WRITE, prepare=False).set_result(-1).fetchone()
            if row is not None and row[0]:
                return
        self._take(connection, WRITE, "writing to")

    def _take(self, connection: Connection, key: Key, doing: str) -> None:
        """Take a lock for this transaction, with patience."""
        with self._turn.away():
            if within(connection, key, min(self._patience, SILENT)):
                return
            if self._patience > SILENT:
                if self._waiting is not None:
                    said = self._others(connection.exec_driver_sql, key, doing)
                    self._waiting(f"{said}: this waits until it has finished")
                if within(connection, key, self._patience - SILENT):
                    return
        raise self._busy(connection.exec_driver_sql, key, doing)

    def _drained(self, connection: Connection) -> None:
        """Take GATE for this transaction: after `drain` seconds the releases stop, a second later they are stopped."""
        if within(connection, GATE, min(self._drain, SILENT)):
            return
        if self._drain > SILENT:
            if self._waiting is not None:
                said = self._others(connection.exec_driver_sql, GATE, "releasing from")
                self._waiting(f"{said}: this waits for it, and then stops it")
            if within(connection, GATE, self._drain - SILENT):
                return
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, %s)", LAPSED)
        while not within(connection, GATE, _GRACE):
            for pid, _ in holders(connection.exec_driver_sql, GATE):
                connection.exec_driver_sql("SELECT pg_terminate_backend(%s)", (pid,))

    def _busy(self, run: Run, key: Key, doing: str) -> NodeBusy:
        return NodeBusy(f"{self._others(run, key, doing)}: wait until it has finished, or end it, and try again")

    def _others(self, run: Run, key: Key, doing: str) -> str:
        return f"{others(run, key)} is {doing} the node's database"
