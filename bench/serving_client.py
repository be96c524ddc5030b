"""A client that asks one server for pages, as fast as it gets them, in a process of its own: see `main`.

It is told on standard input, one JSON document a line: where to ask (`place`), what, for each connection a list of
requests that it goes round in (`requests`), and for how long (`seconds`, or `times` for each connection). It says how
long each answer took. It speaks just enough HTTP to know where an answer ends, so that it is not itself what is
measured; whatever is no whole answer with status 200 ends it.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from math import ceil, inf
from pathlib import Path
from time import perf_counter
from typing import Any, Final, Self

Place = tuple[str, int]
PATIENCE: Final = 900.0
_LAST: Final = b"0\r\n\r\n"


class NoAnswerError(Exception):
    """What came back is no whole answer with status 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking: seconds from the first request to the last answer, those of each answer, and all bytes."""

    seconds: float
    each: list[float]
    size: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.each) / self.seconds

    def within(self, share: float) -> float:
        """Seconds in which so large a share of the answers came."""
        return sorted(self.each)[ceil(share * len(self.each)) - 1]


def request(place: Place, path: str, headers: dict[str, str]) -> str:
    """A GET as it is sent."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {place[0]}:{place[1]}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""])


class Client:
    """The process that asks."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """It runs, and waits to be told."""
        self._process = process

    def ask(self, place: Place, requests: list[list[str]], *, seconds: float = inf, times: float = inf) -> Asked:
        """Ask on one connection for each list of requests."""
        told = {"place": place, "requests": requests, "seconds": seconds, "times": times}
        if self._process.stdin is None or self._process.stdout is None:
            raise ValueError("a client is told by pipes")
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline() or "null")
        if said is None or "failed" in said:
            raise NoAnswerError("the client has ended" if said is None else said["failed"])
        return Asked(**said)


@contextmanager
def client() -> Iterator[Client]:
    """A client, for the length of a block."""
    command = [sys.executable, "-m", "bench.serving_client"]
    where = Path(__file__).parent.parent
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=where) as process:
        yield Client(process)


def answer(place: Place, asked: str) -> bytes:
    """The body of one answer."""
    with _Line(place) as line:
        return line.body(asked.encode())


class _Line:
    """A connection, which is made anew where the server ends it after an answer."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._socket: socket.socket | None = None

    def body(self, asked: bytes) -> bytes:
        """The body of the answer."""
        if self._socket is None:
            self._socket = socket.create_connection(self._place, PATIENCE)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head, body = _answer(self._socket, asked)
        if b"\r\nconnection: close" in head:
            self.close()
        return body

    def close(self) -> None:
        """End it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _answer(line: socket.socket, asked: bytes) -> tuple[bytes, bytes]:
    """The head, in small letters, and the body."""
    line.sendall(asked)
    kept = bytearray()
    while (end := kept.find(b"\r\n\r\n")) < 0:
        kept += _more(line)
    head, body = bytes(kept[:end]).lower(), kept[end + 4 :]
    if not head.startswith(b"http/1.1 200 "):
        raise NoAnswerError(kept[:400].decode("latin-1"))
    _, there, length = head.partition(b"\r\ncontent-length:")
    if there:
        size = int(length.split(b"\r\n", 1)[0])
        while len(body) < size:
            body += _more(line)
        return head, bytes(body)
    while not body.endswith(_LAST):
        body += _more(line)
    return head, _joined(bytes(body))


def _more(line: socket.socket) -> bytes:
    found = line.recv(1 << 18)
    if not found:
        raise NoAnswerError("the answer was cut off")
    return found


def _joined(body: bytes) -> bytes:
    """The chunks of a body, put together."""
    parts, at = [], 0
    while at < len(body):
        end = body.index(b"\r\n", at)
        size = int(body[at:end], 16)
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(parts)


def _asked(told: dict[str, Any]) -> Asked:
    place = (str(told["place"][0]), int(told["place"][1]))
    lists: list[list[bytes]] = [[each.encode() for each in one] for one in told["requests"]]
    began = perf_counter()
    until = began + told["seconds"]

    def work(requests: list[bytes]) -> tuple[list[float], int]:
        each, size = [], 0
        with _Line(place) as line:
            for asked in cycle(requests):
                started = perf_counter()
                size += len(line.body(asked))
                each.append(perf_counter() - started)
                if len(each) >= told["times"] or perf_counter() >= until:
                    return each, size
        return each, size

    with ThreadPoolExecutor(len(lists)) as threads:
        found = list(threads.map(work, lists))
    ended = perf_counter()
    return Asked(seconds=ended - began, each=[one for each, _ in found for one in each], size=sum(n for _, n in found))


def main() -> None:
    """Ask whatever is asked for, until standard input ends."""
    for told in sys.stdin:
        try:
            found = _asked(json.loads(told))
        except (OSError, ValueError, NoAnswerError) as problem:
            print(json.dumps({"failed": f"{type(problem).__name__}: {problem}"}), flush=True)
        else:
            print(json.dumps({"seconds": found.seconds, "each": found.each, "size": found.size}), flush=True)


if __name__ == "__main__":
    main()
