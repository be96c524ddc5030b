"""Connections to PostgreSQL: how they are made, and how one is known to be there still.

Each is in the driver's `autocommit`: whoever uses it begins and ends its transactions, and says several things in one
message where they need not wait for each other, for each message is a wait.
"""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import DisconnectionError

from comity.core.errors import NodeDamaged
from comity.store.address import Address
from comity.store.database import SPOKEN
from comity.store.lock import PATIENCE
from comity.store.postgres_sql import Spoken

OLDEST: Final = 150_000
"""The number of the oldest version that is known to do: 15."""
NAME: Final = "comity"
"""How a connection's name begins; the process and the machine follow."""

Link = psycopg.Connection[tuple[Any, ...]]

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


def connect(address: Address, most: int) -> Engine:
    """An engine for the database, with at most so many connections; it is not asked for anything yet."""
    options = {**_OPTIONS, "application_name": f"{NAME} {os.getpid()} {socket.gethostname()}"[:63]}
    engine = create_engine(
        address.url,
        connect_args=options,
        isolation_level="AUTOCOMMIT",
        execution_options={SPOKEN: Spoken()},
        hide_parameters=True,
        pool_size=most,  # none is closed because there are many: to make one takes as long as two pages
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=PATIENCE,
        use_native_hstore=False,
    )
    event.listen(engine, "connect", _settle, insert=True)  # before SQLAlchemy asks the server anything
    event.listen(engine, "checkout", _answers)
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


def _answers(link: Link, *_: object) -> None:
    """DisconnectionError, for another connection, where the server has said something while nobody asked it.

    That is how it ends one. To ask each time whether it is still there would be a message more for each use.
    """
    if link.closed:
        raise DisconnectionError
    waiting = select.poll()
    waiting.register(link.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError


class _Stream(psycopg.ServerCursor[Any]):
    """A cursor of the server that its connection knows of."""

    def __init__(self, connection: Link, name: str, **options: Any) -> None:  # noqa: ANN401 - the driver's
        super().__init__(connection, name, **options)
        _streams[connection] = [*(stream for stream in _streams.get(connection, ()) if not stream.closed), self]


_streams: Final[WeakKeyDictionary[Link, list[_Stream]]] = WeakKeyDictionary()
"""What was streamed over each connection in its transaction; kept, so that nothing is collected before it is closed."""


@contextmanager
def streams_closed(connection: Connection) -> Iterator[None]:
    """Close what was not read to its end: left to be collected, it would be closed in somebody else's transaction."""
    link = link_of(connection)
    try:
        yield
    finally:
        for stream in _streams.pop(link, ()):
            with suppress(psycopg.Error):
                stream.close()


def link_of(connection: Connection) -> Link:
    """The driver's own connection."""
    return driver_of(connection.connection)


def driver_of(kept: PoolProxiedConnection) -> Link:
    """The driver's own connection of one from the pool."""
    return cast("Link", kept.driver_connection)
