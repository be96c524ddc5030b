"""`comity serve`, as it is run: processes that listen, answer, die, are replaced, and stop."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest

from comity.cli.options import clock
from comity.compose import Node, open_node
from tests.founded import Founded
from tests.nodes import Clock, make
from tests.postgres import Server as Postgres
from tests.server import certificates
from tests.server.certificates import Certificates
from tests.serving import Served, served, until
from tests.staff import PASSWORD, govern, token

Got = tuple[int, dict[str, str], bytes]


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """The folder of a node that nobody has open."""
    make(tmp_path / "node", Clock()).close()
    return tmp_path / "node"


@pytest.fixture
def made(tmp_path: Path) -> Certificates:
    return certificates.make(tmp_path)


def get(server: Served, path: str, context: ssl.SSLContext | None = None, headers: dict[str, str] | None = None) -> Got:
    host, port = server.place
    line = (
        HTTPConnection(host, port, 60) if context is None else HTTPSConnection(host, port, timeout=60, context=context)
    )
    try:
        line.request("GET", path, headers=headers or {})
        said = line.getresponse()
        return said.status, {name.lower(): value for name, value in said.getheaders()}, said.read()
    finally:
        line.close()


def refused(node: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A server that does not come to serve."""
    port = [] if "--port" in options else ["--port", "0"]
    command = [sys.executable, "-c", "from comity.cli import main; main()", "serve", "--node", str(node)]
    return subprocess.run([*command, *port, *options], capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("keeper", ["sqlite", "postgresql"], indirect=True)
def test_it_serves_by_all_its_workers_and_stops(founded: Founded, keeper: Postgres | None, tmp_path: Path) -> None:
    def small(folder: Path, database: str | None) -> Node:
        return make(folder, Clock(), database=database)

    with (
        founded.copied("served", small, tmp_path / "node", Clock(), keeper),
        served(tmp_path / "node", "--workers", "2") as server,
    ):
        assert len(server.workers()) == 2
        assert get(server, "/healthz")[0] == 200
        assert get(server, "/readyz")[0] == 200
        host, port = server.place
        with socket.create_connection((host, port)) as idle:
            assert server.stop() == 0
            with suppress(ConnectionError):
                assert idle.recv(1) == b""
        with pytest.raises(OSError, match=r"."):
            get(server, "/healthz")


def test_a_worker_that_dies_is_replaced(node: Path) -> None:
    with served(node, "--workers", "2") as server:
        before = server.workers()
        for each in before:
            os.kill(each, signal.SIGKILL)
        until(lambda: len(server.workers()) == 2 and not set(before) & set(server.workers()))
        assert get(server, "/readyz")[0] == 200
        until(lambda: sum(each["event"] == "worker-died" for each in server.log()) == 2)
        assert server.stop() == 0


def test_numbers_are_those_of_all_workers_and_of_those_that_died(node: Path) -> None:
    with served(node, "--workers", "2") as server:
        for _ in range(20):
            get(server, "/healthz")
        until(lambda: healths(server) == 20)  # an answer is counted when it is out
        os.kill(server.workers()[0], signal.SIGKILL)
        until(lambda: len(server.workers()) == 2)
        for _ in range(10):
            get(server, "/healthz")
        until(lambda: healths(server) == 30)
        assert "comity_requests_under_way 1.0" in get(server, "/metrics")[2].decode()


def healths(server: Served) -> float:
    """How many questions about its health all workers have counted, the dead among them."""
    lines = get(server, "/metrics")[2].decode().splitlines()
    (line,) = [each for each in lines if 'requests_total{method="GET",route="/healthz"' in each]
    return float(line.rpartition(" ")[2])


def test_workers_are_replaced_one_by_one_and_nobody_is_refused(node: Path) -> None:
    with served(node, "--workers", "2") as server:
        before = set(server.workers())
        server.process.send_signal(signal.SIGHUP)

        def renewed() -> bool:
            assert get(server, "/readyz")[0] == 200
            return len(server.workers()) == 2 and not before & set(server.workers())

        until(renewed)
        assert server.stop() == 0


def test_workers_do_not_outlive_who_watches_over_them(node: Path) -> None:
    with served(node, "--workers", "2") as server:
        workers = server.workers()
        server.process.kill()
        server.process.wait()
        until(lambda: not any(Path(f"/proc/{each}/cmdline").exists() and alive(each) for each in workers))


def alive(process: int) -> bool:
    """Whether it is more than a name that nobody has asked after."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def test_an_interrupt_is_a_way_to_stop(node: Path) -> None:
    with served(node) as server:
        assert server.stop(signal.SIGINT) == 0


def test_by_tls_alone_beyond_this_machine(node: Path) -> None:
    said = refused(node, "--host", "0.0.0.0")  # noqa: S104 - refused
    assert said.returncode == 1
    assert "TLS" in said.stderr
    with served(node, "--host", "0.0.0.0", "--insecure-listen-without-tls") as server:  # noqa: S104 - on purpose
        assert get(server, "/healthz")[0] == 200


def test_tls_and_who_may_connect(node: Path, made: Certificates) -> None:
    tls = made.tls(clients=True)
    options = ["--tls-certificate", str(tls.certificate), "--tls-key", str(tls.key), "--client-ca", str(tls.client_ca)]
    with served(node, *options) as server:
        assert server.url.startswith("https://")
        said = get(server, "/readyz", made.context(client="client"))
        assert said[0] == 200
        assert said[1]["strict-transport-security"].startswith("max-age=")
        for client in (None, "stranger"):
            with pytest.raises(OSError, match=r"."):
                get(server, "/readyz", made.context(client=client))
        with pytest.raises((OSError, ValueError), match=r"."):
            get(server, "/readyz")
        old = made.context(client="client")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is old: that is the point
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(OSError, match=r"."):
            get(server, "/readyz", old)


def test_new_certificates_are_read_without_a_pause(node: Path, made: Certificates, tmp_path: Path) -> None:
    tls = made.tls()
    with served(node, "--tls-certificate", str(tls.certificate), "--tls-key", str(tls.key)) as server:
        assert get(server, "/healthz", made.context())[0] == 200
        other = tmp_path / "other"
        other.mkdir()
        certificates.make(other)
        for name in ("server.pem", "server.key", "ca.pem"):
            (other / name).replace(tmp_path / name)
        server.process.send_signal(signal.SIGHUP)

        def new() -> bool:
            with suppress(ssl.SSLError):
                return get(server, "/healthz", made.context())[0] == 200
            return False

        until(new)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--tls-certificate", "x.pem"], "--tls-key"),
        (["--client-ca", "x.pem"], "--tls-certificate"),
        (["--tls-certificate", "x.pem", "--tls-key", "x.key"], "x.key"),
        (["--host", "no.such.host.invalid"], "--host"),
        (["--workers", "0"], "--workers"),
        (["--port", "70000"], "--port"),
        (["--max-body", "0"], "--max-body"),
        (["--proxy", "proxy.example"], "--proxy"),
    ],
)
def test_what_cannot_be_served_so_is_said(node: Path, options: list[str], words: str) -> None:
    said = refused(node, *options)
    assert said.returncode == 2
    assert words in said.stderr
    assert "Traceback" not in said.stderr


def test_a_key_that_everybody_may_read_is_refused(node: Path, made: Certificates) -> None:
    tls = made.tls()
    tls.key.chmod(0o644)
    said = refused(node, "--tls-certificate", str(tls.certificate), "--tls-key", str(tls.key))
    assert said.returncode == 2
    assert "chmod" in said.stderr


def test_a_port_that_is_taken_is_said(node: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refused(node, "--port", str(taken.getsockname()[1]))
    assert said.returncode == 3
    assert "listen" in said.stderr


def test_a_node_that_cannot_be_opened_is_said_and_nothing_listens(tmp_path: Path) -> None:
    said = refused(tmp_path / "nothing", "--workers", "2")
    assert said.returncode == 3
    assert "comity init" in said.stderr
    assert said.stdout == ""


def test_it_says_as_json_where_it_is(node: Path) -> None:
    with served(node) as server:
        document = json.loads((server.folder / "serve.out").read_text("utf-8"))
    assert document == {"node": str(node), "addresses": [server.url], "workers": 1}


@contextmanager
def governed(node: Path) -> Iterator[Callable[..., str]]:
    """With people; makes a header for an account's new token."""
    with open_node(node, clock) as opened:
        govern(opened)
        yield lambda *scopes, account: f"Bearer {token(opened, *scopes, account=account).secret}"


def test_numbers_are_for_this_machine_and_for_those_who_look_after_accounts(node: Path) -> None:
    with governed(node) as bearer, served(node) as server:
        partner = bearer("release", account="ukraine")
        admin = "Basic " + b64encode(f"admin:{PASSWORD}".encode()).decode()
        assert get(server, "/metrics")[0] == 200
        for header in ({"X-Forwarded-For": "198.51.100.7"}, {"Via": "1.1 x"}, {"Host": "evil.example"}):
            assert get(server, "/metrics", headers=header)[0] == 401
            assert get(server, "/metrics", headers={"Authorization": partner, **header})[0] == 403
            assert get(server, "/metrics", headers={"Authorization": admin, **header})[0] == 200


def test_behind_a_proxy_nobody_is_on_this_machine(node: Path) -> None:
    with served(node, "--proxy", "127.0.0.1") as server:
        assert get(server, "/metrics")[0] == 401
        assert get(server, "/healthz", headers={"X-Forwarded-For": "198.51.100.7"})[0] == 200
        until(lambda: any(each.get("client") == "198.51.100.7" for each in server.log()))


def test_the_log_and_the_numbers_say_nothing_of_what_was_asked(node: Path) -> None:
    secrets = ("imagery", "indicator--8e2e2d2b", "opensesame", "correct horse")
    with governed(node) as bearer, served(node) as server:
        known = bearer("release", account="ukraine")
        wrong = "Basic " + b64encode(b"opensesame:correct horse").decode()
        for path in (
            "/healthz?imagery=1",
            "/imagery",
            "/readyz/indicator--8e2e2d2b",
            "/taxii2/imagery/?match[id]=imagery",
        ):
            for authorization in (known, wrong, "Bearer opensesame"):
                get(
                    server,
                    path,
                    headers={"Authorization": authorization, "User-Agent": "imagery", "Referer": "imagery"},
                )
        get(server, "/metrics", headers={"Authorization": wrong, "Host": "imagery.example"})
        numbers = get(server, "/metrics")[2].decode()
        until(lambda: any(each.get("route") == "/metrics" for each in server.log()))
    text = (server.folder / "serve.err").read_text("utf-8") + numbers
    for secret in (*secrets, known.removeprefix("Bearer ")):
        assert secret not in text
    assert all(each.keys() >= {"time", "level", "event", "process"} for each in server.log())


def test_the_password_of_the_database_is_on_no_command_line(founded: Founded, server: Postgres, tmp_path: Path) -> None:
    def small(folder: Path, database: str | None) -> Node:
        return make(folder, Clock(), database=database)

    with founded.copied("served", small, tmp_path / "node", Clock(), server), served(tmp_path / "node") as running:
        for each in running.workers():
            line = Path(f"/proc/{each}/cmdline").read_bytes()
            assert b"postgresql" not in line


def test_a_fault_is_logged_by_its_place(node: Path) -> None:
    """The database goes away under a server."""
    with served(node) as server:
        (node / "keys" / "register.key").unlink()
        (node / "keys" / "signing").rename(node / "keys" / "gone")
        status, _, body = get(server, "/readyz")
        assert status == 503
        assert str(node) not in body.decode()
        until(lambda: any(each["event"] == "node" for each in server.log()))
