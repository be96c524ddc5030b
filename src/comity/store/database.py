"""What the store asks of a database. SQLite answers in `store.sqlite`, PostgreSQL in `store.postgres`.

The rest of the store knows neither: it writes SQLAlchemy's statements where both understand them, and asks the
`Dialect` of its connection where they do not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol, TypeVar, cast

from sqlalchemy import Column, ColumnElement, Connection, Select, Table
from sqlalchemy.engine.interfaces import DBAPICursor

from comity.service.ports import Gate, Turn

Value = TypeVar("Value")

BATCH: Final = 10_000
"""Rows handed to the driver at once, and numbers asked for in one query."""

SPOKEN: Final = "comity_dialect"
"""The option of an engine that says how it is spoken to."""

TOLD: Final = "comity_told"
"""Where the `info` of a connection may say what is known of its snapshot already: `Told`."""

NO_TEXT: Final = "Could not decode"
"""How the driver of SQLite begins to say that a text is none."""

TOO_MUCH: Final = "the node is asked for too much at once: try again in a moment"
"""What is said when every connection of this process is in use."""


Rows = tuple[Table, Sequence[str], Sequence[tuple[object, ...]]]
"""Rows of one table, with the names of their columns."""


class Told(NamedTuple):
    """Of a snapshot: the epoch and the time of its newest act, and how often the list of one reader was kept."""

    epoch: int
    at: int
    reader: str | None
    version: int


class Dialect(Protocol):
    """What is said differently to the two databases. It has no state."""

    def __hash__(self) -> int:
        """One of an engine is the same as long as that is."""
        ...

    def cursor(self, connection: Connection) -> DBAPICursor:
        """A cursor of the driver, which takes numbers, text and bytes in the shortest form."""
        ...

    def add_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
    ) -> None:
        """Insert many rows by the driver's fastest way."""
        ...

    def add_new_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
    ) -> None:
        """As `add_rows`; rows whose key is there already are left alone."""
        ...

    def end_act(self, connection: Connection, rows: Iterable[Rows], act: int, epoch: int) -> None:
        """Insert the last few rows of an act, table by table, and wait for the database once.

        Have every process that waits told of the act when the connection's transaction commits.
        """
        ...

    def set_column(self, connection: Connection, column: Column[Any], values: Iterable[tuple[int, object]]) -> None:
        """Set one column of the rows with these ids."""
        ...

    def put(self, connection: Connection, table: Table, key: Mapping[str, object], rest: Mapping[str, object]) -> None:
        """A row with this key, in place of one that is there."""
        ...

    def among(self, column: ColumnElement[Any], values: Sequence[object]) -> Iterator[ColumnElement[bool]]:
        """Conditions that together say `column` is one of `values`, none twice; as few as may be.

        Their statements have one form, however many values there are.
        """
        ...

    def one_of(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """That `column`, of numbers or text, is one of the values that the parameter of this name is `packed` from."""
        ...

    def found_by(self, column: ColumnElement[Any], wanted: Select[Any]) -> ColumnElement[bool]:
        """That `column`, of numbers or text, is one of the few values that a statement finds; looked up in its index.

        Also where the database knows nothing yet of how many rows there are.
        """
        ...

    def packed(self, values: Sequence[object]) -> object:
        """Values as one parameter."""
        ...

    def stream(self, connection: Connection, statement: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement without parameters, by the driver itself, a batch in memory at once."""
        ...

    def filling(self, connection: Connection, tables: Sequence[Table]) -> AbstractContextManager[None]:
        """While whole tables are filled, all of them: what the database need only see to at the end is left until then.

        Afterwards the next number that it draws itself goes on after the greatest that was added.
        """
        ...

    def add_words(self, connection: Connection, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """The words of items that have none yet: see `store.search_tables`."""
        ...

    def find_words(self, connection: Connection, wanted: Sequence[tuple[str, bool]]) -> Iterator[int]:
        """The items that have all of these words, whole or (True) as the beginning of one; at least one is wanted."""
        ...

    def spelled_words(self, connection: Connection) -> Iterator[tuple[str, int]]:
        """Every word of every item, in any order."""
        ...

    def forget_words(self, connection: Connection) -> None:
        """All words of all items."""
        ...

    def faults(self, connection: Connection) -> Iterator[str]:
        """What the database finds wrong with itself, one line each."""
        ...


class Database(Protocol):
    """One node's database. Whatever it fails at, it says in our words."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection on one snapshot."""
        ...

    def writing(self, *, policy: bool = False) -> AbstractContextManager[Connection]:
        """A connection in a write transaction, the only one: committed at the end, rolled back on any exception.

        With `policy` no release is under way from before it begins until after it has ended: see `store.gate`.
        NodeBusy when another process keeps writing.
        """
        ...

    def gate(self, reader: str | None = None) -> AbstractContextManager[Gate]:
        """See `service.ports.Store`."""
        ...

    def turn(self) -> Turn:
        """See `service.ports.Store`."""
        ...

    def hear(self, after: int, timeout: float) -> int:
        """The number of the newest act, as soon as it is greater than `after`, at the latest after `timeout` seconds.

        One thread at a time.
        """
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def spoken(connection: Connection) -> Dialect:
    """How the connection's database is spoken to."""
    return cast("Dialect", connection.get_execution_options()[SPOKEN])


def chunks(values: Iterable[Value], size: int = BATCH) -> Iterator[list[Value]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def add_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]], *, again: bool
) -> None:
    """Insert many rows through the driver; `again`: rows whose key is there already are left alone.

    The driver's own ways are several times as fast as SQLAlchemy's, which looks at every value. So the values must be
    what the columns hold: numbers, text and bytes, no JSON; and the columns must stand in the table's order.
    """
    listed = [name for name in table.columns.keys() if name in columns]  # noqa: SIM118 - a collection, no mapping
    if listed != list(columns):
        raise ValueError(f"columns in the table's order, please: {listed}")
    dialect = spoken(connection)
    add = dialect.add_new_rows if again else dialect.add_rows
    add(connection, table, columns, rows)
