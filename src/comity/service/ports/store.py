"""The `Store`: the record of one node, how it is read and written, and what holds changes of the policy back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol

from comity.service.ports.reading import Reader
from comity.service.ports.writing import Deriver, Writer
from comity.service.records import (
    Word,
)


class Gate(Protocol):
    """A release holds this while it is under way, together with other releases; a change of policy waits for all."""

    @property
    def entered(self) -> float:
        """When (monotonic, seconds) this was held already, and no change waited; -inf where that is not known."""
        ...

    def lapsed(self) -> bool:
        """Whether a change has waited for `service.policy.DRAIN` seconds, or the gate is lost: the release must stop.

        To be asked before each piece that is handed over.
        """
        ...

    def let_go(self) -> None:
        """Let go of it now: it has lapsed then, and the release is stopped. Any thread may ask for it, and again."""
        ...


class Turn(Protocol):
    """Held, as a context, by a thread while it works with what it reads; a thread may take it again.

    Where threads of one process that read at once hold each other up, few of them have it at a time. Who has it waits
    for nobody who may want it, but `away`.
    """

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def away(self) -> AbstractContextManager[None]:
        """While the block is not left, another may have it; nothing for a thread that has not."""
        ...


Begin = Callable[[str, Word], AbstractContextManager[Writer]]
"""Begins an act of this kind, on this word."""


class Store(Protocol):
    """The record of one node."""

    def read(self, until: int | None = None) -> AbstractContextManager[Reader]:
        """One consistent snapshot; no lock is taken.

        With `until`, as if no act after the one with this number had been recorded. What is derived (labels, classes,
        what was shown) is of today also then, so that such a reader is for the decision itself, not for the index.
        """
        ...

    def write(self, kind: str, word: Word, *, policy: bool) -> AbstractContextManager[Writer]:
        """One act, durable when the block ends, with its register entry, and rolled back whole on any exception.

        `at` is the clock's time, or just after the latest act where the clock is behind; `policy` raises the epoch.
        Raises UnknownName for the word of one who is no partner, NodeBusy when another process keeps
        writing, and ComityError when the disk is full: nothing recorded before is lost by any.
        """
        ...

    def several(self) -> AbstractContextManager[Begin]:
        """Acts that change no policy, in one transaction: when the block ends all of them are durable, or none is.

        Each is begun as by `write`, and the one before has ended by then. Raises as `write` does.
        """
        ...

    def derive(self) -> AbstractContextManager[Deriver]:
        """A transaction that records no act, for what is derived. Raises as `write` does."""
        ...

    def gate(self, reader: str | None = None) -> AbstractContextManager[Gate]:
        """Held from before a release reads anything until its last byte is handed over.

        A release for one `reader` says so: what it will surely ask of its snapshot may come along with the gate.
        No act with `policy` begins, ends or returns meanwhile; whoever enters after one has returned reads what it
        changed. A release must not record such an act itself. Raises NodeBusy when a change is under way for too long,
        and at its end ComityError when the gate was lost before.
        """
        ...

    def turn(self) -> Turn:
        """That of this process, for all its threads."""
        ...

    def wait(self, after: int, timeout: float) -> int:
        """The number of the newest act, as soon as one greater than `after` is committed by whatever process.

        After `timeout` seconds it is the newest known, which may be `after` or less. Any number of threads may wait.
        Raises NodeBusy when the record cannot be reached for that long.
        """
        ...
