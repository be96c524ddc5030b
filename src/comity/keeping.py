"""How a node is kept: its backups, what is restored from them, its moves and its migrations. Only wiring."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Final

from comity.compose import Node, open_node, vault_of, verify, whole
from comity.core.errors import Forbidden
from comity.core.instant import Instant
from comity.core.ledger import Frontier
from comity.formats import instant
from comity.service import restoring
from comity.service.records import Word
from comity.service.restoring import Restored, Witnessed, backed_up
from comity.store import backup, folder
from comity.store import migrate as migrations
from comity.store.address import Address
from comity.store.copying import Progress, bring, size, unheard
from comity.store.database import Database, spoken
from comity.store.lock import Waiting
from comity.store.migrate import ASIDE
from comity.store.moving import Move, Moved, finish, to_file, to_server
from comity.store.record import Record
from comity.store.sqlite import must_be_no_backup
from comity.store.verify import faults

_NEWEST: Final = migrations.REVISIONS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How a node is opened to be kept: its folder, the clock, and who is told of waits and of progress."""

    directory: Path
    clock: Callable[[], Instant]
    database: Address | None = None
    waiting: Waiting | None = None
    progress: Progress = unheard

    def opened(self, patience: float) -> Node:
        """The node, open."""
        return open_node(self.directory, self.clock, patience, self.waiting, self.database)

    def kept(self) -> Database:
        """The node's database, of whatever revision."""
        return folder.open_database(self.directory, waiting=self.waiting, address=self.database)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a register has come: its entries, and the root over them."""

    entries: int
    root: bytes


def standing(node: Node) -> Standing:
    """How far the node's register has come."""
    tree = Frontier()
    with node.store.read() as reader:
        for leaf in reader.hashes():
            tree.add(leaf)
    return Standing(entries=tree.size, root=tree.root())


def back_up(keeping: Keeping, place: Path, word: Word, *, quick: bool = False) -> Standing:
    """Back the node up to `place`, while others write to it; the copy is verified, unless `quick`.

    INVARIANT: no backup has its name before the node's register says that it was made: it carries everything away.
    """
    found: list[Standing] = []

    def check(copy: Path) -> None:
        keeping.progress("checking", 0, 0)
        with open_node(copy, keeping.clock) as node:
            if not quick:
                verify(node, "the node is damaged, and so would be its backup: --quick makes one all the same")
            found.append(standing(node))
        with keeping.opened(inf) as node:  # as an export, it is not turned away by whoever writes
            backed_up(node.store, found[0].entries, found[0].root, word)

    database = keeping.kept()
    try:
        backup.write(keeping.directory, database, place, check, keeping.progress)
    finally:
        database.close()
    return found[0]


def restore(keeping: Keeping, place: Path, word: Word, witnessed: Witnessed | None = None) -> Restored:
    """Make the node anew from a backup, whole or not at all; it goes on from there, and its register says so.

    A backup of an earlier revision is brought up to date on the way. `witnessed` are heads as a witness has them;
    MalformedInput, and no node, where they are not of this one.
    """
    done: list[Restored] = []

    def acts(record: Record) -> None:
        node = Node(directory=keeping.directory, store=record, vault=vault_of(keeping.directory))
        keeping.progress("checking", 0, 0)
        verify(node, "the backup is damaged, and nothing was restored from it: take another one")
        found = standing(node)
        done.append(restoring.restore(record, found.entries, found.root, word, witnessed))

    with backup.opened(place, keeping.directory) as copy:
        source = folder.open_database(copy)
        try:
            with source.reading() as old:
                parts = folder.Parts(
                    keys=lambda keys: backup.copy_keys(copy / folder.KEYS, keys),
                    tables=lambda new: bring(old, new, keeping.progress),
                    acts=acts,
                )
                folder.make(keeping.directory, keeping.clock, parts, keeping.database)
        finally:
            source.close()
    return done[0]


def move(keeping: Keeping, to: Address | None, word: Word) -> Moved:
    """Move the node's record to an empty PostgreSQL database, or with None into its folder.

    It is the same after it, and an act `move` more.
    """
    here = folder.check(keeping.directory, keeping.database)
    if to is None and here is None:
        raise Forbidden(f"the node `{keeping.directory}` keeps its record in its folder already: name a database")
    when = instant.show(keeping.clock())[:19].replace(":", "").replace("-", "")
    mark = f"{ASIDE}{when}_{secrets.token_hex(4)}"
    task = Move(keeping.directory, keeping.kept(), here, mark, word, keeping.clock, keeping.progress)
    return to_file(task) if to is None else to_server(task, to)


def finish_move(keeping: Keeping) -> Moved | None:
    """Finish a move that was interrupted when nothing but its last step was missing; None where there is none.

    The act is in the record that has arrived: so nobody is asked again whether they may.
    """
    source = keeping.kept()
    try:
        aside = finish(keeping.directory, source)
    finally:
        source.close()
    if aside is None:
        return None
    database = folder.open_database(keeping.directory, waiting=keeping.waiting)
    try:
        with database.reading() as connection:
            return Moved(size(connection), folder.check(keeping.directory), aside)
    finally:
        database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What was brought up to date: from which revision to which."""

    before: str
    after: str


def migrate(keeping: Keeping, place: Path | None, word: Word) -> Migrated | None:
    """Bring a node of an earlier revision up to this program's, after a backup to `place`; None if it is.

    NodeDamaged, and the node as it was, where what has become of it does not verify; Forbidden for a backup, which a
    restore brings up to date.
    """
    must_be_no_backup(keeping.directory)  # before one of it is made
    database = keeping.kept()
    try:
        with database.reading() as connection:
            before = migrations.revision(connection)
        if before == _NEWEST:
            return None
        if place is not None:
            backup.write(keeping.directory, database, place, _readable, keeping.progress)
        keeping.progress("bringing up to date", 0, 0)
        beside = "without a backup" if place is None else f"after a backup to {place}"
        said = replace(word, evidence=f"from revision {before} to {_NEWEST}, {beside}")
        with database.writing(policy=True) as connection:
            migrations.upgrade(connection)
            with Record(database, keeping.clock).act(connection, "migrate", said, policy=False):
                pass
            whole(list(faults(connection)), "nothing was changed: restore the node from its last copy")
    finally:
        database.close()
    return Migrated(before=before, after=_NEWEST)


def _readable(copy: Path) -> None:
    """What can be seen of a backup of an earlier revision: that its database is sound."""
    database = folder.open_database(copy)
    try:
        with database.reading() as connection:
            whole(list(spoken(connection).faults(connection)), "restore the node from its last copy")
    finally:
        database.close()
