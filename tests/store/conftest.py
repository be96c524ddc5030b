"""Where the nodes of these tests keep their record."""

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest) -> str | None:
    """In the node's folder, or in a database of its own."""
    return request.getfixturevalue("database") if request.param == "postgresql" else None
