"""One response on the record: its items by commitment, in the register and in the log of everyone whom it concerns.

INVARIANT: this is written before anything leaves, in the transaction in which it was decided. Of each originator the
*portion* is kept that carries its claims, by count and root, so that its log tells of nothing else (see `logs`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from comity.core.commitment import Facts, commitment, salter, sound
from comity.core.errors import NodeDamaged
from comity.core.ledger import leaf_hash, root
from comity.core.partner import Code, Recipient
from comity.index.holding import Ordinal
from comity.service.ports import Reader, Writer
from comity.service.records import Disclosed, Held, Portion
from comity.service.vault import Vault

NONCE: Final = 16

Originators = Callable[[Ordinal], Collection[Code]]
"""Whose claims an item carries."""


class Prepared(NamedTuple):
    """What is recorded of a response, its act apart: the items in order, what they were committed with and by."""

    items: tuple[Ordinal, ...]
    nonce: bytes
    root: bytes
    portions: tuple[Portion, ...]


def prepared(items: Sequence[Held], originators: Originators, vault: Vault) -> Prepared:
    """Commit to the items, in this order: the long part, which needs no act, so that nobody waits for it to write.

    ValueError where one stands twice: what was recorded would not be what is handed over.
    """
    nonce = vault.randomness(NONCE)
    committed = committing(vault.key("salts"), nonce)
    hashes = {item.ordinal: leaf_hash(committed(item)) for item in items}
    if len(hashes) < len(items):
        raise ValueError("a response hands an item over once")
    return Prepared(tuple(hashes), nonce, root([*hashes.values()]), portions(hashes, originators))


def record(writer: Writer, to: Recipient, response: Prepared) -> Disclosed:
    """Record that the items are handed to the recipient as of the act's time."""
    items, nonce, whole, parts = response
    disclosed = Disclosed(writer.act.leaf, to, writer.act.at, items, nonce, whole, parts)
    writer.add_disclosure(disclosed)
    return disclosed


def portions(hashes: Mapping[Ordinal, bytes], originators: Originators) -> tuple[Portion, ...]:
    """The portions of a response, given its items in order with the leaf hashes of their commitments."""
    found: dict[Code, list[bytes]] = {}
    for item, one in hashes.items():
        for originator in originators(item):
            found.setdefault(originator, []).append(one)
    return tuple(Portion(code, len(ones), root(ones)) for code, ones in sorted(found.items()))


def committing(key: bytes, nonce: bytes) -> Callable[[Held], bytes]:
    """What commits to the items of the response with this nonce, one by one. NodeDamaged as `facts`."""
    salted = salter(key, nonce)

    def committed(item: Held) -> bytes:
        try:
            return commitment(salted(item.ordinal), Facts(item.stix_id, item.version, item.digest))
        except ValueError:
            raise _unsound(item) from None

    return committed


def facts(item: Held) -> Facts:
    """What is committed to. NodeDamaged where the item is none that was ever taken in like that."""
    found = Facts(item.stix_id, item.version, item.digest)
    if not sound(found):
        raise _unsound(item)
    return found


def _unsound(item: Held) -> NodeDamaged:
    return NodeDamaged(f"item {item.ordinal} has an id, a version or a digest that none has: see `comity verify`")


def held_in_order(reader: Reader, items: Sequence[Ordinal]) -> list[Held]:
    """The held items with these numbers, in this order."""
    found = reader.held(items)
    return [found[item] for item in items]
