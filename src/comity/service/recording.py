"""One response on the record: its items by commitment, in the register and in the log of everyone whom it concerns.

INVARIANT: this is written before anything leaves, in the transaction in which it was decided. The recipient's log and
that of each originator get one leaf a response; an originator's leaf commits to those items only that carry its claims,
so that neither log tells of what does not concern its party. Sizes and places in the register are in neither.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import rfc8785

from comity.core.commitment import Facts, commitment, root_over, salt
from comity.core.instant import Instant
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
    opened = [committed(key, nonce, item) for item in items]
    numbers = tuple(item.ordinal for item in items)
    disclosed = Disclosed(writer.act.leaf, to, at, numbers, nonce, root_over(opened))
    writer.add_disclosure(disclosed)
    concerned: dict[Code, list[bytes]] = {}
    for item, one in zip(items, opened, strict=True):
        for originator in originators(item.ordinal):
            concerned.setdefault(originator, []).append(one)
    receipts = [NewReceipt(to, "received", said(at, to, opened))]
    receipts += [NewReceipt(code, "originated", said(at, to, ones)) for code, ones in sorted(concerned.items())]
    writer.add_receipts(receipts)
    return disclosed


def committed(key: bytes, nonce: bytes, item: Held) -> bytes:
    """The commitment to one item of the response with this nonce."""
    return commitment(salt(key, nonce, item.ordinal), facts(item))


def facts(item: Held) -> Facts:
    """What is committed to."""
    return Facts(item.stix_id, item.version, item.submitter, item.digest)


def said(at: Instant, to: Recipient, commitments: Sequence[bytes]) -> bytes:
    """The leaf of a party's log: canonical JSON."""
    entry: dict[str, Any] = {
        "at": instant.show(at),
        "count": len(commitments),
        "items": root_over(commitments).hex(),
        "to": to,
    }
    return rfc8785.dumps(entry)


def held_in_order(reader: Reader, items: Sequence[Ordinal]) -> list[Held]:
    """The held items with these numbers, in this order."""
    found = reader.held(items)
    return [found[item] for item in items]
