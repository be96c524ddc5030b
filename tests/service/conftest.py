"""A node of the small world, for acts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from comity.compose import Node, verify
from tests import sending
from tests.founded import STORES, Founded
from tests.nodes import Clock, make
from tests.postgres import Server

ON_BOTH: Final = {"test_acts", "test_authority", "test_linking", "test_receive_hostile", "test_versions"}
"""Modules whose nodes are kept in their folder and on PostgreSQL; COMITY_TEST_STORE=postgresql keeps all there."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Where the node of a test keeps its record."""
    if "keeper" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in ON_BOTH:
        metafunc.parametrize("keeper", STORES, indirect=True)


@pytest.fixture
def clock() -> Clock:
    """The clock of the node."""
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock, founded: Founded, keeper: Server | None) -> Iterator[Node]:
    """A node; after each test, whatever was done to it, it verifies."""

    def found(folder: Path, database: str | None) -> Node:
        return make(folder, Clock(), database=database)

    with founded.copied("small", found, tmp_path / "node", clock, keeper) as node:
        yield node
        verify(node)


@pytest.fixture(scope="session")
def network_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a closed node that three partners send to; to be copied."""
    folder = tmp_path_factory.mktemp("network") / "node"
    sending.found(folder, Clock()).close()
    return folder


@pytest.fixture
def network(tmp_path: Path, clock: Clock, founded: Founded, keeper: Server | None) -> Iterator[Node]:
    """A node that three partners send to; after each test, whatever was sent, it verifies."""

    def found(folder: Path, database: str | None) -> Node:
        return sending.found(folder, Clock(), database=database)

    with founded.copied("network", found, tmp_path / "network", clock, keeper) as node:
        yield node
        verify(node)
