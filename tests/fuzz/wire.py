"""Requests, byte by byte, to a server's real connections over a real node: from the line to the act and back.

What is asked is what comes over a socket. Each request has a connection of its own; what is answered is read by h11,
and is held to what every answer is: never a fault, and an error in the one shape that its surface has.
"""

import asyncio
import json
import re
import socket
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.server import ServerState

from comity.compose import Node, serving
from comity.server.line import Connection
from comity.server.plan import Plan
from comity.server.worker import _config
from comity.service.tokens import NewToken, create_token
from comity.web import app as apps
from comity.web import problem
from comity.web.guard import guarded
from comity.web.serving import Bounds
from tests.nodes import Clock
from tests.sending import found, send, thing
from tests.staff import OFFICER, ROLES, govern
from tests.web.asking import own

BOUNDS: Final = Bounds(body=1 << 20, reading=0.2, taking=5.0)
PATIENCE: Final = 60.0
"""Seconds for an answer, on a machine that has other things to do."""
HOST: Final = b"comity.example"
_QUIET: Final = 0.5
"""Seconds without a word after which whoever follows a stream goes."""
_KINDS: Final = frozenset(f"/problems/{kind.type}" for kind in problem.kinds()) - {"/problems/fault"}
_TITLES: Final = frozenset(kind.title for kind in problem.kinds()) - {problem.said(Exception()).title}
_UNSENT: Final = re.compile(rb"[\r\n\x00]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body, read."""
        return json.loads(self.body)


class Wire:
    """A node, served in this process."""

    def __init__(self, node: Node, clock: Clock) -> None:
        """As a worker serves it."""
        served = serving(node, clock, BOUNDS)
        self.node: Final = node
        self.served: Final = served
        self._loop: Final = asyncio.new_event_loop()
        self._config: Final[Config] = _config(guarded(apps.build(served), served), Plan(node=Path(), bounds=BOUNDS))
        self._config.load()
        self._state: Final = ServerState()

    def send(self, content: bytes) -> Said | None:
        """The answer to these bytes; None where the connection ends without one."""
        return self._loop.run_until_complete(asyncio.wait_for(self._sent(content), PATIENCE))

    async def _sent(self, content: bytes) -> Said | None:
        near, far = socket.socketpair()
        near.setblocking(False)
        await self._loop.connect_accepted_socket(
            lambda: Connection(self._config, self._state, {}, self._loop, bounds=BOUNDS), far
        )
        with near:
            sending = asyncio.ensure_future(self._loop.sock_sendall(near, content))
            try:
                return await self._heard(near, content)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                near.close()
                while self._state.connections or self._state.tasks:  # noqa: ASYNC110 - uvicorn's own, which tell nobody
                    await asyncio.sleep(0.001)

    async def _heard(self, near: socket.socket, content: bytes) -> Said | None:
        client = h11.Connection(h11.CLIENT)
        client.send(h11.Request(method=_method(content), target="/", headers=[("host", "x")]))
        client.send(h11.EndOfMessage())
        head, body = None, bytearray()
        while True:
            event = client.next_event()
            if isinstance(event, h11.InformationalResponse):
                continue
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            elif event is h11.NEED_DATA:
                quiet = head is not None and (b"content-type", b"text/event-stream") in _plain(head)
                try:
                    waiting = self._loop.sock_recv(near, 65536)
                    piece = await asyncio.wait_for(waiting, _QUIET if quiet else PATIENCE)
                except TimeoutError:
                    break
                except ConnectionError:
                    piece = b""
                if not piece and head is None:
                    return None
                assert piece, f"an answer without an end: {bytes(body)!r}"
                client.receive_data(piece)
            else:
                break
        return None if head is None else _said(head, bytes(body))


def _method(content: bytes) -> str:
    """By which method the answer is to be read: one to HEAD has no body."""
    return "HEAD" if content.startswith(b"HEAD ") else "GET"


def _plain(head: h11.Response) -> list[tuple[bytes, bytes]]:
    return [(name, value.partition(b";")[0]) for name, value in head.headers]


def _said(head: h11.Response, body: bytes) -> Said:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
    return Said(status=head.status_code, headers=headers, body=body)


def held(said: Said | None, content: bytes) -> Said | None:
    """The answer, which is one that we document."""
    if said is None:
        return None
    assert said.headers["cache-control"] == "no-store", said
    assert said.status < 500, said
    if said.status >= 400 and said.body:
        answer, media = said.json(), said.headers["content-type"]
        if media == problem.TAXII_MEDIA:
            assert answer["title"] in _TITLES, answer
            assert answer["http_status"] == str(said.status), answer
        else:
            assert media == problem.PROBLEM_MEDIA, said
            assert answer["type"] in _KINDS, answer
            assert answer["status"] == said.status, answer
    elif said.status < 300 and "json" in said.headers.get("content-type", "") and said.body:
        said.json()
    assert said.status >= 200, content
    return said


def request(method: bytes, target: bytes, headers: Sequence[tuple[bytes, bytes]] = (), body: bytes = b"") -> bytes:
    """A request that is whole: what would end its line or a header is left out of it."""
    lines = [_UNSENT.sub(b"", b"%s %s HTTP/1.1" % (method, target)), b"Host: " + HOST, b"Connection: close"]
    lines += [_UNSENT.sub(b"", b"%s: %s" % pair) for pair in headers]
    if body or method not in {b"GET", b"HEAD"}:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


@cache
def desk() -> tuple[Wire, Mapping[str, bytes]]:
    """The node of this process, served, and the tokens by which people and a partner come in."""
    clock = Clock()
    node = found(Path(tempfile.mkdtemp(prefix="comity-fuzz-")) / "node", clock)
    for number in range(30):
        clock.pass_by(1)
        send(node, ("USA", "FRA")[number % 2], thing(f"o{number}", description=f"early warning {number}", labels=["a"]))
    clock.pass_by(1)
    govern(node)
    secrets = {name: own(node, name) for name in ROLES}
    new = NewToken(name="fuzz", scopes=frozenset({"submit", "release"}), account="ukraine")
    secrets["ukraine"] = create_token(node.store, new, OFFICER, vault=node.vault).secret
    return Wire(node, clock), {name: secret.encode() for name, secret in secrets.items()}


def as_(name: str) -> tuple[bytes, bytes]:
    """The header by which somebody comes in."""
    return b"Authorization", b"Bearer " + desk()[1][name]


def asked(content: bytes) -> Said | None:
    """The answer to these bytes, held to what every answer is."""
    return held(desk()[0].send(content), content)
