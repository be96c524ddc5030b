"""Whoever waits for an act hears of it, whichever process records it."""

import subprocess
import sys
import threading
import time

import pytest

from comity.compose import Node
from comity.service.ports import Store
from tests.nodes import ME

LONG = 10.0

ACT = """
import sys, time
from pathlib import Path
from comity.compose import open_node
from comity.service.records import Word
with open_node(Path(sys.argv[1]), lambda: 0) as node:
    time.sleep(0.2)
    with node.store.write("act", Word(actor="other"), policy=False):
        pass
"""


def act(store: Store) -> None:
    with store.write("act", ME, policy=False):
        pass


def test_what_is_there_is_not_waited_for(store: Store) -> None:
    assert store.wait(0, LONG) == 1
    assert store.wait(0, 0) == 1


def test_a_wait_ends(store: Store) -> None:
    began = time.monotonic()
    assert store.wait(1, 0.2) == 1
    assert store.wait(7, 0) == 1
    assert 0.2 <= time.monotonic() - began < LONG


def test_an_act_of_another_process_is_heard_at_once(node: Node) -> None:
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", ACT, str(node.directory)]) as other:
        assert node.store.wait(1, LONG) == 2
        assert time.monotonic() - began < LONG
        assert other.wait(LONG) == 0


def test_many_wait_and_all_hear(store: Store) -> None:
    heard: list[int] = []
    waiting = [threading.Thread(target=lambda: heard.append(store.wait(1, LONG))) for _ in range(5)]
    for thread in waiting:
        thread.start()
    impatient = store.wait(1, 0.1)
    act(store)
    for thread in waiting:
        thread.join(LONG)
    assert impatient <= 1
    assert heard == [2] * 5


def test_an_act_that_fails_is_not_heard_of(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write("act", ME, policy=False):
        _ = 1 / 0
    assert store.wait(1, 0.2) == 1


def test_acts_one_after_another_are_heard_in_turn(store: Store) -> None:
    def acting() -> None:
        for _ in range(10):
            act(store)

    thread = threading.Thread(target=acting)
    thread.start()
    newest = 1
    while newest < 11:
        heard = store.wait(newest, LONG)
        assert heard > newest
        newest = heard
    thread.join()
