"""What signed heads rest on: hashes, who was enrolled, lineage with its entries, keys and heads."""

from comity.core.claim import Claim
from comity.core.lineage import Use
from comity.index.holding import Ordinal
from comity.service.partners import as_code
from comity.service.ports import Store
from comity.service.records import Disclosed, Head, NewClaim, NewSource, Partner, Portion, SigningKey
from tests.nodes import ME


def test_the_hashes_are_those_of_the_leaves_in_order(store: Store) -> None:
    for name in ("weather", "logistics"):
        with store.write("domain", ME, policy=False) as writer:
            writer.add_domain(name)
    with store.read() as reader:
        assert reader.size() == 3
        assert list(reader.hashes()) == [leaf.hash for leaf in reader.leaves()]


def test_disclosures_are_found_by_their_entry(store: Store) -> None:
    with store.write("export", ME, policy=False) as writer:
        portions = (Portion(as_code("USA"), 1, b"p" * 32),)
        writer.add_disclosure(
            Disclosed(writer.act.leaf, "UKR", writer.act.at, (Ordinal(1),), b"n" * 16, b"r" * 32, portions)
        )
    with store.read() as reader:
        assert reader.disclosed([0, 1, 99]) == {1: next(reader.disclosures())}
        assert reader.disclosed([]) == {}


def test_a_partner_is_enrolled_by_the_entry_that_registered_it(store: Store) -> None:
    with store.write("partner", ME, policy=False) as writer:
        writer.add_partner(Partner(code=as_code("ESP"), name="Spain", identity="identity--1"))
    with store.read() as reader:
        assert reader.enrolled() == {"GBR": 0, "USA": 0, "UKR": 0, "FRA": 0, "ESP": 1}


def test_edges_and_claims_say_which_entry_recorded_them(store: Store) -> None:
    one, three, four = map(Ordinal, (1, 3, 4))
    with store.write("import", ME, policy=False) as writer:
        writer.add_sources([NewSource(four, one, Use.REPRODUCES), NewSource(three, one, Use.REPRODUCES)])
        writer.add_claims([NewClaim(four, 1, Claim(originator=as_code("USA"), level="SECRET"))])
    with store.read() as reader:
        # The third item drew on the first from the beginning: that is when it was built on it.
        assert sorted(reader.edges([three, four, Ordinal(99)])) == [(3, 1, 0), (3, 2, 0), (4, 1, 1), (4, 3, 0)]
        assert list(reader.stated([four])) == [(4, 0, "GBR", 0), (4, 1, "USA", 1)]
        assert list(reader.stated([])) == []


def test_keys_and_heads_are_read_back_in_the_order_in_which_they_came(store: Store) -> None:
    with store.write("signing-key", ME, policy=False) as writer:
        added = SigningKey("00ff", b"p" * 32, b"e" * 64, writer.act.leaf)
        writer.add_signing_key(added)
    with store.read() as reader:
        assert reader.newest_head() is None
    heads = [Head(size, bytes([size]) * 32, b"{%d}" % size) for size in (2, 1, 2)]
    for head in heads:
        with store.derive() as deriver:
            deriver.keep_head(head)
    with store.read() as reader:
        first, second = reader.signing_keys()
        assert (first.endorsement, first.leaf, second) == (None, 0, added)
        assert list(reader.heads()) == heads
        assert reader.newest_head() == heads[-1]
