"""One served node for all checks, and a partner's client of it."""

from collections.abc import Iterator

import pytest

from comity.compose import Node
from tests.conformance.taxii import Api, client, served
from tests.founded import emptied
from tests.postgres import Server


@pytest.fixture(scope="module")
def kept(keeper: Server | None) -> Iterator[str | None]:
    """Where the node's record is: in its folder, or in a database of its own."""
    with emptied(keeper) as url:
        yield url


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, kept: str | None) -> Iterator[tuple[Node, str]]:
    """The node, and where it is served."""
    with served(tmp_path_factory.mktemp("taxii") / "node", kept) as found:
        yield found


@pytest.fixture(scope="module")
def node(there: tuple[Node, str]) -> Node:
    return there[0]


@pytest.fixture(scope="module")
def api(there: tuple[Node, str]) -> Iterator[Api]:
    """The client of the United States, which reads and writes."""
    with client(*there) as found:
        yield found


@pytest.fixture(scope="module")
def france(there: tuple[Node, str]) -> Iterator[Api]:
    """The client of France."""
    with client(*there, "france") as found:
        yield found


@pytest.fixture(scope="module")
def nobody(there: tuple[Node, str]) -> Iterator[Api]:
    """Somebody without credentials."""
    with client(*there) as found:
        yield Api(http=found.http)
