"""Whether the register is what was signed, and every party's log what was handed over. For `register verify`.

The record is held to itself by whoever keeps it (`store.verify`): each entry to the rows that it covers. Here it is
held to what was signed, so that whoever rewrote rows and entries alike is found; and responses to what they were made
of. All of it is computed again from the record and the node's secret.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from comity.core.errors import MalformedInput, NodeDamaged
from comity.core.ledger import leaf_hash, root
from comity.service import heads, witness
from comity.service.concerned import Concerned
from comity.service.keys import unendorsed
from comity.service.ports import Reader, Store
from comity.service.recording import committing, portions
from comity.service.records import Disclosed, Head, Held, SigningKey
from comity.service.vault import Vault

PART: Final = 200
"""Responses that are looked at together."""
_ITEMS: Final = 20_000
"""Items of them all, beyond which no more responses are added."""
_MANY: Final = 200_000
"""Items whose lineage is in memory at once."""


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
        yield from _witness(reader, file, {head.document for head in kept})
    yield from _responses(reader, vault)


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


def _witness(reader: Reader, file: Path, kept: set[bytes]) -> Iterator[str]:
    """Every head in the file was kept; of a file that is none of this node's, nothing more is said."""
    lines = witness.read(file)
    try:
        witness.judge(reader, lines, str(file))
    except MalformedInput as problem:
        yield str(problem)
        return
    for number, line in enumerate(lines, 1):
        if line not in kept:
            yield f"line {number} of `{file}` is no head of this register: one was forged, or rolled back"


def _responses(reader: Reader, vault: Vault) -> Iterator[str]:
    """Every response commits to the items that it names, and of each originator to those that carry its claims."""
    concerned = Concerned(reader)
    for part in _parts(reader.disclosures()):
        if len(concerned) > _MANY:
            concerned = Concerned(reader)
        items = {item for given in part for item in given.items}
        concerned.read(items)
        held = reader.held(items)
        for given in part:
            if not held.keys() >= set(given.items):
                yield f"entry {given.leaf} hands over items that are not there"
            else:
                yield from _response(given, [held[item] for item in given.items], concerned, vault)


def _response(given: Disclosed, items: Sequence[Held], concerned: Concerned, vault: Vault) -> Iterator[str]:
    """What does not fit one response."""
    key = vault.key("salts")
    committed = committing(key, given.nonce)
    hashes = {item.ordinal: leaf_hash(committed(item)) for item in items}
    if len(hashes) < len(items):
        yield f"entry {given.leaf} hands an item over twice"
    if root([*hashes.values()]) != given.root:
        yield f"entry {given.leaf} commits to other items than it names"
    made = {
        portion.originator: portion
        for portion in portions(hashes, lambda item: concerned.originators(item, given.leaf))
    }
    for portion in given.portions:
        wanted = made.pop(portion.originator, None)
        if wanted is None:
            yield f"entry {given.leaf} is in the log of `{portion.originator}`, whose material it did not carry"
        elif portion != wanted:
            yield f"entry {given.leaf} is not in the log of `{portion.originator}` as it was handed over"
    for code in sorted(made):
        yield f"entry {given.leaf} is not in the log of `{code}`, whose material it carried"


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
