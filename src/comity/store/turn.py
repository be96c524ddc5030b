"""Few threads of a process work at a time: where threads that work at once hold each other up.

Whoever waits for the interpreter takes it as soon as somebody lets go of it, which the driver of SQLite does at every
row, and that of PostgreSQL at every message: eight threads that work at once spend more on that than on their work. On
SQLite one works; on PostgreSQL another does while that one waits for the server. INVARIANT: who has the turn waits for
nobody who may want it; whatever waits – for a lock, a connection, a reader – does so `away`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, get_ident


class Turn:
    """See `service.ports.Turn`."""

    def __init__(self, at_once: int = 1) -> None:
        """Nobody has it; so many threads may."""
        self._free = Lock() if at_once == 1 else BoundedSemaphore(at_once)
        self._depths: dict[int, int] = {}
        """By the number of each thread that has it: how often it has taken it."""

    def __enter__(self) -> None:
        me = get_ident()
        if me not in self._depths:
            self._free.acquire()
        self._depths[me] = self._depths.get(me, 0) + 1

    def __exit__(self, *_: object) -> None:
        me = get_ident()
        self._depths[me] -= 1
        if not self._depths[me]:
            del self._depths[me]
            self._free.release()

    @contextmanager
    def away(self) -> Iterator[None]:
        """See `service.ports.Turn`."""
        me = get_ident()
        if me not in self._depths:
            yield
            return
        depth = self._depths.pop(me)
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
            self._depths[me] = depth

    def sleep(self, seconds: float) -> None:
        """Wait, away."""
        with self.away():
            time.sleep(seconds)
