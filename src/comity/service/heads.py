"""Signed heads: what the whole register was at a moment, in a few lines that tell neither sizes nor parties.

A head is canonical JSON (RFC 8785), signed:

    at          when it was signed
    key         the id of the key that signed it
    main        SHA-256 of {"root","salt","size"} of the register; opened for nobody but auditors
    node        whose register it is: the holder
    parties     the root over the logs of all parties (`core.slots`)
    signature   over all of this but itself

Each head is signed anew, whether or not anything was recorded since the last one: if an old one were handed out again,
it would say that nothing was. Of every registered partner both logs are in it, empty or not, so that there is proof of
an empty one too.
"""

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Any, Final, get_args

from comity.core.errors import ComityError, NodeDamaged, UnknownName
from comity.core.instant import ALWAYS, Instant
from comity.core.ledger import Frontier, leaf_hash
from comity.core.slots import Log, Slots, leaf, slot
from comity.formats import instant
from comity.formats.canonical import canonical
from comity.service.keys import Keyring, ensure, good, signing
from comity.service.logs import leaves
from comity.service.ports import Reader, Store
from comity.service.records import Head, Side, SigningKey, Word
from comity.service.vault import Vault

Document = Mapping[str, Any]
SIDES: Final[tuple[Side, ...]] = get_args(Side)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notary:
    """What it takes to sign for a node. `word` is for the act that records its first key, where there is none yet."""

    store: Store
    vault: Vault
    keyring: Keyring
    word: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The register as it was when it had so many entries: the root over them, and every party's log."""

    size: int
    root: bytes
    logs: Mapping[tuple[str, Side], Log]

    def log(self, party: str, side: Side) -> Log:
        """One log. UnknownName when the party has none: it is no partner, and as a part it was handed nothing."""
        found = self.logs.get((party, side))
        if found is None:
            raise UnknownName(
                f"the register has no log for `{party}`: name a partner, or a part that something was handed to"
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed head with the state that it speaks of, and the two trees that only the node can make."""

    head: Head
    document: Document
    state: State
    salt: bytes = field(repr=False)
    slots: Slots = field(repr=False)

    @property
    def opened(self) -> Document:
        """What `main` is made of."""
        return {"root": self.state.root.hex(), "salt": self.salt.hex(), "size": self.state.size}


def states(reader: Reader, sizes: Iterable[int]) -> Iterator[State]:
    """The states at these sizes, which rise; one pass over the record. It ends where the register is shorter."""
    main, logs = Frontier(), dict[tuple[str, Side], Frontier]()
    hashes, responses = reader.hashes(), reader.disclosures()
    enrolled, waiting = reader.enrolled(), next(responses, None)
    for size in sizes:
        for one in islice(hashes, size - main.size):
            main.add(one)
        if main.size < size:
            return
        while waiting is not None and waiting.leaf < size:
            for party, side, said in leaves(waiting):
                if (log := logs.get((party, side))) is None:
                    log = logs[party, side] = Frontier()
                log.add(leaf_hash(said))
            waiting = next(responses, None)
        empty = {(code, side): Frontier() for code, entry in enrolled.items() if entry < size for side in SIDES}
        standing = {
            (party, side): Log(party, side, log.size, log.root()) for (party, side), log in (empty | logs).items()
        }
        yield State(size=size, root=main.root(), logs=standing)


def sign(notary: Notary) -> Signed:
    """Sign a head of the register as it stands now, and keep it. Nobody who writes has to wait for that.

    No head is of an earlier time than one that was kept before it, whatever the clocks of several processes say.
    """
    vault = notary.vault
    ensure(notary.store, notary.keyring, notary.word)
    with notary.store.read() as reader:
        signer = notary.keyring.open(signing(reader).id)
        state = next(states(reader, (reader.size(),)))
        before = reader.newest_head()
        latest = ALWAYS if before is None else instant.parse(read(before.document)["at"])
        stated = _stated(vault, state, str(reader.setting("holder")), max(reader.now(), latest), signer.id)
    signature = signer.sign("head", canonical(stated))
    head = Head(state.size, state.root, canonical({**stated, "signature": signature.hex()}))
    with notary.store.derive() as deriver:
        deriver.keep_head(head)
    return joined(vault, head, state)


def known(reader: Reader, vault: Vault, head: Head) -> Signed:
    """A head that was kept, with what it speaks of. NodeDamaged where that cannot be made again."""
    for state in states(reader, (head.size,)):
        return joined(vault, head, state)
    raise NodeDamaged(f"a head speaks of {head.size} entries, and the register has fewer: see `comity register verify`")


def read(document: bytes) -> Document:
    """What a kept head says."""
    found: Document = json.loads(document)
    return found


def faults(vault: Vault, head: Head, state: State, keys: Sequence[SigningKey]) -> Iterator[str]:
    """What is wrong with a kept head, given the state of the register at its size and the keys that were known then."""
    try:
        said = read(head.document)
        at, signature = instant.parse(said["at"]), bytes.fromhex(said["signature"])
        made = _stated(vault, state, said["node"], at, said["key"])
        stated = canonical({key: value for key, value in said.items() if key != "signature"})
    except (ValueError, KeyError, TypeError, ComityError):
        yield "a head that was signed cannot be read"
        return
    name = f"the head of {said['at']}"
    if not keys or keys[-1].id != said["key"] or not good(keys[-1].public, "head", stated, signature):
        yield f"{name} is forged: the key that signed at that time has not signed it"
    if head.root != state.root:
        yield f"{name} does not fit the register: the first {head.size} entries are not those that it was signed over"
    elif made["main"] != said["main"] or made["parties"] != said["parties"]:
        yield f"{name} does not fit the logs of the parties: they are not those that it was signed over"


def signers(keys: Sequence[SigningKey], size: int) -> tuple[SigningKey, ...]:
    """The keys that were known when the register had so many entries; the last of them signed."""
    return tuple(key for key in keys if key.leaf < size)


def _stated(vault: Vault, state: State, node: str, at: Instant, key: str) -> dict[str, str]:
    """What a head says, without its signature."""
    secret = _secret(vault, state, at)
    main = {"root": state.root.hex(), "salt": _salt(secret).hex(), "size": state.size}
    return {
        "at": instant.show(at),
        "key": key,
        "main": sha256(canonical(main)).hexdigest(),
        "node": node,
        "parties": _slots(vault, secret, state).root().hex(),
    }


def joined(vault: Vault, head: Head, state: State) -> Signed:
    """A head with the state of the register at its size, and the trees that follow from both."""
    document = read(head.document)
    secret = _secret(vault, state, instant.parse(document["at"]))
    return Signed(head=head, document=document, state=state, salt=_salt(secret), slots=_slots(vault, secret, state))


def _slots(vault: Vault, secret: bytes, state: State) -> Slots:
    return Slots(secret, {place(vault, log.party, log.side): leaf(log) for log in state.logs.values()})


def place(vault: Vault, party: str, side: str) -> int:
    """Where the log of a party stands in every head of this node."""
    return slot(vault.key("logs"), party, side)


def _secret(vault: Vault, state: State, at: Instant) -> bytes:
    """The key of one head, from which its fillers and its salt follow."""
    return vault.digest("logs", f"head\n{at}\n{state.size}\n{state.root.hex()}".encode())


def _salt(secret: bytes) -> bytes:
    return hmac.digest(secret, b"main", "sha256")
