"""A node that goes on from a backup says so in its register: what was recorded after the backup is not there any more.

Whoever was let in when the backup was made may have been shut out since, and nothing here tells: so every session and
every token ends.
"""

from dataclasses import dataclass, replace
from typing import Final

from comity.service.ports import Store
from comity.service.records import Word

RESTORED: Final = "restored"
"""The setting that says from which backup: `entries` and `root` of its register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restored node goes on from, and how many sessions and tokens have ended with it."""

    entries: int
    root: bytes
    ended: int


def restore(store: Store, entries: int, root: bytes, word: Word) -> Restored:
    """Record that the node goes on from a backup with so many entries and this root.

    The evidence names both in plain, so that the entry itself shows where the record was continued.
    """
    said = replace(word, evidence=f"a backup of {entries} entries with root {root.hex()}")
    with store.write("restore", said, policy=True) as writer:
        writer.set_setting(RESTORED, {"entries": entries, "root": root.hex()})
        ended = [access for access in writer.accesses() if access.expires > writer.act.at]
        for access in ended:
            writer.add_ending("session" if access.scopes is None else "token", access.id, writer.act.at)
    return Restored(entries=entries, root=root, ended=len(ended))
