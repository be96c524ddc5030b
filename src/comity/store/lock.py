"""One writer at a time, across processes: an advisory lock on the node's lock file.

The kernel drops the lock with the process that holds it, so nothing stale is ever left behind.
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from comity.core.errors import NodeBusy, NodeDamaged, NodeUnwritable

PATIENCE: Final = 5.0
"""Seconds to wait for another writer, unless more or less is asked for."""
PAUSE: Final = 0.01
"""Seconds between two attempts."""
SILENT: Final = 1.0
"""Seconds of waiting before it is said."""

Waiting = Callable[[str], None]
"""Is told once, in words, what a wait that grows long is for."""


@contextmanager
def held(
    path: Path, patience: float, waiting: Waiting | None = None, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the lock on `path`; NodeBusy after `patience` seconds of waiting, which may be infinite."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as problem:
        if problem.errno == errno.EROFS:
            said = f"the node `{path.parent}` is on a disk that can only be read: make it writable, and try again"
            raise NodeUnwritable(said) from problem
        raise NodeDamaged(f"the lock file `{path}` cannot be opened: {problem.strerror}; restore the node") from problem
    try:
        _take(descriptor, path, patience, waiting, sleep)
        with suppress(OSError):  # a full disk: who waits is then not told for whom
            os.pwrite(descriptor, f"{os.getpid():<19}\n".encode(), 0)  # in place: to cut a file waits for the disk
        yield
    finally:
        os.close(descriptor)


def _take(
    descriptor: int, path: Path, patience: float, waiting: Waiting | None, sleep: Callable[[float], None]
) -> None:
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - began
            if waited >= patience:
                said = f"{_busy(descriptor, path)}: wait until it has finished, or end it, and try again"
                raise NodeBusy(said) from None
            if waiting is not None and waited >= SILENT:
                waiting(f"{_busy(descriptor, path)}: this waits until it has finished")
                waiting = None
            sleep(PAUSE)
        else:
            return


def _busy(descriptor: int, path: Path) -> str:
    holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
    who = f"process {holder}" if holder else "another process"
    return f"{who} is writing to the node `{path.parent}`"
