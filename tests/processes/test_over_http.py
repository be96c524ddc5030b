"""`no_disclosure_after_suspension` over HTTP: four processes serve real clients, pages and open streams of events.

After `suspend` has returned, no response that begins later hands over what it stops, and no event does, whichever
process has the stream; judged from what the clients have logged, by the register and by replay. And the gate is needed:
without it in the servers, this fails.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from comity.compose import Node, verify
from comity.index.holding import Ordinal
from comity.service.accounts import NewAccount, add_account
from comity.service.replay import replay
from comity.service.tokens import NewToken, create_token
from tests import postgres
from tests.crash.acting import clock
from tests.nodes import ME, Clock
from tests.processes.judging import Entry, Span, recorded_late, spans
from tests.processes.network import ROOTS, Stop, make, stops
from tests.processes.over_http import STREAMS, Task
from tests.serving import served

SECONDS: Final = float(os.environ.get("COMITY_PROCESSES_SECONDS", "8"))
SHORT: Final = min(SECONDS, 6.0)
TRIES: Final = 6
SEED: Final = int(os.environ.get("COMITY_PROCESSES_SEED", "1"))
ROOT: Final = Path(__file__).parents[2]
SUSPENSIONS: Final = (("USA", "UKR"), ("FRA", "POL"))
PAGES: Final = ("UKR", "POL", "UKR")
_BROKEN: Final = (
    "import os\nfrom tests.processes import breaking\nbreaking.without(os.environ['COMITY_TESTS_WITHOUT'])\n"
)


@dataclass(slots=True, kw_only=True)
class Judged:
    """What was seen, and what is wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    told_late: list[str] = field(default_factory=list)
    """Events that came while what they tell was stopped."""
    answered_late: list[str] = field(default_factory=list)
    """Answers to what was asked and answered while it was stopped."""
    recorded_late: list[str] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    refused: list[object] = field(default_factory=list)


def tasks(folder: Path, node: Node, place: tuple[str, int], seconds: float) -> list[Task]:
    kinds = [("suspend", frm, to) for frm, to in SUSPENSIONS] + [("page", "", to) for to in PAGES]
    tokens = {to: _token(node, to) for to in ("UKR", "POL")}
    return [
        Task(
            what=what,
            frm=frm,
            to=to,
            node=str(node.directory),
            place=place,
            token=tokens[to],
            log=str(folder / f"{number}.log"),
            seed=SEED * 1000 + number,
            seconds=seconds,
        )
        for number, (what, frm, to) in enumerate(kinds)
    ]


def _token(node: Node, to: str) -> str:
    add_account(node.store, NewAccount(name=to.lower(), recipient=to), ME, vault=node.vault)
    new = NewToken(name="feed", scopes=frozenset({"release"}), account=to.lower())
    return create_token(node.store, new, ME, vault=node.vault).secret


def run(folder: Path, seconds: float, database: str | None, broken: str = "") -> Judged:
    """Serve it, let everybody act, and judge; the node is whole afterwards."""
    with make(folder / "node", Clock(clock()), 0, database) as node, ExitStack() as held:
        environment = _without(folder, broken) if broken else None
        workers = "2" if database is None else "4"
        server = held.enter_context(served(node.directory, "--workers", workers, environment=environment))
        given = tasks(folder, node, server.place, seconds)
        assert _all_did(given, seconds) == [0] * len(given)
        assert server.stop() == 0
        found = judge(node, [Path(task.log) for task in given])
        print(f"{seconds:.0f} s, {workers} workers{f' without {broken}' if broken else ''}:", dict(found.counts))  # noqa: T201 - the figures of the soak
        verify(node)
        found.refused.extend(each for each in replay(node.store, node.vault).findings)
    return found


def _without(folder: Path, broken: str) -> dict[str, str]:
    """The environment of servers that go without something, each worker from its first moment on."""
    (folder / "sitecustomize.py").write_text(_BROKEN)
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "COMITY_TESTS_WITHOUT": broken}


def _all_did(given: list[Task], seconds: float) -> list[int]:
    """Start a process for each, let all go when all are ready, and wait for them."""
    with ExitStack() as held:
        children = [
            held.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.processes.over_http"],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in given
        ]
        for child, task in zip(children, given, strict=True):
            assert child.stdin is not None
            child.stdin.write(f"{json.dumps(asdict(task))}\n")
            child.stdin.flush()
        for child in children:
            assert child.stdout is not None
            assert "ready" in child.stdout.readline()
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        return [child.wait(seconds + 120) for child in children]


def judge(node: Node, logs: list[Path]) -> Judged:
    """Hold what the clients have logged, and what the register says, against the law."""
    lines = [json.loads(line) for log in logs for line in log.read_text("utf-8").splitlines()]
    with node.store.read() as reader:
        acts = {act.at: act.id for act in reader.acts()}
        names = {number: held.stix_id for number, held in reader.held(map(Ordinal, range(1, len(ROOTS) + 1))).items()}
        entries = [
            Entry(row.leaf + 1, row.recipient, None, [names[one] for one in row.items]) for row in reader.disclosures()
        ]
    stopped, found = spans(lines, acts), Judged()
    handed = {(entry.to, item) for entry in entries for item in entry.items}
    for line in lines:
        _count(found, line, stopped)
        if line["what"] == "heard":
            stop = Stop(frm=line["frm"], to=line["to"])
            if line["when"] == "while":
                found.told_late += [f"{item} to {stop.to}" for item in line["items"] if stops(stop, item, line["to"])]
        if line["what"] in ("heard", "response"):
            found.unrecorded += [item for item in line["items"] if (line["to"], item) not in handed]
        if line["what"] == "response":
            found.answered_late += _answered_late(line, stopped)
    found.recorded_late.extend(recorded_late(entries, stopped))
    return found


def _answered_late(line: dict[str, Any], stopped: dict[Stop, list[Span]]) -> list[str]:
    return [
        f"{item} after {stop}"
        for stop, while_ in stopped.items()
        for span in while_
        if span.returned <= line["began"] and line["ended"] <= span.going
        for item in line["items"]
        if stops(stop, item, line["to"])
    ]


def _count(found: Judged, line: dict[str, Any], stopped: dict[Stop, list[Span]]) -> None:
    """How often what happened, so that a run in which nothing happened is seen."""
    found.counts[line["what"]] += 1
    if line["what"] == "heard":
        found.counts[f"heard {line['when']}"] += len(line["items"])
    if line["what"] == "response":
        found.counts[f"status {line['status']}"] += 1
        for stop, while_ in stopped.items():
            if stop.to == line["to"] and any(span.returned <= line["began"] <= span.going for span in while_):
                found.counts["asked while suspended"] += 1


Fresh = Callable[[], str | None]
"""An empty database for a node, or None for one that keeps its record in its folder."""


@pytest.fixture(params=["postgresql", "sqlite"])
def fresh(request: pytest.FixtureRequest) -> Fresh:
    if request.param == "sqlite":
        return lambda: None
    server: postgres.Server = request.getfixturevalue("server")
    return server.fresh


def test_no_disclosure_after_suspension_over_http(tmp_path: Path, fresh: Fresh) -> None:
    found = run(tmp_path, SECONDS, fresh())
    assert (found.told_late, found.answered_late, found.recorded_late) == ([], [], [])
    assert (found.unrecorded, found.refused) == ([], [])
    for what in ("stop", "go", "status 200", "asked while suspended"):
        assert found.counts[what] >= max(1, int(SECONDS / 8)), (what, found.counts)
    assert found.counts["heard before"] + found.counts["heard after"] >= STREAMS, found.counts


@pytest.mark.parametrize("broken", ["gate", "both"])
def test_without_the_gate_something_is_told_too_late(tmp_path: Path, fresh: Fresh, broken: str) -> None:
    """Recorded before the suspension, and handed over after it has returned; without both locks, recorded after it."""
    for attempt in range(TRIES):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        found = run(folder, SHORT, fresh(), broken)
        if found.recorded_late if broken == "both" else found.told_late:
            assert bool(found.refused) is (broken == "both")
            return
    pytest.fail(f"without {broken} nothing was seen to go wrong in {TRIES} runs")
