"""Waiting for acts: any number of threads, one of which listens for all."""

import time
from collections.abc import Callable
from threading import Condition

Hear = Callable[[int, float], int]
"""See `store.database.Database.hear`."""


class Pulse:
    """The newest act, as this process has heard of it. There is no thread of its own: one of those who wait listens."""

    def __init__(self, hear: Hear) -> None:
        """Nothing is heard before somebody waits."""
        self._hear = hear
        self._changed = Condition()
        self._newest = 0
        self._listening = False

    def wait(self, after: int, timeout: float) -> int:
        """See `service.ports.Store`."""
        deadline, first = time.monotonic() + timeout, True
        with self._changed:
            while self._newest <= after:
                left = deadline - time.monotonic()
                if left <= 0 and not first:
                    break
                first = False
                if self._listening:
                    self._changed.wait(max(left, 0))
                else:
                    self._listen(after, max(left, 0))
            return self._newest

    def _listen(self, after: int, timeout: float) -> None:
        """Listen for everybody, who may come and go meanwhile."""
        self._listening = True
        self._changed.release()
        newest = 0
        try:
            newest = self._hear(after, timeout)
        finally:
            self._changed.acquire()
            self._newest = max(self._newest, newest)
            self._listening = False
            self._changed.notify_all()
