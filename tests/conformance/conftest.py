"""One served node for all checks, and a partner's client of it."""

from collections.abc import Iterator

import pytest

from comity.compose import Node
from tests.conformance.taxii import Api, client, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, str]]:
    """The node, and where it is served."""
    with served(tmp_path_factory.mktemp("taxii") / "node") as found:
        yield found


@pytest.fixture(scope="module")
def node(server: tuple[Node, str]) -> Node:
    return server[0]


@pytest.fixture(scope="module")
def api(server: tuple[Node, str]) -> Iterator[Api]:
    """The client of the United States, which reads and writes."""
    with client(*server) as found:
        yield found


@pytest.fixture(scope="module")
def france(server: tuple[Node, str]) -> Iterator[Api]:
    """The client of France."""
    with client(*server, "france") as found:
        yield found


@pytest.fixture(scope="module")
def nobody(server: tuple[Node, str]) -> Iterator[Api]:
    """Somebody without credentials."""
    with client(*server) as found:
        yield Api(http=found.http)
