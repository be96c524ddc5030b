"""What a party may be shown of its own log: the parts that statements and proofs are made of, and how they are signed.

Either is a file of JSON lines. The first line says under which head it is, with the way from the party's log to that
head; then come the entries of the log; the last line signs all bytes before it. Whoever reads it needs no node:
`comity_verify` is the reader.

INVARIANT: nothing of other parties goes in. Of a response its *recipient* is shown every item. An *originator* is shown
what carries its claims, and of that it is told the id only where it gave the copy itself; of what others built on its
material, or relayed, it is told which of the copies that it gave went in, and nothing else.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Any, Final, Protocol

from comity.core.commitment import commitment, salt
from comity.core.errors import NodeDamaged
from comity.core.ledger import leaf_hash, root
from comity.formats.canonical import canonical
from comity.index.holding import Ordinal
from comity.service import heads, logs
from comity.service.concerned import Concerned
from comity.service.heads import Signed
from comity.service.keys import Signer
from comity.service.ports import Reader
from comity.service.recording import facts
from comity.service.records import Disclosed, Held, Receipt, Side, SigningKey
from comity.service.vault import Vault

FORM: Final = 1
"""The version of the form of these files."""
PART: Final = 200
"""Entries that are in memory at once."""
_MANY: Final = 200_000
"""Items that are in memory at once, unless a part of the entries has more."""

Line = dict[str, Any]


class Destination(Protocol):
    """Where a file is written."""

    def write(self, content: bytes) -> None:
        """Append to it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One entry of a party's log with the items that it commits to, in their order."""

    receipt: Receipt
    commitments: tuple[bytes, ...]
    items: tuple[Line, ...]
    held: tuple[Held, ...]

    @property
    def entry(self) -> Line:
        """What the entry says."""
        entry: Line = json.loads(self.receipt.entry)
        return entry


class Paper:
    """A file on its way: lines, and a signature over them."""

    def __init__(self, file: Destination) -> None:
        """Nothing is written yet."""
        self._file = file
        self._digest = sha256()

    def line(self, stated: Line) -> None:
        """Append a line."""
        content = canonical(stated) + b"\n"
        self._digest.update(content)
        self._file.write(content)

    def sign(self, signer: Signer) -> None:
        """Append the last line."""
        signature = signer.sign("document", self._digest.digest())
        self._file.write(canonical({"key": signer.id, "signature": signature.hex()}) + b"\n")


@dataclass(slots=True)
class Party:
    """One log of one party, and what it may be shown of it."""

    reader: Reader
    vault: Vault
    name: str
    side: Side
    concerned: Concerned
    _known: dict[Ordinal, Held] = field(default_factory=dict)
    _named: dict[tuple[Ordinal, ...], list[dict[str, str]]] = field(default_factory=dict)

    def shown(self, until: int, start: int = 0) -> Iterator[Shown]:
        """The entries of the log from a place in it on, as far as they belong to the first `until` of the register."""
        part: list[Receipt] = []
        for receipt in islice(logs.receipts(self.reader, self.name, self.side), start, None):
            if receipt.leaf >= until:
                break
            part.append(receipt)
            if len(part) >= PART:
                yield from self._shown(part)
                part = []
        yield from self._shown(part)

    def _shown(self, receipts: Sequence[Receipt]) -> Iterator[Shown]:
        given = self.reader.disclosed(receipt.leaf for receipt in receipts)
        for receipt in receipts:
            if receipt.leaf not in given:
                raise NodeDamaged(f"entry {receipt.leaf} hands nothing over any more: see `comity register verify`")
        held = self._held({item for each in given.values() for item in each.items})
        for receipt in receipts:
            yield self._opened(receipt, given[receipt.leaf], held)

    def _opened(self, receipt: Receipt, given: Disclosed, held: Mapping[Ordinal, Held]) -> Shown:
        """INVARIANT: what does not make the entry again is not shown: somebody has changed it."""
        key, commitments, items, rows = self.vault.key("salts"), list[bytes](), list[Line](), list[Held]()
        for item in self._items(given):
            if item not in held:
                raise NodeDamaged(f"entry {given.leaf} hands over what is not there: see `comity register verify`")
            salted = salt(key, given.nonce, item)
            commitments.append(commitment(salted, facts(held[item])))
            items.append(self._said(held[item], salted, given.leaf))
            rows.append(held[item])
        made = root([leaf_hash(one) for one in commitments])
        if logs.entry(given, len(commitments), made) != receipt.entry:
            raise NodeDamaged(f"entry {given.leaf} is not what was recorded: see `comity register verify`")
        return Shown(receipt=receipt, commitments=tuple(commitments), items=tuple(items), held=tuple(rows))

    def _items(self, given: Disclosed) -> Sequence[Ordinal]:
        if self.side == "received":
            return given.items
        return [item for item in given.items if self.name in self.concerned.originators(item, given.leaf)]

    def _held(self, items: set[Ordinal]) -> Mapping[Ordinal, Held]:
        """These items, and others that were asked for before."""
        if self.side == "originated":
            self.concerned.read(items)
        missing = items - self._known.keys()
        if len(self._known) + len(missing) > _MANY:
            self._known.clear()
            missing = items
        self._known |= self.reader.held(missing)
        return self._known

    def _said(self, item: Held, salted: bytes, entry: int) -> Line:
        if self.side == "received" or item.submitter == self.name:
            return {"id": item.stix_id, "salt": salted.hex(), "sha256": item.digest.hex(), "version": item.version}
        return {"carries": self._carried(item, entry)}

    def _carried(self, item: Held, entry: int) -> list[dict[str, str]]:
        """Which of the copies that the originator gave itself it is told that this one was built on."""
        roots = tuple(self.concerned.roots(item.ordinal, entry, self.name))
        if roots not in self._named:
            # A copy that another partner relayed is that partner's: its id would tell who else holds what.
            own = (root for root in self.reader.held(roots).values() if root.submitter == self.name)
            names = {(root.stix_id, root.version) for root in own}
            self._named[roots] = [{"id": name, "version": version} for name, version in sorted(names)]
        return self._named[roots]


def header(kind: str, signed: Signed, keys: Iterable[SigningKey], vault: Vault, log: tuple[str, Side]) -> Line:
    """The first line: the head, the keys that lead to the one that signed it, and the way to it from one log."""
    party, side = log
    found, place = signed.state.log(party, side), heads.place(vault, party, side)
    return {
        "comity": kind,
        "form": FORM,
        "head": dict(signed.document),
        "keys": [_key(key) for key in keys],
        "log": {
            "party": party,
            "path": [beside.hex() for beside in signed.slots.path(place)],
            "root": found.root.hex(),
            "side": side,
            "size": found.size,
            "slot": f"{place:016x}",
        },
    }


def _key(key: SigningKey) -> Mapping[str, str]:
    endorsed = {} if key.endorsement is None else {"endorsement": key.endorsement.hex()}
    return {"id": key.id, "public": key.public.hex(), **endorsed}
