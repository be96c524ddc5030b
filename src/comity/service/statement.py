"""Statements: everything of one party's log under a signed head, complete, and signed as a whole.

An *originator*'s statement lists every response that carried anything of its material. A *recipient*'s lists everything
that was handed to it. Neither can be made to leave an entry out, for the head is signed over the log's size and root;
bounds of time say only which entries are opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comity.core.errors import ComityError
from comity.core.instant import Instant
from comity.formats import instant
from comity.service import heads, witness
from comity.service.concerned import Concerned
from comity.service.evidence import Line, Paper, Party, Shown, header
from comity.service.handover import Handover
from comity.service.heads import Notary, Signed
from comity.service.keys import signing
from comity.service.ports import Reader
from comity.service.records import Head, Side
from comity.service.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose statement is asked for; with a witness file it is under the newest head there, and leads to all of them.

    Entries outside `[since, until)` are not opened.
    """

    party: str
    side: Side
    since: Instant | None = None
    until: Instant | None = None
    witness: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What was written: under which head, how many entries of the log, and how many items of them are opened."""

    signed: Signed
    entries: int
    items: int
    size: int
    digest: bytes


def write(notary: Notary, asked: Asked, destination: Path) -> Stated:
    """Write the statement to a file, which appears whole or not at all. UnknownName for who has no log."""
    vault = notary.vault
    with Handover(destination, vault.randomness(8).hex()) as file:
        signed, earlier = under(notary, asked.witness)
        with notary.store.read() as reader:
            paper = Paper(file)
            line = header("statement", signed, reader.signing_keys(), vault, (asked.party, asked.side))
            paper.line({**line, "opened": _bounds(asked)})
            for head in ways(reader, vault, earlier, (asked.party, asked.side)):
                paper.line(head)
            entries, items = _entries(reader, vault, paper, asked, signed.state.size)
            paper.sign(notary.keyring.open(signing(reader).id))
        file.settle()
        file.appear()
    return Stated(signed=signed, entries=entries, items=items, size=file.size, digest=file.digest)


def under(notary: Notary, file: Path | None) -> tuple[Signed, Sequence[Head]]:
    """The head to write under, and those before it in the witness file: signed now where there is none."""
    if file is None:
        return heads.sign(notary), ()
    with notary.store.read() as reader:
        found = witness.of_register(reader, notary.vault, witness.read(file), str(file))
        if not found:
            raise ComityError(f"`{file}` holds no head yet: append one with `comity register witness {file}`")
        return heads.known(reader, notary.vault, found[-1]), found[:-1]


def ways(reader: Reader, vault: Vault, earlier: Sequence[Head], log: tuple[str, Side]) -> list[Line]:
    """The way from each earlier head to the log as it was then; a head from before there was one leads nowhere."""
    found: list[Line] = []
    states = {state.size: state for state in heads.states(reader, sorted({head.size for head in earlier}))}
    place = heads.place(vault, *log)
    for head in earlier:
        signed = heads.joined(vault, head, states[head.size])
        line: Line = {"head": dict(signed.document)}
        if (then := states[head.size].logs.get(log)) is not None:
            path = [beside.hex() for beside in signed.slots.path(place)]
            line |= {"path": path, "root": then.root.hex(), "size": then.size}
        found.append(line)
    return found


def _entries(reader: Reader, vault: Vault, paper: Paper, asked: Asked, size: int) -> tuple[int, int]:
    party = Party(reader, vault, asked.party, asked.side, Concerned(reader))
    entries = items = 0
    for shown in party.shown(size):
        line: Line = {
            "commitments": [one.hex() for one in shown.commitments],
            "entry": shown.entry,
            "place": shown.receipt.seq,
        }
        if _within(asked, shown):
            line["items"] = list(shown.items)
            items += len(shown.items)
        paper.line(line)
        entries += 1
    return entries, items


def _within(asked: Asked, shown: Shown) -> bool:
    at = instant.parse(shown.entry["at"])
    return (asked.since is None or at >= asked.since) and (asked.until is None or at < asked.until)


def _bounds(asked: Asked) -> Line:
    bounds = {"since": asked.since, "until": asked.until}
    return {key: instant.show(moment) for key, moment in bounds.items() if moment is not None}
