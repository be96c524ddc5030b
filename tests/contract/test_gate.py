"""The gate: a change of policy has no release beside it, waits for none for long, and is not passed by new ones."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from comity.compose import Node, open_node
from comity.core.errors import ComityError, NodeBusy
from comity.service.ports import Store
from comity.service.watchdog import GRACE, Watchdog
from comity.store.sqlite import Sqlite
from tests.nodes import ME, Clock

LONG = 10.0
"""Seconds after which a test gives up."""

RELEASE = """
import sys
from pathlib import Path
from comity.compose import open_node
with open_node(Path(sys.argv[1]), lambda: 0) as node, node.store.gate():
    print("holding", flush=True)
    sys.stdin.read()
"""
CHANGE = """
import sys
from pathlib import Path
from comity.compose import open_node
from comity.service.records import Word
with open_node(Path(sys.argv[1]), lambda: 0) as node:
    print("asking", flush=True)
    with node.store.write("change", Word(actor="other"), policy=True):
        print("changing", flush=True)
        sys.stdin.read()
"""


@contextmanager
def another(program: str, folder: Path, *said: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, that has said so."""
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        for line in said:
            assert other.stdout.readline() == f"{line}\n"
        try:
            yield other
        finally:
            other.kill()


def begun(act: Callable[[], object]) -> threading.Thread:
    """Something that another thread does."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def ended(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()


def drain_for(store: Store, seconds: float, patience: float = LONG) -> None:
    """Have changes wait so long for releases, and releases so long for changes."""
    database = getattr(store, "_database")  # noqa: B009 - the port has none
    gate = database._gate if isinstance(database, Sqlite) else database
    gate._drain, gate._patience = seconds, patience


def change(store: Store) -> None:
    with store.write("change", ME, policy=True):
        pass


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def epoch(store: Store) -> int:
    with store.read() as reader:
        return reader.epoch()


def test_releases_are_under_way_together(store: Store) -> None:
    with store.gate() as one, store.gate() as two:
        assert not one.lapsed()
        assert not two.lapsed()
    change(store)


def test_only_a_change_of_policy_waits(store: Store) -> None:
    with store.gate() as gate:
        with store.write("note", ME, policy=False):
            pass
        with store.derive():
            pass
        assert not gate.lapsed()


def test_a_change_waits_for_the_release_and_who_comes_after_waits_for_the_change(store: Store) -> None:
    drain_for(store, LONG)
    seen: list[int] = []

    def release() -> None:
        with store.gate():
            seen.append(epoch(store))

    with store.gate() as gate:
        changing = begun(lambda: change(store))
        time.sleep(0.3)
        late = begun(release)
        time.sleep(0.3)
        assert not gate.lapsed()
        assert epoch(store) == 1
        assert changing.is_alive()
        assert late.is_alive()
    ended(changing, late)
    assert seen == [2]


def test_a_release_that_keeps_a_change_waiting_for_long_is_told_to_stop(store: Store) -> None:
    drain_for(store, 0.3)
    with store.gate() as gate:
        changing = begun(lambda: change(store))
        time.sleep(0.1)
        assert not gate.lapsed()
        until(gate.lapsed)
        assert epoch(store) == 1
    ended(changing)
    with store.gate() as gate:
        assert not gate.lapsed()
        assert epoch(store) == 2


def test_a_release_that_is_stopped_may_be_made_to_let_go(store: Store) -> None:
    drain_for(store, 0.1)
    with ExitStack() as held:
        gate = held.enter_context(store.gate())
        changing = begun(lambda: change(store))
        until(gate.lapsed)
        gate.let_go()
        ended(changing)
        gate.let_go()
        assert gate.lapsed()
        with pytest.raises(ComityError, match="stopped"):
            held.close()
    gate.let_go()
    assert epoch(store) == 2


def test_a_release_that_does_not_look_is_made_to_let_go(store: Store) -> None:
    drain_for(store, 0.1)
    with ExitStack() as held:
        watched = held.enter_context(Watchdog().over(held.enter_context(store.gate())))
        watched.go_on()
        since = time.monotonic()
        change(store)
        assert time.monotonic() - since > GRACE
        with pytest.raises(ComityError, match="stopped"):
            watched.go_on()
        with pytest.raises(ComityError, match="stopped"):
            held.close()


def test_releases_one_after_another_do_not_keep_a_change_from_its_turn(store: Store) -> None:
    drain_for(store, LONG)
    over = threading.Event()

    def release() -> None:
        while not over.is_set():
            with store.gate():
                time.sleep(0.02)

    releasing = [begun(release) for _ in range(6)]
    time.sleep(0.1)
    for _ in range(3):
        change(store)
    over.set()
    ended(*releasing)
    assert epoch(store) == 4


def test_nobody_who_begins_after_a_change_reads_what_was_before_and_nobody_still_reads_it(store: Store) -> None:
    drain_for(store, LONG)
    returned: dict[int, float] = {1: time.monotonic()}
    read: list[tuple[float, float, int]] = []
    over = threading.Event()

    def release() -> None:
        while not over.is_set():
            asked = time.monotonic()
            with store.gate():
                found = epoch(store)
                time.sleep(0.005)
                left = time.monotonic()
            read.append((asked, left, found))

    def changing() -> None:
        for _ in range(5):
            with store.write("change", ME, policy=True) as writer:
                number = writer.act.epoch
            returned[number] = time.monotonic()
            time.sleep(0.05)

    releasing = [begun(release) for _ in range(3)]
    changes = [begun(changing) for _ in range(2)]
    ended(*changes)
    over.set()
    ended(*releasing)
    assert len(returned) == 11
    assert len({found for _, _, found in read}) > 2
    for asked, left, found in read:
        for number, moment in returned.items():
            if number > found:
                assert asked < moment
                assert left < moment


def test_a_release_is_told_that_a_change_is_under_way_for_too_long(node: Node) -> None:
    drain_for(node.store, 0.1, patience=0.2)
    with another(CHANGE, node.directory, "asking", "changing") as other:
        with (
            pytest.raises(NodeBusy, match=f"process {other.pid}.*is changing the policy.*try again"),
            node.store.gate(),
        ):
            pass
        with pytest.raises(NodeBusy, match=f"process {other.pid}.*is changing the policy.*try again"):
            change(node.store)


def test_a_release_that_dies_lets_go(node: Node) -> None:
    drain_for(node.store, LONG)
    with another(RELEASE, node.directory, "holding") as other:
        changing = begun(lambda: change(node.store))
        time.sleep(0.3)
        assert changing.is_alive()
        os.kill(other.pid, signal.SIGKILL)
        ended(changing)
    assert epoch(node.store) == 2


@pytest.mark.parametrize("waits", [True, False])
def test_a_change_that_dies_lets_go(node: Node, waits: bool) -> None:
    drain_for(node.store, LONG)
    if waits:
        with node.store.gate() as gate, another(CHANGE, node.directory, "asking") as other:
            time.sleep(0.5)
            os.kill(other.pid, signal.SIGKILL)
            other.wait()
            until(lambda: not gate.lapsed())
    else:
        with another(CHANGE, node.directory, "asking", "changing") as other:
            os.kill(other.pid, signal.SIGKILL)
            other.wait()
    with node.store.gate() as gate:
        assert not gate.lapsed()
        assert epoch(node.store) == 1
    change(node.store)
    assert epoch(node.store) == 2


def test_an_act_that_fails_leaves_the_gate(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write("change", ME, policy=True):
        _ = 1 / 0
    with store.gate() as gate:
        assert not gate.lapsed()


def test_a_release_that_fails_leaves_the_gate(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.gate():
        _ = 1 / 0
    change(store)


def test_a_change_says_once_what_it_waits_for(node: Node, kept: str | None) -> None:
    said: list[str] = []
    with open_node(node.directory, Clock(), LONG, said.append) as waiting:
        drain_for(waiting.store, LONG)
        with another(RELEASE, node.directory, "holding") as other:
            changing = begun(lambda: change(waiting.store))
            time.sleep(1.5)
            other.kill()
            ended(changing)
    (line,) = said
    assert f"process {other.pid}" in line
    assert "is releasing from the node" in line
    assert ("then stops it" in line) is (kept is not None)


def test_many_processes_share_one_gate(node: Node) -> None:
    drain_for(node.store, LONG)
    with (
        another(RELEASE, node.directory, "holding") as one,
        another(RELEASE, node.directory, "holding") as two,
    ):
        changing = begun(lambda: change(node.store))
        time.sleep(0.2)
        with another(RELEASE, node.directory) as late:
            assert late.stdout is not None
            for other in (one, two):
                assert changing.is_alive()
                assert other.stdin is not None
                other.stdin.close()
                other.wait(LONG)
            ended(changing)
            assert late.stdout.readline() == "holding\n"
