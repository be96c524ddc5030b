"""A server inside this process, with bounds and routes of the test's own: to be slow at, and to look into."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from comity.server.plan import Plan, Tls
from comity.server.worker import Server, made
from comity.web import app as apps
from comity.web.routes import Route
from comity.web.serving import Serving
from tests.serving import until


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The server and where it is."""

    server: Server
    thread: threading.Thread
    place: tuple[str, int]
    serving: Serving

    @property
    def lines(self) -> int:
        """How many connections it has."""
        return len(self.server.server_state.connections)


@contextmanager
def running(
    serving: Serving, routes: Sequence[Route] = (), tls: Tls | None = None, proxies: tuple[str, ...] = ()
) -> Iterator[Running]:
    """Serve while the block is not left."""
    with pytest.MonkeyPatch.context() as patch, _listening() as listener:
        patch.setattr(apps, "TABLE", (*apps.TABLE, *routes))
        server = made(serving, Plan(node=Path(), tls=tls, bounds=serving.bounds, proxies=proxies))
        thread = threading.Thread(target=server.run, args=([listener],))
        place = listener.getsockname()
        thread.start()
        try:
            until(lambda: server.started or not thread.is_alive())
            yield Running(server=server, thread=thread, place=place, serving=serving)
        finally:
            server.stop()
            thread.join(30)
        assert not thread.is_alive()


def _listening() -> socket.socket:
    """As a worker is given it: known as TCP, so that asyncio has all that is written sent at once."""
    return socket.socket(fileno=socket.create_server(("127.0.0.1", 0)).detach())
