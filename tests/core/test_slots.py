"""The tree of parties' logs: paths verify for their log alone, and tell nothing of how many others there are."""

from collections.abc import Mapping
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.ledger import node_hash
from comity.core.slots import DEPTH, Log, Slots, climb, leaf, slot

KEY, OTHER = bytes(32), b"\x01" * 32
PLACES = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 7), st.integers(2**64 - 8, 2**64 - 1))
LEAVES = st.dictionaries(PLACES, st.binary(min_size=32, max_size=32), max_size=20)


def plainly(leaves: Mapping[int, bytes], filler: Mapping[tuple[int, int], bytes], depth: int = 0, at: int = 0) -> bytes:
    """The same root from the definition, level by level."""
    within = {place: found for place, found in leaves.items() if place >> (DEPTH - depth) == at}
    if not within:
        return filler[depth, at]
    if depth == DEPTH:
        return within[at]
    return node_hash(plainly(within, filler, depth + 1, 2 * at), plainly(within, filler, depth + 1, 2 * at + 1))


class Fillers(dict[tuple[int, int], bytes]):
    """What an empty tree has in each place."""

    def __missing__(self, key: tuple[int, int]) -> bytes:
        depth, at = key
        return Slots(KEY, {})._node(depth, at, 0, 0)


@given(LEAVES)
def test_the_root_is_that_of_the_definition(leaves: dict[int, bytes]) -> None:
    assert Slots(KEY, leaves).root() == plainly(leaves, Fillers())


@given(LEAVES, PLACES)
def test_a_path_leads_to_the_root_from_what_stands_there_and_from_nothing_else(
    leaves: dict[int, bytes], place: int
) -> None:
    leaves[place] = sha256(b"mine").digest()
    tree = Slots(KEY, leaves)
    path = tree.path(place)
    assert len(path) == DEPTH
    assert climb(leaves[place], place, path) == tree.root()
    assert climb(sha256(b"other").digest(), place, path) != tree.root()
    assert climb(leaves[place], place ^ 1, path) != tree.root()
    assert climb(leaves[place], place ^ 1 << 63, path) != tree.root()
    for step in (0, 31, 63):
        forged = [*path[:step], sha256(path[step]).digest(), *path[step + 1 :]]
        assert climb(leaves[place], place, forged) != tree.root()


@pytest.mark.parametrize("length", [0, 63, 65])
def test_no_path_is_shorter_or_longer(length: int) -> None:
    with pytest.raises(ValueError, match="64 hashes"):
        climb(bytes(32), 0, [bytes(32)] * length)
    with pytest.raises(ValueError, match="64 hashes"):
        climb(bytes(32), 1 << 64, [bytes(32)] * 64)


@given(LEAVES, LEAVES, PLACES)
def test_no_hash_of_a_path_is_ever_seen_again_under_another_head(
    leaves: dict[int, bytes], more: dict[int, bytes], place: int
) -> None:
    """But for two logs in neighbouring slots, which never are: slots are 64 bits of a MAC, and here they are even."""
    place &= ~1
    leaves = {where & ~1: found for where, found in leaves.items()} | {place: bytes(32)}
    more = {where & ~1: found for where, found in more.items()}
    one, two = Slots(KEY, leaves).path(place), Slots(OTHER, {**more, **leaves}).path(place)
    assert not {*one} & {*two}
    assert len({*one}) == DEPTH


def test_a_slot_is_of_one_party_and_side_and_of_one_node() -> None:
    places = {slot(key, party, side) for key in (KEY, OTHER) for party in ("USA", "UKR") for side in ("in", "out")}
    assert len(places) == 8
    assert slot(KEY, "USA", "in") == slot(KEY, "USA", "in")
    assert all(0 <= place < 2**64 for place in places)


def test_a_leaf_says_whose_log_it_is_on_which_side_how_long_and_with_which_root() -> None:
    log = Log("USA", "received", 3, sha256(b"root").digest())
    others = [log._replace(party="UKR"), log._replace(side="originated"), log._replace(size=4)]
    others.append(log._replace(root=bytes(32)))
    assert len({leaf(each) for each in (log, *others)}) == 5
