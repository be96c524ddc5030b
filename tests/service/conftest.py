"""A node of the small world, for acts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.compose import Node, verify
from tests.nodes import Clock, make


@pytest.fixture
def clock() -> Clock:
    """The clock of the node."""
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    """A node; after each test, whatever was done to it, it verifies."""
    with make(tmp_path / "node", clock) as node:
        yield node
        verify(node)
