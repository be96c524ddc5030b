"""`no_disclosure_after_suspension`: 4 processes release while others stop, let go, and revoke, on clocks set apart.

After a stop has returned, nobody is handed what it stops, in whatever process, and no later entry of the register
records it; judged from what the processes have logged, and by replay. And each lock is needed: without it, this fails.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pytest

from comity.compose import verify
from comity.service.replay import replay
from tests import postgres
from tests.crash.acting import clock
from tests.nodes import Clock
from tests.processes.acting import Task
from tests.processes.judging import Judged, judge
from tests.processes.network import RECIPIENTS, WORDED, make, service

SECONDS: Final = float(os.environ.get("COMITY_PROCESSES_SECONDS", "8"))
TRIES: Final = 8
SHORT: Final = min(SECONDS, 4.0)
"""Seconds that are enough to see that a lock is missing."""
SEED: Final = int(os.environ.get("COMITY_PROCESSES_SEED", "1"))
ROOT: Final = Path(__file__).parents[2]
APART: Final = (0.0, 3.0, -3.0, 1.5, -2.0, 5.0, -0.4)
"""How many seconds the clocks of the processes are ahead or behind, by turns."""
SUSPENSIONS: Final = (("USA", "UKR"), ("USA", "POL"), ("GBR", "UKR"))


def tasks(folder: Path, readers: int, seconds: float, broken: str = "") -> list[Task]:
    """Who does what: readers, suspensions, consents and tokens, each a process of its own, on a clock of its own."""
    kinds: list[tuple[str, tuple[str, ...]]] = [("tokens", tuple(map(service, range(readers))))]
    kinds += [("suspend", each) for each in SUSPENSIONS[: readers - 1]]
    kinds += [("consent", (WORDED[number], to)) for number, to in enumerate(RECIPIENTS)]
    kinds += [("lapse", (WORDED[-1], to)) for to in RECIPIENTS]
    kinds += [("export", ())]
    kinds += [("release", (service(number),)) for number in range(readers)]
    return [
        Task(
            what=what,
            of=of,
            node=str(folder / "node"),
            log=str(folder / f"{number}.log"),
            seed=SEED * 1000 + number,
            seconds=seconds,
            apart=APART[number % len(APART)],
            threads=1 + (what == "release" and number % 2),
            broken=broken,
        )
        for number, (what, of) in enumerate(kinds)
    ]


def run(folder: Path, seconds: float, database: str | None, broken: str = "") -> Judged:
    """Let them run, and judge; the node is whole afterwards. On SQLite there are fewer."""
    readers = 2 if database is None else 4
    with make(folder / "node", Clock(clock()), readers, database) as node:
        given = tasks(folder, readers, seconds, broken)
        lines = "".join(f"{json.dumps(asdict(task))}\n" for task in given)
        ended = subprocess.run(
            [sys.executable, "-m", "tests.processes.acting"],
            input=lines, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=seconds + 120,
        )  # fmt: skip
        assert json.loads(ended.stdout) == [0] * len(given)
        found = judge(node, [Path(task.log) for task in given])
        print(f"{seconds:.0f} s, {readers} readers{f' without {broken}' if broken else ''}:", dict(found.counts))  # noqa: T201 - the figures of the soak
        verify(node)
        replayed = replay(node.store, node.vault)
        assert replayed.responses >= found.counts["released"]
        found.refused.extend(each for each in replayed.findings if each.reasons)
        assert len(found.refused) == len(replayed.findings)
    return found


def enough_happened(found: Judged, seconds: float) -> None:
    """Each kind of thing, often enough that a run which shows nothing is seen."""
    least = max(1, int(seconds / 8))
    for what in ("released", "asked while suspended", "released after a lift", "NotAuthenticated"):
        assert found.counts[what] >= least, (what, found.counts)
    for what in ("stop frm", "go frm", "stop item", "go item", "stop token", "lapse", "export"):
        assert found.counts[what] >= least, (what, found.counts)


Fresh = Callable[[], str | None]
"""An empty database for a node, or None for one that keeps its record in its folder."""


@pytest.fixture(params=["postgresql", "sqlite"])
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Where nodes keep their record."""
    if request.param == "sqlite":
        return lambda: None
    server: postgres.Server = request.getfixturevalue("server")
    return server.fresh


def test_no_disclosure_after_suspension(tmp_path: Path, fresh: Fresh) -> None:
    found = run(tmp_path, SECONDS, fresh())
    assert (found.sent_late, found.recorded_late, found.unrecorded, found.refused) == ([], [], [], [])
    enough_happened(found, SECONDS)


def test_the_gate_alone_is_enough(tmp_path: Path, fresh: Fresh) -> None:
    """While it is held no policy changes: what was decided under it needs no second look."""
    found = run(tmp_path, SHORT, fresh(), broken="epoch")
    assert (found.sent_late, found.recorded_late, found.unrecorded, found.refused) == ([], [], [], [])


def test_without_the_gate_something_is_sent_too_late(tmp_path: Path, fresh: Fresh) -> None:
    """Recorded before the suspension, and handed over after it has returned: the look at the epoch is no help."""
    found = next(found for found in runs(tmp_path, fresh, "gate") if found.sent_late)
    assert (found.recorded_late, found.unrecorded, found.refused) == ([], [], [])


def test_without_both_locks_something_is_recorded_too_late(tmp_path: Path, fresh: Fresh) -> None:
    """Decided before the suspension, and recorded after it: replay finds it, too."""
    found = next(found for found in runs(tmp_path, fresh, "both") if found.recorded_late)
    assert found.refused


def runs(folder: Path, fresh: Fresh, broken: str) -> Iterator[Judged]:
    """A few, for a machine that is so slow that little happens in one."""
    for attempt in range(TRIES):
        (folder / str(attempt)).mkdir()
        yield run(folder / str(attempt), SHORT, fresh(), broken)
    pytest.fail(f"without {broken} nothing was seen to go wrong in {TRIES} runs")
