"""The keys that sign heads: Ed25519, one at a time, each but the first endorsed by the one before it.

A key that is lost can endorse nothing. The one after it has no endorsement then, and an act of its own kind: whoever
checks must be told in another way whose it is.

INVARIANT: a private key is asked for by the id that the record names, at the moment of signing, and never kept: another
process may have rotated it meanwhile. What is signed begins with what it is, so that no signature passes for another.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.core.errors import Forbidden, NodeDamaged
from comity.service.ports import Reader, Store, Writer
from comity.service.records import Act, SigningKey, Word

ACT: Final = "signing-key"
"""The kind of the act that makes a key known."""
ACT_LOST: Final = "signing-key-lost"
"""The kind of the act that puts one in the place of a key that is lost."""

Purpose = Literal["head", "key", "document"]
"""What is signed: a head, the public half of the next key, a file for a partner."""
_ID: Final = 32
_KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key."""

    key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> bytes:
        """Its public half, 32 bytes."""
        return self.key.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """The id of its public half."""
        return key_id(self.public)

    def sign(self, purpose: Purpose, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self.key.sign(_said(purpose, message))


class Keyring(Protocol):
    """Where private keys are kept. `store.keyring` keeps them in the node's folder."""

    def make(self) -> Signer:
        """A new key, durable before this returns."""
        ...

    def open(self, key: str) -> Signer:
        """The key with this id. NodeDamaged when it is not there, or not what its name says."""
        ...

    def keep_only(self, keys: Collection[str]) -> None:
        """Forget every other key."""
        ...


def key_id(public: bytes) -> str:
    """The id of a key: the first 128 bits of the SHA-256 of its public half, in hex."""
    return sha256(public).hexdigest()[:_ID]


def good(public: bytes, purpose: Purpose, message: bytes, signature: bytes) -> bool:
    """Whether this key has signed this."""
    with suppress(InvalidSignature, ValueError):
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _said(purpose, message))
        return True
    return False


def add_key(writer: Writer, keyring: Keyring) -> SigningKey:
    """A new key, endorsed by the one that signs now, if there is one. It signs from the end of this act on."""
    known, new = writer.signing_keys(), keyring.make()
    return _added(writer, new, keyring.open(known[-1].id).sign("key", new.public) if known else None)


def _added(writer: Writer, new: Signer, endorsement: bytes | None) -> SigningKey:
    added = SigningKey(new.id, new.public, endorsement, writer.act.leaf)
    writer.add_signing_key(added)
    return added


def rotate(store: Store, keyring: Keyring, word: Word) -> SigningKey:
    """Sign with a new key from now on. The old one is forgotten with the next: a copy of the node may still need it."""
    with store.write(ACT, word, policy=False) as writer:
        present(writer, keyring)
        added = add_key(writer, keyring)
    _forget(store, keyring)
    return added


def replace_lost(store: Store, keyring: Keyring, word: Word) -> SigningKey:
    """Sign with a new key from now on, which nothing endorses, for the old one is lost. Forbidden while it is there.

    INVARIANT: as long as there is a key that can endorse the next, there is no key without an endorsement.
    """
    with store.write(ACT_LOST, word, policy=False) as writer:
        known = writer.signing_keys()
        if known and _can_be_opened(keyring, known[-1].id):
            raise Forbidden(f"the key {known[-1].id} is there, and can endorse the next: leave out --lost")
        added = _added(writer, keyring.make(), None)
    _forget(store, keyring)
    return added


def present(reader: Reader, keyring: Keyring) -> None:
    """See that the key that signs now can be opened. NodeDamaged, with the way out, where not."""
    for key in reader.signing_keys()[-1:]:
        try:
            keyring.open(key.id)
        except NodeDamaged as problem:
            raise NodeDamaged(f"{problem}; if it is lost for good, `comity register rotate --lost`") from problem


def _can_be_opened(keyring: Keyring, key: str) -> bool:
    with suppress(NodeDamaged):
        keyring.open(key)
        return True
    return False


def _forget(store: Store, keyring: Keyring) -> None:
    with store.derive() as deriver:  # keeps out whoever is about to add another
        keyring.keep_only([key.id for key in deriver.signing_keys()[-_KEPT:]])


def ensure(store: Store, keyring: Keyring, word: Word) -> None:
    """See that there is a key: a node that is older than signed heads has none."""
    with store.read() as reader:
        if reader.signing_keys():
            return
    with store.write(ACT, word, policy=False) as writer:
        add_key(writer, keyring)


class BegunAnew(NamedTuple):
    """A key that nothing endorses, and the act that put it in the place of a lost one."""

    key: SigningKey
    act: Act


def begun_anew(reader: Reader) -> tuple[BegunAnew, ...]:
    """The keys that nothing endorses because the one before them was lost: whose word that is."""
    found = {key.leaf: key for key in reader.signing_keys()[1:] if key.endorsement is None}
    return tuple(BegunAnew(found[act.leaf], act) for act in reader.acts() if act.leaf in found) if found else ()


def misstated(reader: Reader) -> Iterator[SigningKey]:
    """The keys without an endorsement whose act does not say that a key was lost."""
    return (each.key for each in begun_anew(reader) if each.act.kind != ACT_LOST)


def unendorsed(keys: tuple[SigningKey, ...]) -> Iterator[SigningKey]:
    """The keys whose id is not theirs, or that the key before them has not endorsed, and was not lost."""
    for before, key in zip((None, *keys), keys, strict=False):
        stated = key.endorsement is None if before is None else _endorses(before, key)
        if not stated or key.id != key_id(key.public):
            yield key


def signing(reader: Reader) -> SigningKey:
    """The key that signs now. NodeDamaged when there is none."""
    known = reader.signing_keys()
    if not known:
        raise NodeDamaged("the node has no key to sign with: make one with `comity register rotate`")
    return known[-1]


def _endorses(before: SigningKey, key: SigningKey) -> bool:
    """Also where none is stated: see `misstated`."""
    return key.endorsement is None or good(before.public, "key", key.public, key.endorsement)


def _said(purpose: Purpose, message: bytes) -> bytes:
    return f"comity {purpose}\n".encode() + message
