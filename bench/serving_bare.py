"""Bare FastAPI routes that return 100 stored objects to whoever asks: `python -m bench.serving_bare DATABASE`.

They have no account, no policy and no record. Their objects stand in one table, in the order of the list of the reader
whom ours are asked for by, and come in the same envelope. One route is as FastAPI's guide has it: it asks by SQLAlchemy
and returns objects, which the framework writes. The other is the barest that there can be: it asks the driver, and
joins the bytes as they are stored. They are served as `comity serve` serves: one process, uvicorn with the same
settings. DATABASE is a file of SQLite or the address of a PostgreSQL; it listens on a free port, and says which on
standard output.
"""

import json
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from threading import local
from typing import Any, Final

import psycopg
from fastapi import FastAPI
from sqlalchemy import BigInteger, Column, Engine, LargeBinary, MetaData, Table, create_engine, select
from starlette.responses import Response
from uvicorn.config import Config
from uvicorn.server import Server

MEDIA: Final = "application/taxii+json;version=2.1"
OBJECTS: Final = "/objects/"
"""The route that returns objects."""
BYTES: Final = "/bytes/"
"""The route that joins bytes."""
TABLE: Final = "page"
_MADE: Final = f"CREATE TABLE {TABLE} (place bigint PRIMARY KEY, bytes {{}} NOT NULL)"
_ASKED: Final = f"SELECT bytes FROM {TABLE} WHERE place >= {{0}} ORDER BY place LIMIT {{0}}"  # noqa: S608 - no input
_ZERO: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
Fetch = Callable[[int, int], list[Any]]
"""The rows from a place on, at most so many."""


def fill_sqlite(file: str, contents: Iterable[bytes]) -> None:
    """Keep the objects in a new file, in this order."""
    link = sqlite3.connect(file)
    link.execute("PRAGMA journal_mode = WAL")
    link.execute(_MADE.format("blob"))
    link.executemany(f"INSERT INTO {TABLE} VALUES (?, ?)", enumerate(contents))  # noqa: S608 - no input
    link.commit()
    link.close()


def fill_postgres(address: str, contents: Iterable[bytes]) -> None:
    """Keep the objects in a database, in this order."""
    with psycopg.connect(address) as link:
        link.execute(_MADE.format("bytea"))
        with link.cursor().copy(f"COPY {TABLE} FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int8", "bytea"])
            for row in enumerate(contents):
                copy.write_row(row)
    with psycopg.connect(address, autocommit=True) as link:
        link.execute(f"ANALYZE {TABLE}")


def application(engine: Engine, fetch: Fetch) -> FastAPI:
    """The routes, and nothing else."""
    app = FastAPI(openapi_url=None)
    table = Table(TABLE, MetaData(), Column("place", BigInteger), Column("bytes", LargeBinary))

    @app.get(OBJECTS)
    def objects(limit: int, added_after: datetime) -> dict[str, Any]:
        first = _place(added_after)
        wanted = select(table.c.bytes).where(table.c.place >= first).order_by(table.c.place).limit(limit + 1)
        with engine.connect() as connection:
            found = [json.loads(row.bytes) for row in connection.execute(wanted)]
        return {"more": len(found) > limit, "next": str(first + limit), "objects": found[:limit]}

    @app.get(BYTES)
    def joined(limit: int, added_after: datetime) -> Response:
        first = _place(added_after)
        found = fetch(first, limit + 1)
        head = {"more": len(found) > limit, "next": str(first + limit)}
        content = b",".join([row[0] for row in found[:limit]])
        return Response(json.dumps(head)[:-1].encode() + b',"objects":[' + content + b"]}", media_type=MEDIA)

    return app


def _place(after: datetime) -> int:
    """The place after the one that a date stands for."""
    return (after - _ZERO) // timedelta(microseconds=1) + 1


def sqlite(file: str) -> Fetch:
    """From a file: a connection for each thread."""
    kept, asked = local(), _ASKED.format("?")

    def fetch(first: int, limit: int) -> list[Any]:
        if not hasattr(kept, "link"):
            kept.link = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
            kept.link.execute("PRAGMA mmap_size = 134217728")
            kept.link.execute("PRAGMA cache_size = -65536")
        return kept.link.execute(asked, (first, limit)).fetchall()  # type: ignore[no-any-return]

    return fetch


def postgres(address: str) -> Fetch:
    """From a server: a connection for each thread."""
    kept, asked = local(), _ASKED.format("%s")

    def fetch(first: int, limit: int) -> list[Any]:
        if not hasattr(kept, "link"):
            kept.link = psycopg.connect(address, autocommit=True)
        return kept.link.cursor(binary=True).execute(asked, (first, limit)).fetchall()  # type: ignore[no-any-return]

    return fetch


def main(database: str) -> None:
    """Serve until told to stop."""
    there = database.startswith("postgresql:")
    fetch = postgres(database) if there else sqlite(database)
    engine = create_engine(
        database.replace("postgresql:", "postgresql+psycopg:", 1) if there else f"sqlite:///{database}"
    )
    # Known as TCP, as in a worker of ours, so that asyncio has all that is written sent at once.
    listening = socket.socket(fileno=socket.create_server(("127.0.0.1", 0)).detach())
    print(listening.getsockname()[1], flush=True)
    config = Config(
        application(engine, fetch),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=5,
    )
    Server(config).run([listening])


if __name__ == "__main__":
    main(sys.argv[1])
