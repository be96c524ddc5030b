"""Statements that every page asks: compiled once, and answered by the driver itself.

To look such a statement up and to wrap its rows takes SQLAlchemy several times as long as the database takes to answer.
INVARIANT: only statements that are written once (in a constant) are asked like this, and whose columns are numbers,
text and bytes: no value is translated on its way, in either direction.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import ClauseElement, Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from comity.store.database import spoken

_KEPT: Final = 256


class _Text(NamedTuple):
    """A statement in the database's words; the values that it has itself, and its parameters where they go by place."""

    said: str
    own: Mapping[str, object]
    places: tuple[str, ...] | None


def fetched(connection: Connection, statement: ClauseElement, named: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """All rows that the statement gives for the values of its parameters."""
    text = _compiled(statement, connection.dialect)
    values = {**text.own, **named}
    cursor = spoken(connection).cursor(connection)
    try:
        cursor.execute(text.said, values if text.places is None else [values[name] for name in text.places])
        return cast("list[tuple[Any, ...]]", cursor.fetchall())
    finally:
        cursor.close()


@lru_cache(maxsize=_KEPT)
def _compiled(statement: ClauseElement, dialect: Dialect) -> _Text:
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("this is no statement")
    own = {name: value for name, value in compiled.params.items() if value is not None}
    return _Text(str(compiled), own, tuple(compiled.positiontup or ()) if compiled.positional else None)
