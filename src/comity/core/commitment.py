"""What the register says of one item that was handed over: nothing, to whoever does not hold its salt.

A *commitment* is SHA-256 of 0x02, a salt of 32 bytes and the item's facts. Who is given salt and facts can see that the
commitment is to them; without the salt it tells of no item, not even to one who guesses. A response has one commitment
an item, and one Merkle root over them (see `ledger`), in the order in which the items were handed over.
"""

import hmac
import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final, NamedTuple

from comity.core.keyed import keyed
from comity.core.ledger import leaf_hash, root

_HASH: Final = sha256().digest_size
_STIX_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Facts(NamedTuple):
    """What is committed to: the STIX id and version of what left, and the SHA-256 of its bytes.

    Not who sent it to us: whoever is shown a commitment opened would learn that, and has no claim to it.
    """

    stix_id: str
    version: str
    digest: bytes


def sound(facts: Facts) -> bool:
    """Whether each part has its one shape, so that no other facts are written alike."""
    return _STIX_ID.fullmatch(facts.stix_id) is not None and facts.version.isprintable() and len(facts.digest) == _HASH


def salt(key: bytes, nonce: bytes, item: int) -> bytes:
    """The salt of an item in the response with this nonce: HMAC-SHA256 under a key that only the node has."""
    return hmac.digest(key, nonce + item.to_bytes(8, "big"), "sha256")


def salter(key: bytes, nonce: bytes) -> Callable[[int], bytes]:
    """`salt` for the items of one response."""
    digest = keyed(key, nonce)
    return lambda item: digest(item.to_bytes(8, "big"))


def commitment(salted: bytes, facts: Facts) -> bytes:
    """The commitment to the facts under a salt; lines part them. ValueError where either is not sound."""
    if len(salted) != _HASH or not sound(facts):
        raise ValueError("the same bytes, cut elsewhere, would commit to other facts")
    said = f"{facts.stix_id}\n{facts.version}\n{facts.digest.hex()}"
    return sha256(b"\x02" + salted + said.encode()).digest()


def root_over(commitments: Iterable[bytes]) -> bytes:
    """The Merkle root over the commitments of one response."""
    return root([leaf_hash(one) for one in commitments])
