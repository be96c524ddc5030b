"""Acts of several threads in one durable transaction: to make one act durable costs as much as to make ten.

Whoever comes first commits; what arrives meanwhile waits, and is committed together by the next. Nobody waits for
company, and there is no thread beside those that ask. Where one thread works at a time, others arrive only while the
one that commits is away: while its disk takes long.

INVARIANT: `record` returns when its act is durable, and raises what its own act raises: one that fails takes no other
with it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from comity.service.ports import Store, Writer
from comity.service.records import Word

Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class _Asked:
    """An act that is to be recorded, and what became of it."""

    kind: str
    word: Word
    write: Callable[[Writer], None]
    settled: bool = False
    problem: Exception | None = None


class Recorder:
    """Records acts of one process that change no policy."""

    def __init__(self, store: Store) -> None:
        """Nobody waits yet."""
        self._store = store
        self._waiting: list[_Asked] = []
        self._arriving = Lock()
        self._committing = Lock()

    def record(self, kind: str, word: Word, write: Callable[[Writer], Value]) -> Value:
        """Record one act, and return what `write` returns, which writes it: in this thread or in another that waits."""
        made: list[Value] = []
        act = _Asked(kind, word, lambda writer: made.append(write(writer)))
        with self._arriving:
            self._waiting.append(act)
        try:
            with self._alone():
                while not act.settled:
                    self._commit()
        except BaseException:  # interrupted
            self._leave(act)
            raise
        if act.problem is not None:
            raise act.problem
        return made[-1]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Commit while nobody else does; whoever does may want the turn."""
        if not self._committing.acquire(blocking=False):
            with self._store.turn().away():
                self._committing.acquire()
        try:
            yield
        finally:
            self._committing.release()

    def _commit(self) -> None:
        """Record all that wait."""
        with self._arriving:
            acts, self._waiting = self._waiting, []
        try:
            self._together(acts)
        finally:
            with self._arriving:
                self._waiting[:0] = [act for act in acts if not act.settled]

    def _together(self, acts: Sequence[_Asked]) -> None:
        """Record these acts in one transaction; each by itself if they cannot be recorded together."""
        try:
            with self._store.turn(), self._store.several() as begin:
                for act in acts:
                    with begin(act.kind, act.word) as writer:
                        act.write(writer)
        except Exception as problem:  # noqa: BLE001 - raised where the act was asked for
            if len(acts) > 1:
                for act in acts:
                    self._together([act])
                return
            acts[0].problem = problem
        for act in acts:
            act.settled = True

    def _leave(self, act: _Asked) -> None:
        with self._arriving:
            if act in self._waiting:
                self._waiting.remove(act)
