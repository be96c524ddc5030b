"""Versions come from the originator's own channel; all else stands beside. Semantics §6."""

from itertools import permutations

import pytest

from comity.compose import Node
from comity.core.errors import Forbidden
from comity.formats.marking import AMBER_STRICT, CLEAR, RED
from comity.service.attesting import Edge, attest
from comity.service.partners import NewPartner, add_partner
from tests.nodes import ME, Clock, word_of
from tests.sending import Object, ident, marked, may, refs, roots, send, thing, why_not

X = ident("x")
SECRET = marked(AMBER_STRICT)


def at(version: int, name: str = X) -> str:
    return f"{name}@2025-01-{version:02}T00:00:00Z"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_raising_binds_all_versions_and_lowering_the_one_that_states_it(network: Node, order: tuple[int, ...]) -> None:
    send(network, "FRA", thing("built", kind="note", **refs(X)))
    versions = [thing("x", 1), thing("x", 2, **SECRET), thing("x", 3)]
    for place in order:
        send(network, "USA", versions[place])
    assert [may(network, at(version)) for version in (1, 2, 3)] == [False, False, True]
    assert not may(network, ident("built", "note"))


def test_raising_binds_at_once_what_is_built_on_an_old_version(network: Node) -> None:
    send(network, "USA", thing("x", 1))
    send(network, "FRA", thing("built", kind="note", **refs(X)))
    assert may(network, ident("built", "note"))
    send(network, "USA", thing("x", 2, **SECRET))
    assert not may(network, ident("built", "note"))


def test_raising_binds_even_where_a_claim_says_what_a_quarantine_says(network: Node) -> None:
    add_partner(network.store, NewPartner(code="USA", level="TOP SECRET"), ME)
    send(network, "USA", thing("x", 1, **marked(CLEAR)))
    assert may(network, X)
    send(network, "USA", thing("x", 2, **marked(ident("unknown", "marking-definition"))))
    assert not may(network, at(1))


def test_a_quarantined_version_binds_no_other_before_it_is_accepted(network: Node) -> None:
    send(network, "USA", thing("x", 1), thing("x", 2, revoked="no"))
    assert may(network, at(1))
    assert not may(network, at(2))


def test_only_the_originator_s_channel_makes_a_version(network: Node) -> None:
    send(network, "USA", thing("x", 1, **SECRET))
    send(network, "FRA", thing("x", 2))
    assert not may(network, at(1))
    assert may(network, f"FRA:{at(2)}")
    send(network, "FRA", thing("x", 3, **marked(RED)))
    send(network, "USA", thing("x", 4))
    assert may(network, f"USA:{at(4)}")


def test_a_version_inherits_sources_that_go_only_by_attestation(network: Node, clock: Clock) -> None:
    send(network, "FRA", thing("secret", **SECRET))
    send(network, "USA", thing("x", 1, kind="note", **refs(ident("secret"))))
    send(network, "USA", thing("x", 2, kind="note"))
    note = ident("x", "note")
    assert roots(network, at(2, note)) == {ident("secret")}
    with pytest.raises(Forbidden, match="does not draw on"):
        attest(network.store, Edge(item=at(1, note), source=ident("secret")), word_of("USA"))
    with pytest.raises(Forbidden, match="only `USA` can say this"):
        attest(network.store, Edge(item=at(2, note), source=ident("secret")), word_of("FRA"))
    clock.pass_by(1)
    attest(network.store, Edge(item=at(2, note), source=ident("secret")), word_of("USA"))
    # France has no agreement with the United States that says `own-analysis`.
    assert why_not(network, at(2, note)) == [f"FRA/{ident('secret')}/onward"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_sources_are_inherited_in_whatever_order_versions_come(network: Node, order: tuple[int, ...]) -> None:
    send(network, "FRA", thing("secret", **SECRET))
    note = ident("x", "note")
    versions = [thing("x", 1, kind="note", **refs(ident("secret"))), *(thing("x", n, kind="note") for n in (2, 3))]
    for place in order:
        send(network, "USA", versions[place])
    assert [roots(network, at(n, note)) for n in (1, 2, 3)] == [{ident("secret")}] * 3


def test_a_late_source_of_an_old_version_is_inherited_too(network: Node) -> None:
    note = ident("x", "note")
    send(network, "USA", thing("x", 1, kind="note", **refs(ident("secret"))), thing("x", 2, kind="note"))
    assert may(network, at(2, note))
    send(network, "FRA", thing("secret", **SECRET))
    assert not may(network, at(2, note))


FINE = ("2025-01-01T00:00:00.123456789Z", "2025-01-01T00:00:00.1234568Z", "2025-01-01T00:00:00.2Z")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_versions_finer_than_a_microsecond_are_versions(network: Node, order: tuple[int, ...]) -> None:
    send(network, "FRA", thing("secret", **SECRET))
    note = ident("x", "note")
    versions = [thing("x", 1, kind="note", **(refs(ident("secret")) if fine == FINE[0] else {})) for fine in FINE]
    for place in order:
        send(network, "USA", versions[place] | {"modified": FINE[place]})
    assert not any(may(network, f"{note}@{fine}") for fine in FINE)


def test_other_content_under_a_known_version_inherits_and_raises_as_a_version_does(network: Node) -> None:
    send(network, "FRA", thing("secret", **SECRET))
    note = ident("x", "note")
    send(network, "USA", thing("x", 1, kind="note", **refs(ident("secret"))))
    assert send(network, "USA", thing("x", 1, kind="note")).flagged == 1
    assert not may(network, f"{at(1, note)}#3")
    send(network, "USA", thing("y", 1))
    send(network, "USA", thing("y", 1, **SECRET))
    assert not may(network, f"{at(1, ident('y'))}#4")


def test_an_observable_has_no_versions_and_is_raised_all_the_same(network: Node) -> None:
    seen: Object = {"type": "ipv4-addr", "id": ident("a", "ipv4-addr"), "value": "192.0.2.1"}
    send(network, "USA", seen)
    assert may(network, seen["id"])
    assert send(network, "USA", {**seen, **marked(AMBER_STRICT)}).flagged == 1
    assert not may(network, f"{seen['id']}#1")
