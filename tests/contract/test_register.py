"""Classes and labels, quarantine, disclosures and the releases under way."""

from hashlib import sha256

import pytest

from comity.core.claim import Claim
from comity.core.errors import UnknownName
from comity.core.instant import Instant
from comity.core.ledger import leaf_hash
from comity.index.holding import Ordinal
from comity.service.partners import as_code
from comity.service.ports import Store
from comity.service.records import ClassRow, Disclosed, NewQuarantine
from tests.nodes import ME

USA = as_code("USA")


def a_class(number: int, level: str = "SECRET") -> ClassRow:
    return ClassRow(
        number=number,
        claim=Claim(originator=USA, level=level, received=Instant(number)),
        own=False,
        assessable=True,
        analysed=True,
        waivers=frozenset({"c-1", "c-2"}),
        passes=frozenset(),
    )


def test_classes_are_numbered_on_and_read_back_in_order(store: Store) -> None:
    with store.derive() as deriver:
        last = len(list(deriver.classes()))
        rows = [a_class(last + 1), a_class(last + 2, "RESTRICTED")]
        deriver.intern_classes(rows)
    with store.read() as reader:
        assert list(reader.classes())[last:] == rows
    with pytest.raises(ValueError, match="is next"), store.derive() as deriver:
        deriver.intern_classes([a_class(last + 5)])


def test_labels_are_replaced(store: Store) -> None:
    with store.derive() as deriver:
        deriver.set_labels({Ordinal(1): (3, 1), Ordinal(2): (1, 3), Ordinal(3): ()})
        deriver.set_labels({Ordinal(3): (2,)})
    with store.read() as reader:
        labels = reader.labels(map(Ordinal, (1, 2, 3)))
    assert labels == {1: (1, 3), 2: (1, 3), 3: (2,)}


def test_a_quarantine_is_open_until_it_is_answered(store: Store) -> None:
    apart = NewQuarantine(None, USA, 3, "malformed", "no id", sha256(b"bad").digest(), b"bad")
    held = NewQuarantine(Ordinal(1), USA, 4, "unmarked", "no marking", sha256(b"held").digest(), None)
    with store.write("import", ME, policy=False) as writer:
        one, two = writer.add_quarantine([apart, held])
    with store.read() as reader:
        assert [(row.id, row.item, row.reason, row.detail) for row in reader.open_quarantine()] == [
            (one, None, "malformed", "no id"),
            (two, 1, "unmarked", "no marking"),
        ]
        assert [row.id for row in reader.open_quarantine(Ordinal(1))] == [two]
        assert reader.quarantined_bytes(one) == b"bad"
        assert reader.quarantined_bytes(two) == next(reader.content([Ordinal(1)]))[1]
    with store.write("quarantine-discard", ME, policy=True) as writer:
        writer.resolve(one, "discarded")
        with pytest.raises(UnknownName, match="no open quarantine"):
            writer.resolve(one, "accepted")
    with store.read() as reader:
        assert [row.id for row in reader.open_quarantine()] == [two]
        asked = [apart.digest, held.digest, b"other"]
        assert reader.quarantined_digests(USA, asked) == set(asked[:2])
        assert reader.quarantined_digests(as_code("GBR"), asked) == set()
        with pytest.raises(UnknownName, match="quarantine list"):
            reader.quarantined_bytes(99)


def test_the_register_grows_leaf_by_leaf(store: Store) -> None:
    for entry in (b"one", b"two"):
        with store.write("export", ME, policy=False) as writer:
            leaf = writer.append_leaf(entry)
            assert leaf.hash == leaf_hash(entry)
            row = Disclosed(leaf.seq, Ordinal(1), "UKR", writer.act.at, b"d" * 32, b"s" * 32)
            writer.add_disclosures([row, row._replace(item=Ordinal(2), recipient="FRA")])
    with store.read() as reader:
        leaves = list(reader.leaves())
        assert [(leaf.seq, leaf.entry, leaf.act) for leaf in leaves] == [(0, b"one", 2), (1, b"two", 3)]
        assert list(reader.leaves(1)) == leaves[1:]
        assert len(list(reader.disclosures())) == 4
        assert [row.leaf for row in reader.disclosures(to="UKR")] == [0, 1]
        assert [row.recipient for row in reader.disclosures(of=Ordinal(2))] == ["FRA", "FRA"]
        assert list(reader.disclosures(to="UKR", of=Ordinal(2))) == []


def test_a_release_is_under_way_until_it_ends(store: Store) -> None:
    with store.write("export", ME, policy=False) as writer:
        leaf = writer.append_leaf(b"entry").seq
        writer.begin_flight(leaf)
        epoch = writer.act.epoch
    with store.read() as reader:
        assert [(flight.leaf, flight.epoch) for flight in reader.in_flight()] == [(leaf, epoch)]
        assert reader.in_flight(before=epoch) == ()
        assert len(reader.in_flight(before=epoch + 1)) == 1
    with store.derive() as deriver:
        assert deriver.end_flight(leaf)
        assert not deriver.end_flight(leaf)


def test_an_item_waits_until_it_is_accepted_also_when_it_is_discarded(store: Store) -> None:
    rows = [NewQuarantine(Ordinal(item), USA, 0, "bad", "bad", sha256(b"x").digest(), None) for item in (1, 2, 3)]
    with store.write("import", ME, policy=False) as writer:
        one, two, _ = writer.add_quarantine(rows)
        writer.resolve(one, "accepted")
        writer.resolve(two, "discarded")
        assert writer.waiting(map(Ordinal, (1, 2, 3, 4, 99))) == {2, 3}
