"""`GET /api/v1/events`: what concerns the caller, as it comes to pass, as server-sent events.

A stream mostly waits, and holds nothing meanwhile: no thread, no gate, no snapshot, no place among the requests that
are worked on. At a fixed beat it looks whether the record has come further (`service.tide` hears of acts, and nobody
asks for content to find out), and then what of that is for this caller. What is told is handed over by a thread while
the gate is held, by the rules of `web.handing`: so a suspension that has returned stops it, in whichever process.

Rules kept here:
1. it is told at a beat, and beats come at fixed times: what others do may make it look, and never when, how often or in
   how many pieces something comes. So do the signs of life;
2. each event has an id from which its account goes on, in any process, with nothing lost and nothing twice;
3. the stream ends when the server is to stop, and when its token, session or account is no good any more, with its last
   event whole; it is cut off when the other side does not take what it is told;
4. an account has a few streams at once.

The framework's own server-sent events know no gate, and would keep a worker's slot: so they are not used.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from comity.core.errors import Forbidden, MalformedInput, NodeBusy, NotAuthenticated
from comity.service.events import BEGINNING, Event, Feed, Place, opened, sealed
from comity.service.tide import Level
from comity.web import noted
from comity.web.auth import Caller, Known, Served
from comity.web.handing import Answer, NoLine, Out
from comity.web.noted import SLOT, Line
from comity.web.problem import TooManyAtOnce
from comity.web.routes import Route
from comity.web.serving import Serving

PATH: Final = "/api/v1/events"
MEDIA: Final = "text/event-stream"
BEAT: Final = 0.25
"""Seconds between two looks whether there is something to tell."""
SIGN: Final = 60
"""Beats between two signs of life."""
PATIENCE: Final = 5.0
"""Seconds in which what is told at once must be taken."""
_RETRY: Final = 2000
"""Milliseconds after which a client that lost its stream asks again."""
_ALIVE: Final = b":\n\n"
_THREADS: Final = 4
"""Streams that are looked after at the same time: each takes a connection to the database while it is."""
_LIMITER: Final[RunVar[CapacityLimiter]] = RunVar("comity events")


def events(request: Request, known: Known, served: Served) -> Response:
    """Follow what concerns you: server-sent events, each with an id to go on from (`Last-Event-ID`).

    Without an id it begins now; with `?from=start` it begins with everything that you may have.
    """
    feed = Feed(served.wire, known.word, _place(request, known, served))
    return Stream(feed, known, served)


def _place(request: Request, known: Caller, served: Serving) -> Place | None:
    """Where to go on: after the event that the client saw last, else as it asks. MalformedInput."""
    asked = request.query_params.getlist("from")
    if asked not in ([], ["now"], ["start"]):
        raise MalformedInput("from: `now` or `start`, once: where to begin without an id")
    stated = request.headers.getlist("last-event-id")
    if len(stated) > 1:
        raise MalformedInput("Last-Event-ID: give one, the id of the last event that you have seen")
    if stated and stated[0]:
        return opened(served.wire, known.account, stated[0])
    return BEGINNING if asked == ["start"] else None


class Stream(Response):
    """The stream of one caller. What is wrong before it begins is a problem; afterwards it ends."""

    def __init__(self, feed: Feed, known: Caller, served: Serving) -> None:
        """Nothing is asked yet."""
        super().__init__()
        self._feed = feed
        self._known = known
        self._served = served
        self._handing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin, and go on until one of the ends of rule 3."""
        out = Out(send, noted.line(scope) or NoLine(), asyncio.get_running_loop())
        with self._one_more():
            await _in_thread(self._feed.begin)
            bodiless = scope["method"] == "HEAD"
            await _in_thread(partial(self._start, out, bodiless=bodiless))
            if bodiless:
                return
            if callable(let_go := noted.noted(scope, SLOT)):
                let_go()
            gone = asyncio.create_task(_gone(receive))
            try:
                await self._follow(out, gone)
            except Exception:
                noted.cut(scope)
                raise
            finally:
                gone.cancel()
            if not (out.line.gone or gone.done()):
                await out.send({"type": "http.response.body", "body": b"", "more_body": False})

    @contextmanager
    def _one_more(self) -> Iterator[None]:
        """Rule 4."""
        streams, account = self._served.streams, self._known.account
        if not streams.enter(account):
            raise TooManyAtOnce("this account follows as many streams as it may: end one, or ask by another account")
        try:
            with self._served.wire.tide.watched():
                yield
        finally:
            streams.leave(account)

    def _start(self, out: Out, *, bodiless: bool) -> None:
        """The head, and the first event: it tells nothing but where to go on."""
        headers = {"X-Accel-Buffering": "no"}
        out.start(Answer(media_type=MEDIA, pieces=iter(()), headers=headers))
        begin = self._written(Event(kind="begin", said={}, place=self._feed.place))
        out.body(b"" if bodiless else b"retry: %d\n" % _RETRY + begin, None, more=not bodiless)

    async def _follow(self, out: Out, gone: "asyncio.Task[None]") -> None:
        """Rule 1, until an end."""
        loop, beat = asyncio.get_running_loop(), 0
        began = loop.time()
        while not (self._served.stopping.is_set() or out.line.gone or gone.done()):
            signs = beat // SIGN
            beat = max(beat + 1, int((loop.time() - began) / BEAT))
            await asyncio.sleep(max(0.0, began + beat * BEAT - loop.time()))
            if beat // SIGN > signs:
                await out.send({"type": "http.response.body", "body": _ALIVE, "more_body": True})
            level = self._served.wire.tide.level
            if self._feed.due(level, self._served.clock()) and not await self._told(out, level):
                return

    async def _told(self, out: Out, level: Level) -> bool:
        """Tell what there is, or at a later beat; False when the caller is let in no more."""
        try:
            await _in_thread(partial(self._tell, out, level))
        except (NotAuthenticated, Forbidden):
            return False
        except NodeBusy:
            if self._handing:
                raise
        return True

    def _tell(self, out: Out, level: Level) -> None:
        """In a thread of its own: hand over batch by batch."""
        for each in self._feed.look(level):
            with each as batch:
                if batch.release is None or not batch.events:
                    continue
                self._handing = True
                batch.release.cut_by(out.line.cut)
                with _within(PATIENCE, out.line, out.loop):
                    out.body(b"".join(map(self._written, batch.events)), batch.release, more=True)
            self._handing = False

    def _written(self, event: Event) -> bytes:
        """An event as it is sent."""
        name = sealed(self._served.wire, self._known.account, event.place)
        said = json.dumps(event.said, separators=(",", ":"))
        return f"id: {name}\nevent: {event.kind}\ndata: {said}\n\n".encode()


@contextmanager
def _within(seconds: float, line: Line, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Cut the line if the block is not left in this time."""
    timers: list[asyncio.TimerHandle] = []
    loop.call_soon_threadsafe(lambda: timers.append(loop.call_later(seconds, line.cut)))
    try:
        yield
    finally:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lambda: timers.pop().cancel())


async def _gone(receive: Receive) -> None:
    """Until the other side goes."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _in_thread(work: Callable[[], None]) -> None:
    """Do something that waits for the record."""
    try:
        limiter = _LIMITER.get()
    except LookupError:
        limiter = CapacityLimiter(_THREADS)
        _LIMITER.set(limiter)
    await to_thread.run_sync(work, limiter=limiter)


_DOCUMENTED: Final = {
    "summary": "Follow what concerns you",
    "responses": {200: {"description": "A stream without an end.", "content": {MEDIA: {"schema": {"type": "string"}}}}},
    "openapi_extra": {
        "parameters": [
            {
                "name": "from",
                "in": "query",
                "description": "Where to begin without an id: now, or with everything that you may have.",
                "schema": {"enum": ["now", "start"], "default": "now"},
            },
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The id of the last event that you have seen.",
                "schema": {"type": "string"},
            },
        ]
    },
}
ROUTES: Final = (Route(method="GET", path=PATH, endpoint=events, documented=True, more=_DOCUMENTED),)
