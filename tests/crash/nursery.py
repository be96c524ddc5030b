"""Children that act on one node until they are killed, and what the node is held to afterwards."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from comity.compose import open_node, verify, verify_register
from comity.service.ports import Reader
from comity.service.replay import replay
from tests.crash.acting import Task, clock
from tests.nodes import Clock
from tests.sending import found

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 60.0
"""Seconds that children may take for something, on a machine that is busy."""


class Cradle:
    """One process from which children are forked, one after the other."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.crash.acting"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
        )
        self.child = 0

    def start(self, task: Task) -> int:
        """The process number of a new child."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asdict(task)) + "\n")
        self._process.stdin.flush()
        self.child = self._said()
        return self.child

    def ended(self) -> int:
        """How the child ended."""
        code = self._said()
        self.child = 0
        return code

    def kill(self) -> None:
        """SIGKILL for the child."""
        os.kill(self.child, signal.SIGKILL)
        assert self.ended() == -signal.SIGKILL

    def close(self) -> None:
        """Nothing more is started, and nothing goes on."""
        if self.child:
            with suppress(ProcessLookupError):
                os.kill(self.child, signal.SIGKILL)
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        assert self._process.stdout
        self._process.stdout.close()

    def _said(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


class Nursery:
    """Starts children on one node, and holds the node to what they have acknowledged."""

    def __init__(self, folder: Path, database: str | None = None, cradles: int = 1, seed: int = 1) -> None:
        """Found the node; each child has the same seed in each run."""
        self.node, self.out, self.logs = folder / "node", folder / "out", folder / "logs"
        self.witness = folder / "witness.jsonl"
        self.out.mkdir()
        self.logs.mkdir()
        found(self.node, Clock(clock()), database=database).close()
        self.cradles = [Cradle() for _ in range(cradles)]
        self.seed = seed * 100_000
        self.recorded: dict[int, tuple[str, ...]] = {}
        self.seen: set[Path] = set()
        self.told: Counter[str] = Counter()
        """How many lines of each log were looked at."""

    def start(self, acts: int, cradle: int = 0, stop: tuple[str, int] | None = None, *, patient: bool = False) -> Task:
        """A child that does so many acts."""
        self.seed += 1
        log = str(self.logs / str(self.seed))
        Path(log).touch()
        task = Task(
            node=str(self.node), log=log, out=str(self.out), seed=self.seed, acts=acts, stop=stop, patient=patient
        )
        self.cradles[cradle].start(task)
        return task

    def wait(self, acknowledgements: int, seconds: float) -> None:
        """Until there are so many more, however slow the machine is just now, and then a little longer."""
        wanted, deadline = len(self.acknowledged()) + acknowledgements, time.monotonic() + PATIENCE
        while len(self.acknowledged()) < wanted and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(self.acknowledged()) >= wanted, "the children do not go on"
        time.sleep(seconds)

    def untold(self) -> Iterator[dict[str, Any]]:
        """Every line since the last time."""
        for log in sorted(self.logs.iterdir()):
            lines = log.read_text(encoding="utf-8").split("\n")[self.told[log.name] : -1]
            self.told[log.name] += len(lines)
            yield from map(json.loads, lines)

    def said(self) -> Iterator[dict[str, Any]]:
        """Every line of every child; one that was cut off was none."""
        for log in sorted(self.logs.iterdir()):
            yield from map(json.loads, log.read_text(encoding="utf-8").split("\n")[:-1])

    def acknowledged(self) -> list[dict[str, Any]]:
        """Every acknowledgement."""
        return [each for each in self.said() if each["kind"] not in ("refused", "given")]

    def check(self, *, whole: bool = False) -> None:
        """The node opens, verifies and has what was acknowledged; what left is on record, and replays. Others act on.

        What was seen before is looked at again only for the `whole`.
        """
        if whole:
            self.seen, self.told, self.recorded = set(), Counter(), {}
        files, new = set(self.out.glob("[!.]*")) - self.seen, list(self.untold())
        start = max(self.recorded, default=0)
        with open_node(self.node, clock, patience=5) as node:
            verify(node)
            with node.store.read() as reader:
                self.recorded |= handed_over(reader, start)
                for each in new:
                    assert is_there(reader, self.recorded, each), each
            for file in files:
                assert content_of(file) in self.recorded.values(), file
            assert replay(node.store, node.vault, start=start).findings == ()
            if whole:
                verify_register(node, self.witness)
        self.seen |= files

    def counts(self) -> Counter[str]:
        """How often what was acknowledged, or refused and why."""
        return Counter(each.get("why", each["kind"]) for each in self.said())

    def close(self) -> None:
        """Nothing more is started."""
        for cradle in self.cradles:
            cradle.close()


Recorded = Mapping[int, tuple[str, ...]]
"""By entry: the digests of what the register says was handed over."""


def is_there(reader: Reader, recorded: Recorded, said: dict[str, Any]) -> bool:
    """Whether the node has what was acknowledged."""
    found = False
    match said["kind"]:
        case "import":
            found = set(reader.copies(said["ids"])) == set(said["ids"])
        case "suspend":
            ends = {stop.id: stop.window.end for stop in reader.policy().suspensions}
            found = said["id"] in ends and (ends[said["id"]] <= reader.latest()) is said["lifted"]
        case "consent":
            found = reader.knows("consent", said["id"])
        case "attest":
            ends_of = (reader.one(said["item"]).ordinal, reader.one(said["source"]).ordinal)
            found = len(reader.attestations(*ends_of)) == 1
        case "export":
            left = Path(said["file"]).read_bytes()
            found = hashlib.sha256(left).hexdigest() == said["sha256"] and len(recorded[said["leaf"]]) == said["count"]
        case "release":
            found = said["count"] == (0 if said["leaf"] is None else len(recorded[said["leaf"]]))
        case "head":
            found = reader.size() >= said["size"]
        case "given":
            found = said["sha256"] in recorded[said["leaf"]]
        case _:
            found = said["kind"] == "refused"
    return found


def handed_over(reader: Reader, start: int) -> Recorded:
    """What was handed over, from an entry on."""
    rows = list(reader.disclosures(start=start))
    items = {item for row in rows for item in row.items}
    digests = {item: held.digest.hex() for item, held in reader.held(sorted(items)).items()}
    return {row.leaf: tuple(digests[item] for item in row.items) for row in rows}


def content_of(file: Path) -> tuple[str, ...]:
    """The digests of the objects of an exported bundle, in their order."""
    lines = file.read_bytes().split(b"\n")
    return tuple(hashlib.sha256(line.removesuffix(b",")).hexdigest() for line in lines[1:-2])
