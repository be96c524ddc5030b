"""What was found out under one policy epoch, kept for all readers of a process.

INVARIANT: only what was read of what is committed is kept: an act that is under way would keep what it is about to take
away, under the epoch that it makes.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Final

_SIZE: Final = 4096


class Lasting:
    """The last answers, by what was asked, each with its epoch; the least recently used go first. For many threads."""

    def __init__(self, size: int = _SIZE) -> None:
        """Nothing is kept yet."""
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[int, object]] = OrderedDict()
        self._lock = Lock()

    def found(self, epoch: int, key: Hashable) -> object | None:
        """What was found under this epoch, None if nothing was."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] != epoch:
                return None
            self._kept.move_to_end(key)
            return found[1]

    def keep(self, epoch: int, key: Hashable, value: object) -> None:
        """Keep what was found, in the place of what was found before."""
        with self._lock:
            self._kept[key] = epoch, value
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
