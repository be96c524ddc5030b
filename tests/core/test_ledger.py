"""RFC 9162 §2.1, against its own recursive definition and the vectors that Certificate Transparency published."""

from hashlib import sha256

import pytest

from comity.core.ledger import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

PUBLISHED = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
SIZES = range(71)
LEAVES = [leaf_hash(number.to_bytes(2)) for number in SIZES]


def mth(entries: list[bytes]) -> bytes:
    """§2.1.1: MTH, over entries and not over hashes."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = power_below(len(entries))
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """§2.1.3.1: PATH."""
    if len(entries) == 1:
        return []
    k = power_below(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: list[bytes], *, whole: bool) -> list[bytes]:
    """§2.1.4.1: SUBPROOF."""
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = power_below(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole=whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], whole=False), mth(entries[:k])]


def power_below(size: int) -> int:
    """The largest power of two smaller than `size`."""
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def entries(size: int) -> list[bytes]:
    return [number.to_bytes(2) for number in range(size)]


def test_the_published_tree_of_eight_leaves() -> None:
    hashes = [leaf_hash(entry) for entry in PUBLISHED]
    assert root(hashes).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root(hashes[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert root(LEAVES[:size]) == mth(entries(size))


def test_a_tree_that_grows_has_the_same_root_at_every_size() -> None:
    grown = Frontier()
    assert grown.root() == root([])
    for size, leaf in enumerate(LEAVES, 1):
        grown.add(leaf)
        assert (grown.size, grown.root()) == (size, root(LEAVES[:size]))


@pytest.mark.parametrize("size", range(1, 71))
def test_an_inclusion_proof_is_that_of_the_definition_and_verifies_for_its_leaf_alone(size: int) -> None:
    whole = root(LEAVES[:size])
    for position in range(size):
        proof = inclusion_proof(LEAVES[:size], position)
        assert list(proof) == path(position, entries(size))
        assert verify_inclusion(LEAVES[position], position, size, proof, whole)
        assert not verify_inclusion(leaf_hash(b"other"), position, size, proof, whole)
        assert not verify_inclusion(LEAVES[position], position, size, (*proof, whole), whole)
        assert not verify_inclusion(LEAVES[position], position, size, proof, leaf_hash(b"other"))
        assert size == 1 or not verify_inclusion(LEAVES[position], position, size, proof[:-1], whole)
        assert size == 1 or not verify_inclusion(LEAVES[position], (position + 1) % size, size, proof, whole)


@pytest.mark.parametrize("size", range(1, 71))
def test_a_consistency_proof_is_that_of_the_definition_and_verifies_for_its_trees_alone(size: int) -> None:
    later = root(LEAVES[:size])
    for earlier in range(1, size + 1):
        before = root(LEAVES[:earlier])
        proof = consistency_proof(LEAVES[:size], earlier)
        assert list(proof) == subproof(earlier, entries(size), whole=True)
        assert verify_consistency((earlier, size), (before, later), proof)
        assert not verify_consistency((earlier, size), (leaf_hash(b"other"), later), proof)
        assert not verify_consistency((earlier, size), (before, leaf_hash(b"other")), proof)
        assert not verify_consistency((earlier, size), (before, later), (*proof, later))
        assert not proof or not verify_consistency((earlier, size), (before, later), proof[:-1])


def test_what_cannot_be_shown_is_not_shown() -> None:
    assert not verify_inclusion(LEAVES[0], 0, 0, (), root([]))
    assert not verify_inclusion(LEAVES[0], -1, 2, (LEAVES[1],), root(LEAVES[:2]))
    assert not verify_consistency((0, 3), (root([]), root(LEAVES[:3])), ())
    assert not verify_consistency((3, 2), (root(LEAVES[:3]), root(LEAVES[:2])), ())
    assert not verify_consistency((2, 3), (root(LEAVES[:2]), root(LEAVES[:3])), ())
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES[:3], 3)
    with pytest.raises(IndexError):
        consistency_proof(LEAVES[:3], 0)


def test_a_leaf_is_never_taken_for_a_node() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
