"""A node's record from one database to another, in one step that happens or does not.

The record is where the folder's file `database` says, and in `comity.sqlite` where that file is not there. So the step
is one name in the folder, which appears or goes.

INVARIANT: from before the first row is read until after the step the move is the record's one writer, and no release is
under way. Who writes later sees that the record is elsewhere: in a file, because it looks (`Sqlite`), on PostgreSQL,
because the tables have been set aside. What was copied is kept, under a name that says when.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection

from comity.core.errors import NodeDamaged, NodeUnwritable
from comity.store import copying, folder, gate, migrate, verify
from comity.store.address import Address
from comity.store.copying import Progress
from comity.store.database import Database
from comity.store.folder import ADDRESS, BESIDE, DATABASE
from comity.store.sqlite import LOCK, Sqlite

_ARRIVING: Final = "comity.sqlite.moving"
_ARRIVING_ADDRESS: Final = "database.moving"
_LISTED: Final = 5


class Moved(NamedTuple):
    """What was moved, and where what was copied is kept."""

    rows: int
    aside: str


class Move(NamedTuple):
    """A move: of the node in `node`, from `source`, which it closes; `mark` is in the name of what is set aside."""

    node: Path
    source: Database
    mark: str
    progress: Progress


def to_file(move: Move) -> Moved:
    """Move the record from PostgreSQL into the node's folder. Whatever fails leaves the node as it was."""
    node = move.node
    with _said(node), _leaving(move, node / _ARRIVING) as old:
        for name in (LOCK, *gate.FILES):
            if not (node / name).exists():
                folder.write_new(node / name, b"")
        _set_files_aside(node, move.mark)  # of a move to PostgreSQL that was interrupted after its step
        folder.write_new(node / _ARRIVING, b"")
        target = Sqlite(node / _ARRIVING, create=True)
        try:
            with target.writing() as new:
                rows = _arrive(old, new, move.progress)
        finally:
            target.close()
        aside = _set_aside(old, move.mark)
        (node / _ARRIVING).rename(node / DATABASE)
        folder.sync(node)
        if (node / ADDRESS).exists():
            (node / ADDRESS).rename(node / f"{ADDRESS}.{move.mark}")
        folder.sync(node)
    return Moved(rows, aside)


def to_server(move: Move, address: Address) -> Moved:
    """Move the record to an empty database on PostgreSQL. Whatever fails leaves the node as it was."""
    from comity.store.postgres import Postgres  # noqa: PLC0415 - its driver is loaded where it is used

    node, aside = move.node, ""
    target = Postgres(address)
    try:
        with target.reading() as new:
            folder.must_be_empty(new, address)  # before anything waits: it may be the record's own
        with _said(node), _leaving(move, node / _ARRIVING_ADDRESS) as old:
            with target.writing() as new:
                folder.must_be_empty(new, address)
                rows = _arrive(old, new, move.progress)
                if not isinstance(move.source, Sqlite):
                    aside = _set_aside(old, move.mark)
            with _taken_back(target):
                folder.write_new(node / _ARRIVING_ADDRESS, f"{address.noted}\n".encode())
                if (node / ADDRESS).exists():
                    os.link(node / ADDRESS, node / f"{ADDRESS}.{move.mark}")
                (node / _ARRIVING_ADDRESS).rename(node / ADDRESS)
            folder.sync(node)
    finally:
        target.close()
    return Moved(rows, aside or _set_files_aside(node, move.mark))


@contextmanager
def _leaving(move: Move, arriving: Path) -> Iterator[Connection]:
    """The record as its one writer; what has arrived in the folder without its name is taken away."""
    try:
        with move.source.writing(policy=True) as old:
            migrate.must_be_current(old)
            _clear(arriving)
            try:
                yield old
            finally:
                _clear(arriving)  # before the next one may begin
    finally:
        move.source.close()


def _clear(arriving: Path) -> None:
    for suffix in BESIDE:
        arriving.with_name(f"{arriving.name}{suffix}").unlink(missing_ok=True)


def _arrive(old: Connection, new: Connection, progress: Progress) -> int:
    """Copy every row, and see that what has arrived is whole; how many rows."""
    migrate.create(new)
    sums = copying.copy(old, new, progress)
    copying.check(new, sums, progress)
    progress("checking the register", 0, 0)
    if faults := [fault for _, fault in zip(range(_LISTED), verify.faults(new), strict=False)]:
        raise NodeDamaged("\n".join([*faults, "the record is not whole, and was not moved: restore it first"]))
    return sum(found.rows for found in sums.values())


def _set_aside(old: Connection, mark: str) -> str:
    from comity.store.postgres_sql import set_aside  # noqa: PLC0415 - as in to_server

    set_aside(old, mark)
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
def _taken_back(target: Database) -> Iterator[None]:
    """What has arrived on PostgreSQL is taken away again where the folder could not be told."""
    try:
        yield
    except BaseException:
        with target.writing() as connection:
            migrate.drop(connection)
        raise


@contextmanager
def _said(node: Path) -> Iterator[None]:
    """The system's failures in our words."""
    try:
        yield
    except OSError as problem:
        raise NodeUnwritable(
            f"the record of `{node}` could not be moved: {problem.strerror}; it is where it was: make room, or make"
            " the folder writable, and try again"
        ) from problem
