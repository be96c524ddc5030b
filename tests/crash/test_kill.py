"""Killed at any point, a node opens, verifies, and has everything that it had acknowledged; and it goes on."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from comity.compose import open_node, verify
from comity.service.partners import as_code
from comity.service.ports import Reader
from tests.crash.acting import KILLED, Task, clock
from tests.nodes import Clock
from tests.sending import found

KILLS: Final = int(os.environ.get("COMITY_KILLS", "15"))
SEED: Final = int(os.environ.get("COMITY_KILLS_SEED", "1"))
PATIENCE: Final = 20.0
ROUND: Final = 20
"""Kills of one node; each time it is checked whole, and it grows."""
STEP: Final = int(os.environ.get("COMITY_KILLS_STEP", "19"))
"""Of the points at which a child ends itself, every so-many-th is tried."""
NODES: Final = 1 + 16 // STEP
"""How many nodes share these points."""


class Nursery:
    """Starts children on one node, and holds the node to what they have acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.node, self.log, self.out = folder / "node", folder / "log", folder / "out"
        self.out.mkdir()
        self.log.touch()
        found(self.node, Clock(clock())).close()
        command = [sys.executable, "-m", "tests.crash.acting"]
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
        self.children = 0
        self.seen: set[Path] = set()

    def start(self, acts: int, stop: tuple[str, int] | None = None, seed: int | None = None) -> int:
        """A child's process number."""
        self.children += 1
        seed = SEED * 100_000 + self.children if seed is None else seed
        task = Task(node=str(self.node), log=str(self.log), out=str(self.out), seed=seed, acts=acts, stop=stop)
        assert self.process.stdin
        self.process.stdin.write(json.dumps(asdict(task)) + "\n")
        self.process.stdin.flush()
        return self._said()

    def ended(self) -> int:
        """How the child ended."""
        return self._said()

    def _said(self) -> int:
        assert self.process.stdout
        return int(self.process.stdout.readline())

    def wait(self, acknowledgements: int, seconds: float) -> None:
        """Until there are so many more, however slow the machine is just now, and then a little longer."""
        wanted, deadline = len(self.acknowledged()) + acknowledgements, time.monotonic() + PATIENCE
        while len(self.acknowledged()) < wanted and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(seconds)

    def acknowledged(self) -> list[dict[str, Any]]:
        """Every acknowledgement; one that was cut off was none."""
        lines = self.log.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines[:-1]]

    def check(self) -> int:
        """The node opens, verifies, and has all that was acknowledged; how much that was."""
        said = self.acknowledged()
        # An acknowledgement that was cut off is closed, so that the next one is read.
        if (text := self.log.read_text(encoding="utf-8")) and not text.endswith("\n"):
            self.log.write_text(text[: text.rindex("\n") + 1] if "\n" in text else "", encoding="utf-8")
        with open_node(self.node, clock, patience=5) as node:
            verify(node)
            with node.store.read() as reader:
                for each in said:
                    assert is_there(reader, each), each
                new = set(self.out.glob("[!.]*")) - self.seen
                no_file_without_record(reader, new)
                self.seen |= new
        return len(said)

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)
        assert self.process.stdout
        self.process.stdout.close()


def is_there(reader: Reader, said: dict[str, Any]) -> bool:
    match said["kind"]:
        case "import":
            return set(reader.copies(said["ids"])) == set(said["ids"])
        case "suspend":
            ends = {stop.id: stop.window.end for stop in reader.policy().suspensions}
            return said["id"] in ends and (ends[said["id"]] < reader.now()) is said["lifted"]
        case "consent":
            return reader.knows("consent", said["id"])
        case "attest":
            ends_of = (reader.one(said["item"]).ordinal, reader.one(said["source"]).ordinal)
            return len(reader.attestations(*ends_of)) == 1
        case "export":
            content = Path(said["file"]).read_bytes()
            disclosed = [row for row in reader.disclosures(to="UKR") if row.leaf == said["leaf"]]
            whole = hashlib.sha256(content).hexdigest() == said["sha256"]
            return whole and sum(len(row.items) for row in disclosed) == int(said["count"])
        case _:
            return False


def no_file_without_record(reader: Reader, files: set[Path]) -> None:
    """What has left is what one entry of the register says has left, to the byte."""
    recorded = []
    for row in reader.disclosures(to=as_code("UKR")):
        held = reader.held(row.items)
        recorded.append({held[item].digest for item in row.items})
    for file in files:
        lines = file.read_bytes().split(b"\n")
        left = {hashlib.sha256(line.removesuffix(b",")).digest() for line in lines[1:-2]}
        assert left in recorded, file


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    made = Nursery(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("first", range(0, KILLS, ROUND))
def test_killed_at_any_moment(nursery: Nursery, first: int) -> None:
    """SIGKILL from outside, whenever; the node goes on, and is killed again."""
    lots = random.Random(SEED + first)
    kills, known = min(ROUND, KILLS - first), 0
    for _ in range(kills):
        child = nursery.start(acts=10_000)
        nursery.wait(lots.randint(0, 6), lots.random() * 0.1)
        os.kill(child, signal.SIGKILL)
        assert nursery.ended() == -signal.SIGKILL
        grown = nursery.check()
        assert grown >= known
        known = grown
    assert known > kills
    print(f"{kills} kills, {known} acknowledged acts")  # noqa: T201 - the figure of the soak


ACTS: Final = 6
"""One of each kind, and one more."""


@pytest.mark.parametrize("first", range(NODES))
@pytest.mark.parametrize("kind", ["statement", "call"])
def test_killed_at_every_point(nursery: Nursery, kind: str, first: int) -> None:
    """A child ends itself at one statement of the database, or at one change of a file, after another."""
    step = STEP if kind == "statement" else max(1, STEP // 6)
    number, kills = 1 + first * step, 0
    while True:
        nursery.start(acts=ACTS, stop=(kind, number))
        code = nursery.ended()
        nursery.check()
        if code == 0:
            break
        assert code == KILLED
        number, kills = number + step * NODES, kills + 1
    assert kills
    print(f"{kills} {kind}s to be killed at, {len(nursery.acknowledged())} acknowledged acts")  # noqa: T201 - the figure of the soak
