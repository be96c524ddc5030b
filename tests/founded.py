"""Nodes that are founded once for many tests, and copied for each: with their folder, or with their database too."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final

from comity.compose import Node, open_node
from tests.nodes import Clock
from tests.postgres import Server

STORES: Final = ("sqlite", "postgresql")
"""What may keep a node's record."""
STORE: Final = os.environ.get("COMITY_TEST_STORE", "sqlite")
"""What keeps it where a test does not say."""

Found = Callable[[Path, str | None], Node]
"""Makes a node in a folder; its record is in the database, if one is named."""


def emptied(keeper: Server | None) -> AbstractContextManager[str | None]:
    """The address of a new database, which is there for the length of a block; None where no server keeps records."""
    return nullcontext() if keeper is None else keeper.database()


class Founded:
    """The founded nodes of this process."""

    def __init__(self, folder: Path) -> None:
        """Keep them in the folder."""
        self._folder = folder

    @contextmanager
    def copied(self, name: str, found: Found, to: Path, clock: Clock, server: Server | None) -> Iterator[Node]:
        """A copy of the node of this name in the folder `to`, open; on PostgreSQL if a server is named."""
        original = self._folder / f"{name}-{STORES[server is not None]}"
        if not original.exists():
            found(original, None if server is None else server.fresh()).close()
        if server is None:
            shutil.copytree(original, to)
        else:
            server.copy(original, to)
        try:
            with open_node(to, clock, patience=0.2) as node:
                yield node
        finally:
            if server is not None:
                server.drop((to / "database").read_text().strip())
