"""Runs the command line inside this process, so that documents and tests can play many commands quickly."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from comity.cli.app import run


class Said(NamedTuple):
    """What a command printed, and how it ended."""

    out: str
    err: str
    code: int


@contextlib.contextmanager
def placed(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Work in `folder` with nothing but `environment` for the time of the block."""
    here, before = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        os.chdir(here)


def comity(arguments: Sequence[str], typed: str = "") -> Said:
    """Run `comity` with these arguments; `typed` is what it reads."""
    out, err, before = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(typed)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(arguments)
    finally:
        sys.stdin = before
    return Said(out.getvalue(), err.getvalue(), code)
