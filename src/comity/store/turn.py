"""One thread of a process works at a time: where threads that read at once hold each other up.

The driver of SQLite lets go of the interpreter at every row, and whoever waits for it takes it: eight threads that work
at once spend more on that than on their work. INVARIANT: who has the turn waits for nobody who may want it; whatever
waits – for a lock, a disk, a reader – does so `away`.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock, get_ident


class Turn:
    """See `service.ports.Turn`."""

    def __init__(self) -> None:
        """Nobody has it."""
        self._lock = Lock()
        self._holder = 0
        self._depth = 0

    def __enter__(self) -> None:
        if self._holder != get_ident():
            self._take()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._give()

    @contextmanager
    def away(self) -> Iterator[None]:
        """See `service.ports.Turn`."""
        if self._holder != get_ident():
            yield
            return
        depth, self._depth = self._depth, 0
        self._give()
        try:
            yield
        finally:
            self._take()
            self._depth = depth

    def sleep(self, seconds: float) -> None:
        """Wait, away."""
        with self.away():
            time.sleep(seconds)

    def _take(self) -> None:
        self._lock.acquire()
        self._holder = get_ident()

    def _give(self) -> None:
        self._holder = 0
        self._lock.release()


class NoTurn:
    """See `service.ports.Turn`, where threads are in nobody's way: they may all work at once."""

    def __enter__(self) -> None:
        """Nothing is taken."""

    def __exit__(self, *_: object) -> None:
        """Nothing is given back."""

    def away(self) -> AbstractContextManager[None]:
        """See `service.ports.Turn`."""
        return nullcontext()
