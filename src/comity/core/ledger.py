"""The record that nobody can quietly change: a Merkle tree over bytes, as RFC 9162 §2.1 has it.

A leaf is bytes; the tree is over the leaf hashes in order. An *inclusion proof* shows that a leaf is in the tree with a
given root, a *consistency proof* that a tree is an earlier state of another. Whoever verifies needs only roots, sizes
and proofs. Hashes are SHA-256, 32 bytes; leaves and nodes are hashed with different prefixes, so that neither can be
passed off as the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256 of 0x00 and the entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 of 0x01, the left and the right hash."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root of the tree over these leaf hashes; of no leaves, the hash of nothing (§2.1.1)."""
    if not hashes:
        return sha256(b"").digest()
    level: Sequence[bytes] = hashes
    while len(level) > 1:  # two and two, each as `node_hash` has it; the last of an odd number goes up as it is
        pairs = iter(level)
        above = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        level = [*above, level[-1]] if len(level) % 2 else above
    return level[0]


@dataclass(slots=True)
class Frontier:
    """A tree that grows leaf by leaf, kept as the roots of its whole subtrees: twenty hashes for a million leaves."""

    size: int = 0
    _peaks: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        rest = self.size
        while rest & 1:
            leaf, rest = node_hash(self._peaks.pop(), leaf), rest >> 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        if not self._peaks:
            return root(())
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node_hash(peak, found)
        return found


def inclusion_proof(hashes: Sequence[bytes], position: int) -> tuple[bytes, ...]:
    """The proof that the leaf at `position` is in the tree over `hashes` (§2.1.3.1).

    Raises IndexError when there is no such leaf.
    """
    if not 0 <= position < len(hashes):
        raise IndexError(f"no leaf {position} in a tree of {len(hashes)}")
    start, end, proof = 0, len(hashes), []
    while end - start > 1:
        middle = start + _split(end - start)
        if position < middle:
            proof.append(_subtree(hashes, middle, end))
            end = middle
        else:
            proof.append(_subtree(hashes, start, middle))
            start = middle
    return tuple(reversed(proof))


def consistency_proof(hashes: Sequence[bytes], size: int) -> tuple[bytes, ...]:
    """The proof that the tree over the first `size` of `hashes` is an earlier state of that over all (§2.1.4.1).

    Empty for the same size. Raises IndexError unless 0 < size ≤ len(hashes).
    """
    if not 0 < size <= len(hashes):
        raise IndexError(f"a tree of {size} is no earlier state of a tree of {len(hashes)}")
    start, end, proof = 0, len(hashes), []
    while size < end:
        middle = start + _split(end - start)
        if size <= middle:
            proof.append(_subtree(hashes, middle, end))
            end = middle
        else:
            proof.append(_subtree(hashes, start, middle))
            start = middle
    if start:  # else the verifier holds this hash: it is the root of the earlier tree
        proof.append(_subtree(hashes, start, end))
    return tuple(reversed(proof))


def verify_inclusion(leaf: bytes, position: int, size: int, proof: Sequence[bytes], of: bytes) -> bool:
    """Whether `proof` shows that the leaf hash is at `position` in the tree of `size` with the root `of` (§2.1.3.2)."""
    if not 0 <= position < size:
        return False
    node, last, found = position, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(step, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return last == 0 and found == of


def verify_consistency(sizes: tuple[int, int], roots: tuple[bytes, bytes], proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the first tree is an earlier state of the second (§2.1.4.2).

    Each pair is that of the earlier and the later tree. Of an empty tree nothing can be shown: False.
    """
    (size, later), (earlier_root, later_root) = sizes, roots
    if not 0 < size <= later:
        return False
    if size == later:
        return not proof and earlier_root == later_root
    steps = list(proof) if size & (size - 1) else [earlier_root, *proof]
    return bool(steps) and _rebuilt(size - 1, later - 1, steps) == (earlier_root, later_root)


def _rebuilt(node: int, last: int, steps: list[bytes]) -> tuple[bytes, bytes] | None:
    """The roots of both trees as the steps of a consistency proof make them, None where they do not fit the sizes."""
    while node & 1:
        node, last = node >> 1, last >> 1
    earlier = later = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            earlier, later = node_hash(step, earlier), node_hash(step, later)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            later = node_hash(later, step)
        node, last = node >> 1, last >> 1
    return (earlier, later) if last == 0 else None


def _subtree(hashes: Sequence[bytes], start: int, end: int) -> bytes:
    """The hash over the leaves from `start` to before `end`, of which there is at least one."""
    if end - start == 1:
        return hashes[start]
    middle = start + _split(end - start)
    return node_hash(_subtree(hashes, start, middle), _subtree(hashes, middle, end))


def _split(size: int) -> int:
    """The largest power of two smaller than `size`, which is at least two."""
    return 1 << ((size - 1).bit_length() - 1)
