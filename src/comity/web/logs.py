"""What a server writes down of itself: one JSON document a line, on standard error.

INVARIANT: no content, no title, no id of an item, no path and no query as they were sent, no credentials. A request is
logged by its row of the route table; a fault by its kind and where in the program it was, and never by what it says:
that may quote what was being read. Only what is wrong with the node itself (`NODE`) is written in words.
"""

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

from comity.core.errors import NodeBusy, NodeDamaged, NodeUnwritable

LOG: Final = logging.getLogger("comity.web")
NODE: Final = (NodeBusy, NodeDamaged, NodeUnwritable)
"""Errors whose words are of the node's folder, processes and disk, and of nothing that is in it."""
_FIELDS: Final = "comity"
_FRAMES: Final = 12


def configure() -> None:
    """Write everything that is logged in this process to standard error, in our form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    LOG.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        other = logging.getLogger(name)
        other.handlers[:] = []
        other.propagate = name != "uvicorn.access"
        other.setLevel(logging.ERROR)


def event(name: str, **fields: object) -> None:
    """Something that went as it should."""
    LOG.info(name, extra={_FIELDS: fields})


def trouble(problem: BaseException, **fields: object) -> None:
    """What went wrong and is for whoever runs the server: the node's own troubles in words, a fault by its place."""
    if isinstance(problem, NODE):
        LOG.warning("node", extra={_FIELDS: {"kind": type(problem).__name__, "said": str(problem), **fields}})
    else:
        LOG.error("fault", extra={_FIELDS: {**fault(problem), **fields}})


def fault(problem: BaseException) -> dict[str, object]:
    """A fault: its kind, and where it was. Not its text."""
    return {"kind": type(problem).__name__, "at": _places(problem.__traceback__)}


def _places(trace: TracebackType | None) -> list[str]:
    found = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in found]  # noqa: PTH119 - text


class Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. What other libraries log is named by its place: its text may hold anything."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": when, "level": record.levelname.lower(), "process": record.process}
        if record.name == LOG.name:
            line |= {"event": record.msg, **getattr(record, _FIELDS, {})}
        else:
            line |= {"event": "library", "name": record.name, "at": f"{record.module}:{record.lineno}"}
            if record.exc_info and record.exc_info[1] is not None:
                line |= fault(record.exc_info[1])
        return json.dumps(line, default=str)
