"""Every row of one database into another, whichever the two are, and the proof that they arrived.

Values cross as numbers, texts and bytes: a truth value as 0 or 1, JSON as the very text that is kept. So nothing is
read as something else on the way. Each table is summed as its rows leave the source, and again from the target: the
sums are equal only if every row has arrived as it was, and no other stands there.

INVARIANT: what is of the moment (`in_flight`) is not copied. A copy has no release under way. Nor is the search index,
which each database keeps in its own way: whoever searches fills it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, Column, ColumnElement, Connection, Integer, MetaData, Table, Text, func, select
from sqlalchemy.types import JSON

from comity.core.errors import NodeDamaged
from comity.store import migrate, schema
from comity.store.database import spoken
from comity.store.search_tables import DERIVED

Progress = Callable[[str, int, int], None]
"""Is told now and then what is being done, how much of it is done, and of how much."""

_OF_THE_MOMENT: Final = frozenset({schema.in_flight.name})
_MADE_AGAIN: Final = frozenset(name for name in schema.metadata.tables if name.startswith(DERIVED))
_TICK: Final = 10_000
"""Rows between two reports."""
_WORD: Final = 2**64


class Sum(NamedTuple):
    """The rows of one table: how many, and the sum of their hashes, which no order changes.

    Hashes are those of this process and say nothing to another.
    """

    rows: int
    total: int


Sums = Mapping[str, Sum]
"""By table."""


def unheard(_: str, __: int, ___: int) -> None:
    """Nobody wants to know how far it is."""


def tables(connection: Connection) -> Sequence[Table]:
    """Every table that is copied, in an order in which rows may be inserted: those of the schema that is there."""
    if migrate.revision(connection) == migrate.REVISIONS[-1]:
        found = schema.metadata
    else:
        found = MetaData()
        found.reflect(connection, only=lambda name, _: name != migrate.VERSION and not name.startswith(DERIVED))
    return [table for table in found.sorted_tables if table.name not in _OF_THE_MOMENT | _MADE_AGAIN]


def copy(source: Connection, target: Connection, progress: Progress = unheard) -> Sums:
    """Copy every row into the same tables, which are there and empty; what was read, table by table.

    Numbers that the target draws by itself go on after those that were copied.
    """
    listed = tables(source)
    of = size(source)
    done, sums = 0, {}
    with spoken(target).filling(target, listed):
        for table in listed:
            counting = _Counting(progress, "copying", done, of)
            rows = counting.over(_rows(source, table))
            spoken(target).add_rows(target, table, [column.name for column in table.c], rows)
            done += counting.rows
            sums[table.name] = counting.sum
    return sums


def size(connection: Connection) -> int:
    """How many rows there are to copy."""
    return sum(map(_count(connection), tables(connection)))


def check(target: Connection, copied: Sums, progress: Progress = unheard) -> None:
    """NodeDamaged unless the target holds exactly the rows that were copied."""
    of, done = sum(each.rows for each in copied.values()), 0
    wrong = []
    for table in tables(target):
        counting = _Counting(progress, "reading back", done, of)
        for _ in counting.over(_rows(target, table)):
            pass
        done += counting.rows
        if counting.sum != copied.get(table.name):
            wrong.append(table.name)
    if wrong:
        named = ", ".join(f"`{name}`" for name in wrong)
        raise NodeDamaged(f"the rows of {named} did not arrive as they were: nothing was changed; try again")


def bring(source: Connection, target: Connection, progress: Progress = unheard) -> None:
    """Make a whole record in an empty database of one of whatever revision, and bring it up to this program's."""
    migrate.create(target, migrate.revision(source))
    check(target, copy(source, target, progress), progress)
    if migrate.behind(target):
        migrate.upgrade(target)


def _count(connection: Connection) -> Callable[[Table], int]:
    return lambda table: connection.execute(select(func.count()).select_from(table)).scalar() or 0


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """In the order of the key: a row of `item` names only earlier ones."""
    wanted = select(*map(_plain, table.c)).order_by(*table.primary_key.columns)
    return spoken(connection).stream(connection, str(wanted.compile(dialect=connection.dialect)))


def _plain(column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, JSON):
        return column.cast(Text)
    return column.cast(Integer) if isinstance(column.type, Boolean) else column


class _Counting:
    """Counts and sums the rows of one table as they pass."""

    def __init__(self, progress: Progress, doing: str, done: int, of: int) -> None:
        self.rows = 0
        self._total = 0
        self._progress = progress
        self._known = (doing, done, of)

    @property
    def sum(self) -> Sum:
        return Sum(self.rows, self._total % _WORD)

    def over(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            self.rows += 1
            self._total += hash(row)
            if not self.rows % _TICK:
                self._tell()
            yield row
        self._tell()

    def _tell(self) -> None:
        doing, done, of = self._known
        self._progress(doing, done + self.rows, of)
