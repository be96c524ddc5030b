"""A node's record from one database to another, in one step that happens or does not.

The record is where the folder's file `database` says, and in `comity.sqlite` where that file is not there. So the step
is one name in the folder, which appears or goes.

INVARIANT: never do two records take acts. From before the first row is read the move is the record's one writer, and no
release is under way. Who writes or releases later sees that the record is elsewhere: in a file, because it looks
(`Sqlite`), and there the step is taken under the file's lock; on PostgreSQL, because the tables have been set aside,
and there that is committed *before* the step. Whoever is killed between the two leaves a node that takes no acts, until
the next move has taken the step (`finish`).

Each move has a mark, which no other has. It is in the name of what is set aside, in the act `move`, which is the first
of the new record, and in the name of the file `database.to_…`, which is there from before anything is committed until
the step is taken, and says where the record goes. What was copied is kept.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from comity.core.errors import NodeDamaged, NodeUnwritable
from comity.core.ledger import Frontier
from comity.service.records import Word
from comity.store import copying, folder, gate, migrate, schema, verify
from comity.store.address import Address
from comity.store.copying import Progress
from comity.store.database import Database
from comity.store.derived import SqlReader
from comity.store.folder import ADDRESS, BESIDE, DATABASE
from comity.store.record import Record
from comity.store.snapshot import Clock
from comity.store.sqlite import LOCK, Sqlite

MARK: Final = migrate.ASIDE
"""How every mark begins."""
_ARRIVING: Final = "comity.sqlite.moving"
_GOING: Final = f"{ADDRESS}.to_"
_FILE: Final = "sqlite"
"""What stands in place of an address where the record goes into the folder."""
_LISTED: Final = 5
_LAST: Final = select(schema.act.c.kind, schema.act.c.evidence).order_by(schema.act.c.id.desc()).limit(1)
_UNTOUCHED: Final = "it is where it was: make room, or make the folder writable, and try again"
_HALF_WAY: Final = "the move is not finished: make the folder writable, and run `comity move` again, which finishes it"


class Moved(NamedTuple):
    """How many rows were moved, to where (None: the folder), and where what they were copied from is kept."""

    rows: int
    to: Address | None
    aside: str


class Move(NamedTuple):
    """A move: of the node in `node`, from `source`, which it closes, at `here` (None: its folder), on whose word."""

    node: Path
    source: Database
    here: Address | None
    mark: str
    word: Word
    clock: Clock
    progress: Progress


def to_file(move: Move) -> Moved:
    """Move the record from PostgreSQL into the node's folder. Whatever fails before the step leaves it as it was."""
    node, mark = move.node, move.mark
    with _said(node, _UNTOUCHED), _leaving(move) as old:
        for name in (LOCK, *gate.FILES):
            if not (node / name).exists():
                folder.write_new(node / name, b"")
        if move.here is not None and not (node / ADDRESS).exists():  # whose going is the step
            folder.write_new(node / ADDRESS, f"{move.here.discreet().noted}\n".encode())
        _set_files_aside(node, mark)  # of a move that was interrupted
        _clear(node)
        folder.write_new(node / _ARRIVING, b"")
        target = Sqlite(node / _ARRIVING, create=True)
        try:
            with target.writing() as new:
                rows = _arrive(move, old, target, new, "its folder")
        finally:
            target.close()
        aside = _set_aside(old, mark)
        (node / _ARRIVING).rename(node / DATABASE)  # beside `database`, which goes before it
        _note(node, mark, _FILE)
    with _said(node, _HALF_WAY):
        _step(node, mark)
        _forget(node, _FILE)
    return Moved(rows, None, aside)


def to_server(move: Move, address: Address) -> Moved:
    """Move the record to an empty database on PostgreSQL. Whatever fails before the step leaves it as it was.

    What an interrupted move of this node has left there is taken away.
    """
    from comity.store.postgres import Postgres  # noqa: PLC0415 - its driver is loaded where it is used

    node, mark, aside = move.node, move.mark, ""
    target = Postgres(address)
    try:
        with target.reading() as new:
            _must_be_free(node, new, address)  # before anything waits: it may be the record's own
        with _said(node, _UNTOUCHED), _leaving(move) as old:
            with target.writing() as new:
                if _must_be_free(node, new, address):
                    migrate.drop(new)
                rows = _arrive(move, old, target, new, str(address))
                if not isinstance(move.source, Sqlite):
                    aside = _set_aside(old, mark)
                _note(node, mark, address.noted)
            if isinstance(move.source, Sqlite):
                _step(node, mark)
        with _said(node, _HALF_WAY):
            if not isinstance(move.source, Sqlite):
                _step(node, mark)
            _forget(node, address.noted)
    finally:
        target.close()
    return Moved(rows, address, aside or _set_files_aside(node, mark))


def finish(node: Path, source: Database) -> str | None:
    """Take the step of a move from PostgreSQL that was interrupted before it; None where there is none.

    Returns where what was moved from is kept. Only for the very move whose mark the tables were set aside under: that
    is committed. It may be under way still, and about to take the step itself: nothing changes by that.
    """
    noted = _noted(node)
    if isinstance(source, Sqlite) or not noted:
        return None
    with source.reading() as old:
        here, kept = migrate.tables(old), migrate.set_asides(old)
    mark = None if here else next((each for each in noted if each in kept), None)
    if mark is None:
        return None
    with _said(node, _HALF_WAY):
        _step(node, mark)
    return _kept_on_server(mark)


def _step(node: Path, mark: str) -> None:
    """What the folder says of the record's place changes, in one step; nothing, where it has been taken."""
    going = node / f"{_GOING}{mark}"
    with suppress(FileNotFoundError):
        if going.read_text("utf-8").strip() == _FILE:
            (node / ADDRESS).rename(node / f"{ADDRESS}.{mark}")
            folder.sync(node)
            going.unlink()
        else:
            with suppress(FileNotFoundError, FileExistsError):
                os.link(node / ADDRESS, node / f"{ADDRESS}.{mark}")
            going.rename(node / ADDRESS)
    folder.sync(node)


def _note(node: Path, mark: str, where: str) -> None:
    """Say durably where the record goes."""
    folder.write_new(node / f"{_GOING}{mark}", f"{where}\n".encode())
    folder.sync(node)


def _forget(node: Path, where: str) -> None:
    """Take away what earlier moves to the same place have said: nothing is left there of them."""
    for left in _noted(node):
        if (node / f"{_GOING}{left}").read_text("utf-8").strip() == where:
            (node / f"{_GOING}{left}").unlink(missing_ok=True)


def _noted(node: Path) -> list[str]:
    """The marks of the moves that were begun in this folder and did not take their step."""
    return [path.name.removeprefix(_GOING) for path in sorted(node.glob(f"{_GOING}*"))]


def _must_be_free(node: Path, connection: Connection, address: Address) -> bool:
    """Whether a move of this node was interrupted here before its step. Forbidden when anything else is there.

    INVARIANT: taken away is only what nobody ever used: the last act in it is a move whose step this folder still has
    to take.
    """
    if not migrate.tables(connection):
        return False
    marks = _noted(node)
    last = connection.execute(_LAST).first() if marks and migrate.is_current(connection) else None
    if last is None or last.kind != "move" or (last.evidence or "").partition(":")[0] not in marks:
        folder.must_be_empty(connection, address)
    return True


@contextmanager
def _leaving(move: Move) -> Iterator[Connection]:
    """The record as its one writer; what has arrived in the folder without its name is taken away."""
    try:
        with move.source.writing(policy=True) as old:
            migrate.must_be_current(old)
            try:
                yield old
            finally:
                _clear(move.node)  # before the next one may begin
    finally:
        move.source.close()


def _clear(node: Path) -> None:
    for suffix in BESIDE:
        (node / f"{_ARRIVING}{suffix}").unlink(missing_ok=True)


def _arrive(move: Move, old: Connection, target: Database, new: Connection, where: str) -> int:
    """Copy every row, see that what has arrived is whole, and record the move there; how many rows were copied."""
    migrate.create(new)
    sums = copying.copy(old, new, move.progress)
    copying.check(new, sums, move.progress)
    move.progress("checking the register", 0, 0)
    if faults := [fault for _, fault in zip(range(_LISTED), verify.faults(new), strict=False)]:
        raise NodeDamaged("\n".join([*faults, "the record is not whole, and was not moved: restore it first"]))
    tree = Frontier()
    for leaf in SqlReader(new, move.clock).hashes():
        tree.add(leaf)
    said = f"{move.mark}: to {where}, after {tree.size} entries with root {tree.root().hex()}"
    with Record(target, move.clock).act(new, "move", replace(move.word, evidence=said), policy=False):
        pass
    return sum(found.rows for found in sums.values())


def _set_aside(old: Connection, mark: str) -> str:
    from comity.store.postgres_sql import set_aside  # noqa: PLC0415 - as in to_server

    set_aside(old, mark)
    return _kept_on_server(mark)


def _kept_on_server(mark: str) -> str:
    return f"the schema `{mark}` of its old database"


def _set_files_aside(node: Path, mark: str) -> str:
    """Give the file of the record, if it is there, a name that says when; the log of one that is open goes with it."""
    if (node / DATABASE).exists():
        for suffix in BESIDE:
            with suppress(FileNotFoundError):
                (node / f"{DATABASE}{suffix}").rename(node / f"{DATABASE}.{mark}{suffix}")
        folder.sync(node)
    return f"`{node / DATABASE}.{mark}`"


@contextmanager
def _said(node: Path, mend: str) -> Iterator[None]:
    """The system's failures in our words."""
    try:
        yield
    except OSError as problem:
        raise NodeUnwritable(f"the record of `{node}` could not be moved: {problem.strerror}; {mend}") from problem
