"""A node of the small world, for acts."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.compose import Node, open_node, verify
from tests import sending
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


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node of `tests.sending`, closed; to be copied."""
    folder = tmp_path_factory.mktemp("founded") / "node"
    sending.found(folder, Clock()).close()
    return folder


@pytest.fixture
def network(tmp_path: Path, clock: Clock, founded: Path) -> Iterator[Node]:
    """A node that three partners send to; after each test, whatever was sent, it verifies."""
    shutil.copytree(founded, tmp_path / "network")
    with open_node(tmp_path / "network", clock, patience=0.2) as node:
        yield node
        verify(node)
