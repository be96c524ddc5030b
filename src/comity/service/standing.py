"""The index that a process keeps: brought up to exactly the snapshot of whoever asks, before each use.

Whatever an index answers by is changed by acts that raise the policy epoch, and by time. So the epoch of a snapshot
says whether the index is that snapshot's, and the index itself between which moments it stays as it is.

INVARIANT: nobody is answered from another snapshot than its own. One thread uses the index at a time; what it has taken
from it (verdicts, bitmaps that nobody changes) it may keep.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from comity.index.engine import Index
from comity.service.ports import Reader
from comity.service.release import open_index


class Behind(Exception):
    """The reader's snapshot is older than the index, which never goes back: take a new one."""


class Standing:
    """The index over one store, for all threads of a process. It is built when it is first asked for."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._lock = Lock()
        self._index: Index | None = None
        self._epoch = -1

    @contextmanager
    def at(self, reader: Reader) -> Iterator[Index]:
        """The index as of the reader's snapshot and time, for the length of the block. Raises Behind."""
        with self._lock:
            yield self._caught_up(reader)

    def _caught_up(self, reader: Reader) -> Index:
        epoch, now = reader.epoch(), reader.now()
        if epoch < self._epoch:
            raise Behind
        index = self._index
        if index is None or epoch != self._epoch or now < index.span().start:
            self._index = None  # what fails half-way is not used again
            index = open_index(reader, now)
        index.holding = reader
        index.advance(now)
        self._index, self._epoch = index, epoch
        return index
