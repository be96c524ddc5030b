"""One bundle, one act: what is new, known, kept apart, flagged. Semantics §6 and the law `stix_sameness`."""

import io
import json
from pathlib import Path

import pytest

from comity.compose import Node
from comity.core.errors import MalformedInput, UnknownName
from comity.formats.marking import AMBER_STRICT, CLEAR
from comity.service.disclose import export
from comity.service.partners import as_code
from comity.service.receive import receive
from tests.nodes import ME
from tests.sending import acts, bundle, ident, marked, may, send, send_bytes, thing

X = ident("x")


def test_importing_twice_changes_nothing_not_even_the_acts(network: Node) -> None:
    objects = (thing("x"), thing("y", revoked=1), b"nonsense", {"id": "none"})
    first = send(network, "USA", *objects)
    assert (first.read, first.accepted, first.unchanged, first.quarantined) == (4, 1, 0, 3)
    before = acts(network)
    again = send(network, "USA", *objects)
    assert (again.read, again.unchanged) == (4, 4)
    assert acts(network) == before
    assert send(network, "USA").read == 0
    assert acts(network) == before


def test_layout_is_no_difference_and_the_bytes_first_received_stay(network: Node, tmp_path: Path) -> None:
    stated = thing("x", **marked(CLEAR))
    send(network, "USA", stated)
    spread = json.dumps(dict(reversed(stated.items())), indent=3, ensure_ascii=True).encode()
    assert send(network, "USA", spread).unchanged == 1
    export(network.store, "UKR", tmp_path / "out.json", ME, vault=network.vault)
    assert json.dumps(stated).encode() in (tmp_path / "out.json").read_bytes()


def test_what_readers_would_read_differently_is_never_taken_for_the_same(network: Node) -> None:
    one, other = (b'{"id": "%s", "n": %d, "n": 2}' % (X.encode(), number) for number in (1, 3))
    assert send(network, "USA", one, other).quarantined == 2
    assert send(network, "USA", other, one).unchanged == 2


def test_other_content_of_one_version_is_kept_apart_flagged_and_accepted(network: Node) -> None:
    send(network, "USA", thing("x"))
    found = send(network, "USA", thing("x", name="other"), thing("x", name="other"))
    assert (found.accepted, found.unchanged, found.flagged) == (1, 1, 1)
    with network.store.read() as reader:
        one, other = reader.copies([X])[X]
    assert (one.apart_from, other.apart_from) == (None, one.ordinal)


def test_what_is_quarantined_is_not_counted_as_flagged(network: Node) -> None:
    send(network, "USA", thing("x"))
    found = send(network, "USA", thing("x", revoked="no"))
    assert (found.accepted, found.quarantined, found.flagged) == (0, 1, 0)


def test_duplicates_within_one_bundle_are_one_object(network: Node) -> None:
    found = send(network, "USA", thing("x"), thing("y"), thing("x"), b"nonsense", b"nonsense")
    assert (found.read, found.accepted, found.unchanged, found.quarantined) == (5, 2, 2, 1)


def test_copies_of_two_partners_stay_side_by_side(network: Node, tmp_path: Path) -> None:
    assert send(network, "USA", thing("x", **marked(AMBER_STRICT))).flagged == 0
    assert send(network, "FRA", thing("x", **marked(AMBER_STRICT))).flagged == 0
    assert send(network, "DEU", thing("x", name="theirs")).flagged == 1
    with network.store.read() as reader:
        assert [copy.submitter for copy in reader.copies([X])[X]] == ["USA", "FRA", "DEU"]
    assert [may(network, f"{by}:{X}") for by in ("USA", "FRA", "DEU")] == [False, False, True]
    # Each reader gets the earliest of those that it may see.
    made = export(network.store, "UKR", tmp_path / "ukr.json", ME, vault=network.vault)
    assert made.count == 1
    assert b"theirs" in (tmp_path / "ukr.json").read_bytes()


def test_nobody_revises_what_another_sent(network: Node) -> None:
    send(network, "USA", thing("x"))
    send(network, "FRA", thing("x", name="not theirs"), thing("x", 2, **marked(AMBER_STRICT)))
    assert may(network, f"USA:{X}")


def test_what_is_no_bundle_or_from_nobody_leaves_no_trace(network: Node) -> None:
    before = acts(network)
    for content in (b"", b"[]", b"null", b'{"type": "report"}', b"\xff\xfe{\0}\0", bundle(thing("x"))[:30]):
        with pytest.raises(MalformedInput):
            send_bytes(network, "USA", content)
    late = bundle(thing("x"))[:-1] + b', "type": "report"}'
    with pytest.raises(MalformedInput, match="not `bundle`"):
        send_bytes(network, "USA", late)
    with pytest.raises(UnknownName, match="no partner `XXX`"):
        receive(network.store, io.BytesIO(bundle()), submitter=as_code("XXX"), word=ME)
    assert acts(network) == before
    with network.store.read() as reader:
        assert reader.find(X) == []


def test_objects_are_found_again_across_batches(network: Node) -> None:
    many = [thing(f"n{number}") for number in range(2_100)]
    assert send(network, "USA", *many, *many[:50], many[-1] | {"name": "other"}).unchanged == 50
    assert send(network, "USA", *many).unchanged == 2_100


def test_a_release_decided_before_has_ended_when_an_import_returns(network: Node) -> None:
    """What arrives may restrict what was held: the release under way may be of that."""
    with network.store.write("export", ME, policy=False) as writer:
        writer.begin_flight()
    send(network, "USA", thing("x", **marked(AMBER_STRICT)))
    with network.store.read() as reader:
        assert reader.in_flight() == ()
