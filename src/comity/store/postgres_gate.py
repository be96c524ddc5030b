"""The gate of a node on PostgreSQL, and the snapshots of the release that holds it: on one connection.

A release holds the gate as long as its connection lasts. It reads over the same one: to pass and to take its first
snapshot is one message, and so is to let go of both. INVARIANT: the snapshot is taken after the gate was passed.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from typing import Final

import psycopg
from psycopg.sql import SQL, Literal
from sqlalchemy import Connection

from comity.core.errors import ComityError
from comity.store.database import TOLD, Told
from comity.store.gate import stopped
from comity.store.postgres_links import Link, link_of, streams_closed
from comity.store.postgres_locks import GATE, INTENT, LAPSED
from comity.store.postgres_sql import keepable

SNAPSHOT: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1"
"""PostgreSQL takes a snapshot at the first query."""
_PASS: Final = SQL(
    f"BEGIN; SELECT CASE WHEN NOT pg_try_advisory_lock_shared{INTENT} THEN false"  # noqa: S608 - of our own keys
    f" WHEN NOT pg_try_advisory_lock_shared{GATE} THEN NOT pg_advisory_unlock_shared{INTENT}"
    f" ELSE pg_advisory_unlock_shared{INTENT} END; COMMIT;"
    " BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT epoch, at,"
    " coalesce((SELECT version FROM listing WHERE reader = {}), 0) FROM act ORDER BY id DESC LIMIT 1"
)
"""Pass, if nobody changes the policy, and look."""
_PASSED: Final = 1
"""The result of it that says whether the gate was passed."""
_LEAVE: Final = f"COMMIT; SELECT pg_advisory_unlock_shared{GATE}".encode()
_LET_GO: Final = f"SELECT pg_advisory_unlock_shared{GATE}".encode()
_IDLE: Final = psycopg.pq.TransactionStatus.IDLE
_GO_ON: Final = (
    f"SELECT CASE WHEN pg_try_advisory_lock_shared{LAPSED} THEN pg_advisory_unlock_shared{LAPSED} ELSE false END"
).encode()


class Held:
    """See `service.ports.Gate`."""

    def __init__(self, connection: Connection) -> None:
        """Nothing is held yet."""
        self.entered = -inf
        self._connection = connection
        self._link: Final = link_of(connection)
        self._fresh: Told | None = None
        """What is known of the snapshot that was taken with the gate, until somebody reads it."""
        self._read = self._gone = False
        self._asking = threading.Lock()  # once it is let go of, the connection may be somebody else's

    def enter(self, queue: Callable[[Link], None], reader: str | None) -> None:
        """Take the gate together with other releases, to read for this reader; `queue` where one must wait for it."""
        began = time.monotonic()
        cursor = self._link.execute(_PASS.format(Literal(reader if keepable(reader) else None)), prepare=False)
        newest = cursor.set_result(-1).fetchone()
        row = cursor.set_result(_PASSED).fetchone()
        if row is not None and row[0]:
            self.entered = began
            self._fresh = None if newest is None else Told(newest[0], newest[1], reader, newest[2])
        else:
            self._link.rollback()
            queue(self._link)

    @property
    def free(self) -> bool:
        """Whether nobody reads over its connection."""
        return not self._read and not self._gone

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot; it is let go of with the gate, or for the next one."""
        known, info = self._fresh, self._connection.info
        self._read = True
        try:
            if known is None:
                self._link.rollback()
                self._link.execute(SNAPSHOT, prepare=False)
            else:
                info[TOLD], self._fresh = known, None
            with streams_closed(self._connection):
                yield self._connection
        finally:
            info.pop(TOLD, None)
            self._read = False

    def lapsed(self) -> bool:
        """See Gate. A connection that is gone holds the gate no longer."""
        with self._asking:
            if self._gone:
                return True
            try:
                row = self._link.execute(_GO_ON).fetchone()
            except psycopg.Error:
                return True
            return row is None or not row[0]

    def let_go(self) -> None:
        """See Gate. Its snapshot stays until whoever reads it is done."""
        with suppress(ComityError):
            self._end(_LET_GO)

    def leave(self) -> None:
        """Let go. ComityError when it was lost before."""
        self._end(_LET_GO if self._link.info.transaction_status == _IDLE else _LEAVE)

    def over(self) -> None:
        """Its connection is about to be closed."""
        with self._asking:
            self._gone = True

    def _end(self, how: bytes) -> None:
        with self._asking:
            if self._gone:
                raise stopped()
            self._gone = True
            try:
                row = self._link.execute(how, prepare=False).set_result(-1).fetchone()
            except psycopg.Error as problem:
                raise stopped() from problem
            if row is None or not row[0]:
                raise stopped()
