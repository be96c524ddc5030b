"""What could not be accepted: held, seen by nobody, and answered by a release officer. Semantics §6."""

from dataclasses import replace

import pytest

from comity.compose import Node, verify
from comity.core.claim import Claim, Onward
from comity.core.errors import Forbidden, UnknownName
from comity.formats.marking import AMBER_STRICT, CLEAR, RED
from comity.service import quarantine
from comity.service.partners import NewPartner, add_partner, as_code
from comity.service.records import Word
from tests.nodes import ME, Clock, word_of
from tests.sending import (
    STATEMENT,
    Object,
    bundle,
    derived,
    found,
    ident,
    marked,
    may,
    refs,
    roots,
    send,
    send_bytes,
    thing,
    why_not,
)

OPEN = Claim(originator=as_code("USA"), level="RESTRICTED", audience=("*",))
UNLISTED = Claim(originator=as_code("USA"), level="RESTRICTED")


def test_without_default_terms_what_is_unmarked_waits_and_so_does_what_names_it(tmp_path: object, clock: Clock) -> None:
    with found(tmp_path / "bare", clock, level=None) as node:  # type: ignore[operator]
        receipt = send(
            node, "USA", thing("x"), thing("c", **marked(CLEAR)), thing("s", kind="marking-definition", **STATEMENT)
        )
        assert (receipt.accepted, dict(receipt.reasons)) == (1, {"no-terms": 2})
        send(node, "FRA", thing("n", kind="note", **marked(CLEAR), **refs(ident("x"))))
        assert roots(node, ident("n", "note")) == {ident("x")}
        assert may(node, ident("c"))
        row = next(row for row in quarantine.listing(node.store) if row.item == 1)
        quarantine.accept(node.store, row.id, UNLISTED, ME, drain=0)
        assert may(node, ident("x"))
        assert may(node, ident("n", "note"))


BROKEN: dict[str, Object | bytes] = {
    "bad-time": thing("x", created="yesterday"),
    "bad-revoked": thing("x", revoked=1),
    "bad-reference": thing("x", created_by_ref="me"),
    "duplicate-key": b'{"id": "%s", "type": "indicator", "name": 1, "name": 2}' % ident("x").encode(),
    "number-range": b'{"id": "%s", "type": "indicator", "n": %s}' % (ident("x").encode(), b"9" * 100_000),
    "lone-surrogate": b'{"id": "%s", "type": "indicator", "n": "\\ud800"}' % ident("x").encode(),
    "too-deep": b'{"id": "%s", "type": "indicator", "n": %s%s}' % (ident("x").encode(), b"[" * 150, b"]" * 150),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_what_names_a_refused_object_waits_with_it(network: Node, reason: str) -> None:
    receipt = send(network, "USA", BROKEN[reason], thing("n", kind="note", **refs(ident("x"))))
    assert dict(receipt.reasons) == {reason: 1}
    assert roots(network, ident("n", "note")) == {ident("x")}
    ((row),) = quarantine.listing(network.store)
    _, kept = quarantine.show(network.store, row.id)
    assert kept == bundle(BROKEN[reason])[bundle().index(b"[") + 1 : -2]
    quarantine.accept(network.store, row.id, OPEN, ME, drain=0)
    assert may(network, ident("n", "note"))


def test_accepting_frees_nothing_of_what_the_object_names(network: Node) -> None:
    send(network, "FRA", thing("secret", **marked(AMBER_STRICT)))
    send(network, "USA", thing("x", kind="note", revoked="no", **refs(ident("secret"), ident("late"))))
    send(network, "USA", thing("p"), derived("d", ident("p"), ident("secret"), revoked="no"))
    for row in quarantine.listing(network.store):
        quarantine.accept(network.store, row.id, OPEN, ME, drain=0)
    assert roots(network, ident("x", "note")) == roots(network, ident("p")) == {ident("secret")}
    send(network, "FRA", thing("late", **marked(AMBER_STRICT)))
    assert roots(network, ident("x", "note")) == {ident("secret"), ident("late")}


def unknown(name: str) -> Object:
    return thing("x", **marked(ident(name, "marking-definition")))


PART = thing("x", granular_markings=[{"marking_ref": AMBER_STRICT, "selectors": ["name"]}])


@pytest.mark.parametrize("sent", [thing("x", **marked(AMBER_STRICT)), thing("x", **marked(RED)), unknown("m"), PART])
@pytest.mark.parametrize("claim", [UNLISTED, OPEN], ids=["unlisted", "open"])
def test_an_accepted_object_is_bound_by_its_own_markings_too(
    tmp_path: object, clock: Clock, sent: Object, claim: Claim
) -> None:
    with found(tmp_path / "bare", clock, level=None) as node:  # type: ignore[operator]
        send(node, "USA", sent, thing("n", kind="note", **marked(CLEAR), **refs(ident("x"))))
        (row,) = quarantine.listing(node.store)
        accepted = quarantine.accept(node.store, row.id, claim, ME, drain=0)
        assert [each.onward for each in accepted.further] == [Onward.CONSENT]
        assert not may(node, ident("x"))
        assert roots(node, ident("n", "note")) == {ident("x")}


def test_an_accepted_object_without_a_marking_has_only_the_claim_that_was_typed(tmp_path: object, clock: Clock) -> None:
    with found(tmp_path / "bare", clock, level=None) as node:  # type: ignore[operator]
        send(node, "USA", thing("x"))
        (row,) = quarantine.listing(node.store)
        assert quarantine.accept(node.store, row.id, UNLISTED, ME, drain=0).further == ()
        assert may(node, ident("x"))


def test_where_the_markings_cannot_be_read_the_audience_is_stated(network: Node) -> None:
    send(network, "USA", thing("x", revoked=1, **marked(AMBER_STRICT)))
    ((row),) = quarantine.listing(network.store)
    with pytest.raises(Forbidden, match="--releasable-to or --nobody"):
        quarantine.accept(network.store, row.id, UNLISTED, ME, drain=0)
    assert quarantine.listing(network.store) == (row,)
    assert not may(network, ident("x"))


@pytest.mark.parametrize("members", [{}, {"revoked": 1}])
def test_only_with_a_partner_s_word_is_an_object_accepted_as_its_own(
    tmp_path: object, clock: Clock, members: Object
) -> None:
    with found(tmp_path / "bare", clock, level=None) as node:  # type: ignore[operator]
        send(node, "FRA", thing("x", **members))
        ((row),) = quarantine.listing(node.store)
        for word in (ME, word_of("FRA"), Word(actor="me", by=as_code("USA"))):
            with pytest.raises(Forbidden, match="only `USA` can say this"):
                quarantine.accept(node.store, row.id, OPEN, word, drain=0)
        ours, theirs = replace(OPEN, originator=as_code("GBR")), replace(OPEN, originator=as_code("FRA"))
        with pytest.raises(Forbidden, match="only `GBR` can say this"):
            quarantine.accept(node.store, row.id, ours, word_of("USA"), drain=0)
        with pytest.raises(UnknownName):
            quarantine.accept(node.store, row.id, theirs, word_of("MARS"), drain=0)
        further = quarantine.accept(node.store, row.id, OPEN, word_of("USA"), drain=0).further
        assert [(claim.originator, claim.level) for claim in further] == [("FRA", "RESTRICTED")]
        assert may(node, ident("x"))


def test_a_relay_s_terms_hold_beside_the_originator_s_claim(network: Node) -> None:
    send(network, "FRA", thing("x", revoked=1))
    ((row),) = quarantine.listing(network.store)
    add_partner(network.store, NewPartner(code="FRA", level="RESTRICTED", audience=("GBR",)), ME)
    quarantine.accept(network.store, row.id, OPEN, word_of("USA"), drain=0)
    assert why_not(network, ident("x")) == [f"FRA/{ident('x')}/audience"]


def test_accepting_carries_the_claims_of_later_versions(network: Node) -> None:
    send(network, "USA", thing("x", 1, revoked=1), thing("x", 2, **marked(AMBER_STRICT)))
    ((row),) = quarantine.listing(network.store)
    quarantine.accept(network.store, row.id, OPEN, ME, drain=0)
    assert not may(network, f"{ident('x')}@2025-01-01T00:00:00Z")


def test_discarding_needs_a_reason_and_leaves_it_held_and_seen_by_nobody(network: Node) -> None:
    send(network, "USA", thing("x", revoked=1), thing("n", **refs(ident("x"))))
    ((row),) = quarantine.listing(network.store)
    with pytest.raises(Forbidden, match="for a reason"):
        quarantine.discard(network.store, row.id, ME)
    quarantine.discard(network.store, row.id, Word(actor="me", why="spam"))
    assert quarantine.listing(network.store) == ()
    assert not may(network, ident("x"))
    assert not may(network, ident("n"))
    with pytest.raises(UnknownName):
        quarantine.accept(network.store, row.id, OPEN, ME, drain=0)
    assert send(network, "USA", thing("x", revoked=1)).unchanged == 1
    # A discarded version binds no other, either.
    send(network, "USA", thing("x", 2))
    assert may(network, f"{ident('x')}@2025-01-02T00:00:00Z")


NAMELESS = [b"7", b"[]", b'"x"', b"{}", b'{"id": "x--1"}', b"nonsense", b'{"id": "\xff"}', b'{"a": 1, "a": 1}']


@pytest.mark.parametrize("raw", NAMELESS)
def test_what_has_no_usable_id_is_kept_to_the_byte_and_cannot_be_held(network: Node, raw: bytes) -> None:
    receipt = send_bytes(network, "USA", bundle(raw, thing("fine")))
    assert (receipt.accepted, receipt.quarantined) == (1, 1)
    ((row),) = quarantine.listing(network.store)
    assert (row.item, quarantine.show(network.store, row.id)[1]) == (None, raw)
    with pytest.raises(Forbidden, match="no usable id"):
        quarantine.accept(network.store, row.id, OPEN, ME, drain=0)
    assert send_bytes(network, "USA", bundle(raw, thing("fine"))).unchanged == 2


def test_what_waited_for_terms_is_answered_by_the_same_bundle_and_all_that_hangs_on_it_follows(
    tmp_path: object, clock: Clock
) -> None:
    with found(tmp_path / "bare", clock, level=None) as node:  # type: ignore[operator]
        sent = [thing("x", 1), thing("x", 2, **marked(AMBER_STRICT)), thing("y"), thing("y")]
        lacking = f"items: [{{id: {ident('y')}, further_claims: [{{originator: USA, releasable_to: [GBR]}}]}}]"
        send(node, "USA", *sent, sidecar=lacking)
        send(node, "FRA", thing("n", kind="note", **marked(CLEAR), **refs(ident("y"))))
        add_partner(node.store, NewPartner(code="FRA", level="RESTRICTED"), ME)
        assert send(node, "USA", *sent).accepted == 0
        add_partner(node.store, NewPartner(code="USA", level="RESTRICTED"), ME)
        # What another partner sends answers nothing, and what is not in the bundle waits on.
        send(node, "FRA", *sent)
        assert len(quarantine.listing(node.store)) == 3
        receipt = send(node, "USA", *sent[:3])
        assert (receipt.accepted, receipt.unchanged) == (3, 0)
        assert quarantine.listing(node.store) == ()
        verify(node)
        # A later version raises the earlier one, and what the first sidecar said stands.
        assert why_not(node, f"USA:{ident('x')}@2025-01-01T00:00:00Z") != []
        assert why_not(node, f"USA:{ident('y')}") == [f"USA/USA:{ident('y')}/audience"]
