"""What the parts of a surface note of one request, for one another: kept in the request's ASGI state."""

from contextlib import AbstractContextManager
from typing import Final, Protocol, cast

from starlette.types import Scope

LINE: Final = "line"
"""The connection that the request came on, set by the server."""
ADMITTED: Final = "comity.admitted"
"""The account that the request was let in for."""
PROBLEM: Final = "comity.problem"
"""What went wrong."""
SLOT: Final = "comity.slot"
"""What lets others be worked on, for an answer that goes on for long and mostly waits: to be called once."""
CUT: Final = "comity.cut"
"""That the answer was cut off."""


class Line(Protocol):
    """The connection that an answer goes out on: `comity.server.line` has the real one."""

    @property
    def gone(self) -> bool:
        """Whether nothing more can be written."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What is written in the block leaves at once, when the block ends."""
        ...

    async def flushed(self) -> None:
        """Wait until what was written has left this process, or the line is gone."""
        ...

    def cut(self) -> None:
        """End it now, and send nothing of what was written. Any thread may ask for it, and again."""
        ...


def note(scope: Scope, name: str, value: object) -> None:
    """Note something."""
    scope.setdefault("state", {})[name] = value


def noted(scope: Scope, name: str) -> object | None:
    """What was noted, None if nothing."""
    return cast("object | None", scope.get("state", {}).get(name))


def line(scope: Scope) -> Line | None:
    """The connection; None where the application is called by itself."""
    return cast("Line | None", noted(scope, LINE))


def cut(scope: Scope) -> None:
    """End the connection: what was sent of the answer is no answer."""
    note(scope, CUT, value=True)
    if (found := line(scope)) is not None:
        found.cut()
