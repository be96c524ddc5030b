"""One writer at a time, across processes; readers do not wait."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path

import pytest

from comity.compose import open_node
from comity.core.errors import NodeBusy, NodeDamaged
from comity.service.partners import add_domain
from comity.service.suspending import NewSuspension, suspend
from comity.store import lock
from tests.nodes import ME, Clock, make

HOLD = """
import sys
from pathlib import Path
from comity.compose import open_node
from comity.service.records import Word
with open_node(Path(sys.argv[1]), lambda: 0) as node:
    with node.store.write("slow", Word(actor="other"), policy=True) as writer:
        writer.add_domain("unfinished")
        print("writing", flush=True)
        sys.stdin.read()
"""


SEIZE = """
import sys, time
from pathlib import Path
from comity.compose import open_node
from comity.store import lock
folder = Path(sys.argv[1])
with open_node(folder, lambda: 0) as node:
    print("looking", flush=True)
    recorded = False
    while not recorded:
        time.sleep(0.01)
        with node.store.read() as reader:
            recorded = bool(reader.policy().suspensions)
    with lock.held(folder / "node.lock", 5):
        print("seized", flush=True)
        time.sleep(2)
        print("let go", flush=True)
"""


@contextmanager
def another_writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of an act."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "writing\n"
        try:
            yield other
        finally:
            other.kill()


def test_a_second_writer_waits_then_is_told_who_writes(tmp_path: Path) -> None:
    with make(tmp_path / "node", Clock()) as node, another_writer(tmp_path / "node") as other:
        with pytest.raises(NodeBusy, match=f"process {other.pid} is changing the policy.*try again"):
            add_domain(node.store, "mine", ME)
        with node.store.read() as reader:
            assert "unfinished" not in reader.policy().domains


def test_a_writer_that_is_killed_leaves_neither_its_act_nor_its_lock(tmp_path: Path) -> None:
    with make(tmp_path / "node", Clock()) as node:
        with another_writer(tmp_path / "node") as other:
            os.kill(other.pid, signal.SIGKILL)
            other.wait()
            add_domain(node.store, "mine", ME)
        with node.store.read() as reader:
            assert {"mine"} == reader.policy().domains - {"intelligence", "operations"}
            assert [act.kind for act in reader.acts()] == ["init", "domain"]


def test_writers_in_turn_do_not_disturb_one_another(tmp_path: Path) -> None:
    with make(tmp_path / "node", Clock()) as one, open_node(tmp_path / "node", Clock()) as two:
        add_domain(one.store, "one", ME)
        add_domain(two.store, "two", ME)
        with one.store.read() as reader:
            assert {"one", "two"} <= reader.policy().domains


def test_a_long_wait_is_said_once_and_may_be_without_end(tmp_path: Path) -> None:
    said: list[str] = []
    make(tmp_path / "node", Clock()).close()
    with another_writer(tmp_path / "node") as other:
        release = threading.Timer(2.5, other.kill)
        release.start()
        with open_node(tmp_path / "node", Clock(), inf, said.append) as node:
            add_domain(node.store, "mine", ME)
        release.join()
    (line,) = said
    assert f"process {other.pid} is changing the policy" in line
    assert "waits" in line


def test_what_takes_something_back_is_never_busy_once_it_is_recorded(tmp_path: Path) -> None:
    with make(tmp_path / "node", Clock()) as node:
        with node.store.write("export", ME, policy=False) as writer:
            writer.begin_flight()
        command = [sys.executable, "-c", SEIZE, str(tmp_path / "node")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "looking\n"
            stop = suspend(node.store, NewSuspension(frm="GBR", to="UKR"), ME, drain=1)
            with node.store.read() as reader:
                assert [each.id for each in reader.policy().suspensions] == [stop.id]
                assert reader.in_flight() == ()
            assert other.stdout.readline() == "seized\n"
            assert other.stdout.readline() == "let go\n"


def test_a_lock_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").touch()
    (tmp_path / "lock").symlink_to(tmp_path / "target")
    with pytest.raises(NodeDamaged, match="lock file"), lock.held(tmp_path / "lock", 0):
        pass
