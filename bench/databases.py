"""The two databases that a node can be kept on: a file in its folder, and a PostgreSQL server of the bench's own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.holdings import HOLDER
from bench.nodes import WORD, clock
from comity.compose import Founding, Node, init, open_node
from comity.store.address import Address, parse
from comity.store.sqlite import ELSEWHERE as DATABASE
from tests import postgres


@contextmanager
def servers() -> Iterator[list[tuple[str, postgres.Server | None]]]:
    """SQLite, and a PostgreSQL that syncs what it commits, where its binaries are found."""
    try:
        server = postgres.Server()
    except postgres.NoBinaries:
        yield [("SQLite", None)]
        return
    try:
        yield [("SQLite", None), ("PostgreSQL", server)]
    finally:
        server.stop()


@contextmanager
def node_on(server: postgres.Server | None) -> Iterator[Node]:
    """A new node in a folder of its own, its record there or on the server; it goes away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="comity-bench-"))
    database: Address | None = None if server is None else parse(server.fresh())
    try:
        init(folder / "node", clock, Founding(holder=HOLDER), WORD, database)
        with open_node(folder / "node", clock, database=database) as node:
            yield node
    finally:
        shutil.rmtree(folder)
        if server is not None and database is not None:
            server.drop(database.url.render_as_string(hide_password=False).split("?")[0])


def settled(node: Node, server: postgres.Server | None) -> None:
    """After a table was filled at once: let PostgreSQL learn what is in it now, and not within the next minutes."""
    if server is not None:
        server.run("ANALYZE", (node.directory / DATABASE).read_text().strip().partition("?")[0].rpartition("/")[2])
