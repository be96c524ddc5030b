"""What is said to PostgreSQL of the words of items: see `store.search_tables`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import Connection

from comity.store.database import chunks
from comity.store.search_tables import WORD

_ADD: Final = (
    f"INSERT INTO {WORD} (item, words)"  # noqa: S608 - our own names
    " SELECT item, array_to_tsvector(string_to_array(words, ' '))"
    " FROM unnest(%s::bigint[], %s::text[]) AS new (item, words)"
)
_FIND: Final = f"SELECT item FROM {WORD} WHERE words @@ %s::tsquery"  # noqa: S608 - our own names
SPELLED: Final = f"SELECT unnest(tsvector_to_array(words)), item FROM {WORD}"  # noqa: S608 - our own names
"""Every word of every item."""
_ROOM: Final = 1000
"""Rows that go over at once."""


def add(connection: Connection, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
    """The words of items that have none yet."""
    for chunk in chunks(((item, " ".join(words)) for item, words in rows), _ROOM):
        connection.exec_driver_sql(_ADD, tuple(map(list, zip(*chunk, strict=True))))


def find(connection: Connection, wanted: Sequence[tuple[str, bool]]) -> Iterator[int]:
    """The items that have all of these words, whole or (True) as the beginning of one."""
    said = " & ".join(f"'{word}'{':*' if prefix else ''}" for word, prefix in wanted)
    return (item for (item,) in connection.exec_driver_sql(_FIND, (said,)))


def forget(connection: Connection) -> None:
    """All words of all items."""
    connection.exec_driver_sql(f"DELETE FROM {WORD}")  # noqa: S608 - our own names
