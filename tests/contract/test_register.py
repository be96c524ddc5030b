"""Classes and labels, quarantine, disclosures and the releases under way."""

import json
from hashlib import sha256

import pytest

from comity.core.claim import Claim
from comity.core.errors import UnknownName
from comity.core.instant import Instant
from comity.core.ledger import leaf_hash
from comity.index.holding import Ordinal
from comity.service.partners import as_code
from comity.service.ports import Store
from comity.service.records import ClassRow, Disclosed, NewQuarantine, Portion, Word
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


def test_every_act_is_one_entry_with_its_rows(store: Store) -> None:
    with store.write("suspend", Word(actor="ann", why="because"), policy=True) as writer:
        writer.add_domain("weather")
    with store.write("export", ME, policy=False) as writer:
        writer.set_setting("x", [1])
    with store.read() as reader:
        acts, leaves = list(reader.acts()), list(reader.leaves())
        assert [leaf.seq for leaf in leaves] == [act.leaf for act in acts] == [0, 1, 2]
        assert all(leaf.hash == leaf_hash(leaf.entry) for leaf in leaves)
        assert list(reader.leaves(1)) == leaves[1:]
    said = json.loads(leaves[1].entry)
    assert (said["kind"], said["actor"], said["why"], said["epoch"]) == ("suspend", "ann", "because", acts[1].epoch)
    assert set(said["rows"]) == {"domain"}
    assert set(json.loads(leaves[2].entry)["rows"]) == {"setting"}


def test_disclosures_are_read_back_by_recipient_and_place(store: Store) -> None:
    given = []
    for to, items, carried in (("UKR", (2, 1), ["USA", "USA%", "usa"]), ("FRA", (3,), ["usa"]), ("UKR", (), ["USA"])):
        with store.write("export", ME, policy=False) as writer:
            numbers = tuple(map(Ordinal, items))
            portions = tuple(Portion(as_code(name), 1, name.encode() * 8) for name in carried)
            row = Disclosed(writer.act.leaf, to, writer.act.at, numbers, b"n" * 16, b"r" * 32, portions)
            writer.add_disclosure(row)
            given.append(row)
    with store.read() as reader:
        assert list(reader.disclosures()) == given
        assert list(reader.disclosures(to="UKR")) == [given[0], given[2]]
        assert list(reader.disclosures(start=given[1].leaf)) == given[1:]
        assert list(reader.disclosures(of="USA")) == [given[0], given[2]]
        assert list(reader.disclosures(of="usa")) == given[:2]
        assert list(reader.disclosures(of="USA", to="FRA")) == list(reader.disclosures(of="U")) == []
    with store.write("export", ME, policy=False) as writer:
        writer.add_disclosure(given[0])
        with pytest.raises(ValueError, match="one response"):
            writer.add_disclosure(given[0])


def test_a_release_is_under_way_until_it_ends(store: Store) -> None:
    with store.write("export", ME, policy=False) as writer:
        writer.begin_flight()
        leaf, epoch = writer.act.leaf, writer.act.epoch
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
