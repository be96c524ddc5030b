"""What went wrong, in words: one message on stderr, an exit code, and with `--json` one document on stdout."""

import json as json_format
import os
import sys
import traceback
from contextlib import suppress
from io import RawIOBase, TextIOWrapper
from typing import Final, TextIO

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
OUTPUT: Final = 74
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
        with suppress(OSError):  # which is said when the run ends: see `written`
            print(json_format.dumps({"error": _document(problem, said)}))  # noqa: T201 - what was asked for
    for line in said.splitlines() or [said]:
        tell(f"comity: {safe(line, _LONGEST)}")
    if isinstance(problem, CycloptsError):
        tell("comity: see `comity --help`, or `comity COMMAND --help`")
    return code


def tell(line: str) -> None:
    """Say a line on stderr, if there is any: a run ends as it ends, heard or not."""
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def may_answer() -> bool:
    """Make the streams ready, and say whether there is a standard output to answer on.

    Without one, the first file that is opened would take its place. It is buffered, $PYTHONUNBUFFERED or not: what
    could not be written is still there afterwards, which tells its failures from all others.
    """
    if sys.stderr is None:
        sys.stderr = _reopened(os.open(os.devnull, os.O_WRONLY), "utf-8")
    if sys.stdout is None:
        tell("comity: standard output is closed, nothing was done: send it somewhere, to /dev/null if nobody reads it")
        return False
    if isinstance(sys.stdout, TextIOWrapper) and isinstance(sys.stdout.buffer, RawIOBase):
        sys.stdout = _reopened(sys.stdout.fileno(), sys.stdout.encoding)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # where the terminal's encoding lacks a sign, it is shown escaped
            stream.reconfigure(errors="backslashreplace")
    return True


def _reopened(descriptor: int, encoding: str) -> TextIO:
    return open(descriptor, "w", encoding=encoding, closefd=False)


def written(code: int) -> int:
    """The exit code, once all that was printed is really written; else what that ends with."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has read enough
        code = PIPE
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        tell(
            f"comity: the answer could not be written to standard output: {reason}; an act is recorded all the same: "
            "make room, and look before you do it again"
        )
        code = OUTPUT
    else:
        return code
    _drop(sys.stdout)
    return code


def _drop(stream: TextIO) -> None:
    """Let go of what could not be written, or Python would complain once more when it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


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
