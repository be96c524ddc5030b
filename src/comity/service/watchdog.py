"""Lets go of the gate for a release that does not get to it: one that was told to stop, while its reader is slow.

A release that hands over its bytes looks by itself whether it must stop. One that waits for whoever reads it does not,
and would keep the change waiting that was to stop it. So each process watches the gates of its releases. Where one has
lapsed, its release is stopped: it hands over nothing more. `GRACE` seconds later, when what was just being handed over
is out, its gate is let go of.

INVARIANT: a release hands nothing over later than `FRESH` seconds after it began to look, and `FRESH` < `GRACE`.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from comity.core.errors import ComityError
from comity.service.ports import Gate

GRACE: Final = 0.6
"""Seconds between marking a release as stopped and letting go of its gate. The server cuts it off after a second."""
FRESH: Final = GRACE / 2
"""Seconds for which a look is good."""
_LOOK: Final = 0.1
"""Seconds between two looks at the gates."""
_IDLE: Final = 5.0
"""Seconds without a release after which the thread ends; the next release starts another."""


def _nothing() -> None:
    """For a release that keeps back nothing of what it has handed over."""


class Watched:
    """The gate of one release, asked by the release and by the watchdog."""

    def __init__(self, gate: Gate) -> None:
        """The release has just been given its gate."""
        self.gate: Final = gate
        self.known = gate.entered
        """Since when (monotonic, seconds) it is known that the release may go on."""
        self.stopped_at: float | None = None
        self.cut: Callable[[], None] = _nothing

    def go_on(self) -> None:
        """ComityError when the release must stop."""
        since = time.monotonic()
        if self.stopped_at is not None or self.gate.lapsed():
            raise ComityError(
                "the policy is being changed, and this release was still under way: it was stopped; ask again for what "
                "may go now"
            )
        self.known = since
        self.known = since


class Watchdog:
    """Watches the releases of one process, in a thread that runs while there are any."""

    def __init__(self) -> None:
        """Nothing is watched yet."""
        self._watched: dict[Watched, float] = {}
        self._changed = threading.Condition()
        self._runs = False

    @contextmanager
    def over(self, gate: Gate) -> Iterator[Watched]:
        """Watch this gate while the block is not left."""
        watched = Watched(gate)
        with self._changed:
            self._watched[watched] = time.monotonic()
            if not self._runs:
                threading.Thread(target=self._run, name="comity watchdog", daemon=True).start()
                self._runs = True
            self._changed.notify()
        try:
            yield watched
        finally:
            with self._changed:
                del self._watched[watched]

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._watched and not self._changed.wait_for(lambda: self._watched, _IDLE):
                    self._runs = False
                    return
                # Most releases are over before they need a look.
                old = [each for each, since in self._watched.items() if time.monotonic() - since >= _LOOK]
            for watched in old:
                _look(watched)
            time.sleep(_LOOK)


def _look(watched: Watched) -> None:
    if watched.stopped_at is None:
        if _lapsed(watched.gate):
            watched.stopped_at = time.monotonic()
    elif time.monotonic() - watched.stopped_at >= GRACE:
        with suppress(Exception):  # whatever is wrong with its line
            watched.cut()
        with suppress(Exception):  # a gate that cannot be let go of must not keep the others
            watched.gate.let_go()


def _lapsed(gate: Gate) -> bool:
    try:
        return gate.lapsed()
    except Exception:  # noqa: BLE001 - a gate that does not answer is no reason to go on
        return True
