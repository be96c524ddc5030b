"""What every request keeps, before and after whatever answers it: bounds, headers, the log and the numbers.

Rules kept here:
1. a body longer than the bound is refused, by what it says of itself or as soon as it is too long; one that does not
   come in time ends its request;
2. so many requests are worked on at once, so many wait, and the others are turned away at once;
3. what is answered is for the one who asked: no cache keeps it, no browser guesses what it is or frames it. It is not
   compressed: how long it is would tell what is in it;
4. whatever fails is a problem, and an answer that has begun and cannot go on is cut off.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from anyio import Semaphore, WouldBlock
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comity.web import logs
from comity.web.noted import ADMITTED, CUT, PROBLEM, SLOT, cut, note, noted
from comity.web.problem import TAXII, BodyTooLarge, HeadTooLarge, Overloaded, TooSlow, answer
from comity.web.serving import Bounds, Serving

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SLOWEST: Final = 16 * 1024
"""Bytes a second that a body comes with, at least, beside the patience for its next piece."""
_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HSTS: Final = "max-age=31536000"
_UNBOUNDED: Final = ("/healthz",)
"""What is answered however much there is to do: whoever watches over the process must not take it for dead."""


@dataclass(slots=True, kw_only=True)
class _Sent:
    """What of an answer has been sent."""

    status: int = 0
    size: int = 0
    whole: bool = False


class Slots:
    """Rule 2, for one event loop."""

    def __init__(self, serving: Serving) -> None:
        """All are free."""
        self._bounds = serving.bounds
        self._metrics = serving.metrics
        self._free = Semaphore(serving.bounds.at_once)
        self._waiting = 0

    @asynccontextmanager
    async def one(self, scope: Scope) -> AsyncIterator[None]:
        """Hold one while the block is not left, or until the answer lets go of it (SLOT). Overloaded."""
        if scope["path"] in _UNBOUNDED:
            yield
            return
        try:
            self._free.acquire_nowait()
        except WouldBlock:
            await self._wait()
        held = [self._free]

        def let_go() -> None:
            while held:
                held.pop().release()

        note(scope, SLOT, let_go)
        try:
            yield
        finally:
            let_go()

    async def _wait(self) -> None:
        if self._waiting >= self._bounds.waiting:
            self._metrics.refused.inc()
            raise Overloaded("there is too much to do: try again in a moment")
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1


def guarded(app: ASGIApp, serving: Serving) -> ASGIApp:
    """The application, with the rules above."""
    slots = Slots(serving)

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began, sent = time.monotonic(), _Sent()
        out = _sender(scope, send, sent)
        with serving.metrics.under_way.track_inprogress():
            try:
                _fits(scope, serving.bounds)
                async with slots.one(scope):
                    await app(scope, _receiver(receive, serving), out)
            except Exception as problem:  # noqa: BLE001 - rule 4: the last place where a fault can be said in words
                if noted(scope, PROBLEM) is None:
                    note(scope, PROBLEM, problem)
                await _last_word(problem, scope, receive, out, sent)
            finally:
                _leave(serving, scope)
        _note(serving, scope, sent, time.monotonic() - began)

    return run


def _leave(serving: Serving, scope: Scope) -> None:
    if isinstance(account := noted(scope, ADMITTED), str):
        serving.crowd.leave(account)


def _fits(scope: Scope, bounds: Bounds) -> None:
    """Rule 1, by what the request says of itself. The server has seen that a length is a number."""
    head = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    head += sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    if head > bounds.head:
        raise HeadTooLarge(f"a request's line and headers have {bounds.head} bytes at most: ask for less at once")
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > bounds.body:
            raise _too_large(bounds.body)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"a request's body has {most} bytes at most: send it in parts")


def _receiver(receive: Receive, serving: Serving) -> Receive:
    """Rule 1, while the body comes."""
    bounds, size, began = serving.bounds, 0, time.monotonic()

    async def bounded() -> Message:
        nonlocal size
        try:
            message = await (receive() if size < 0 else asyncio.wait_for(receive(), bounds.reading))
        except TimeoutError:
            raise TooSlow("the request did not come in time: send it again") from None
        if message["type"] != "http.request" or size < 0:
            return message
        size += len(message.get("body", b""))
        if size > bounds.body:
            raise _too_large(bounds.body)
        if time.monotonic() - began > bounds.reading + size / _SLOWEST:
            raise TooSlow("the request came too slowly: send it again")
        if not message.get("more_body", False):
            size = -1  # whoever asks on waits for the other side to go, for as long as that takes
        return message

    return bounded


def _sender(scope: Scope, send: Send, sent: _Sent) -> Send:
    """Rule 3, and what the log will say."""

    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if scope["scheme"] == "https":
                headers.setdefault("Strict-Transport-Security", _HSTS)
            sent.status = message["status"]
        elif message["type"] == "http.response.body":
            sent.size += len(message.get("body", b""))
            sent.whole = not message.get("more_body", False)
        await send(message)

    return noted


async def _last_word(problem: Exception, scope: Scope, receive: Receive, send: Send, sent: _Sent) -> None:
    """Rule 4."""
    if not sent.status:
        said = answer(problem, scope["path"])
        if isinstance(problem, BodyTooLarge):
            said.headers["Connection"] = "close"  # whoever serves reads on for a while, and takes no other
        await said(scope, receive, send)
    elif not sent.whole:
        cut(scope)


def surface(path: str) -> str:
    """Which surface a path is of, in one word."""
    if path.startswith(TAXII):
        return "taxii"
    return "rest" if path.startswith("/api/") else "operation"


def _note(serving: Serving, scope: Scope, sent: _Sent, seconds: float) -> None:
    """The log and the numbers."""
    where = surface(scope["path"])
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = getattr(scope.get("route"), "path", None)
    numbers, problem, cut_off = serving.metrics, noted(scope, PROBLEM), noted(scope, CUT) is not None
    numbers.requests.labels(where, method, route or "none", str(sent.status)).inc()
    numbers.seconds.labels(where, method).observe(seconds)
    numbers.sent.labels(where).inc(sent.size)
    numbers.cut.labels(where).inc(int(cut_off))
    if sent.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        numbers.faults.inc()
    if isinstance(problem, Exception) and (
        sent.status == HTTPStatus.INTERNAL_SERVER_ERROR or cut_off or _node(problem)
    ):
        logs.trouble(problem, route=route)
    logs.event(
        "request",
        surface=where,
        method=method,
        route=route,
        status=sent.status,
        seconds=round(seconds, 4),
        bytes=sent.size,
        cut=cut_off,
        account=noted(scope, ADMITTED),
        client=scope["client"][0] if scope.get("client") else None,
    )


def _node(problem: Exception) -> bool:
    return isinstance(problem, logs.NODE)
