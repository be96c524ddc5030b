"""Connections: readers do not use up a writer's, and a node of which too much is asked says so."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy.pool import QueuePool

from comity.core.errors import NodeBusy
from comity.service.policy import settle
from comity.service.ports import Store
from comity.store.sqlite import Sqlite
from tests.nodes import ME

MOST = 20


@contextmanager
def all_readers_in_use(store: Store) -> Iterator[None]:
    """As many snapshots as a process may have at once; who asks for another is refused soon."""
    database = getattr(store, "_database")  # noqa: B009 - the port has none
    pool = (database.engine if isinstance(database, Sqlite) else database._readers).pool
    assert isinstance(pool, QueuePool)
    pool._timeout = 0.1
    with ExitStack() as held:
        for _ in range(MOST):
            held.enter_context(store.read())
        yield


def test_a_node_of_which_too_much_is_asked_says_so(store: Store) -> None:
    with all_readers_in_use(store), pytest.raises(NodeBusy, match="too much at once"), store.read():
        pass
    with store.read() as reader:
        assert reader.epoch() == 1


def test_readers_do_not_keep_a_writer_from_its_turn(store: Store) -> None:
    with all_readers_in_use(store):
        with store.write("note", ME, policy=True) as writer:
            assert writer.act.epoch == 2
        with store.derive() as deriver:
            assert deriver.epoch() == 2


def test_a_change_that_is_recorded_returns_also_when_all_readers_are_in_use(store: Store) -> None:
    with store.write("export", ME, policy=False) as writer:
        writer.begin_flight()
    with store.write("change", ME, policy=True) as writer:
        epoch = writer.act.epoch
    with all_readers_in_use(store):
        settle(store, epoch, 0.0)
    with store.read() as reader:
        assert reader.in_flight() == ()
