"""A node that was backed up, or goes on from a backup, says so in its register.

A backup carries everything away, keys and all, so it is an act. After a restore, what was recorded after the backup is
not there any more.

Whoever was let in when the backup was made may have been shut out since, and nothing here tells: so every session,
token and one-time link ends. Passwords are those of the backup.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from comity.core.errors import MalformedInput
from comity.service.ports import Store, Writer
from comity.service.records import Word
from comity.service.witness import Judged, judge

RESTORED: Final = "restored"
"""The setting that says from which backup: `entries` and `root` of its register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restored node goes on from, and how many sessions, tokens and links have ended with it.

    `later` is how many of the heads that were given to a witness are signed by keys of this register, and none that it
    has kept: what they speak of besides was recorded after the backup, and is lost. `unjudged` are of keys that it does
    not have: they may be from after that, too.
    """

    entries: int
    root: bytes
    ended: int
    later: int = 0
    unjudged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What somebody outside has kept: the lines of a witness file, and its name."""

    lines: Sequence[bytes]
    file: str


def backed_up(store: Store, entries: int, root: bytes, word: Word) -> None:
    """Record that a backup with so many entries and this root was made, in the words that a restore of it has."""
    with store.write("backup", replace(word, evidence=_named(entries, root)), policy=False):
        pass


def restore(store: Store, entries: int, root: bytes, word: Word, witnessed: Witnessed | None = None) -> Restored:
    """Record that the node goes on from a backup with so many entries and this root.

    Raises MalformedInput where what is said to be witnessed is not of this node.
    The evidence names both in plain, so that the entry itself shows where the record was continued.
    """
    said = replace(word, evidence=_named(entries, root))
    with store.write("restore", said, policy=True) as writer:
        writer.set_setting(RESTORED, {"entries": entries, "root": root.hex()})
        known = Judged(later=0, unjudged=0)
        if witnessed is not None:
            if not witnessed.lines:
                raise MalformedInput(f"`{witnessed.file}` holds no head: name the witness file, or leave it out")
            known = judge(writer, witnessed.lines, witnessed.file)
        ended = _end(writer)
    return Restored(entries=entries, root=root, ended=ended, later=known.later, unjudged=known.unjudged)


def _named(entries: int, root: bytes) -> str:
    return f"a backup of {entries} entries with root {root.hex()}"


def _end(writer: Writer) -> int:
    """End whatever lets somebody in that they were given; how many that were."""
    now = writer.act.at
    accesses = [access for access in writer.accesses() if access.expires > now]
    for access in accesses:
        writer.add_ending("session" if access.scopes is None else "token", access.id, now)
    names = [account.name for account in writer.accounts()]
    links = [each for name in names for each in writer.credentials(name) if each.kind == "link"]
    for link in links:
        writer.add_ending("credential", link.id, now)
    return len(accesses) + len(links)
