"""Backups while others work, and what is left when a backup, a restore, a move or a migration is killed anywhere."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from comity.compose import Node, open_node, verify
from comity.core.errors import ComityError, NodeDamaged
from comity.core.ledger import root
from comity.keeping import Keeping, Standing, back_up, finish_move, migrate, move, restore, standing
from comity.service.disclose import export
from comity.service.releasing import Request, outlet, page, release
from comity.service.replay import replay
from comity.service.suspending import NewSuspension, suspend
from comity.store import address
from tests import postgres
from tests.crash.acting import KILLED, clock
from tests.crash.keeping import WHY, Task
from tests.filled import filled
from tests.nodes import ME, Clock
from tests.sending import found, ident, send, thing
from tools.shapes import prepare_old

ROOT: Final = Path(__file__).parents[2]
BACKUPS: Final = int(os.environ.get("COMITY_BACKUPS", "2"))
STEP: Final = int(os.environ.get("COMITY_KILLS_STEP", "19"))
"""Of the points at which a child ends itself, every so-many-th is tried."""
PLAY: Final = [sys.executable, "-m", "tests.crash.keeping"]


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest) -> str | None:
    """Where the node's record is: in its folder, or in a database of its own."""
    return request.getfixturevalue("database") if request.param == "postgresql" else None


def keeping(folder: Path) -> Keeping:
    return Keeping(directory=folder, clock=clock)


def whole(folder: Path) -> Standing:
    """How far the node has come, which verifies and replays."""
    with open_node(folder, clock) as node:
        verify(node)
        assert replay(node.store, node.vault).findings == ()
        return standing(node)


class Worker:
    """A process that acts on a node."""

    def __init__(self, node: Path, out: Path, seed: int) -> None:
        command = [*PLAY, "work", str(node), str(out), str(seed)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.acts = 0

    def acknowledged(self) -> int:
        """Waits for the next acknowledgement; how many acts there were then."""
        assert self._process.stdout
        self.acts = int(self._process.stdout.readline())
        return self.acts

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()


@contextmanager
def working(node: Path, out: Path) -> Iterator[list[Worker]]:
    """Two processes that import and hand over at the same time."""
    out.mkdir()
    workers = [Worker(node, out, seed) for seed in (1, 2)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.end()


def test_backups_under_load_restore_to_what_verifies(tmp_path: Path, kept: str | None) -> None:
    """Each has all that was acknowledged before it began, and is the node's register up to a point."""
    found(tmp_path / "node", Clock(clock()), database=kept).close()
    made: list[Standing] = []
    with working(tmp_path / "node", tmp_path / "out") as workers:
        for number in range(BACKUPS):
            before = max(worker.acknowledged() for worker in workers)
            made.append(back_up(keeping(tmp_path / "node"), tmp_path / f"copy-{number}{'.tar' * (number % 2)}", WHY))
            assert made[-1].entries >= before
    with open_node(tmp_path / "node", clock) as node, node.store.read() as reader:
        hashes = list(reader.hashes())
    for number, each in enumerate(made):
        again = tmp_path / f"again-{number}"
        assert each.root == root(hashes[: each.entries])
        assert restore(keeping(again), tmp_path / f"copy-{number}{'.tar' * (number % 2)}", WHY).root == each.root
        assert whole(again).entries == each.entries + 1
        with open_node(again, clock) as node:
            assert send(node, "USA", thing("after")).accepted == 1
    assert [each.entries for each in made] == sorted({each.entries for each in made})


# Killed at every point


class Player:
    """Does one thing after another in children, which end themselves somewhere."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [*PLAY, "keep"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
        )

    def play(self, task: Task) -> int:
        """How the child ended."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(task)) + "\n")
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture
def player() -> Iterator[Player]:
    made = Player()
    yield made
    made.close()


def killed(player: Player, task: Callable[[int], Task], check: Callable[[int], None], coarse: int = 1) -> int:
    """Play a task until it comes to its end, ended by itself at one point after another; how often it was.

    Around the few calls that give something its name it always is.
    """
    kills, some = 0, (STEP - 1) * coarse
    for kind, step in (("statement", 1 + some), ("call", 1 + some // 6), ("name", 1)):
        number = 1
        while True:
            stated = task(kills)
            code = player.play(Task(**{**asdict(stated), "stop": (kind, number)}))
            check(kills)
            kills += 1
            if code == 0:
                break
            assert code == KILLED
            number += step
    print(f"{kills} points to be killed at")  # noqa: T201 - the figure of the soak
    return kills


def test_a_backup_is_killed_anywhere(tmp_path: Path, player: Player, kept: str | None) -> None:
    """There is a whole backup or none, and the next one of that name takes away what is left."""
    filled(tmp_path / "node", kept).close()
    before = whole(tmp_path / "node")
    place = tmp_path / "copy.tar"

    def check(_: int) -> None:
        if place.exists():
            found = restore(keeping(tmp_path / "again"), place, WHY)
            assert whole(tmp_path / "again").entries == found.entries + 1
            assert f"a backup of {found.entries} entries with root {found.root.hex()}" in recorded(tmp_path / "node")
            shutil.rmtree(tmp_path / "again")
            place.unlink()

    kills = killed(player, lambda _: Task(do="backup", node=str(tmp_path / "node"), place=str(place)), check, coarse=3)
    assert kills > 4
    assert whole(tmp_path / "node").entries > before.entries
    back_up(keeping(tmp_path / "node"), place, WHY)
    assert {path.name for path in tmp_path.iterdir()} == {"node", "node-out.json", "copy.tar"}


def test_a_restore_is_killed_anywhere(tmp_path: Path, player: Player) -> None:
    """There is a whole node, or what says of itself that it is none and is to be removed."""
    filled(tmp_path / "node").close()
    back_up(keeping(tmp_path / "node"), tmp_path / "copy", WHY)
    before = whole(tmp_path / "copy")
    again = tmp_path / "again"

    def check(_: int) -> None:
        if (again / "comity.sqlite").exists():
            assert whole(again).entries == before.entries + 1
        elif again.exists():
            with pytest.raises(ComityError, match=r"remove|restore"):
                open_node(again, clock)
        with suppress(FileNotFoundError):
            shutil.rmtree(again)

    task = Task(do="restore", node=str(again), place=str(tmp_path / "copy"))
    assert killed(player, lambda _: task, check, coarse=3) > 4
    assert whole(tmp_path / "copy") == before


def test_a_move_to_postgresql_is_killed_anywhere(tmp_path: Path, player: Player, server: postgres.Server) -> None:
    """The node is where it was or where it goes, whole; and it can be moved there then, whatever was left there."""
    urls: list[str] = []
    pristine, node = tmp_path / "pristine", tmp_path / "node"
    filled(pristine).close()
    before = whole(pristine)

    def task(_: int) -> Task:
        shutil.rmtree(node, ignore_errors=True)
        shutil.copytree(pristine, node)
        urls.append(server.fresh())
        return Task(do="move", node=str(node), database=urls[-1])

    def check(_: int) -> None:
        if not (node / "database").exists():
            assert whole(node) == before
            move(keeping(node), address.parse(urls[-1]), WHY)
        assert whole(node).entries == before.entries + 1
        assert not list(node.glob("*.to_*"))
        shutil.rmtree(node)
        server.drop(urls[-1])

    assert killed(player, task, check, coarse=40) > 4


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
def test_a_move_from_postgresql_is_killed_anywhere(
    tmp_path: Path, player: Player, server: postgres.Server, there: str
) -> None:
    """Never do two records take acts, also by who has the old one open; and a move that is not finished can be."""
    node, urls, early = tmp_path / "node", [server.fresh()], list[Node]()
    filled(node, urls[0]).close()
    note = node / "database"

    def task(number: int) -> Task:
        if not note.exists():
            urls.append(server.fresh())
            move(keeping(node), address.parse(urls[-1]), WHY)
        early.append(open_node(node, clock))
        assert takes(early[-1], f"early-{number}")
        if there == "sqlite":
            return Task(do="move", node=str(node))
        urls.append(server.fresh())
        return Task(do="move", node=str(node), database=urls[-1])

    def check(number: int) -> None:
        with early.pop() as old:
            still = takes(old, f"late-{number}")
        if not opens(node):
            assert not still
            with pytest.raises(NodeDamaged, match="run `comity move` again"):
                open_node(node, clock)
            assert finish_move(keeping(node)) is not None
        assert whole(node).entries
        with open_node(node, clock) as new, new.store.read() as reader:
            assert bool(reader.copies([ident(f"late-{number}")])) is still
            assert reader.copies([ident(f"early-{number}")])
        assert finish_move(keeping(node)) is None

    assert killed(player, task, check, coarse=40) > 4
    for url in urls:
        server.drop(url)


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
def test_between_the_commit_and_the_step_nobody_acts(
    tmp_path: Path, player: Player, server: postgres.Server, database: str, there: str
) -> None:
    """Neither who has the old record open, nor another folder that names it; and only the right folder goes on."""
    node, new, twin = tmp_path / "node", server.fresh(), tmp_path / "twin"
    filled(node, database).close()
    shutil.copytree(node, twin)
    with open_node(node, clock) as early:
        for number in range(7):  # so that the driver has prepared its statements
            assert takes(early, f"early-{number}")
            export(early.store, "UKR", tmp_path / f"{number}.json", ME, vault=early.vault)
        goal, point = (None, 3) if there == "sqlite" else (new, 1)  # the first name that is given after the commit
        assert player.play(Task(do="move", node=str(node), database=goal, stop=("name", point))) == KILLED
        assert not takes(early, "late")
        with pytest.raises(ComityError):
            suspend(early.store, NewSuspension(frm="GBR", to="UKR"), ME)
        with pytest.raises(ComityError):
            export(early.store, "UKR", tmp_path / "late.json", ME, vault=early.vault)
        with (
            pytest.raises(ComityError),
            release(outlet(early.store, early.vault), Request(to="UKR", word=ME, choose=page(None, 9))) as given,
        ):
            list(given.content)
    assert finish_move(keeping(twin)) is None
    for folder in (node, twin):
        with pytest.raises(NodeDamaged, match="run `comity move` again"):
            open_node(folder, clock)
    done = finish_move(keeping(node))
    assert done is not None
    assert done.to == (None if goal is None else address.parse(goal))
    with open_node(node, clock) as late:
        assert takes(late, "after")
    assert whole(node).entries
    with pytest.raises(NodeDamaged, match="moved out of this database"):
        open_node(twin, clock)
    server.drop(new)


def opens(folder: Path) -> bool:
    """Whether the node opens."""
    try:
        open_node(folder, clock).close()
    except NodeDamaged:
        return False
    return True


def takes(node: Node, name: str) -> bool:
    """Whether whoever has this node open can act in it."""
    try:
        return send(node, "USA", thing(name)).accepted == 1
    except ComityError:
        return False


def recorded(folder: Path) -> list[str | None]:
    """What the acts of a node name as evidence."""
    with open_node(folder, clock) as node, node.store.read() as reader:
        return [act.word.evidence for act in reader.acts()]


def test_a_migration_is_killed_anywhere(tmp_path: Path, player: Player) -> None:
    """The node is as it was, and is migrated then; or it has been."""
    node, places = tmp_path / "node", iter(range(10_000))

    def task(_: int) -> Task:
        shutil.rmtree(node, ignore_errors=True)
        prepare_old(node)
        return Task(do="migrate", node=str(node), place=str(tmp_path / f"copy-{next(places)}"))

    def check(_: int) -> None:
        migrate(keeping(node), None, WHY)
        assert whole(node).entries == 12

    assert killed(player, task, check, coarse=10) > 4


# A full disk


def fill(tmp_path: Path, *, mounted: bool) -> dict[str, Any]:
    """What a backup says on a disk that is too small for it: a real one, or files that may not grow."""
    small = tmp_path / "small"
    command = [*PLAY, "fill", str(tmp_path / "node"), str(small / "copy.tar")]
    environment = dict(os.environ)
    if mounted:
        line = f"mount -t tmpfs -o size=400k comity '{small}' && exec {' '.join(command)}"
        command = ["unshare", "-m", "sh", "-c", line]
    else:
        environment["COMITY_TEST_ROOM"] = "300000"
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=environment).stdout
    found: dict[str, Any] = json.loads(said)
    return found


def can_mount(folder: Path) -> bool:
    """Whether a small disk can be mounted that nobody else sees."""
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=1m", "comity", str(folder)]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("mounted", [False, True])
def test_a_disk_that_is_full_leaves_no_backup(tmp_path: Path, kept: str | None, mounted: bool) -> None:
    filled(tmp_path / "node", kept).close()
    (tmp_path / "small").mkdir()
    found = fill(tmp_path, mounted=mounted and can_mount(tmp_path / "small"))
    assert "small/copy.tar` could not be written" in found["said"]
    assert "nothing is left of it: " in found["said"]
    assert found["left"] == []
    assert whole(tmp_path / "node").entries
