"""One process that answers: `python -m comity.server.worker`, started by `comity.server.supervisor` alone.

What it needs comes on its standard input, as one line; when that ends, whoever watches over it has, and so does it.
What it has to say of itself goes to standard output, one JSON document a line: that it serves, or why it cannot. What
it logs goes to standard error.
"""

import asyncio
import gc
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any, Final, cast

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.server import Server as Uvicorn

from comity.compose import open_node, serving
from comity.core.errors import ComityError
from comity.core.instant import Instant
from comity.server.line import Connection
from comity.server.listening import context
from comity.server.plan import DRAIN, Plan, unpacked
from comity.web import app, logs
from comity.web.guard import guarded
from comity.web.serving import Serving

FAILED: Final = 3
"""The exit code of a worker that cannot serve, and has said why."""
_IN: Final = 0
"""Standard input, read without a buffer: one that a thread waits for would keep the process from ending."""
_IDLE: Final = 5
"""Seconds that a connection without a request is kept."""
_HANDSHAKE: Final = 10.0
_GOODBYE: Final = 2.0
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Server(Uvicorn):
    """uvicorn's server, which ends open streams at once when it is to stop, and cuts off whoever is left."""

    def __init__(self, config: Config, served: Serving) -> None:
        """Nothing listens yet."""
        super().__init__(config)
        self._served = served

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See `uvicorn.Server`."""
        self._served.stopping.set()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """End as by a signal. Any thread may ask for it."""
        self._served.stopping.set()
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but a process that was told to end has done so well: it does not die of the signal."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, with patience for TLS of our own."""
        await self.lifespan.startup()
        loop, config = asyncio.get_running_loop(), self.config
        handshake, goodbye = (_HANDSHAKE, _GOODBYE) if config.ssl else (None, None)
        make = partial(
            Connection,
            config,
            self.server_state,
            self.lifespan.state,
            bounds=self._served.bounds,
        )
        self.servers = [
            await loop.create_server(
                make,
                sock=each,
                ssl=config.ssl,
                backlog=config.backlog,
                ssl_handshake_timeout=handshake,
                ssl_shutdown_timeout=goodbye,
            )
            for each in sockets or []
        ]
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; who has not ended after `DRAIN` is cut off, so that its thread ends before the loop does."""
        late = asyncio.get_running_loop().call_later(DRAIN, self._cut_off)
        await super().shutdown(sockets)
        late.cancel()
        self._cut_off()

    def _cut_off(self) -> None:
        for each in list(self.server_state.connections):
            if isinstance(each, Connection):
                each.cut()


def made(served: Serving, plan: Plan) -> Server:
    """The server of one process."""
    application: ASGIApp = guarded(app.build(served), served)
    if plan.proxies:
        # uvicorn writes ASGI's types anew: the same calls under other names.
        trusting = ProxyHeadersMiddleware(cast("Any", application), trusted_hosts=list(plan.proxies))
        application = cast("ASGIApp", trusting)
    return Server(_config(application, plan), served)


def _config(application: ASGIApp, plan: Plan) -> Config:
    tls = plan.tls
    return Config(
        application,
        loop="asyncio",
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=int(DRAIN + _GOODBYE),
        h11_max_incomplete_event_size=plan.bounds.head,
        ssl_context_factory=None if tls is None else lambda _config, _factory: context(tls),
    )


def run(plan: Plan, sockets: list[int], say: "Say") -> None:
    """Open the node, and serve it until told to stop. Raises ComityError when it cannot be opened."""
    with open_node(plan.node, _clock, database=plan.database) as node:
        served = serving(node, _clock, plan.bounds, behind_proxy=bool(plan.proxies))
        served.ready()
        server = made(served, plan)
        server.config.load()
        gc.collect()
        gc.freeze()  # the program itself is no garbage: to look through it takes as long as twenty pages
        threading.Thread(target=_until_alone, args=(server,), name="comity supervisor", daemon=True).start()
        threading.Thread(target=_tell, args=(server, say), name="comity started", daemon=True).start()
        server.run([socket.socket(fileno=each) for each in sockets])


class Say:
    """The way to whoever watches over this process."""

    def __init__(self, descriptor: int) -> None:
        """Write to this descriptor."""
        self._out = descriptor

    def __call__(self, **said: object) -> None:
        """One document. Nobody may be there to hear it."""
        with suppress(OSError):
            os.write(self._out, json.dumps(said).encode() + b"\n")


def _tell(server: Server, say: Say) -> None:
    while not server.started and not server.should_exit:
        time.sleep(0.01)
    if server.started:
        say(serves=True)


def _until_alone(server: Server) -> None:
    """Stop when standard input ends: whoever held it is no more."""
    while os.read(_IN, 1):
        pass
    server.stop()


def _clock() -> Instant:
    return Instant(time.time_ns() // 1000)


def main() -> int:
    """Serve what standard input says; the exit code."""
    say = Say(os.dup(sys.stdout.fileno()))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no word to the supervisor
    logs.configure()
    for each in _SIGNALS:  # told to stop before it has begun
        signal.signal(each, lambda *_: sys.exit(0))
    line = b""
    while not line.endswith(b"\n"):
        if not (more := os.read(_IN, 65536)):
            return 0
        line += more
    plan, sockets = unpacked(line)
    try:
        run(plan, sockets, say)
    except ComityError as problem:
        say(failed=str(problem), kind=type(problem).__name__)
        return FAILED
    except Exception as problem:  # noqa: BLE001 - the last place where a fault can be said
        logs.trouble(problem)
        say(failed=f"this is a fault of comity: {type(problem).__name__}", kind="ComityError")
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
