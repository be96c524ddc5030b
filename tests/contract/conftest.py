"""The stores that must keep every guarantee of `service.ports`. PostgreSQL will be a second parameter."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.service.ports import Store
from tests.nodes import Clock, make


@pytest.fixture
def clock() -> Clock:
    """The clock of the store."""
    return Clock()


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A store that holds the small world."""
    assert request.param == "sqlite"
    with make(tmp_path / "node", clock) as node:
        yield node.store
