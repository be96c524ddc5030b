"""What is said to SQLite of the words of items: see `store.search_tables`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import Connection

from comity.store.database import chunks
from comity.store.search_tables import WORD

_SPELLED: Final = "search_spelled"
_ADD: Final = f"INSERT INTO {WORD} (rowid, words) VALUES (?, ?)"  # noqa: S608 - our own names
_FIND: Final = f"SELECT rowid FROM {WORD} WHERE {WORD} MATCH ?"  # noqa: S608 - our own names
_FORGET: Final = f"INSERT INTO {WORD} ({WORD}) VALUES ('delete-all')"  # noqa: S608 - our own names
_SHOW: Final = f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{_SPELLED} USING fts5vocab(main, {WORD}, instance)"
SPELLED: Final = f"SELECT term, doc FROM temp.{_SPELLED}"  # noqa: S608 - our own names
"""Every word of every item."""
_ROOM: Final = 1000
"""Rows that are handed to the driver at once."""


def add(connection: Connection, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
    """The words of items that have none yet."""
    for chunk in chunks(((item, " ".join(words)) for item, words in rows), _ROOM):
        connection.exec_driver_sql(_ADD, chunk)


def find(connection: Connection, wanted: Sequence[tuple[str, bool]]) -> Iterator[int]:
    """The items that have all of these words, whole or (True) as the beginning of one."""
    said = " AND ".join(f'"{word}"{"*" if prefix else ""}' for word, prefix in wanted)
    return (item for (item,) in connection.exec_driver_sql(_FIND, (said,)))


def show(connection: Connection) -> None:
    """Make that SPELLED can be asked for, on this connection alone."""
    connection.exec_driver_sql(_SHOW)


def forget(connection: Connection) -> None:
    """All words of all items."""
    connection.exec_driver_sql(_FORGET)
