"""Killed at any point, a node comes back by itself, verifies, and has everything that it had acknowledged.

Whatever it has handed over is on record, and replay permits it. On SQLite processes are killed, on PostgreSQL also the
server's process for one of them, and the whole server.
"""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from tests import postgres
from tests.crash.acting import KILLED
from tests.crash.nursery import Nursery

KILLS: Final = int(os.environ.get("COMITY_KILLS", "8"))
SEED: Final = int(os.environ.get("COMITY_KILLS_SEED", "1"))
ROUND: Final = 20
"""Kills of one node; each time it is checked whole, and it grows."""
STEP: Final = int(os.environ.get("COMITY_KILLS_STEP", "19"))
"""Of the points at which a child ends itself, every so-many-th is tried."""
NODES: Final = 1 + 16 // STEP
"""How many nodes share these points."""
TOGETHER: Final = 3
"""Children that act on a node at the same time."""
ENDLESS: Final = 2_000
"""Acts of a child that is to be killed before."""

Kill = Callable[[Nursery, random.Random], None]


def kill_a_child(nursery: Nursery, lots: random.Random) -> None:
    """One of those that act; another takes its place after the node was looked at."""
    cradle = lots.randrange(TOGETHER)
    nursery.cradles[cradle].kill()
    nursery.check()
    nursery.start(ENDLESS, cradle, patient=True)


def killed(nursery: Nursery, first: int, kills: list[Kill]) -> None:
    """Several act at the same time, one thing after another is killed, and they go on."""
    lots, done = random.Random(SEED + first), Counter[str]()
    with closing(nursery):
        for number in range(TOGETHER):
            nursery.start(ENDLESS, number, patient=True)
        for _ in range(min(ROUND, KILLS - first)):
            nursery.wait(lots.randint(0, 6), lots.random() * 0.1)
            kill = lots.choice(kills)
            kill(nursery, lots)
            done[kill.__name__] += 1
            nursery.check()
        for cradle in nursery.cradles:
            cradle.kill()
        nursery.check(whole=True)
        assert len(nursery.acknowledged()) > done.total()
        print(dict(done), dict(nursery.counts()))  # noqa: T201 - the figures of the soak


@pytest.mark.parametrize("first", range(0, KILLS, ROUND))
def test_killed_at_any_moment(tmp_path: Path, first: int) -> None:
    """SIGKILL from outside for one of several processes, whenever; the others go on."""
    killed(Nursery(tmp_path, cradles=TOGETHER, seed=SEED + first), first, [kill_a_child])


@pytest.mark.parametrize("first", range(0, KILLS, ROUND))
def test_killed_at_any_moment_on_postgresql(tmp_path: Path, server: postgres.Server, first: int) -> None:
    """SIGKILL also for any process of the server, and for the server: nobody is started anew, and all go on."""
    del server  # skips where there is none; this one is to be killed

    def kill_a_backend(nursery: Nursery, lots: random.Random) -> None:
        running = [pid for (pid,) in own.run("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")]
        with suppress(ProcessLookupError):  # ended by itself meanwhile
            os.kill(int(str(lots.choice(running))), signal.SIGKILL)
        nursery.wait(2 * TOGETHER, 0)

    def kill_the_server(nursery: Nursery, _: random.Random) -> None:
        own.kill()
        own.start()
        nursery.wait(2 * TOGETHER, 0)

    with closing_server(postgres.Server()) as own:
        nursery = Nursery(tmp_path, own.fresh(), TOGETHER, SEED + first)
        killed(nursery, first, [kill_a_child, kill_a_backend, kill_the_server])


@contextmanager
def closing_server(server: postgres.Server) -> Iterator[postgres.Server]:
    try:
        yield server
    finally:
        server.stop()


ACTS: Final = 8
"""One of each kind, and one more."""


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest) -> str | None:
    """Where the node keeps its record."""
    return request.getfixturevalue("database") if request.param == "postgresql" else None


@pytest.mark.parametrize("first", range(NODES))
@pytest.mark.parametrize("kind", ["statement", "call"])
def test_killed_at_every_point(tmp_path: Path, kept: str | None, kind: str, first: int) -> None:
    """A child ends itself at one statement of the database, or at one change of a file, after another."""
    step = STEP if kind == "statement" else max(1, STEP // 6)
    number, kills, code = 1 + first * step, 0, KILLED
    with closing(Nursery(tmp_path, kept, seed=SEED)) as nursery:
        while code == KILLED:
            nursery.start(ACTS, stop=(kind, number))
            code = nursery.cradles[0].ended()
            nursery.check()
            number, kills = number + step * NODES, kills + (code == KILLED)
        nursery.check(whole=True)
        assert code == 0
        assert kills
        print(f"{kills} {kind}s to be killed at,", dict(nursery.counts()))  # noqa: T201 - the figures of the soak
