"""Where logs end is remembered only as long as every act is known."""

from pathlib import Path

import pytest

from comity.compose import open_node
from comity.service.records import NewReceipt
from comity.store.tail import Tail
from tests.nodes import ME, Clock, make


def test_an_end_is_forgotten_when_an_act_was_another_s() -> None:
    tail = Tail()
    tail.follow(1)["UKR", "received"] = 4
    assert tail.copy().follow(2) == {("UKR", "received"): 4}
    assert tail.copy().follow(3) == {}
    failed = tail.copy()
    failed.follow(2)["UKR", "received"] = 5
    assert tail.follow(2) == {("UKR", "received"): 4}


def test_two_processes_continue_one_log(tmp_path: Path) -> None:
    made = [NewReceipt("UKR", "received", b"{}"), NewReceipt("USA", "originated", b"[]")]
    with make(tmp_path / "node", Clock()) as one, open_node(tmp_path / "node", Clock()) as two:
        for node in (one, one, two, one, two, two, one):
            with node.store.write("export", ME, policy=False) as writer:
                writer.add_receipts(made)
        with one.store.read() as reader:
            assert reader.logs() == {("UKR", "received"): 7, ("USA", "originated"): 7}
            assert [row.seq for row in reader.receipts("UKR", "received")] == list(range(7))


def test_what_was_not_committed_is_not_remembered(tmp_path: Path) -> None:
    made = [NewReceipt("UKR", "received", b"{}")]
    with make(tmp_path / "node", Clock()) as node:

        def fail() -> None:
            with node.store.write("export", ME, policy=False) as writer:
                writer.add_receipts(made)
                writer.set_setting("x", 1 // 0)

        with pytest.raises(ZeroDivisionError):
            fail()
        with node.store.write("export", ME, policy=False) as writer:
            writer.add_receipts(made)
        with node.store.read() as reader:
            assert reader.logs() == {("UKR", "received"): 1}
