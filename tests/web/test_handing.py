"""What is handed over is written when nothing else waits, and while it is known that it may be."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Message

from comity.service.watchdog import FRESH
from comity.web.handing import Answer, Out


class Slow:
    """A line on which something waits for so many seconds, and which notes what it does."""

    gone = False

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds
        self.said = list[str]()

    @contextmanager
    def together(self) -> Iterator[None]:
        self.said.append("[")
        yield
        self.said.append("]")

    async def flushed(self) -> None:
        await asyncio.sleep(self.seconds)
        self.seconds = 0
        self.said.append("flushed")

    def cut(self) -> None:
        self.said.append("cut")


def put(line: Slow) -> bool:
    """Have one piece written that is known to be allowed now."""

    async def send(message: Message) -> None:
        line.said.append(message["type"].rpartition(".")[2])

    async def run() -> bool:
        out = Out(send, line, asyncio.get_running_loop())
        out.start(Answer(media_type="text/plain", pieces=iter(())))
        return await out._put({"type": "http.response.body", "body": b"x"}, time.monotonic())

    return asyncio.run(run())


def test_the_head_goes_with_the_first_piece_and_both_leave_before_it_is_done() -> None:
    line = Slow()
    assert put(line)
    assert line.said == ["flushed", "[", "start", "body", "]", "flushed"]


def test_what_has_waited_for_others_to_leave_is_asked_again() -> None:
    line = Slow(FRESH * 1.1)
    assert not put(line)
    assert line.said == ["flushed"]
