"""Whether a database has the schema that it should have: the tables of `store.schema`, as Alembic sees them."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from comity.store import schema, search_tables


def differences(connection: Connection) -> list[Any]:
    """What is not as the schema says. The words that are searched are no part of it, and must be there."""
    tables = connection.dialect.get_table_names(connection)
    missing = [] if search_tables.WORD in tables else [search_tables.WORD]
    options = {"include_name": lambda name, kind, _: kind != "table" or not search_tables.is_part(name)}
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata)
    return [*found, *missing]
