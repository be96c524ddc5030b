"""The gate: releases hold it together, a change of policy holds it alone.

A release holds it shared from before it takes its snapshot until its last byte is handed over. An act that changes the
policy holds it exclusively from before its transaction begins until after the commit. So whoever begins after the
change has returned reads what it changed, and whoever began before has ended.

Three locks, here on three files of the node's folder, on PostgreSQL advisory ones (`store.postgres`):

- INTENT: a change takes it exclusively first of all; a release must pass it, shared, to get to the gate. So a change
  that waits is not kept waiting by releases that come after it.
- GATE: the gate itself.
- LAPSED: a change takes it when it has waited for `DRAIN` seconds. A release looks whether it can be had: if not, it
  must stop.

INVARIANT: who dies lets go: the kernel, or the server, drops what a process held.
"""

import errno
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from comity.core.errors import ComityError, NodeBusy, NodeDamaged, NodeUnwritable
from comity.service.policy import DRAIN
from comity.store.lock import PAUSE, SILENT, Waiting

INTENT: Final = "intent.lock"
GATE: Final = "gate.lock"
LAPSED: Final = "lapsed.lock"
FILES: Final = (INTENT, GATE, LAPSED)

_MENDS: Final = {
    errno.EROFS: "make its disk writable",
    errno.ENOSPC: "free some space on its disk",
    errno.EDQUOT: "free some space on its disk",
}
_LISTED: Final = 5
"""Processes that are named when a change waits for them."""


def stopped() -> ComityError:
    """What a release says that has lost the gate."""
    return ComityError(
        "the policy is being changed, and this release was still under way: it was stopped; ask again for what may go "
        "now"
    )


class FileGate:
    """The gate of a node whose database is a file."""

    def __init__(
        self,
        folder: Path,
        patience: float,
        waiting: Waiting | None,
        drain: float = DRAIN,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`patience`: the seconds to wait for a change under way; a change waits for releases as long as they take."""
        self._folder = folder
        self._patience = patience
        self._waiting = waiting
        self._drain = drain
        self._sleep = sleep

    @contextmanager
    def release(self) -> Iterator["_Held"]:
        """Hold the gate together with other releases. NodeBusy when a change is under way for too long."""
        with ExitStack() as held:
            with self._opened(INTENT) as intent:
                self._pass(intent, fcntl.LOCK_SH)
                entered = time.monotonic()
                gate = held.enter_context(self._opened(GATE))
                fcntl.flock(gate, fcntl.LOCK_SH)  # a change that holds it holds INTENT
            release = _Held(gate, held.enter_context(self._opened(LAPSED)), entered)
            held.callback(release.let_go)  # before its files are closed
            yield release
            release.leave()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Hold the gate alone. It is waited for as long as releases take; NodeBusy is for another change."""
        with ExitStack() as held:
            self._pass(held.enter_context(self._opened(INTENT)), fcntl.LOCK_EX)
            gate = held.enter_context(self._opened(GATE))
            with self._opened(LAPSED) as lapsed:
                self._drained(gate, lapsed)
            yield

    def _pass(self, intent: int, how: int) -> None:
        """Take INTENT, with patience."""
        waiting = self._waiting
        for waited in _tries(intent, how, self._sleep):
            if waited >= self._patience:
                raise NodeBusy(f"{self._changing()}: wait until it has finished, or end it, and try again")
            if waiting is not None and waited >= SILENT:
                waiting(f"{self._changing()}: this waits until it has finished")
                waiting = None

    def _drained(self, gate: int, lapsed: int) -> None:
        """Take GATE; after `drain` seconds have the releases that still hold it stop."""
        waiting = self._waiting
        for waited in _tries(gate, fcntl.LOCK_EX, self._sleep):
            if waited >= self._drain:
                _taken(lapsed, fcntl.LOCK_EX)
            if waiting is not None and waited >= SILENT:
                whom = _processes(self._folder / GATE)
                waiting(f"{whom} is releasing from the node `{self._folder}`: this waits until it has finished")
                waiting = None

    def _changing(self) -> str:
        return f"{_processes(self._folder / INTENT)} is changing the policy of the node `{self._folder}`"

    @contextmanager
    def _opened(self, name: str) -> Iterator[int]:
        """A descriptor of its own: a lock belongs to it."""
        path = self._folder / name
        try:
            descriptor = _open(path)
        except OSError as problem:
            if problem.errno not in _MENDS:
                said = f"the lock file `{path}` cannot be opened: {problem.strerror}; take it away, and try again"
                raise NodeDamaged(said) from problem
            mend = f"{_MENDS[problem.errno]}, and try again"
            raise NodeUnwritable(f"the lock file `{path}` could not be made: {problem.strerror}; {mend}") from problem
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def _open(path: Path) -> int:
    how = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, how)
    except FileNotFoundError:  # a node of an earlier version
        descriptor = os.open(path, how | os.O_CREAT, 0o600)
        os.fchmod(descriptor, 0o600)
        return descriptor


class _Held:
    """See `service.ports.Gate`."""

    def __init__(self, gate: int, lapsed: int, entered: float) -> None:
        self.entered: Final = entered
        self._gate = gate
        self._lapsed = lapsed
        self._gone = False
        self._asking = threading.Lock()  # once it is let go of, its descriptors may be somebody else's

    def lapsed(self) -> bool:
        """See Gate."""
        with self._asking:
            if self._gone or not _taken(self._lapsed, fcntl.LOCK_SH):
                return True
            fcntl.flock(self._lapsed, fcntl.LOCK_UN)
            return False

    def let_go(self) -> None:
        """See Gate."""
        with self._asking:
            if not self._gone:
                fcntl.flock(self._gate, fcntl.LOCK_UN)
                self._gone = True

    def leave(self) -> None:
        """ComityError when it was let go of before."""
        if self._gone:
            raise stopped()


def _tries(descriptor: int, how: int, sleep: Callable[[float], None]) -> Iterator[float]:
    """Try to take the lock until it is had: after each attempt that failed, how many seconds it has been."""
    began = time.monotonic()
    while not _taken(descriptor, how):
        yield time.monotonic() - began
        sleep(PAUSE)


def _taken(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _processes(path: Path) -> str:
    """The processes that hold a lock on the file, as far as the system tells."""
    found = sorted(_holders(path))
    if not found:
        return "another process"
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return f"process {', '.join(map(str, found[:_LISTED]))}{more}"


def _holders(path: Path) -> Iterator[int]:
    """From /proc/locks, whose lines are `1: FLOCK ADVISORY READ 4711 fe:00:131 0 EOF`; those who wait have a `->`."""
    try:
        inode = str(path.stat().st_ino)
        lines = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:
        return
    held = (line.split() for line in lines if "->" not in line)
    yield from {int(parts[4]) for parts in held if parts[1] == "FLOCK" and parts[5].rpartition(":")[2] == inode}
