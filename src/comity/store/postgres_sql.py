"""What is said to PostgreSQL in its own way."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, count
from typing import Any, Final, cast

import psycopg
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    create_engine,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy import cast as cast_as
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine.interfaces import DBAPICursor

from comity.store import search_postgres
from comity.store.database import BATCH, Rows, chunks
from comity.store.schema import metadata

CHANNEL: Final = "comity"
"""On which processes are told of acts."""
_names: Final = count(1)
_UNKEEPABLE: Final = re.compile("[\0\ud800-\udfff]")
_DIALECT: Final = create_engine("postgresql+psycopg://", paramstyle="format").dialect

_KEYS: Final = (
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' AND conrelid = ANY (SELECT quote_ident(name)::regclass FROM unnest(%s::text[]) AS name)"
)
_INDEXES: Final = (
    "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
    " WHERE NOT indisunique AND indrelid = ANY (SELECT quote_ident(name)::regclass FROM unnest(%s::text[]) AS name)"
)
"""Foreign keys and indexes of tables, each with the words that make it again."""


class Spoken:
    """See `store.database.Dialect`."""

    def cursor(self, connection: Connection) -> DBAPICursor:
        """See Dialect: bytes go over as they are, and not written out in hexadecimal."""
        return cast("DBAPICursor", _driver(connection).cursor(binary=True))

    def add_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
    ) -> None:
        """See Dialect: by COPY, as they come."""
        quote = connection.dialect.identifier_preparer.quote
        named = ", ".join(map(quote, columns))
        statement = f"COPY {quote(table.name)} ({named}) FROM STDIN"
        with _driver(connection).cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def add_new_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
    ) -> None:
        """See Dialect. COPY knows no conflicts: each column goes over as one array."""
        statement = f"{_unnested(connection, table, tuple(columns))} ON CONFLICT DO NOTHING"
        for chunk in chunks(rows):
            connection.exec_driver_sql(statement, tuple(map(list, zip(*chunk, strict=True))))

    def end_act(self, connection: Connection, rows: Iterable[Rows], act: int, epoch: int) -> None:
        """See Dialect: in the driver's pipeline, which takes no COPY.

        They are told numbers only: whoever may connect to the database can listen.
        """
        listed = [(table, tuple(columns), row) for table, columns, rows_ in rows for row in rows_]
        statement = _inserting(tuple((table, columns) for table, columns, _ in listed))
        values = (*chain.from_iterable(row for _, _, row in listed), CHANNEL, f"{act} {epoch}")
        _driver(connection).execute(statement, values)

    def set_column(self, connection: Connection, column: Column[Any], values: Iterable[tuple[int, object]]) -> None:
        """See Dialect."""
        quote = connection.dialect.identifier_preparer.quote
        table, name = quote(column.table.name), quote(column.name)
        kind = column.type.compile(connection.dialect)
        statement = (
            f"UPDATE {table} SET {name} = new.value FROM unnest(%s::bigint[], %s::{kind}[]) AS new (id, value)"  # noqa: S608 - our own names
            f" WHERE {table}.id = new.id"
        )
        for chunk in chunks(values):
            connection.exec_driver_sql(statement, tuple(map(list, zip(*chunk, strict=True))))

    def put(self, connection: Connection, table: Table, key: Mapping[str, object], rest: Mapping[str, object]) -> None:
        """See Dialect."""
        row = insert(table).values(**key, **rest)
        connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=dict(rest)))

    def among(self, column: ColumnElement[Any], values: Sequence[object]) -> Iterator[ColumnElement[bool]]:
        """See Dialect: one array, which indexes know how to look up. What no column can hold is left out."""
        if listed := [*filter(keepable, values)]:
            yield column == any_(literal(listed, ARRAY(column.type)))

    def one_of(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """See Dialect."""
        return column == any_(cast_as(bindparam(name, type_=Text), ARRAY(column.type)))

    def found_by(self, column: ColumnElement[Any], wanted: Select[Any]) -> ColumnElement[bool]:
        """See Dialect: an array, for a list of rows is joined, by reading the whole table where that seems small."""
        return column == any_(func.array(wanted.scalar_subquery(), type_=ARRAY(column.type)))

    def packed(self, values: Sequence[object]) -> str:
        """See Dialect: as the server writes an array, which the driver makes of a list at length.

        What no column can hold is left out.
        """
        if all(isinstance(value, int) for value in values):
            return f"{{{','.join(map(str, values))}}}"
        quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in [*filter(keepable, values)])
        return "{" + ",".join(f'"{value}"' for value in quoted) + "}"

    def stream(self, connection: Connection, statement: str) -> Iterator[tuple[Any, ...]]:
        """See Dialect: by a cursor of the server, for a plain one takes in everything at once."""
        with _driver(connection).cursor(name=f"comity_{next(_names)}") as cursor:
            cursor.itersize = BATCH
            cursor.execute(statement.encode())
            yield from cursor

    @contextmanager
    def filling(self, connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
        """See Dialect: indexes are made, and keys checked, once for all rows and not once for each."""
        names = [table.name for table in tables]
        keys = connection.exec_driver_sql(_KEYS, (names,)).all()
        indexes = connection.exec_driver_sql(_INDEXES, (names,)).all()
        for table, name, _ in keys:
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _ in indexes:
            connection.exec_driver_sql(f"DROP INDEX {name}")
        yield
        for _, stated in indexes:
            connection.exec_driver_sql(stated)
        for table, name, stated in keys:
            connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {stated}")
        for table in tables:
            _go_on(connection, table)

    def add_words(self, connection: Connection, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """See Dialect."""
        search_postgres.add(connection, rows)

    def find_words(self, connection: Connection, wanted: Sequence[tuple[str, bool]]) -> Iterator[int]:
        """See Dialect."""
        return search_postgres.find(connection, wanted)

    def spelled_words(self, connection: Connection) -> Iterator[tuple[str, int]]:
        """See Dialect."""
        return self.stream(connection, search_postgres.SPELLED)

    def forget_words(self, connection: Connection) -> None:
        """See Dialect."""
        search_postgres.forget(connection)

    def faults(self, connection: Connection) -> Iterator[str]:
        """See Dialect. The server checks keys as rows are written; a dump may have been loaded without."""
        for table in metadata.sorted_tables:
            for constraint in table.foreign_key_constraints:
                (column,), named = constraint.columns, constraint.referred_table
                far = named.alias()
                there = exists().where(far.c[constraint.elements[0].column.name] == column)
                lost = select(*table.primary_key.columns).where(column.is_not(None), ~there).limit(10)
                for row in connection.execute(lost):
                    key = ", ".join(map(str, row))
                    yield f"row {key} of `{table.name}` names a row of `{named.name}` that is not there"


def set_aside(connection: Connection, name: str) -> None:
    """Move a node's tables into a schema of their own, where nobody looks for them; each waits a while for readers."""
    quote = connection.dialect.identifier_preparer.quote
    connection.exec_driver_sql("SELECT set_config('lock_timeout', '5s', true)")
    connection.exec_driver_sql(f"CREATE SCHEMA {quote(name)}")
    for table in sorted(map(str, connection.dialect.get_table_names(connection))):
        connection.exec_driver_sql(f"ALTER TABLE {quote(table)} SET SCHEMA {quote(name)}")


def _unnested(connection: Connection, table: Table, columns: tuple[str, ...]) -> str:
    """The statement that inserts rows, each of whose columns goes over as one array."""
    quote = connection.dialect.identifier_preparer.quote
    named = ", ".join(map(quote, columns))
    arrays = ", ".join(f"%s::{table.c[name].type.compile(connection.dialect)}[]" for name in columns)
    return f"INSERT INTO {quote(table.name)} ({named}) SELECT * FROM unnest({arrays})"  # noqa: S608 - our own names


@lru_cache(maxsize=64)
def _inserting(rows: tuple[tuple[Table, tuple[str, ...]], ...]) -> str:
    """The one statement that inserts these rows, and tells whoever listens."""
    inserts = (insert(table).compile(dialect=_DIALECT, column_keys=list(columns)) for table, columns in rows)
    parts = ", ".join(f"row{number} AS ({stated})" for number, stated in enumerate(inserts))
    return f"{'WITH ' if parts else ''}{parts} SELECT pg_notify(%s, %s)"


def _go_on(connection: Connection, table: Table) -> None:
    """Sequences know nothing of rows that brought their own numbers."""
    quote = connection.dialect.identifier_preparer.quote
    for column in table.primary_key.columns:
        owned = "SELECT pg_get_serial_sequence(%s, %s)"
        if (drawn := connection.exec_driver_sql(owned, (quote(table.name), column.name)).scalar()) is not None:
            greatest = connection.execute(select(func.coalesce(func.max(column), 0))).scalar()
            connection.exec_driver_sql("SELECT setval(%s, %s + 1, false)", (drawn, greatest))
    connection.exec_driver_sql(f"ANALYZE {quote(table.name)}")


def _driver(connection: Connection) -> psycopg.Connection[tuple[Any, ...]]:
    return cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)


def keepable(value: object) -> bool:
    """Whether a column can hold this: neither a text with NUL nor one with half a pair of surrogates."""
    return not isinstance(value, str) or not _UNKEEPABLE.search(value)
