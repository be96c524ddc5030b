"""Commitments: to these facts alone, and to nothing without their salt."""

import pytest

from comity.core.commitment import Facts, commitment, root_over, salt, salter
from comity.core.ledger import leaf_hash, root

FACTS = Facts("report--00000000-0000-4000-8000-000000000001", "2025-03-01T00:00:00Z", b"d" * 32)


def test_a_commitment_is_to_these_facts_under_this_salt() -> None:
    one = commitment(bytes(32), FACTS)
    others = [
        FACTS._replace(stix_id=FACTS.stix_id[:-1] + "2"),
        FACTS._replace(version=""),
        FACTS._replace(digest=b"e" * 32),
    ]
    assert len({one, commitment(b"s" * 32, FACTS), *(commitment(bytes(32), each) for each in others)}) == 5


@pytest.mark.parametrize(
    ("salted", "facts"),
    [
        (bytes(32) + FACTS.stix_id[:1].encode(), FACTS._replace(stix_id=FACTS.stix_id[1:])),
        (bytes(31), FACTS),
        (bytes(32), FACTS._replace(stix_id=f"{FACTS.stix_id}\n")),
        (bytes(32), FACTS._replace(stix_id="report--1")),
        (bytes(32), FACTS._replace(version=f"{FACTS.version}\n")),
        (bytes(32), FACTS._replace(digest=b"d" * 31)),
    ],
)
def test_what_could_be_cut_elsewhere_is_not_committed_to(salted: bytes, facts: Facts) -> None:
    with pytest.raises(ValueError, match="cut elsewhere"):
        commitment(salted, facts)


def test_a_salt_is_of_one_item_of_one_response_of_one_node() -> None:
    salts = {salt(key, nonce, item) for key in (b"k", b"l") for nonce in (b"m", b"n") for item in (1, 2)}
    assert len(salts) == 8
    assert {len(one) for one in salts} == {32}


def test_the_root_is_over_the_commitments_in_their_order() -> None:
    one, two = commitment(b"1" * 32, FACTS), commitment(b"2" * 32, FACTS)
    assert root_over([one, two]) == root([leaf_hash(one), leaf_hash(two)]) != root_over([two, one])


def test_the_salts_of_one_response_are_those_that_each_item_has() -> None:
    for key in (b"", b"k" * 32, b"k" * 64, b"k" * 65):
        for nonce in (b"", b"n" * 16):
            salted = salter(key, nonce)
            assert [salted(item) for item in (1, 2, 2**40)] == [salt(key, nonce, item) for item in (1, 2, 2**40)]
