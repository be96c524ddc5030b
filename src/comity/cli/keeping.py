"""`comity backup`, `restore`, `move` and `migrate`: what a node is kept with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress as Bar

from comity import keeping as keep
from comity.cli.files import refuse_inside
from comity.cli.options import ACTING, ActingOptions, Asking, Flag, StatingOptions, clock, opened_node, waiting
from comity.cli.plain import plural
from comity.cli.terminal import answer, drawn, said
from comity.core.errors import MalformedInput
from comity.core.role import Duty
from comity.formats import instant
from comity.keeping import Keeping
from comity.service.restoring import Witnessed
from comity.service.witness import read as read_witness
from comity.store import address
from comity.store.address import Address
from comity.store.folder import ADDRESS
from comity.store.moving import MARK

_FOLDER: Final = "sqlite"
To = Annotated[str, Parameter(show_default=False)]


def backup(place: Path, /, *, quick: Flag = False, options: ActingOptions = ACTING) -> int:
    """Back the node up to a folder, or to one file if its name ends in .tar, while others go on working with it.

    A backup is a whole node, with its keys: it is as secret as the node, and not encrypted. It is there whole, verified
    and recorded in the node's register, or not at all.

    Example: `comity backup gbr-2025-03-21.tar --node gbr-node`

    Args:
        place: The folder or file to make; nothing may stand there.
        quick: Do not verify the copy; also makes one of a damaged node.
    """
    refuse_inside(options.folder, place)
    with opened_node(options, Duty.NODE):
        pass
    with _kept(options) as kept:
        found = keep.back_up(kept, place, options.word, quick=quick)
    document = {"backup": str(place), "entries": found.entries, "root": found.root.hex(), "verified": not quick}
    verified = "" if quick else ", verified"
    line = f"{place} is a backup of {options.folder}, with {plural(found.entries, 'entry')}{verified}"
    return answer(options, document, drawn(said(line), said("it holds the node's keys: keep it as secret as the node")))


def restore(place: Path, /, *, witness: Path | None = None, options: StatingOptions) -> int:
    """Make a node from a backup, in a folder that is empty or not there. It verifies, or nothing is made.

    The register goes on from the backup, and says so in an act of its own. Every session, token and one-time link
    ends. With --database the record is kept on PostgreSQL, wherever it was when the backup was made.

    Example: `comity restore gbr-2025-03-21.tar --node gbr-node --why "the disk died"`

    Args:
        place: The backup.
        witness: A witness file: says how many of its heads were signed after the backup.
    """
    witnessed = None if witness is None else Witnessed(lines=read_witness(witness), file=str(witness))
    with _kept(options) as kept:
        found = keep.restore(kept, place, options.said_by(options.by_name), witnessed)
    document = {
        "node": str(options.folder),
        "entries": found.entries,
        "root": found.root.hex(),
        "ended": found.ended,
        "later_heads": None if witness is None else found.later,
        "unjudged_heads": None if witness is None else found.unjudged,
    }
    what = f"{options.folder} goes on from {place}, which has {plural(found.entries, 'entry')}"
    lines = [f"{what}; what was recorded after it is not there"]
    if found.ended:
        lines.append(f"sessions, tokens and one-time links were ended, {found.ended} in all: give out new ones")
    if found.later:
        lines.append(
            f"{plural(found.later, 'head')} in {witness} speak of more than that: keep the file, and begin another"
        )
    if found.unjudged:
        lines.append(
            f"{plural(found.unjudged, 'head')} in {witness} cannot be judged, for the backup does not have the key: "
            "what they speak of may have come later, too; keep the file, and begin another"
        )
    return answer(options, document, drawn(*map(said, lines)))


def move(*, to: To, options: ActingOptions = ACTING) -> int:
    """Move the node's record to PostgreSQL, or back into its folder. It is the same record, and verifies, or stays.

    Meanwhile nobody can write to the node or release from it. What was moved from is kept, under another name. Where a
    move was interrupted before its last step, that step is taken, and nothing else.

    Example: `comity move --to postgresql://comity@db.example/gbr --node gbr-node`

    Args:
        to: The address of an empty PostgreSQL database, or `sqlite` for the node's folder.
    """
    target = None if to == _FOLDER else _address(to)
    with _kept(options) as kept:
        moved = keep.finish_move(kept)
        if moved is None:
            with opened_node(options, Duty.NODE):
                pass
            moved = keep.move(kept, target, options.word)
    place = "its folder" if moved.to is None else str(moved.to)
    addresses = sorted(map(str, options.folder.glob(f"{ADDRESS}.{MARK}*")))
    document = {
        "node": str(options.folder),
        "to": _FOLDER if moved.to is None else place,
        "rows": moved.rows,
        "aside": moved.aside,
        "addresses": addresses,
    }
    lines = [
        f"the record of {options.folder} is in {place} now: {plural(moved.rows, 'row')}, verified",
        f"what it was moved from is kept as {moved.aside}",
    ]
    lines += [
        f"`{each}` keeps the address of a database that it was moved from, and its password if that was in it: remove "
        "it when you no longer need it"
        for each in addresses
    ]
    return answer(options, document, drawn(*map(said, lines)))


def migrate(*, backup: Path | None = None, without_backup: Flag = False, options: ActingOptions = ACTING) -> int:
    """Bring a node that an earlier version has written up to this one, after a backup. It verifies, or stays.

    Example: `comity migrate --node gbr-node`

    Args:
        backup: Where to make the backup; by default beside the node.
        without_backup: Make none; say why with --why.
    """
    told = options.told
    if without_backup:
        options.must_state()
    stamp = instant.show(clock())[:19].replace("-", "").replace(":", "")
    beside = told.node.absolute()
    if backup is not None:
        refuse_inside(told.node, backup)
    place = None if without_backup else backup or beside.with_name(f"{beside.name}-{stamp}")
    with _kept(options) as kept:
        done = keep.migrate(kept, place, options.said_by(options.by_name))
    if done is None:
        nothing = {"node": str(told.node), "migrated": False, "before": None, "after": None, "backup": None}
        return answer(options, nothing, said(f"{told.node} is up to date: nothing was done"))
    document = {
        "node": str(told.node),
        "migrated": True,
        "before": done.before,
        "after": done.after,
        "backup": None if place is None else str(place),
    }
    lines = [f"{told.node} was brought from revision {done.before} to {done.after}, verified"]
    lines += [] if place is None else [f"as it was before, it is kept in {place}, which is as secret as the node"]
    return answer(options, document, drawn(*map(said, lines)))


def _address(text: str) -> Address:
    try:
        return address.parse(text)
    except MalformedInput as problem:
        raise MalformedInput(f"--to: {problem}; or `{_FOLDER}`, for the node's folder") from None


@contextmanager
def _kept(options: Asking) -> Iterator[Keeping]:
    """The node to be kept, with a bar on the terminal while that takes long."""
    told = options.told
    kept = Keeping(directory=told.node, clock=clock, database=told.database, waiting=waiting)
    console = Console(stderr=True)
    if not console.is_terminal:
        yield kept
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(doing: str, done: int, of: int) -> None:
            bar.update(task, description=doing, completed=done, total=of or None)

        yield replace(kept, progress=show)
