"""The stores that must keep every guarantee of `service.ports`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.compose import Node
from comity.service.ports import Store
from tests.nodes import Clock, make


@pytest.fixture
def clock() -> Clock:
    """The clock of the store."""
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest) -> str | None:
    """Where the store is kept: in its folder, or in a database of its own."""
    return request.getfixturevalue("database") if request.param == "postgresql" else None


@pytest.fixture
def node(kept: str | None, tmp_path: Path, clock: Clock) -> Iterator[Node]:
    """A node of the small world."""
    with make(tmp_path / "node", clock, database=kept) as node:
        yield node


@pytest.fixture
def store(node: Node) -> Store:
    """A store that holds the small world."""
    return node.store
