"""An act: its time, its epoch, its word; durable all together or not at all; readers see one moment."""

import threading
from collections.abc import Callable
from typing import TypeVar

import pytest

from comity.core.errors import NodeBusy
from comity.core.instant import Instant
from comity.service.ports import Store
from comity.service.records import Word
from tests.nodes import ME, START, Clock, word_of

Value = TypeVar("Value")


class Stop(Exception):
    pass


def fail_after(add: Callable[[Value], None], value: Value) -> None:
    """Add something, then fail."""
    add(value)
    raise Stop


def test_the_first_act_is_the_founding(store: Store) -> None:
    with store.read() as reader:
        (act,) = reader.acts()
        assert (act.id, act.at, act.kind, act.word, act.epoch) == (1, START, "init", ME, 1)
        assert (reader.epoch(), reader.latest()) == (1, START)


def test_only_a_change_of_policy_raises_the_epoch(store: Store) -> None:
    with store.write("other", ME, policy=False) as writer:
        assert writer.act.epoch == 1
    with store.write("change", ME, policy=True) as writer:
        assert writer.act.epoch == writer.epoch() == 2
    with store.read() as reader:
        assert reader.epoch() == 2


def test_acts_are_strictly_later_than_one_another_whatever_the_clock_says(store: Store, clock: Clock) -> None:
    for step in (0, 5, 0, -100, 0):
        clock.pass_by(step)
        with store.write("act", ME, policy=False):
            pass
    with store.read() as reader:
        times = [act.at - START for act in reader.acts()]
    assert times == [0, 1, 5_000_000, 5_000_001, 5_000_002, 5_000_003]


def test_now_is_the_later_of_the_clock_and_the_latest_act(store: Store, clock: Clock) -> None:
    clock.pass_by(60)
    with store.read() as reader:
        assert reader.now() == clock.now
    clock.now = Instant(0)
    with store.read() as reader:
        assert reader.now() == START


def test_the_word_is_kept_whole(store: Store) -> None:
    said = Word(actor="alice", by=word_of("USA").by, evidence="a letter", why="peace")
    with store.write("act", said, policy=False):
        pass
    with store.read() as reader:
        assert [act.word for act in reader.acts()] == [ME, said]


def test_an_act_that_fails_leaves_nothing(store: Store) -> None:
    with store.read() as reader:
        before = list(reader.acts())
    with pytest.raises(Stop), store.write("act", ME, policy=True) as writer:
        fail_after(writer.add_domain, "lost")
    with store.read() as reader:
        assert list(reader.acts()) == before
        assert "lost" not in reader.policy().domains
    with store.write("act", ME, policy=True) as writer:
        assert writer.act.id == 2


def test_an_act_under_way_is_seen_by_nobody_else(store: Store) -> None:
    with store.write("act", ME, policy=True) as writer:
        writer.add_domain("soon")
        assert "soon" in writer.policy().domains
        with store.read() as reader:
            assert reader.epoch() == 1
            assert "soon" not in reader.policy().domains


def test_a_snapshot_does_not_change(store: Store) -> None:
    with store.read() as reader:
        with store.write("act", ME, policy=True) as writer:
            writer.add_domain("later")
        assert reader.epoch() == 1
        assert "later" not in reader.policy().domains
    with store.read() as reader:
        assert "later" in reader.policy().domains


def test_a_second_writer_of_the_same_process_waits_too(store: Store) -> None:
    found: list[BaseException] = []

    def second() -> None:
        try:
            with store.write("second", ME, policy=False):
                pass
        except NodeBusy as busy:
            found.append(busy)

    with store.write("first", ME, policy=False):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(found) == 1
    with store.read() as reader:
        assert [act.kind for act in reader.acts()] == ["init", "first"]


def test_many_writers_at_once_all_get_their_turn_or_are_told(store: Store) -> None:
    def write() -> None:
        with store.write("turn", ME, policy=False):
            pass

    threads = [threading.Thread(target=write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as reader:
        acts = list(reader.acts())
    assert [act.kind for act in acts] == ["init", *["turn"] * 5]


def test_what_is_derived_is_rewritten_without_an_act(store: Store) -> None:
    with store.derive() as deriver:
        deriver.keep_shown("UKR", Instant(5), b"one")
        deriver.keep_shown("UKR", Instant(3), b"zero")
        deriver.keep_shown("UKR", Instant(5), b"two")
        deriver.set_labelled(Instant(7))
    with pytest.raises(Stop), store.derive() as deriver:
        fail_after(deriver.set_labelled, Instant(9))
    with store.read() as reader:
        assert reader.shown("UKR") == ((3, b"zero"), (5, b"two"))
        assert reader.shown("FRA") == ()
        assert reader.labelled() == 7
        assert len(list(reader.acts())) == 1
