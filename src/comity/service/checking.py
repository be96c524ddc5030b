"""Whether the register is what was signed, and every party's log what was handed over. For `register verify`.

The record is held to itself by whoever keeps it (`store.verify`): each entry to the rows that it covers. Here it is
held to what was signed, so that whoever rewrote rows and entries alike is found; and receipts to what they were made
of. All of it is computed again from the record and the node's secret.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from comity.core.errors import NodeDamaged
from comity.core.ledger import leaf_hash, root
from comity.service import heads, witness
from comity.service.concerned import Concerned
from comity.service.keys import unendorsed
from comity.service.ports import Reader, Store
from comity.service.recording import committed, receipts
from comity.service.records import Disclosed, Head, Held, Receipt, SigningKey
from comity.service.vault import Vault

PART: Final = 200
"""Responses that are looked at together."""
_ITEMS: Final = 20_000
"""Items of them all, beyond which no more responses are added."""
_MANY: Final = 200_000
"""Items whose lineage is in memory at once."""

_SAID: Final = {"received": "handed to", "originated": "of material of"}

Row = tuple[Receipt, bytes]
"""A leaf with its hash as kept."""


def faults(store: Store, vault: Vault, file: Path | None = None) -> Iterator[str]:
    """Everything that does not fit what was signed or handed over, one line each; with a witness file, that too."""
    with store.read() as reader:
        try:
            yield from _faults(reader, vault, file)
        except NodeDamaged as problem:
            yield str(problem)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
            yield "what was signed and handed over cannot be checked to the end: a row there cannot be read"


def _faults(reader: Reader, vault: Vault, file: Path | None) -> Iterator[str]:
    keys, kept = reader.signing_keys(), list(reader.heads())
    for key in unendorsed(keys):
        yield f"the key {key.id} is forged: the key before it has not endorsed it"
    yield from _heads(reader, vault, keys, kept)
    if file is not None:
        yield from _witness(file, {head.document for head in kept})
    yield from Logs(reader, vault).faults()


def _heads(reader: Reader, vault: Vault, keys: Sequence[SigningKey], kept: Sequence[Head]) -> Iterator[str]:
    """Every head that was kept speaks of the register as it still is."""
    by_size: dict[int, list[Head]] = {}
    for head in kept:
        by_size.setdefault(head.size, []).append(head)
    for state in heads.states(reader, sorted(by_size)):
        for head in by_size.pop(state.size):
            yield from heads.faults(vault, head, state, heads.signers(keys, state.size))
    if by_size:
        there, signed = reader.size(), max(by_size)
        yield f"the register is cut off at its end: {there} entries are there, and a head was signed over {signed}"


def _witness(file: Path, kept: set[bytes]) -> Iterator[str]:
    for number, line in enumerate(witness.read(file), 1):
        if line not in kept:
            yield f"line {number} of `{file}` is no head of this register: one was forged, or rolled back"


@dataclass(slots=True)
class Logs:
    """The logs of all parties, held to the responses that they are of."""

    reader: Reader
    vault: Vault
    _sizes: dict[tuple[str, str], int] = field(default_factory=dict)

    def faults(self) -> Iterator[str]:
        """What does not fit, in the order of the register."""
        rows, concerned = Rows(self.reader.every_receipt()), Concerned(self.reader)
        for part in _parts(self.reader.disclosures()):
            if len(concerned) > _MANY:
                concerned = Concerned(self.reader)
            items = {item for given in part for item in given.items}
            concerned.read(items)
            held = self.reader.held(items)
            for given in part:
                yield from (_strange(row) for row in rows.before(given.leaf))
                if not held.keys() >= set(given.items):
                    yield f"entry {given.leaf} hands over items that are not there"
                else:
                    yield from self._of(given, [held[item] for item in given.items], concerned, rows.of(given.leaf))
        yield from (_strange(row) for row in rows.left())

    def _of(self, given: Disclosed, items: Sequence[Held], concerned: Concerned, rows: Sequence[Row]) -> Iterator[str]:
        """What does not fit one response."""
        key = self.vault.key("salts")
        hashes = [leaf_hash(committed(key, given.nonce, item)) for item in items]
        if root(hashes) != given.root:
            yield f"entry {given.leaf} commits to other items than it names"
        made = receipts(given, hashes, lambda item: concerned.originators(item, given.leaf))
        wanted = {(new.party, new.side): new.entry for new in made}
        for receipt, found in rows:
            log = receipt.party, receipt.side
            place = self._sizes.get(log, 0)
            self._sizes[log] = place + 1
            entry = wanted.pop(log, None)
            if entry is None:
                yield f"entry {given.leaf} is in the log of {_name(receipt)}, whom it does not concern"
            elif receipt.entry != entry or leaf_hash(entry) != found:
                yield f"entry {given.leaf} is not in the log of {_name(receipt)} as it was handed over"
            if receipt.seq != place:
                yield f"the log of {_name(receipt)} has {receipt.seq} where {place} belongs"
        for party, side in sorted(wanted):
            yield f"entry {given.leaf} is not in the log of what was {_SAID[side]} `{party}`"


class Rows:
    """The leaves of all logs in the order of the register, taken response by response."""

    def __init__(self, rows: Iterator[Row]) -> None:
        """Nothing is taken yet."""
        self._rows = rows
        self._next = next(rows, None)

    def before(self, leaf: int) -> Iterator[Row]:
        """Those of earlier entries."""
        while self._next is not None and self._next[0].leaf < leaf:
            yield self._taken(self._next)

    def of(self, leaf: int) -> list[Row]:
        """Those of this entry."""
        found = []
        while self._next is not None and self._next[0].leaf == leaf:
            found.append(self._taken(self._next))
        return found

    def left(self) -> Iterator[Row]:
        """All others."""
        while self._next is not None:
            yield self._taken(self._next)

    def _taken(self, row: Row) -> Row:
        self._next = next(self._rows, None)
        return row


def _parts(given: Iterable[Disclosed]) -> Iterator[list[Disclosed]]:
    """Responses to be looked at together."""
    part: list[Disclosed] = []
    items = 0
    for each in given:
        part.append(each)
        items += len(each.items)
        if len(part) >= PART or items >= _ITEMS:
            yield part
            part, items = [], 0
    if part:
        yield part


def _name(receipt: Receipt) -> str:
    return f"what was {_SAID.get(receipt.side, 'neither handed to nor of')} `{receipt.party}`"


def _strange(row: Row) -> str:
    return f"the log of {_name(row[0])} has an entry of no response: {row[0].seq}"
