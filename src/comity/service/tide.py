"""How far the record has come, as one process has heard: asked by whoever waits for something to happen.

One thread listens for all, while there is somebody, and looks at the record when there is a new act. INVARIANT: what is
heard says that something may have changed, and no more: whoever is told of a change looks for itself.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from comity.core.errors import ComityError
from comity.service.ports import Store

QUIET: Final = frozenset({"release", "export", "login"})
"""Acts that change nothing for anybody but whoever sees every act."""
_PATIENCE: Final = 1.0
"""Seconds between two looks whether anybody still waits."""
_PAUSE: Final = 0.25
"""Seconds before a record that could not be asked is asked again."""
_MANY: Final = 10_000
"""Acts of which it is not worth knowing whether all are quiet."""


class Level(NamedTuple):
    """The number of the newest act, of the newest that is not quiet, and the policy epoch."""

    act: int = 0
    noted: int = 0
    epoch: int = 0


class Tide:
    """How far the record of one store has come."""

    def __init__(self, store: Store) -> None:
        """Nobody waits yet."""
        self.level = Level()
        self._store = store
        self._changed = threading.Condition()
        self._waiting = 0
        self._runs = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep `level` up to date while the block is not left. It may be old at first, and is not waited for."""
        with self._changed:
            self._waiting += 1
            if not self._runs:
                threading.Thread(target=self._run, name="comity tide", daemon=True).start()
                self._runs = True
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._runs = False
                    return
            try:
                if self._store.wait(self.level.act, _PATIENCE) > self.level.act:
                    self._look()
            except ComityError:
                with self._changed:
                    self._changed.wait(_PAUSE)

    def _look(self) -> None:
        before = self.level
        with self._store.read() as reader:
            size, epoch = reader.size(), reader.epoch()
            if before.act > 0 and size - before.act <= _MANY:
                loud = [act.id for act in reader.acts(before.act) if act.kind not in QUIET]
            else:
                loud = [size]
        with self._changed:
            if size > self.level.act:
                self.level = Level(size, max(loud, default=before.noted), epoch)
