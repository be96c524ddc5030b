"""Requests to the whole application – with all that every request keeps – without a socket: every byte of an answer.

An answer is compared as it is: its status, its headers in their order but for `Date`, and its body. Whoever asks comes
from another machine, so that what is for this machine alone is not for it.
"""

import asyncio
import json
from asyncio import FIRST_COMPLETED
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from starlette.types import ASGIApp, Message

from comity.web import app as apps
from comity.web.guard import guarded
from comity.web.noted import PROBLEM, noted
from comity.web.serving import Serving

HOST: Final = "comity.example"
AFAR: Final = ("198.51.100.7", 40_000)
QUIET: Final = 0.6
"""Seconds without a word after which whoever follows a stream goes: more than two of its beats."""
PATIENCE: Final = 60.0
"""Seconds that an answer may take on a machine that has other things to do."""

Headers = tuple[tuple[str, str], ...]
Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, credentials apart. `path` is as it stands in the line of the request, without the query."""

    method: str = "GET"
    path: str
    query: Query = ()
    headers: Headers = ()
    body: bytes = b""

    def __str__(self) -> str:
        query = f"?{urlencode(self.query)}" if self.query else ""
        said = "".join(f" [{name}: {value}]" for name, value in self.headers)
        return f"{self.method} {self.path}{query}{said}{f' ({len(self.body)} bytes)' if self.body else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer, whole. `whole` is whether it came to its end."""

    status: int
    headers: Headers
    body: bytes
    whole: bool
    problem: object = field(default=None, compare=False, repr=False)
    """What went wrong inside, which is not said: for whoever reads a failed test."""

    def header(self, name: str) -> str | None:
        """One header, None where it is not there."""
        return next((value for each, value in self.headers if each == name.lower()), None)

    def json(self) -> Any:  # noqa: ANN401 - JSON is of any form
        """The body, read."""
        return json.loads(self.body)

    @property
    def stream(self) -> bool:
        """Whether it goes on for as long as somebody listens."""
        return (self.header("content-type") or "").startswith("text/event-stream")

    @property
    def everything(self) -> str:
        """All that whoever asked can read."""
        return "\n".join([*(f"{name}: {value}" for name, value in self.headers), self.body.decode("utf-8", "replace")])


class Line:
    """The application over one node, in an event loop of its own."""

    def __init__(self, serving: Serving) -> None:
        """As a worker builds it."""
        self.serving: Final = serving
        self.app: Final[FastAPI] = apps.build(serving)
        self._all: Final[ASGIApp] = guarded(self.app, serving)
        self._loop: Final = asyncio.new_event_loop()

    def ask(self, ask: Ask, secret: str | None = None, quiet: float = QUIET) -> Said:
        """The answer to whoever brings this token, or none; of a stream, what comes until it was quiet for so long."""
        return self._loop.run_until_complete(asyncio.wait_for(self._asked(ask, secret, quiet), PATIENCE))

    def close(self) -> None:
        """Nothing is asked any more."""
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _asked(self, ask: Ask, secret: str | None, quiet: float) -> Said:
        heard, gone, bodies, news = list[Message](), asyncio.Event(), [ask.body], asyncio.Event()

        async def receive() -> Message:
            if bodies:
                return {"type": "http.request", "body": bodies.pop(), "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            heard.append(message)
            news.set()

        scope = _scope(ask, secret)
        answering = asyncio.ensure_future(self._all(scope, receive, send))
        await asyncio.wait({answering, listening := asyncio.create_task(news.wait())}, return_when=FIRST_COMPLETED)
        while _is_stream(heard) and not answering.done():
            await asyncio.wait({answering, listening}, return_when=FIRST_COMPLETED, timeout=quiet)
            if not listening.done():
                gone.set()
                break
            news.clear()
            listening = asyncio.create_task(news.wait())
        await answering
        listening.cancel()
        (start,) = (each for each in heard if each["type"] == "http.response.start")
        return Said(status=int(start["status"]), headers=_headers(start), body=_body(heard), whole=_whole(heard),
                    problem=noted(scope, PROBLEM))  # fmt: skip


def _is_stream(heard: list[Message]) -> bool:
    return bool(heard) and dict(_headers(heard[0])).get("content-type", "").startswith("text/event-stream")


def _scope(ask: Ask, secret: str | None) -> dict[str, Any]:
    own = (("host", HOST), ("content-length", str(len(ask.body)))) if ask.body else (("host", HOST),)
    given = () if secret is None else (("authorization", f"Bearer {secret}"),)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "https",
        "path": ask.path,
        "raw_path": quote(ask.path).encode("ascii"),
        "root_path": "",
        "query_string": urlencode(ask.query).encode("ascii"),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in (*own, *given, *ask.headers)],
        "client": AFAR,
        "server": (HOST, 443),
        "state": {},
    }


def _headers(start: Message) -> Headers:
    read = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in start["headers"])
    return tuple((name, value) for name, value in read if name != "date")


def _body(heard: list[Message]) -> bytes:
    return b"".join(each.get("body", b"") for each in heard if each["type"] == "http.response.body")


def _whole(heard: list[Message]) -> bool:
    return heard[-1]["type"] == "http.response.body" and not heard[-1].get("more_body", False)


def unbroken(ask: Ask, said: Said) -> None:
    """Hold that the server has not failed; else say why it has."""
    if said.status >= HTTPStatus.INTERNAL_SERVER_ERROR and isinstance(said.problem, Exception):
        raise AssertionError(f"the server has failed: {ask}") from said.problem
    assert said.status < HTTPStatus.INTERNAL_SERVER_ERROR, f"{ask}: {said.everything}"
