"""The table of words by which items are looked up: full text search, which every database makes in a way of its own.

It is no part of `store.schema`: SQLite keeps it as a virtual table (FTS5) with tables of its own beside it, PostgreSQL
as `tsvector` under a GIN index. Both keep of each item which words it has, and neither where they stand or how often.
Its words are those of `formats.words`: the databases cut, fold and weigh nothing themselves, so that they answer alike.
It can be made again from what is held, and is not copied from one database to another.
"""

from typing import Final

from sqlalchemy import Connection

WORD: Final = "search_word"
BESIDE: Final = tuple(f"{WORD}_{part}" for part in ("config", "data", "idx"))
"""The tables that SQLite keeps beside it."""
DERIVED: Final = "search_"
"""How the names begin of all tables that only searching needs, those of the schema among them."""
_MADE: Final = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE {WORD} USING fts5(words, content='', detail=none, columnsize=0, tokenize='ascii')",
    ),
    "postgresql": (
        f"CREATE TABLE {WORD} (item bigint PRIMARY KEY, words tsvector NOT NULL)",
        f"CREATE INDEX ix_{WORD}_words ON {WORD} USING gin (words)",
    ),
}


def create(connection: Connection) -> None:
    """Make it, empty."""
    for statement in _MADE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Take it away."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {WORD}")


def is_part(table: str) -> bool:
    """Whether a table that is there is this one, or one beside it."""
    return table == WORD or table in BESIDE
