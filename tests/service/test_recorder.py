"""Acts of many threads, committed together: each as if it were alone."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from comity.compose import Node
from comity.core.errors import Forbidden, UnknownName
from comity.service.partners import as_code
from comity.service.ports import Writer
from comity.service.recorder import Recorder
from comity.service.records import Word
from tests.nodes import ME, word_of

TOGETHER = 8


def test_an_act_is_durable_when_it_returns(node: Node) -> None:
    recorder = Recorder(node.store)
    act = recorder.record("release", ME, lambda writer: writer.act)
    with node.store.read() as reader:
        assert list(reader.acts())[-1] == act


def test_what_arrives_together_is_committed_together_and_each_is_an_act(node: Node) -> None:
    recorder, busy = Recorder(node.store), threading.Event()

    def slow(writer: Writer) -> int:
        busy.set()
        while len(recorder._waiting) < TOGETHER:  # until the others have arrived
            pass
        return writer.act.id

    with ThreadPoolExecutor(TOGETHER + 1) as threads:
        first = threads.submit(recorder.record, "release", ME, slow)
        busy.wait(10)
        rest = [threads.submit(recorder.record, "release", ME, lambda writer: writer.act.id) for _ in range(TOGETHER)]
        assert first.result(10) == 2
        assert sorted(each.result(10) for each in rest) == list(range(3, 3 + TOGETHER))
    with node.store.read() as reader:
        times = [act.at for act in reader.acts()]
        assert times == sorted(set(times))
        assert [leaf.act for leaf in reader.leaves()] == list(range(1, 3 + TOGETHER))


def test_an_act_that_fails_takes_no_other_with_it(node: Node) -> None:
    recorder, busy = Recorder(node.store), threading.Event()

    def slow(_: Writer) -> None:
        busy.set()
        while len(recorder._waiting) < 3:
            pass

    def failing(_: Writer) -> None:
        raise Forbidden("no")

    stranger = Word(actor="tester", by=as_code("ATL"), evidence="a letter")
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(recorder.record, "release", ME, slow)
        busy.wait(10)
        bad = threads.submit(recorder.record, "release", ME, failing)
        strange = threads.submit(recorder.record, "release", stranger, lambda writer: writer.act.id)
        good = threads.submit(recorder.record, "release", word_of("USA"), lambda writer: writer.act.id)
        first.result(10)
        assert good.result(10) == 3
        with pytest.raises(Forbidden, match="no"):
            bad.result(10)
        with pytest.raises(UnknownName):
            strange.result(10)
    with node.store.read() as reader:
        assert len(list(reader.acts())) == 3
