"""One response on the record: its items by commitment, in the register and in the log of everyone whom it concerns.

INVARIANT: this is written before anything leaves, in the transaction in which it was decided. The recipient's log and
that of each originator get one leaf a response; an originator's leaf commits to those items only that carry its claims,
so that neither log tells of what does not concern its party. Sizes and places in the register are in neither.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from comity.core.commitment import Facts, commitment, salt, sound
from comity.core.errors import NodeDamaged
from comity.core.ledger import leaf_hash, root
from comity.core.partner import Code, Recipient
from comity.formats import instant
from comity.index.holding import Ordinal
from comity.service.ports import Reader, Writer
from comity.service.records import Disclosed, Held, NewReceipt
from comity.service.vault import Vault

NONCE: Final = 16

Originators = Callable[[Ordinal], Collection[Code]]
"""Whose claims an item carries."""


def record(writer: Writer, to: Recipient, items: Sequence[Held], originators: Originators, vault: Vault) -> Disclosed:
    """Record that the items, in this order, are handed to the recipient as of the act's time."""
    at, nonce = writer.act.at, vault.randomness(NONCE)
    key = vault.key("salts")
    hashes = [leaf_hash(committed(key, nonce, item)) for item in items]
    numbers = tuple(item.ordinal for item in items)
    disclosed = Disclosed(writer.act.leaf, to, at, numbers, nonce, root(hashes))
    writer.add_disclosure(disclosed)
    writer.add_receipts(receipts(disclosed, hashes, originators))
    return disclosed


def receipts(disclosed: Disclosed, hashes: Sequence[bytes], originators: Originators) -> Iterator[NewReceipt]:
    """The leaves of everyone whom a response concerns; `hashes` are those of its commitments, as leaves."""
    concerned: dict[Code, list[bytes]] = {}
    for item, one in zip(disclosed.items, hashes, strict=True):
        for originator in originators(item):
            concerned.setdefault(originator, []).append(one)
    words = _words(disclosed)
    yield NewReceipt(disclosed.recipient, "received", _leaf(words, hashes))
    for code, ones in sorted(concerned.items()):
        yield NewReceipt(code, "originated", _leaf(words, ones))


def said(disclosed: Disclosed, hashes: Sequence[bytes]) -> bytes:
    """The leaf of a party's log, as RFC 8785 has it: the time, how many items, the root over them, to whom."""
    return _leaf(_words(disclosed), hashes)


def _words(disclosed: Disclosed) -> tuple[str, str]:
    """What every leaf of one response has in common: when, and to whom."""
    return instant.show(disclosed.at), json.dumps(disclosed.recipient, ensure_ascii=False)


def _leaf(words: tuple[str, str], hashes: Sequence[bytes]) -> bytes:
    at, to = words
    return f'{{"at":"{at}","count":{len(hashes)},"items":"{root(hashes).hex()}","to":{to}}}'.encode()


def committed(key: bytes, nonce: bytes, item: Held) -> bytes:
    """The commitment to one item of the response with this nonce."""
    return commitment(salt(key, nonce, item.ordinal), facts(item))


def facts(item: Held) -> Facts:
    """What is committed to. NodeDamaged where the item is none that was ever taken in like that."""
    found = Facts(item.stix_id, item.version, item.digest)
    if not sound(found):
        raise NodeDamaged(f"item {item.ordinal} has an id, a version or a digest that none has: see `comity verify`")
    return found


def held_in_order(reader: Reader, items: Sequence[Ordinal]) -> list[Held]:
    """The held items with these numbers, in this order."""
    found = reader.held(items)
    return [found[item] for item in items]
