"""`pytest.raises`, but that nothing is raised is a failed assertion: what a mutation lets through is caught by it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Refusal:
    """What was raised."""

    value: BaseException | None = None


@contextmanager
def refused(kind: type[BaseException], match: str = "") -> Iterator[Refusal]:
    """The block raises this, in words that match."""
    found = Refusal()
    try:
        yield found
    except kind as problem:
        found.value = problem
    assert found.value is not None, f"nothing was refused: {kind.__name__} was expected"
    assert re.search(match, str(found.value)), str(found.value)
