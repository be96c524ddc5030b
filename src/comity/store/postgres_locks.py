"""The advisory locks of a node's database on PostgreSQL, and who holds them.

They are of the database, so that a node has one of its own, and so that the server drops them with the connection that
held them. See `store.gate` for what they mean.
"""

from collections.abc import Callable, Iterable
from math import inf
from typing import Any, Final

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection

from comity.store.postgres_links import NAME, link_of

Key = tuple[int, int]
Run = Callable[[str, tuple[Any, ...]], Iterable[Any]]
"""Runs a statement with parameters: a connection's method."""

_COMITY: Final = 0x636F6D69
WRITE, INTENT, GATE, LAPSED = ((_COMITY, number) for number in range(1, 5))
"""The keys of the locks."""

_HOLDERS: Final = (
    "SELECT held.pid, doing.application_name FROM pg_locks AS held LEFT JOIN pg_stat_activity AS doing USING (pid)"
    " WHERE held.locktype = 'advisory' AND held.granted AND held.pid <> pg_backend_pid()"
    " AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND held.classid = %s::bigint::oid AND held.objid = %s::bigint::oid AND held.objsubid = 2 ORDER BY held.pid"
)
_WAITED: Final = (
    "SAVEPOINT waiting; SET LOCAL lock_timeout = {0}; SELECT pg_advisory_xact_lock{1}; RELEASE SAVEPOINT waiting;"
    " SET LOCAL lock_timeout = 0"
)
"""In one message, for who has the lock keeps others waiting."""


def within(connection: Connection, key: Key, seconds: float) -> bool:
    """Take a lock for this transaction within so many seconds, if it can be had."""
    if connection.exec_driver_sql("SELECT pg_try_advisory_xact_lock(%s, %s)", key).scalar():
        return True
    if seconds <= 0:
        return False
    link = link_of(connection)
    try:
        link.execute(_WAITED.format(milliseconds(seconds), key).encode(), prepare=False)
    except LockNotAvailable:
        link.execute("ROLLBACK TO SAVEPOINT waiting")
        return False
    return True


def holders(run: Run, key: Key) -> list[tuple[int, str | None]]:
    """Who holds a lock: the server's number for each, and the name that it gave itself."""
    return [(row[0], row[1]) for row in run(_HOLDERS, key)]


def milliseconds(seconds: float) -> str:
    """A lock_timeout; 0 waits without end."""
    return "0" if seconds == inf else str(max(1, round(seconds * 1000)))


def others(run: Run, key: Key) -> str:
    """Whoever holds a lock, as people know them."""
    return ", ".join(_process(name, pid) for pid, name in holders(run, key)) or "another process"


def _process(name: str | None, pid: int) -> str:
    """A process as people know it: by the number it has on its own machine."""
    match (name or "").split():
        case [_, number, host] if name is not None and name.startswith(f"{NAME} "):
            return f"process {number} on {host}"
        case _:
            return f"the server's process {pid}"
