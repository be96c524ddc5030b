"""What the register says of one item that was handed over: nothing, to whoever does not hold its salt.

A *commitment* is SHA-256 of 0x02, a salt of 32 bytes and the item's facts. Who is given salt and facts can see that the
commitment is to them; without the salt it tells of no item, not even to one who guesses. A response has one commitment
an item, and one Merkle root over them (see `ledger`), in the order in which the items were handed over.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from comity.core.ledger import leaf_hash, root


class Facts(NamedTuple):
    """What is committed to: the STIX id and version of what left, and the SHA-256 of its bytes.

    Not who sent it to us: whoever is shown a commitment opened would learn that, and has no claim to it.
    """

    stix_id: str
    version: str
    digest: bytes


def salt(key: bytes, nonce: bytes, item: int) -> bytes:
    """The salt of an item in the response with this nonce: HMAC-SHA256 under a key that only the node has."""
    return hmac.digest(key, nonce + item.to_bytes(8, "big"), "sha256")


def commitment(salted: bytes, facts: Facts) -> bytes:
    """The commitment to the facts under a salt. Lines part them: no id or version holds a line break."""
    said = f"{facts.stix_id}\n{facts.version}\n{facts.digest.hex()}"
    return sha256(b"\x02" + salted + said.encode()).digest()


def root_over(commitments: Iterable[bytes]) -> bytes:
    """The Merkle root over the commitments of one response."""
    return root([leaf_hash(one) for one in commitments])
