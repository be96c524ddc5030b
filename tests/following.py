"""A client of `GET /api/v1/events`: a connection of its own, read by a thread, with what it was told and when."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tests.serving import until

PATH: Final = "/api/v1/events"
PATIENCE: Final = 60.0


class Heard(NamedTuple):
    """One event, and when (monotonic, seconds) it was whole."""

    id: str
    kind: str
    said: dict[str, Any]
    at: float


@dataclass(slots=True, kw_only=True)
class Follower:
    """One stream: what was heard, what it began with, and how it ended: `whole`, `cut`, or not yet."""

    status: int
    headers: dict[str, str]
    heard: list[Heard] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    ended: str | None = None

    def kinds(self) -> list[str]:
        """The kinds of all events but the first, which says where to go on."""
        return [each.kind for each in self.heard if each.kind != "begin"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """What was said of this kind."""
        return [each.said for each in list(self.heard) if each.kind == kind]

    def ids(self, kind: str = "item") -> list[str]:
        """The ids of items of this kind of event, in order."""
        return [said["id"] for said in self.of(kind)]

    def until(self, done: Callable[[], bool]) -> None:
        """Wait until this is so."""
        until(done, PATIENCE)


@contextmanager
def following(
    place: tuple[str, int], authorization: str, *, last: str | None = None, query: str = ""
) -> Iterator[Follower]:
    """Follow for the length of the block."""
    line = http.client.HTTPConnection(*place, timeout=PATIENCE)
    headers = {"Authorization": authorization} | ({} if last is None else {"Last-Event-ID": last})
    line.request("GET", PATH + query, headers=headers)
    socket = line.sock
    answer = line.getresponse()
    made = Follower(status=answer.status, headers={name.lower(): value for name, value in answer.getheaders()})
    thread = threading.Thread(target=_read, args=(answer, made), daemon=True)
    thread.start()
    try:
        if made.status == http.HTTPStatus.OK:
            made.until(lambda: bool(made.heard) or made.ended is not None)
        yield made
    finally:
        if made.ended is None:
            socket.shutdown(2)
        thread.join(PATIENCE)
        line.close()


def bearer(secret: str) -> str:
    """The header of a token."""
    return f"Bearer {secret}"


def _read(answer: http.client.HTTPResponse, made: Follower) -> None:
    fields: dict[str, str] = {}
    try:
        while line := answer.readline():
            made.raw += line
            text = line.decode().rstrip("\n")
            if not text:
                if "data" in fields:
                    said = json.loads(fields["data"])
                    made.heard.append(Heard(fields["id"], fields["event"], said, time.monotonic()))
                fields = {}
            elif not text.startswith(":"):
                name, _, value = text.partition(": ")
                fields[name] = value
        made.ended = "whole"
    except (OSError, http.client.HTTPException, ValueError):
        made.ended = "cut"
