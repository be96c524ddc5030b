"""Commitments: to these facts alone, and to nothing without their salt."""

from comity.core.commitment import Facts, commitment, root_over, salt
from comity.core.ledger import leaf_hash, root

FACTS = Facts("report--1", "2025-03-01T00:00:00Z", b"d" * 32)


def test_a_commitment_is_to_these_facts_under_this_salt() -> None:
    one = commitment(bytes(32), FACTS)
    others = [FACTS._replace(stix_id="report--2"), FACTS._replace(version=""), FACTS._replace(digest=b"e" * 32)]
    assert len({one, commitment(b"s" * 32, FACTS), *(commitment(bytes(32), each) for each in others)}) == 5


def test_a_salt_is_of_one_item_of_one_response_of_one_node() -> None:
    salts = {salt(key, nonce, item) for key in (b"k", b"l") for nonce in (b"m", b"n") for item in (1, 2)}
    assert len(salts) == 8
    assert {len(one) for one in salts} == {32}


def test_the_root_is_over_the_commitments_in_their_order() -> None:
    one, two = commitment(b"1" * 32, FACTS), commitment(b"2" * 32, FACTS)
    assert root_over([one, two]) == root([leaf_hash(one), leaf_hash(two)]) != root_over([two, one])
