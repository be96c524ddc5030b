"""The gate on PostgreSQL: a release reads over the connection that holds it, and never what it was before it passed."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.compose import Node
from comity.service.partners import add_domain
from tests.nodes import ME, Clock, make

LONG = 10.0


@pytest.fixture
def node(tmp_path: Path, database: str) -> Iterator[Node]:
    """A node on PostgreSQL, open."""
    with make(tmp_path / "node", Clock(), database=database) as node:
        yield node


def test_who_waits_for_a_change_reads_what_it_changed(node: Node) -> None:
    found: list[int] = []
    getattr(node.store, "_database")._patience = LONG  # noqa: B009 - the port has none

    def release() -> None:
        with node.store.gate("GBR"), node.store.read() as reader:
            found.append(reader.epoch())

    with node.store.write("change", ME, policy=True) as writer:
        waiting = threading.Thread(target=release, daemon=True)
        waiting.start()
        time.sleep(0.3)  # as long as it likes to ask for the gate
        assert not found
        changed = writer.act.epoch
    waiting.join(LONG)
    assert found == [changed]


def test_each_read_of_a_release_is_a_snapshot_of_its_own(node: Node) -> None:
    with node.store.gate("GBR") as gate:
        with node.store.read() as reader:
            first = reader.latest()
            add_domain_beside(node, "beside")
            assert reader.latest() == first
            assert "beside" not in reader.policy().domains
            with node.store.read() as nested:
                assert nested.latest() > first
        with node.store.read() as reader:
            assert reader.latest() > first
            assert reader.listing("GBR") == 0
        assert not gate.lapsed()
    with node.store.read() as reader:
        assert reader.latest() > first


@pytest.mark.parametrize("name", [None, "", "nobody's; SELECT 1", "nul\0", "half \ud800", "{}", "%s"])
def test_whoever_is_named_is_no_more_than_a_name(node: Node, name: str | None) -> None:
    with node.store.gate(name), node.store.read() as reader:
        assert reader.epoch() == 1
        assert reader.listing("GBR") == 0


def test_what_is_known_of_one_list_is_not_said_of_another(node: Node) -> None:
    with node.store.derive() as deriver:
        deriver.keep_shown("GBR", deriver.latest(), b"")
    with node.store.gate("GBR"), node.store.read() as reader:
        assert (reader.listing("GBR"), reader.listing("FRA")) == (1, 0)
    with node.store.gate("FRA"), node.store.read() as reader:
        assert (reader.listing("GBR"), reader.listing("FRA")) == (1, 0)


def test_what_came_with_a_gate_is_not_said_of_another_release_s_snapshot(node: Node) -> None:
    with node.store.gate("GBR"):
        """Nothing is read."""
    with node.store.read() as reader:
        before = reader.latest()
    with node.store.gate("GBR"):
        add_domain_beside(node, "later")
        with node.store.read() as first:
            assert first.latest() == before
        with node.store.read() as second:
            assert second.latest() > before


def add_domain_beside(node: Node, name: str) -> None:
    """An act that is no change of policy, so that the gate does not keep it waiting."""
    with node.store.write("act", ME, policy=False) as writer:
        writer.add_domain(name)


def test_a_node_that_is_asked_by_many_at_once_keeps_its_connections(node: Node) -> None:
    together = threading.Barrier(12)
    processes: list[set[int]] = [set(), set()]

    def release(told: set[int]) -> None:
        with node.store.gate() as gate:
            together.wait(LONG)
            told.add(getattr(gate, "_link").info.backend_pid)  # noqa: B009 - the port has none

    for told in processes:
        threads = [threading.Thread(target=release, args=(told,), daemon=True) for _ in range(12)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(LONG)
    assert len(processes[0]) == 12
    assert processes[0] == processes[1]


def test_a_change_by_another_of_the_process_waits_for_a_release_that_reads(node: Node) -> None:
    done = threading.Event()

    def change() -> None:
        add_domain(node.store, "new", ME)
        done.set()

    with node.store.gate(), node.store.read() as reader:
        epoch = reader.epoch()
        changing = threading.Thread(target=change, daemon=True)
        changing.start()
        assert not done.wait(0.3)
        assert reader.epoch() == epoch
    assert done.wait(LONG)
    changing.join(LONG)
