"""One connection of a server: who is slow, either way, is dropped, and what was written can be awaited or thrown away.

Rules kept here:
1. the head of a request, and a body that nobody reads any more, come in `Bounds.reading` seconds;
2. whoever is answered takes at least `CHUNK` bytes every `Bounds.taking` seconds, or is cut off;
3. nothing is kept in this process beyond what the other side takes: so whoever writes waits for each piece, and knows
   when the last one is out;
4. what is no HTTP gets a problem, as everything else does; and there are `Bounds.lines` connections at most;
5. who is answered before the body has come is not closed upon, or the answer could be lost on the way: what still comes
   is thrown away, `Bounds.body` bytes of it at most, and no longer than rule 1 says.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, Final, Protocol, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from comity.core.errors import MalformedInput
from comity.web.handing import CHUNK
from comity.web.noted import LINE
from comity.web.problem import answer
from comity.web.serving import Bounds

_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: what the system has not sent yet is thrown away, too."""
_SOON: Final = 0.001
_OFTEN: Final = 0.05


class _Counted(Protocol):
    """A transport that says how much it keeps."""

    def get_write_buffer_size(self) -> int: ...

    def set_write_buffer_limits(self, high: int) -> None: ...

    def abort(self) -> None: ...


class _Way:
    """The transport, as the one who answers has it: it ends by rule 5, and what is written together leaves at once.

    Each piece that is written by itself is a message to the system, and lets the other side wake for a part of it.
    """

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None]) -> None:
        self.is_closing = transport.is_closing
        self._out = transport.write
        self._end = end
        self._kept: list[bytes] | None = None

    def write(self, data: bytes) -> None:
        if self._kept is None:
            self._out(data)
        else:
            self._kept.append(data)

    @contextmanager
    def together(self) -> Iterator[None]:
        self._kept = []
        try:
            yield
        finally:
            self.finish()

    def close(self) -> None:
        self.finish()
        self._end()

    def finish(self) -> None:
        kept, self._kept = self._kept, None
        if kept:
            self._out(b"".join(kept))


class Connection(H11Protocol):
    """See the rules above; the rest is uvicorn's."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        bounds: Bounds,
    ) -> None:
        """Nothing has come yet."""
        super().__init__(config, server_state, {**app_state, LINE: self}, _loop)
        self._bounds = bounds
        self._coming: asyncio.TimerHandle | None = None
        self._going: asyncio.TimerHandle | None = None
        self._layers: list[_Counted] = []
        self._socket: socket.socket | None = None
        self._way: _Way | None = None
        self._ending = False
        self._thrown = 0
        self._lost = False
        self._cut = False

    @property
    def gone(self) -> bool:
        """See `comity.web.noted.Line`."""
        return self._cut or self._lost

    # What listens gives a transport both ways, where asyncio's own type promises less.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._layers = _layers(transport)
        self._socket = transport.get_extra_info("socket")
        for each in self._layers[:-1]:
            each.set_write_buffer_limits(high=1)  # TLS takes nothing at all for too much already
        self._layers[-1].set_write_buffer_limits(high=0)
        if len(self.connections) > self._bounds.lines:
            self.cut()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._lost = True
        self._stop_coming()
        self._stop_going()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._thrown = self._thrown + len(data) if self._unread() else 0
        if self._thrown > self._bounds.body:
            self.cut()
        elif self._ending:
            self._throw_away(data)
        else:
            super().data_received(data)
        self._look()

    def handle_events(self) -> None:
        """See `H11Protocol`: whoever is to answer what has begun has not begun to."""
        super().handle_events()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.transport is self.transport:
            self._way = _Way(self.transport, self._end)
            cycle.transport = cast("asyncio.Transport", self._way)

    def _unread(self) -> bool:
        """Whether a body still comes that was answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.response_complete and self.conn.their_state is h11.SEND_BODY

    def _end(self) -> None:
        """Rule 5."""
        if not self._unread() or self.transport.is_closing():
            self.transport.close()
            return
        self._ending = True
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _throw_away(self, data: bytes) -> None:
        try:
            self.conn.receive_data(data)
            while isinstance(event := self.conn.next_event(), h11.Data):
                pass
        except h11.RemoteProtocolError:
            self.cut()
            return
        if event is not h11.NEED_DATA:
            self.transport.close()

    def on_response_complete(self) -> None:
        """See `H11Protocol`: what has come meanwhile is answered after this."""
        if self._way is not None:
            self._way.finish()
        super().on_response_complete()
        if self._ending:
            self._unset_keepalive_if_required()
        self._look()
        self._watch()

    def _look(self) -> None:
        """Rule 1: whether something must come for which nobody but this waits."""
        cycle: RequestResponseCycle | None = self.cycle
        answered = cycle is None or cycle.response_complete
        begun = self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None
        if answered and (begun or self.conn.their_state is h11.SEND_BODY):
            if self._coming is None:
                self._coming = self.loop.call_later(self._bounds.reading, self.cut)
        else:
            self._stop_coming()

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`: the other side does not take what was written as fast as it is."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().resume_writing()
        if not self._lost and self._unsent() == 0:
            self._stop_going()

    def _watch(self) -> None:
        """Rule 2, as long as something is not sent."""
        if self._going is None and not self._lost and (unsent := self._unsent()):
            self._going = self.loop.call_later(self._bounds.taking, self._judge, unsent)

    def _judge(self, before: int) -> None:
        self._going = None
        unsent = self._unsent()
        if unsent and before - unsent < CHUNK:
            self.cut()
        else:
            self._watch()

    def _stop_coming(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            self._coming = None

    def _stop_going(self) -> None:
        if self._going is not None:
            self._going.cancel()
            self._going = None

    def together(self) -> AbstractContextManager[None]:
        """See `comity.web.noted.Line`."""
        return nullcontext() if self._way is None else self._way.together()

    async def flushed(self) -> None:
        """See `comity.web.noted.Line`."""
        self._watch()
        pause = _SOON
        while not self.gone and self._unsent():
            await asyncio.sleep(pause)
            pause = min(2 * pause, _OFTEN)

    def cut(self) -> None:
        """See `comity.web.noted.Line`."""
        self._cut = True
        with suppress(OSError):  # it is closed already
            if self._socket is not None:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(RuntimeError):  # the loop has ended, and with it every connection
            self.loop.call_soon_threadsafe(self._layers[-1].abort)

    def _unsent(self) -> int:
        return sum(map(_kept, self._layers))

    def send_400_response(self, msg: str) -> None:
        """Rule 4."""
        said = answer(MalformedInput(f"this is no request: {msg[:200]}"), "")
        headers = [*said.raw_headers, (b"connection", b"close"), (b"cache-control", b"no-store")]
        with suppress(h11.LocalProtocolError):
            for event in (h11.Response(status_code=said.status_code, headers=headers), h11.Data(data=bytes(said.body))):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.write(self.conn.send(h11.EndOfMessage()) or b"")
        self.transport.close()


def _kept(layer: _Counted) -> int:
    try:
        return layer.get_write_buffer_size()
    except AttributeError:  # one of TLS, which forgets what is below it when it is closed twice
        return 0


def _layers(transport: asyncio.Transport) -> list[_Counted]:
    """The transport, and with TLS the one below it, which asyncio keeps to itself: both keep what is not sent."""
    below = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
    return cast("list[_Counted]", [transport] if below is None else [transport, below])
