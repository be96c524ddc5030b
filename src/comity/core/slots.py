"""Many logs under one root, so that the way to one of them tells nothing of the others: a blinded sparse Merkle tree.

A log has a *slot*, 64 bits that only the node can tell beforehand. The tree has a place for each of the 2**64 slots;
where nothing stands, a *filler* stands that cannot be told from the hash of something. So every path has 64 hashes,
whatever else there is. The fillers of each head are drawn anew from its own key: were they the same again, whoever
holds two paths would see which hashes have moved, and so where others are.

A leaf is SHA-256 of 0x03 and what it says of a log; inner nodes are those of `ledger`.
"""

import hmac
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from comity.core.ledger import node_hash

DEPTH: Final = 64


class Log(NamedTuple):
    """One log as it stands: whose, on which side, how many leaves, and the root over them."""

    party: str
    side: str
    size: int
    root: bytes


def slot(key: bytes, party: str, side: str) -> int:
    """Where the log of a party stands, always the same: 64 bits of HMAC-SHA256."""
    return int.from_bytes(hmac.digest(key, f"slot\n{side}\n{party}".encode(), "sha256")[:8], "big")


def leaf(log: Log) -> bytes:
    """The hash that stands in the slot of a log. Lines part what it says: no party's name holds a line break."""
    return sha256(b"\x03" + f"{log.party}\n{log.side}\n{log.size}\n{log.root.hex()}".encode()).digest()


def climb(found: bytes, place: int, path: Sequence[bytes]) -> bytes:
    """The root that a path makes of what stands in a slot; the path is from the leaf upwards.

    Raises ValueError unless it has 64 hashes, for no shorter one was ever made.
    """
    if len(path) != DEPTH or not 0 <= place < 1 << DEPTH:
        raise ValueError(f"a path has {DEPTH} hashes")
    for step, beside in enumerate(path):
        found = node_hash(beside, found) if place >> step & 1 else node_hash(found, beside)
    return found


class Slots:
    """The tree of one head."""

    def __init__(self, key: bytes, leaves: Mapping[int, bytes]) -> None:
        """Keep what stands in which slot; `key`, of this head alone, makes the fillers."""
        self._key = key
        self._leaves = leaves
        self._slots = sorted(leaves)

    def root(self) -> bytes:
        """The root over everything."""
        return self._node(0, 0, 0, len(self._slots))

    def path(self, place: int) -> tuple[bytes, ...]:
        """The 64 hashes beside the way from a slot to the root, from the leaf upwards."""
        found, start, end = [], 0, len(self._slots)
        for depth in range(DEPTH):
            prefix = place >> (DEPTH - depth)
            middle = self._middle(depth, prefix, start, end)
            right = place >> (DEPTH - 1 - depth) & 1
            beside = (start, middle) if right else (middle, end)
            found.append(self._node(depth + 1, prefix << 1 | (1 - right), *beside))
            start, end = (middle, end) if right else (start, middle)
        return tuple(reversed(found))

    def _node(self, depth: int, prefix: int, start: int, end: int) -> bytes:
        """The node that this many bits of a slot lead to, over the slots from `start` to before `end`."""
        if start == end:
            filler = depth.to_bytes(1, "big") + prefix.to_bytes(8, "big")
            return hmac.digest(self._key, b"filler\n" + filler, "sha256")
        if depth == DEPTH:
            return self._leaves[prefix]
        middle = self._middle(depth, prefix, start, end)
        left = self._node(depth + 1, prefix << 1, start, middle)
        return node_hash(left, self._node(depth + 1, prefix << 1 | 1, middle, end))

    def _middle(self, depth: int, prefix: int, start: int, end: int) -> int:
        """Where the slots of the right half begin."""
        return bisect_left(self._slots, (prefix << 1 | 1) << (DEPTH - 1 - depth), start, end)
