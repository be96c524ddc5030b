"""Processes for the tests of backups, moves and migrations: `python -m tests.crash.keeping work|keep|fill …`.

- `work NODE OUT SEED` acts without end, and says after each act, when it has returned, how many acts it knows of.
- `keep` reads one task a line, does each in a child, by fork, and says how the child ended.
- `fill NODE PLACE` backs up to a place that is too small, and says what was said, and what is left.
"""

import json
import os
import random
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from comity.compose import open_node
from comity.core.errors import ComityError, NodeUnwritable
from comity.keeping import Keeping, back_up, migrate, move, restore
from comity.service.disclose import export
from comity.service.records import Word
from comity.service.suspending import NewSuspension, lift, suspend
from comity.store import address
from tests.crash.acting import clock, stop_at
from tests.nodes import ME, word_of
from tests.sending import acts, send, thing

WHY = Word(actor="tester", why="a test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a child does to the node: `backup`, `restore`, `move` or `migrate`; `stop` names where it ends itself."""

    do: str
    node: str
    place: str | None = None
    database: str | None = None
    stop: tuple[str, int] | None = None


def work(folder: Path, out: Path, seed: int) -> None:
    """Import, hand over, stop and go on, until somebody ends this."""
    lots, number = random.Random(seed), 0
    with open_node(folder, clock, patience=60) as node:
        while True:
            number += 1
            name = f"{seed}-{number}"
            send(node, "USA", *(thing(f"{name}-{each}", content="x" * lots.randint(0, 2_000)) for each in range(5)))
            with suppress(ComityError):  # the other one may have stopped it
                export(node.store, "UKR", out / f"{name}.json", ME, vault=node.vault)
            if lots.random() < 0.5:
                made = suspend(node.store, NewSuspension(frm="USA", to="FRA"), word_of("USA"))
                lift(node.store, made.id, word_of("USA"))
            sys.stdout.write(f"{acts(node)}\n")
            sys.stdout.flush()


def keep(task: Task) -> None:
    """What a child does."""
    stop_at(task.stop)
    kept = Keeping(directory=Path(task.node), clock=clock)
    place = Path(task.place or "nowhere")
    match task.do:
        case "backup":
            back_up(kept, place, WHY)
        case "restore":
            restore(kept, place, WHY)
        case "move":
            move(kept, None if task.database is None else address.parse(task.database), WHY)
        case _:
            migrate(kept, place, WHY)


def fill(node: Path, place: Path) -> None:
    """What a backup says that finds no room, and what it leaves."""
    if os.environ.get("COMITY_TEST_ROOM"):
        room = int(os.environ["COMITY_TEST_ROOM"])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        back_up(Keeping(directory=node, clock=clock), place, WHY)
    except NodeUnwritable as problem:
        sys.stdout.write(
            json.dumps({"said": str(problem), "left": sorted(path.name for path in place.parent.iterdir())})
        )


def main() -> None:
    """One of the three."""
    match sys.argv[1:]:
        case ["work", node, out, seed]:
            work(Path(node), Path(out), int(seed))
        case ["fill", node, place]:
            fill(Path(node), Path(place))
        case _:
            for line in sys.stdin:
                stated = json.loads(line)
                _forked(Task(**{**stated, "stop": tuple(stated["stop"]) if stated["stop"] else None}))


def _forked(task: Task) -> None:
    child = os.fork()
    if not child:
        try:
            keep(task)
            os._exit(0)
        finally:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    _, status = os.waitpid(child, 0)
    sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
