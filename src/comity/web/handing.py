"""To hand over an answer that was released, piece by piece, while the gate is held, until its last byte is out.

A whole release – to decide, to record, to hand over – runs in one worker thread, inside one `with` block: so that what
it holds (the gate, a snapshot) is let go of when it ends, however it ends, and at no other time. The event loop only
writes what the thread gives it.

INVARIANTS:
1. a piece is written only if the release was known to be allowed to go on less than `FRESH` seconds before;
2. a piece is written when the one before has left this process, and the release ends when its last byte has;
3. a release that must stop, or whose gate is let go of, cuts its connection first: what it has written and the other
   side has not been sent is thrown away. An answer that was cut off is never a whole one: it has no end.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Final

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from comity.service.releasing import Response as Release
from comity.service.watchdog import FRESH
from comity.web import noted
from comity.web.noted import Line

CHUNK: Final = 65536
"""Bytes that a reader takes in one go, at least."""
_PIECE: Final = 4 * CHUNK
"""Bytes that are written at once: an ordinary page is one piece. To write it takes two changes of thread."""
_LOOK: Final = 0.1
"""Seconds between two looks whether a release may go on, while its reader takes what was written."""
_THREADS: Final = 16
"""Answers that are handed over at once, at most; `serving.Bounds` lets fewer come here."""
_LIMITER: Final[RunVar[CapacityLimiter]] = RunVar("comity handing over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose bytes are handed over: `pieces` are taken one by one, as the reader takes them.

    `release` is what they come from, None for what needs no gate.
    """

    media_type: str
    pieces: Iterator[bytes]
    release: Release | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Handed(Response):
    """A response that is the answer which `opened` gives. What that raises before anything was written is a problem."""

    def __init__(self, opened: AbstractContextManager[Answer]) -> None:
        """Nothing is opened before it is sent."""
        super().__init__()
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's form
        """Hand it over."""
        line = noted.line(scope) or NoLine()
        out = Out(send, line, asyncio.get_running_loop())
        work = partial(_hand_over, self._opened, out, bodiless=scope["method"] == "HEAD")
        try:
            await to_thread.run_sync(work, limiter=_limiter())
        except Exception:
            if not out.started:
                raise
            noted.cut(scope)


class NoLine:
    """Where there is no connection: a test that calls the application itself."""

    gone = False

    def together(self) -> AbstractContextManager[None]:
        """Nothing is kept back."""
        return nullcontext()

    async def flushed(self) -> None:
        """Nothing is kept back."""

    def cut(self) -> None:
        """There is nothing to cut."""


class Gone(Exception):
    """The other side has gone: nothing more can be handed over."""


class Out:
    """The way out, for the worker thread: each call waits for the event loop."""

    def __init__(self, send: Send, line: Line, loop: asyncio.AbstractEventLoop) -> None:
        self.send: Final = send
        self.line: Final = line
        self.loop: Final = loop
        self.started = False
        self._head: Message | None = None

    def start(self, answer: Answer) -> None:
        """Begin with this head, which is written together with the first piece."""
        headers = {**answer.headers, "Content-Type": answer.media_type}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        self._head = {"type": "http.response.start", "status": answer.status, "headers": raw}

    def body(self, content: bytes, release: Release | None, *, more: bool) -> None:
        """Write a piece of the body as soon as it is known to be allowed, and wait until it has left this process."""
        look = _looker(release)
        message = {"type": "http.response.body", "body": content, "more_body": more}
        while not self._wait(self._put(message, look()), look):
            pass
        if more and self.line.gone:
            raise Gone

    async def _put(self, message: Message, known: float) -> bool:
        """Invariants 1 and 2: False where what is known has become old. Before it, nothing waits to be sent."""
        await self.line.flushed()
        if time.monotonic() >= known + FRESH:
            return False
        with self.line.together():
            if self._head is not None:
                head, self._head, self.started = self._head, None, True
                await self.send(head)
            await self.send(message)
        await self.line.flushed()
        return True

    def _wait(self, what: Coroutine[object, object, object], look: Callable[[], float]) -> object:
        """Wait for the event loop, and look meanwhile whether the release must stop: it is cut off then.

        Gone where the other side has, or the loop itself: nobody would ever answer, and what is held is let go of.
        """
        try:
            done: Future[object] = asyncio.run_coroutine_threadsafe(what, self.loop)
        except RuntimeError:
            what.close()
            raise Gone from None
        while True:
            try:
                return done.result(_LOOK)
            except NotYet:
                if done.done():  # meanwhile, or with that as its own
                    return done.result()
            try:
                self._must_be_there()
                look()
            except BaseException:
                self.line.cut()
                done.cancel()
                raise

    def _must_be_there(self) -> None:
        if self.line.gone or not self.loop.is_running():
            raise Gone


def _looker(release: Release | None) -> Callable[[], float]:
    """Since when it is known that the release may go on; ComityError when it must stop."""
    return (lambda: inf) if release is None else release.go_on


def _hand_over(opened: AbstractContextManager[Answer], out: Out, *, bodiless: bool) -> None:
    with opened as answer:
        if answer.release is not None:
            answer.release.cut_by(out.line.cut)
        out.start(answer)
        if bodiless:
            out.body(b"", answer.release, more=False)
            return
        for chunk, more in _chunks(answer.pieces):
            out.body(chunk, answer.release, more=more)


def _chunks(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The pieces, small ones together, large ones apart; and whether more come."""
    kept = bytearray()
    for piece in pieces:
        kept += piece
        while len(kept) >= _PIECE:
            yield bytes(kept[:_PIECE]), True
            del kept[:_PIECE]
    yield bytes(kept), False


def _limiter() -> CapacityLimiter:
    """How many threads hand over at once: apart from the framework's, which ask who somebody is."""
    try:
        return _LIMITER.get()
    except LookupError:
        _LIMITER.set(CapacityLimiter(_THREADS))
        return _LIMITER.get()
