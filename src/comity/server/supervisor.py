"""The process that listens and watches over its workers: it starts them, restarts one that dies, and stops them all.

Rules kept here:
1. it answers nothing itself: it holds the sockets, so that a worker's death refuses nobody;
2. a worker that dies is replaced at once, and one that dies again and again after longer and longer pauses;
3. a server of which no worker could ever serve ends with what the worker said;
4. told to stop, it has its workers stop, and kills those that have not after a while. Told to hang up, it replaces them
   one by one, which then read the certificates anew;
5. a worker outlives it by no more than it takes to stop: see `comity.server.worker`.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Final

from comity.core import errors
from comity.core.errors import ComityError
from comity.server.listening import addresses, context, listening
from comity.server.plan import DRAIN, Plan, packed
from comity.web.metrics import SHARED

_LATEST: Final = DRAIN + 5.0
"""Seconds after which a worker that was told to stop is killed."""
_STARTING: Final = 60.0
"""Seconds in which a worker must begin to serve."""
_STEADY: Final = 10.0
"""Seconds after which a worker that dies is taken to have been well."""
_LONGEST: Final = 30.0
"""Seconds of the longest pause before another is started."""
_LOOK: Final = 0.5

Ready = Callable[[list[str]], None]
"""Is told once, when every worker serves: where."""


@dataclass(slots=True, eq=False)
class _Worker:
    """One worker, by its place among all."""

    place: int
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    serves: bool = False
    stopping: float | None = None
    said: str | None = None
    kind: str = "ComityError"
    rest: bytes = b""


class Supervisor:
    """The workers of one server."""

    def __init__(self, plan: Plan, sockets: list[int], shared: Path) -> None:
        """None is started yet; `shared` is the folder of their numbers."""
        self._line = packed(plan, sockets)
        self._sockets = sockets
        self._count = plan.workers
        self._shared = shared
        self._selector = selectors.DefaultSelector()
        self._workers: list[_Worker] = []
        self._due: dict[int, float] = {}
        self._pauses: dict[int, float] = {}
        self._ever = False
        self._told = False
        self._renewing: list[_Worker] = []
        self.stop = False
        self.kill = False
        self.renew = False

    def run(self, wake: int, ready: Callable[[], None]) -> None:
        """Serve until told to stop. `wake` can be read whenever a signal has come. ComityError by rule 3."""
        self._selector.register(wake, selectors.EVENT_READ)
        self._due = dict.fromkeys(range(self._count), 0.0)
        try:
            while not self.stop:
                self._start()
                self._hear(wake)
                self._bury()
                self._renew()
                if not self._told and self._serving() == self._count:
                    self._told = True
                    ready()
        finally:
            self._end(wake)
            self._selector.close()

    def _serving(self) -> int:
        return sum(each.serves and each.stopping is None for each in self._workers)

    def _start(self) -> None:
        """Rule 2: start whoever is due."""
        now = time.monotonic()
        for place in [place for place, due in self._due.items() if due <= now]:
            del self._due[place]
            self._workers.append(self._started(place))

    def _started(self, place: int) -> _Worker:
        process = subprocess.Popen(
            [sys.executable, "-m", "comity.server.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=self._sockets,
            env={**os.environ, SHARED: str(self._shared)},
            process_group=0,  # a terminal interrupts this process, which then stops its workers in order
        )
        worker = _Worker(place, process)
        with suppress(BrokenPipeError):  # it has died already
            _pipe(process.stdin).write(self._line)
            _pipe(process.stdin).flush()
        os.set_blocking(_pipe(process.stdout).fileno(), False)
        self._selector.register(_pipe(process.stdout), selectors.EVENT_READ, worker)
        return worker

    def _hear(self, wake: int) -> None:
        """Wait for something to happen, and hear what workers say."""
        for key, _ in self._selector.select(_LOOK):
            if key.data is None:
                with suppress(BlockingIOError):
                    os.read(wake, 4096)
            else:
                self._heard(key.data)

    def _heard(self, worker: _Worker) -> None:
        out = _pipe(worker.process.stdout)
        try:
            said = os.read(out.fileno(), 65536)
        except BlockingIOError:
            return
        if not said:
            self._selector.unregister(out)
            return
        *lines, worker.rest = (worker.rest + said).split(b"\n")
        for document in map(json.loads, lines):
            worker.serves |= bool(document.get("serves"))
            worker.said, worker.kind = document.get("failed"), document.get("kind", worker.kind)
        if worker.serves:
            self._ever = True

    def _bury(self) -> None:
        """Rules 2 and 3: whoever has died, and whoever takes too long to begin or to stop."""
        now = time.monotonic()
        for worker in list(self._workers):
            if worker.process.poll() is None:
                late = worker.stopping is not None and now - worker.stopping > _LATEST
                if late or (not worker.serves and now - worker.began > _STARTING):
                    worker.process.kill()
                continue
            self._gone(worker)
            if worker.stopping is None:
                self._replace(worker, now)

    def _replace(self, worker: _Worker, now: float) -> None:
        if not self._ever:
            raise _cause(worker)
        well = worker.serves and now - worker.began > _STEADY
        pause = 0.0 if well else self._pauses.get(worker.place, 0.0)
        self._due[worker.place] = now + pause
        self._pauses[worker.place] = 0.0 if well else min(max(1.0, 2 * pause), _LONGEST)
        _say(worker, pause)

    def _gone(self, worker: _Worker) -> None:
        if worker.process.stdout is not None and not worker.process.stdout.closed:
            self._heard_last(worker)
        for pipe in (worker.process.stdin, worker.process.stdout):
            with suppress(OSError):
                _pipe(pipe).close()
        self._workers.remove(worker)
        for file in self._shared.glob(f"gauge_live*_{worker.process.pid}.db"):
            file.unlink(missing_ok=True)

    def _heard_last(self, worker: _Worker) -> None:
        out = _pipe(worker.process.stdout)
        while out in self._selector.get_map():
            self._heard(worker)

    def _renew(self) -> None:
        """Rule 4: one by one; the old one stops when the new one serves."""
        if self.renew:
            self.renew = False
            self._renewing = [each for each in self._workers if each.stopping is None]
        while self._renewing and self._renewing[0] not in self._workers:
            self._renewing.pop(0)
        if not self._renewing or self._due:
            return
        old = self._renewing[0]
        new = [each for each in self._workers if each.place == old.place and each is not old]
        if not new:
            self._due[old.place] = 0.0
        elif new[-1].serves:
            self._renewing.pop(0)
            _tell(old)

    def _end(self, wake: int) -> None:
        """Rule 4: stop all."""
        self._due.clear()
        for worker in self._workers:
            _tell(worker)
        while self._workers:
            if self.kill:
                for worker in self._workers:
                    worker.process.kill()
            self._hear(wake)
            self._bury()


def serve(plan: Plan, ready: Ready) -> None:
    """Serve until a signal says to stop. ComityError when it cannot be."""
    with ExitStack() as held:
        if plan.tls is not None:
            context(plan.tls)  # what is wrong with it is said before anything listens
        sockets = [held.enter_context(each) for each in listening(plan)]
        shared = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="comity-serve-")))
        watching = Supervisor(plan, [each.fileno() for each in sockets], shared)
        wake = held.enter_context(_signalled(watching))
        watching.run(wake, lambda: ready(addresses(plan, sockets)))


@contextmanager
def _signalled(watching: Supervisor) -> Iterator[int]:
    """While the block is not left, signals are for the supervisor; what can be read when one has come."""

    def stop(_: int, __: FrameType | None) -> None:
        watching.kill, watching.stop = watching.stop, True

    def renew(_: int, __: FrameType | None) -> None:
        watching.renew = True

    def nothing(_: int, __: FrameType | None) -> None:
        """A worker has died: it is enough to be woken."""

    wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.set_wakeup_fd(woken)
    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: renew, signal.SIGCHLD: nothing}
    old = {each: signal.signal(each, handler) for each, handler in handlers.items()}
    try:
        yield wake
    finally:
        for each, handler in old.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(before)
        os.close(wake)
        os.close(woken)


def _tell(worker: _Worker) -> None:
    """Have a worker stop."""
    if worker.stopping is None:
        worker.stopping = time.monotonic()
    worker.process.terminate()


def _cause(worker: _Worker) -> ComityError:
    """Why a worker could not serve, as it said."""
    kind = getattr(errors, worker.kind, ComityError)
    if worker.said is None or kind is errors.InvalidFacts or kind is errors.AmbiguousItem:
        return ComityError(f"no worker could be started: it ended with {worker.process.returncode}; see its log above")
    made: ComityError = kind(worker.said)
    return made


def _say(worker: _Worker, pause: float) -> None:
    """That a worker has died, as a line of the log."""
    line = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "level": "error",
        "event": "worker-died",
        "process": worker.process.pid,
        "code": worker.process.returncode,
        "again_in": pause,
    }
    sys.stderr.write(json.dumps(line) + "\n")
    sys.stderr.flush()


def _pipe(found: IO[bytes] | None) -> IO[bytes]:
    if found is None:
        raise ValueError("a worker's pipes were asked for")
    return found
