"""Proofs: that one response is in one party's log under a signed head, with one of its items opened.

It tells of nothing else in that log but its size and where the response stands in it, and of the response but how many
items it has for that party and where this one stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from comity.core.errors import ComityError, UnknownName
from comity.core.ledger import inclusion_proof, leaf_hash
from comity.index.holding import Ordinal
from comity.service import logs
from comity.service.concerned import Concerned
from comity.service.evidence import Line, Paper, Party, Shown, header
from comity.service.handover import Handover
from comity.service.heads import Notary, Signed
from comity.service.keys import signing
from comity.service.ports import Reader
from comity.service.records import Side
from comity.service.release import named
from comity.service.statement import under


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be proved to a party: the response at an entry of the register, or the newest with an item.

    `to` is the recipient of the newest; `item` is opened, if named.
    """

    party: str
    leaf: int | None = None
    item: str | None = None
    to: str | None = None
    witness: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What was written: under which head, of which entry, in which log and where."""

    signed: Signed
    leaf: int
    side: Side
    place: int
    size: int
    digest: bytes


def write(notary: Notary, wanted: Wanted, destination: Path) -> Proved:
    """Write the proof to a file, which appears whole or not at all.

    Raises UnknownName where there is no such entry, or the party has no part in it; ComityError where the head of the
    witness file is older than it.
    """
    store, vault = notary.store, notary.vault
    with Handover(destination, vault.randomness(8).hex()) as file:
        with store.read() as reader:
            leaf, item = _found(reader, wanted)
        signed, _ = under(notary, wanted.witness)
        if leaf >= signed.state.size:
            raise ComityError(f"entry {leaf} is under no head of that file yet: run `comity register witness` first")
        with store.read() as reader:
            side, place = _place(reader, wanted.party, leaf)
            party = Party(reader, vault, wanted.party, side, Concerned(reader))
            shown = next(party.shown(leaf + 1, place))
            paper = Paper(file)
            paper.line(header("proof", signed, reader.signing_keys(), vault, (wanted.party, side)))
            paper.line(_entry(reader, party, shown, signed, item))
            paper.sign(notary.keyring.open(signing(reader).id))
        file.settle()
        file.appear()
    return Proved(signed=signed, leaf=leaf, side=side, place=place, size=file.size, digest=file.digest)


def _found(reader: Reader, wanted: Wanted) -> tuple[int, Ordinal | None]:
    """Which entry, and which item of it."""
    item = None if wanted.item is None else reader.one(wanted.item).ordinal
    if wanted.leaf is not None:
        if wanted.leaf not in reader.disclosed((wanted.leaf,)):
            raise UnknownName(f"entry {wanted.leaf} of the register hands nothing over: see `comity disclosures`")
        return wanted.leaf, item
    to = None if wanted.to is None else named(reader.policy(), wanted.to)
    leaves = [row.leaf for row in reader.disclosures(to=to) if item is None or item in row.items]
    if not leaves:
        raise UnknownName("nothing like that was handed over: see `comity disclosures`")
    return leaves[-1], item


def _place(reader: Reader, party: str, leaf: int) -> tuple[Side, int]:
    """In which log of the party the entry stands, and where: that of what it received, if it stands in both."""
    sides: Sequence[Side] = ("received", "originated")
    for side in sides:
        for receipt in logs.receipts(reader, party, side):
            if receipt.leaf == leaf:
                return side, receipt.seq
    raise UnknownName(
        f"entry {leaf} neither hands anything to `{party}` nor carries its material: name who it concerns"
    )


def _entry(reader: Reader, party: Party, shown: Shown, signed: Signed, item: Ordinal | None) -> Line:
    size = signed.state.log(party.name, party.side).size
    hashes = [leaf_hash(row.entry) for row in islice(logs.receipts(reader, party.name, party.side), size)]
    line: Line = {
        "entry": shown.entry,
        "inclusion": [beside.hex() for beside in inclusion_proof(hashes, shown.receipt.seq)],
        "place": shown.receipt.seq,
    }
    if item is None:
        return line
    where = next((number for number, held in enumerate(shown.held) if held.ordinal == item), None)
    if where is None:
        raise UnknownName(f"that item is not in what concerns `{party.name}`: see `comity disclosures`")
    beside = inclusion_proof([leaf_hash(one) for one in shown.commitments], where)
    line["item"] = {
        **shown.items[where],
        "commitment": shown.commitments[where].hex(),
        "inclusion": [each.hex() for each in beside],
        "place": where,
    }
    return line
