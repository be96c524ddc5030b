"""What comes over the network is taken in as by hand, and what became of it is told to its submitter alone."""

import json
from hashlib import sha256

import pytest

from comity.compose import Node
from comity.core.errors import MalformedInput, UnknownName
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.service.listing import UNVERSIONED
from comity.service.records import Submitted
from comity.service.statuses import KEPT, status, submit
from comity.service.withdrawing import Withdrawal, withdraw
from tests.nodes import ME, Clock
from tests.sending import Object, acts, ident, send, thing

USA = Recipient("USA")


def sent(node: Node, *objects: Object, to: str = "USA") -> Submitted:
    content = json.dumps({"objects": list(objects)}).encode()
    return submit(node.store, node.vault, content, Recipient(to), ME)


def outcomes(found: Submitted) -> list[tuple[str, str | None]]:
    return [(each.id, each.message and each.message.partition(":")[0]) for each in found.outcomes]


def test_each_object_is_answered_in_its_order(network: Node) -> None:
    bad, nameless = {**thing("b"), "revoked": "perhaps"}, {"type": "indicator"}
    found = sent(network, thing("a"), bad, nameless, thing("c"))
    assert outcomes(found) == [
        (ident("a"), None),
        (ident("b"), "bad-revoked"),
        ("", "bad-id"),
        (ident("c"), None),
    ]
    with network.store.read() as reader:
        assert status(reader, found.id, USA) == found
        held = reader.copies([ident("a")])[ident("a")]
        assert [copy.submitter for copy in held] == ["USA"]
        assert next(reader.content([held[0].ordinal]))[1] == json.dumps(thing("a")).encode()
        assert held[0].digest == sha256(json.dumps(thing("a")).encode()).digest()


def test_the_same_again_is_no_failure_and_no_act(network: Node) -> None:
    first, count = sent(network, thing("a")), acts(network)
    again = sent(network, thing("a"))
    assert (outcomes(again), acts(network)) == (outcomes(first), count)
    assert again.id != first.id


def test_what_others_have_sent_changes_no_word(network: Node) -> None:
    """Whether the id, the version or the very bytes are held from somebody else."""
    for other in ({}, {"name": "another"}):
        send(network, "FRA", {**thing("a"), **other})
    assert outcomes(sent(network, thing("a"), thing("b"))) == [(ident("a"), None), (ident("b"), None)]


def test_a_status_is_its_submitter_s_alone(network: Node) -> None:
    found = sent(network, thing("a"))
    said = set()
    for to, name in (("FRA", found.id), ("USA", "another"), ("USA/soc", found.id)):
        with network.store.read() as reader, pytest.raises(UnknownName) as problem:
            status(reader, name, Recipient(to))
        said.add(str(problem.value))
    assert len(said) == 1


def test_a_status_is_dated_by_the_clock_also_where_a_later_time_is_recorded(network: Node, clock: Clock) -> None:
    clock.pass_by(10)
    send(network, "FRA", thing("a"))
    clock.pass_by(-5)
    assert sent(network, thing("b")).at == clock.now


def test_a_status_is_forgotten_after_a_month(network: Node, clock: Clock) -> None:
    found = sent(network, thing("a"))
    clock.now = Instant(clock.now + KEPT + 1_000_000)
    sent(network, thing("b"))
    with network.store.read() as reader, pytest.raises(UnknownName):
        status(reader, found.id, USA)


def test_what_was_withdrawn_stays_so_and_this_is_said(network: Node) -> None:
    sent(network, thing("a"))
    withdraw(network.store, Withdrawal(submitter="USA", item=ident("a")), ME)  # type: ignore[arg-type]
    (again,) = sent(network, thing("a")).outcomes
    assert again.message is not None
    assert "withdrawn" in again.message
    assert outcomes(sent(network, thing("a", 2))) == [(ident("a"), None)]


def test_what_has_no_version_has_always_the_same(network: Node) -> None:
    address = {"type": "ipv4-addr", "id": ident("x", "ipv4-addr"), "value": "198.51.100.3"}
    (found,) = sent(network, address).outcomes
    assert (found.version, found.message) == (UNVERSIONED, None)


def test_what_is_no_envelope_is_refused_whole(network: Node) -> None:
    count = acts(network)
    with pytest.raises(MalformedInput):
        submit(network.store, network.vault, b"[]", USA, ME)
    assert acts(network) == count
