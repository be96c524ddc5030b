"""Who is slow, too long, too many or no client at all is dropped, refused or turned away, and keeps nothing."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import Request as Asked
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from comity.compose import Node, serving
from comity.service.accounts import NewAccount, add_account
from comity.service.releasing import Request, page, release
from comity.service.suspending import NewSuspension, suspend
from comity.service.tokens import NewToken, create_token
from comity.web.auth import Known, Served
from comity.web.events import PATIENCE
from comity.web.handing import Answer, Handed
from comity.web.logs import Lines
from comity.web.routes import Route
from comity.web.serving import Bounds
from tests.nodes import ME, Clock, word_of
from tests.sending import found, send, thing
from tests.server import certificates
from tests.server.running import Running, running
from tests.serving import ask, until
from tests.staff import govern, token

BOUNDS = Bounds(body=10_000, reading=0.4, taking=0.4, at_once=4, waiting=2, of_one=2, lines=20)
SIZE = 300
"""Objects of a tenth of a megabyte each: more than the buffers of both sides hold."""


@contextmanager
def opened(serving: object, to: str) -> Iterator[Answer]:
    with release(serving.outlet, Request(to=to, word=ME, choose=page(None, 1000))) as response:  # type: ignore[attr-defined]
        yield Answer(media_type="application/x-comity", pieces=response.content, release=response)


def everything(to: str, served: Served) -> Response:
    """What this recipient may have; nobody is asked who they are."""
    return Handed(opened(served, to))


async def sent(request: Asked) -> Response:
    return Response(str(len(await request.body())))


def broken() -> Response:
    raise ZeroDivisionError("imagery")


def held(known: Known, served: Served) -> Response:
    """Wait until the server stops."""
    assert known.account
    served.stopping.wait(30)
    return Response()


async def kept(served: Served) -> Response:
    """The same, without an account."""
    await run_in_threadpool(served.stopping.wait, 30)
    return Response()


ROUTES = (
    Route(method="GET", path="/everything/{to}", endpoint=everything),
    Route(method="POST", path="/sent", endpoint=sent),
    Route(method="GET", path="/broken", endpoint=broken),
    Route(method="GET", path="/held", endpoint=held),
    Route(method="GET", path="/kept", endpoint=kept),
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    with found(tmp_path / "node", clock) as node:
        yield node


@pytest.fixture
def server(node: Node, clock: Clock) -> Iterator[Running]:
    with running(serving(node, clock, BOUNDS), ROUTES) as server:
        yield server


def filled(node: Node) -> None:
    send(node, "USA", *(thing(f"number {each}", description="x" * 100_000) for each in range(SIZE)))


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def ended(line: socket.socket) -> bytes:
    """What still comes, until the other side ends, in whichever way."""
    parts = []
    with suppress(ConnectionError, ssl.SSLError):
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nHost:"])
def test_a_head_that_does_not_come_ends_its_connection(server: Running, begun: bytes) -> None:
    with socket.create_connection(server.place, 20) as line:
        line.sendall(begun)
        assert ended(line) == b""


def test_a_head_that_comes_bit_by_bit_ends_its_connection(server: Running) -> None:
    with socket.create_connection(server.place, 20) as line:
        began, gone = time.monotonic(), False
        while not gone and time.monotonic() < began + 20:
            with suppress(TimeoutError):
                line.settimeout(0.05)
                with suppress(ConnectionError):
                    line.send(b"X")
                    assert line.recv(1) == b""
                gone = True
        assert gone


def test_a_body_that_does_not_come_is_told_so(server: Running) -> None:
    head = b"POST /sent HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"
    assert ask(server.place, head).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_nobody_reads_ends_its_connection(server: Running) -> None:
    head = b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"
    with socket.create_connection(server.place, 20) as line:
        line.sendall(head)
        assert ended(line).startswith(b"HTTP/1.1 404 ")


def test_a_body_is_bounded_by_what_it_says(server: Running) -> None:
    head = b"POST /sent HTTP/1.1\r\nHost: x\r\nContent-Length: 10001\r\n\r\n"
    said = ask(server.place, head)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in said


def test_a_body_is_bounded_by_what_it_is(server: Running) -> None:
    head = b"POST /sent HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunk = b"1388\r\n" + b"x" * 5000 + b"\r\n"
    assert b"\r\n\r\n10000" in ask(server.place, head + 2 * chunk + b"0\r\n\r\n")
    with socket.create_connection(server.place, 20) as line:
        line.sendall(head + 3 * chunk)
        assert ended(line).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(("path", "over", "said"), [(b"/sent", 1, b"413"), (b"/nothing", 0, b"404")])
@pytest.mark.parametrize("close", [b"", b"Connection: close\r\n"])
@pytest.mark.parametrize("secure", [False, True])
def test_who_sends_a_whole_body_that_nobody_reads_reads_the_refusal(  # noqa: PLR0913, PLR0917 - each way to ask
    node: Node, clock: Clock, tmp_path: Path, secure: bool, close: bytes, path: bytes, over: int, said: bytes
) -> None:
    """It is more than the system keeps for a reader, and comes when it is refused already."""
    made, size = certificates.make(tmp_path) if secure else None, 20_000_000
    bounds = replace(BOUNDS, body=size - over, reading=20.0)
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%b\r\n" % (path, size, close)
    with running(serving(node, clock, bounds), ROUTES, tls=None if made is None else made.tls()) as server:
        with closing(slow_reader(server, made)) as line:
            line.sendall(head)
            answered(server)
            for _ in range(20):
                line.sendall(b"x" * (size // 20))
            found = line.recv(1000)
        assert found.startswith(b"HTTP/1.1 %b " % said)
        until(lambda: server.lines == 0)


@pytest.mark.parametrize("path", [b"/sent", b"/nothing"])
def test_what_is_thrown_away_of_a_body_is_bounded(node: Node, clock: Clock, path: bytes) -> None:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with running(serving(node, clock, replace(BOUNDS, reading=60.0)), ROUTES) as server:
        with socket.create_connection(server.place, 20) as line:
            line.sendall(head + chunk)
            answered(server)
            with pytest.raises(ConnectionError):
                line.sendall(1000 * chunk)
        until(lambda: server.lines == 0)


def test_a_body_that_is_too_long_and_does_not_come_ends_its_connection(server: Running) -> None:
    head = b"POST /sent HTTP/1.1\r\nHost: x\r\nContent-Length: 10001\r\n\r\n"
    with socket.create_connection(server.place, 20) as line:
        line.sendall(head + b"x")
        until(lambda: server.lines > 0)
        until(lambda: server.lines == 0)
        assert ended(line).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 600,
    ],
)
def test_what_is_no_request_gets_a_problem(server: Running, request_: bytes) -> None:
    with socket.create_connection(server.place, 20) as line:
        line.sendall(request_)
        said = ended(line)
    assert said.startswith(b"HTTP/1.1 400 ")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["type"] == "/problems/malformed-input"


def test_a_head_is_bounded(server: Running) -> None:
    for each in (get("/healthz", "X: " + "y" * 20_000), get("/healthz?" + "y" * 20_000)):
        with socket.create_connection(server.place, 20) as line:
            line.sendall(each)
            assert line.recv(100).startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))


def test_no_answer_says_what_serves(server: Running) -> None:
    for each in (get("/healthz", "Connection: close"), get("/x", "Connection: close"), b"nonsense\r\n\r\n"):
        head = ask(server.place, each).partition(b"\r\n\r\n")[0].lower()
        assert b"server:" not in head
        assert b"uvicorn" not in head
        assert b"cache-control: no-store" in head


def test_a_fault_is_logged_by_its_place_and_not_by_its_text(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert ask(server.place, get("/broken", "Connection: close")).startswith(b"HTTP/1.1 500 ")
    until(lambda: any(each.msg == "request" for each in caplog.records))
    (fault,) = [json.loads(Lines().format(each)) for each in caplog.records if each.msg == "fault"]
    assert fault["kind"] == "ZeroDivisionError"
    assert fault["at"][-1].endswith(" broken")
    assert "imagery" not in " ".join(Lines().format(each) for each in caplog.records)


def test_what_is_answered_is_not_packed(server: Running) -> None:
    said = ask(server.place, get("/metrics", "Accept-Encoding: gzip, br, deflate", "Connection: close"))
    assert b"content-encoding" not in said.lower()


def test_a_reader_gets_all_of_it(server: Running, node: Node) -> None:
    filled(node)
    said = ask(server.place, get("/everything/UKR", "Connection: close"))
    assert said.count(b'"spec_version"') == SIZE
    assert said.endswith(b"\r\n0\r\n\r\n")


def test_what_is_asked_at_once_is_answered_in_turn(server: Running, node: Node) -> None:
    """What is written together is out before anything of the next answer is, be that a refusal."""
    send(node, "USA", thing("one"))
    pages = get("/everything/UKR") * 2
    for last in (get("/everything/UKR", "Connection: close"), b"nonsense\r\n\r\n"):
        parts = ask(server.place, pages + last).split(b"HTTP/1.1 ")[1:]
        assert [part[:3] for part in parts] == [b"200", b"200", b"200" if last.startswith(b"GET") else b"400"]
        assert all(part.count(b'"spec_version"') == 1 and part.endswith(b"\r\n0\r\n\r\n") for part in parts[:2])


@pytest.mark.parametrize("secure", [False, True])
def test_a_reader_that_takes_nothing_is_cut_off(node: Node, clock: Clock, tmp_path: Path, secure: bool) -> None:
    filled(node)
    made = certificates.make(tmp_path) if secure else None
    with running(serving(node, clock, BOUNDS), ROUTES, tls=None if made is None else made.tls()) as server:
        with closing(slow_reader(server, made)) as line:
            line.sendall(get("/everything/UKR"))
            until(lambda: server.lines > 0)
            until(lambda: server.lines == 0)
            assert not ended(line).endswith(b"0\r\n\r\n")
        ask_again(node)
        assert b"comity_cut_total" in server.serving.metrics.text()


@pytest.mark.parametrize("secure", [False, True])
def test_a_reader_that_takes_nothing_keeps_no_suspension_waiting(
    node: Node, clock: Clock, tmp_path: Path, secure: bool
) -> None:
    """It would be given a minute. The change has it cut off, and nothing more of it arrives."""
    filled(node)
    getattr(node.store, "_database")._gate._drain = 0.0  # noqa: B009 - the port has none
    made = certificates.make(tmp_path) if secure else None
    patient = replace(BOUNDS, taking=60.0, reading=60.0)
    with running(serving(node, clock, patient), ROUTES, tls=None if made is None else made.tls()) as server:
        with closing(slow_reader(server, made)) as line:
            line.sendall(get("/everything/UKR"))
            assert line.recv(1)
            began = time.monotonic()
            suspend(node.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"))
            assert time.monotonic() < began + 10
            until(lambda: server.lines == 0)
            rest = ended(line)
            assert not rest.endswith(b"0\r\n\r\n")
            assert len(rest) < SIZE * 100_000
        assert b'"spec_version"' not in ask_here(server, made, get("/everything/UKR", "Connection: close"))


def slow_reader(server: Running, made: certificates.Certificates | None) -> socket.socket:
    """A line whose other end keeps little."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(60)
    line.connect(server.place)
    return line if made is None else made.context().wrap_socket(line, server_hostname="127.0.0.1")


@pytest.mark.parametrize("taking", [0.4, 60.0])
def test_a_stream_that_is_not_taken_is_cut_off_and_holds_nothing(node: Node, clock: Clock, taking: float) -> None:
    """By the line's own bound, and by that of streams where the line would wait for longer."""
    add_account(node.store, NewAccount(name="ukraine", recipient="UKR"), ME, vault=node.vault)
    new = NewToken(name="stream", scopes=frozenset({"release"}), account="ukraine")
    secret = create_token(node.store, new, ME, vault=node.vault).secret
    send(node, "USA", *(thing(f"number {each}") for each in range(300)))
    with running(serving(node, clock, replace(BOUNDS, taking=taking))) as server:
        with closing(slow_reader(server, None)) as line:
            until(lambda: server.lines > 0)
            for each in server.server.server_state.connections:  # or the system would keep all of it for the reader
                getattr(each, "_socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # noqa: B009 - uvicorn's
            line.sendall(get("/api/v1/events?from=start", f"Authorization: Bearer {secret}"))
            assert line.recv(1)
            began = time.monotonic()
            until(lambda: server.lines == 0)
            assert time.monotonic() < began + PATIENCE + 5
            rest = ended(line)
            assert rest.count(b"event: item") < 300
            assert not rest.endswith(b"0\r\n\r\n")
        under_way(server, 0)
        ask_again(node)
        streams = server.serving.streams
        assert all(streams.enter("ukraine") for _ in range(BOUNDS.streams_of_one))
        assert not streams.enter("ukraine")


def ask_here(server: Running, made: certificates.Certificates | None, request: bytes) -> bytes:
    with closing(slow_reader(server, made)) as line:
        line.sendall(request)
        return ended(line)


def ask_again(node: Node) -> None:
    """A change of the policy waits for nobody."""
    began = time.monotonic()
    suspend(node.store, NewSuspension(frm="USA", to="FRA"), word_of("USA"))
    assert time.monotonic() < began + 5


def test_open_requests_end_when_the_server_does(server: Running) -> None:
    with socket.create_connection(server.place, 20) as stream, socket.create_connection(server.place, 20) as idle:
        stream.sendall(get("/kept"))
        idle.sendall(get("/healthz"))
        assert idle.recv(100)
        began = time.monotonic()
        server.server.stop()
        server.thread.join(20)
        assert not server.thread.is_alive()
        assert time.monotonic() < began + 4
        assert ended(stream).startswith(b"HTTP/1.1 200 ")


def test_who_does_not_end_is_cut_off_when_the_server_does(server: Running, node: Node) -> None:
    filled(node)
    with closing(slow_reader(server, None)) as line:
        line.sendall(get("/everything/UKR"))
        assert line.recv(1)
        server.server.stop()
        server.thread.join(20)
        assert not server.thread.is_alive()


def test_one_account_takes_not_everything(server: Running, node: Node) -> None:
    govern(node)
    secret = token(node, "release", account="ukraine").secret
    other = token(node, "release", account="alice").secret
    lines = [socket.create_connection(server.place, 20) for _ in range(2)]
    for line in lines:
        line.sendall(get("/held", f"Authorization: Bearer {secret}"))
    under_way(server, 2)
    said = ask(server.place, get("/held", f"Authorization: Bearer {secret}", "Connection: close"))
    assert said.startswith(b"HTTP/1.1 429 ")
    lines.append(socket.create_connection(server.place, 20))
    lines[-1].sendall(get("/held", f"Authorization: Bearer {other}"))
    under_way(server, 3)
    for line in lines:
        line.close()
    server.serving.stopping.set()


def test_who_is_too_many_is_turned_away_and_the_process_lives(server: Running) -> None:
    lines = [socket.create_connection(server.place, 20) for _ in range(BOUNDS.at_once + BOUNDS.waiting)]
    for line in lines:
        line.sendall(get("/kept"))
    under_way(server, len(lines))
    assert ask(server.place, get("/kept", "Connection: close")).startswith(b"HTTP/1.1 503 ")
    assert ask(server.place, get("/healthz", "Connection: close")).startswith(b"HTTP/1.1 200 ")
    server.serving.stopping.set()
    for line in lines:
        assert line.recv(100).startswith(b"HTTP/1.1 200 ")
        line.close()


def test_more_connections_than_there_may_be_are_ended(server: Running) -> None:
    lines = [socket.create_connection(server.place, 20) for _ in range(BOUNDS.lines + 5)]
    until(lambda: server.lines >= BOUNDS.lines)
    assert server.lines <= BOUNDS.lines
    for line in lines:
        line.close()


def answered(server: Running) -> None:
    until(lambda: b"comity_requests_total{" in server.serving.metrics.text())


def under_way(server: Running, count: int) -> None:
    text = f"comity_requests_under_way {float(count)}".encode()
    until(lambda: text in server.serving.metrics.text())


def test_an_answer_is_handed_over_by_one_thread_that_leaves(server: Running, node: Node) -> None:
    filled(node)
    for _ in range(20):
        with closing(slow_reader(server, None)) as line:
            line.sendall(get("/everything/UKR"))
            assert line.recv(1)
    until(lambda: server.lines == 0)
    assert threading.active_count() < 40
    ask_again(node)
