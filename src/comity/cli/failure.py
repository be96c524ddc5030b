"""What went wrong, in words: one message on stderr, an exit code, and with `--json` one document on stdout."""

import json as json_format
import os
import sys
import traceback
from typing import Final

from cyclopts.exceptions import CycloptsError

from comity.cli.plain import safe
from comity.core.errors import (
    AmbiguousItem,
    ComityError,
    InvalidFacts,
    MalformedInput,
    NodeBusy,
    NodeDamaged,
    NodeUnwritable,
    UnknownName,
)

REFUSED: Final = 1
WRONG: Final = 2
NODE: Final = 3
FAULT: Final = 70
INTERRUPTED: Final = 130
PIPE: Final = 141

DEBUG: Final = "COMITY_DEBUG"

_LONGEST: Final = 4000
"""Signs of a message: what to do next stands at its end, and what was typed may be long."""

_CODES: Final = (
    ((CycloptsError, InvalidFacts, MalformedInput, UnknownName, AmbiguousItem), WRONG),
    ((NodeBusy, NodeDamaged, NodeUnwritable), NODE),
    ((ComityError,), REFUSED),
)


def report(problem: Exception, *, json: bool) -> int:
    """Say what went wrong; the exit code."""
    code = next((code for kinds, code in _CODES if isinstance(problem, kinds)), FAULT)
    if code == FAULT or os.environ.get(DEBUG) == "1":
        _trace(problem)
    said = _unexpected(problem) if code == FAULT else str(problem)
    if json:
        print(json_format.dumps({"error": _document(problem, said)}))  # noqa: T201 - the document that was asked for
    for line in said.splitlines() or [said]:
        sys.stderr.write(f"comity: {safe(line, _LONGEST)}\n")
    if isinstance(problem, CycloptsError):
        sys.stderr.write("comity: see `comity --help`, or `comity COMMAND --help`\n")
    return code


def _document(problem: Exception, said: str) -> dict[str, object]:
    document: dict[str, object] = {
        "kind": "WrongUse" if isinstance(problem, CycloptsError) else type(problem).__name__,
        "message": said,
    }
    if isinstance(problem, AmbiguousItem):
        document["candidates"] = list(problem.candidates)
    if isinstance(problem, InvalidFacts):
        document["faults"] = [
            {"place": list(fault.place), "message": fault.message, "mend": fault.mend} for fault in problem.faults
        ]
    return document


def _unexpected(problem: Exception) -> str:
    where = "" if os.environ.get(DEBUG) == "1" else f"; set {DEBUG}=1 and run it again to see where"
    return f"this is a fault of comity, not yours: {type(problem).__name__}: {problem}{where}"


def _trace(problem: Exception) -> None:
    if os.environ.get(DEBUG) == "1":
        traceback.print_exception(problem)
