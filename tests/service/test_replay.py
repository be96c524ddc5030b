"""What replay finds: whatever may not have gone, or is not what the register says it is; and nothing else."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.compose import Node, verify
from comity.core.errors import UnknownName
from comity.core.instant import Instant
from comity.index.holding import Ordinal
from comity.service.consenting import NewConsent, grant_consent
from comity.service.disclose import Exported, export
from comity.service.partners import NewPartner, add_partner
from comity.service.records import Disclosed
from comity.service.replay import Finding, replay
from comity.service.suspending import NewSuspension, suspend
from comity.store.folder import DATABASE
from tests.forging import forge
from tests.nodes import ME, Clock, word_of
from tests.sending import derived, found, ident, marked, may, refs, send, thing, why_not

RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    with found(tmp_path / "node", clock) as made:
        yield made


def hand_over(node: Node, to: str = "UKR") -> Exported:
    return export(node.store, to, node.directory.parent / "out.json", ME, vault=node.vault)


def forged(node: Node, *names: str) -> Disclosed:
    """A disclosure to Ukraine that nobody has decided on."""
    with node.store.read() as reader:
        numbers = [reader.one(name).ordinal for name in names]
    return forge(node, "UKR", numbers)


def findings(node: Node) -> tuple[Finding, ...]:
    return replay(node.store, node.vault).findings


def test_what_came_later_takes_nothing_back(node: Node, clock: Clock) -> None:
    """A suspension, a reference whose object arrives, a claim that is raised: each would refuse it today."""
    send(node, "USA", thing("a"), thing("b", **refs(ident("late"))), thing("c"))
    assert hand_over(node).count == 3
    clock.pass_by(1)
    send(node, "USA", thing("late", **marked(RED)))
    send(node, "USA", thing("c", 2, **marked(RED)))
    suspend(node.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"), drain=0)
    assert not any(may(node, f"#{number}") for number in (1, 2, 3))
    done = replay(node.store, node.vault)
    assert (done.responses, done.items, done.findings) == (1, 3, ())


def test_what_came_later_permits_nothing(node: Node, clock: Clock) -> None:
    send(node, "USA", thing("a", **marked(RED)), thing("b"))
    reasons = tuple(why_not(node, ident("a")))
    made = forged(node, ident("b"), ident("a"))
    verify(node)
    clock.pass_by(1)
    grant_consent(node.store, NewConsent(by="USA", item=ident("a"), to=("UKR",)), word_of("USA"))
    assert may(node, ident("a"))
    assert findings(node) == (Finding(made.leaf, "UKR", made.at, ident("a"), "it is refused", reasons),)


def test_many_responses_between_two_changes_are_each_decided(node: Node) -> None:
    send(node, "USA", thing("a"))
    given = [hand_over(node), hand_over(node, "GBR"), hand_over(node)]
    stop = suspend(node.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"), drain=0)
    made = [forged(node, ident("a")), forged(node, ident("a"))]
    assert [(each.leaf, each.item) for each in findings(node)] == [(each.leaf, ident("a")) for each in made]
    assert stop.given > given[-1].at
    assert replay(node.store, node.vault, to="GBR").findings == ()
    assert replay(node.store, node.vault, start=made[1].leaf).responses == 1
    assert [each.leaf for each in replay(node.store, node.vault, start=made[1].leaf).findings] == [made[1].leaf]
    assert replay(node.store, node.vault, start=made[1].leaf + 1).responses == 0
    with pytest.raises(UnknownName):
        replay(node.store, node.vault, to="XXX")


def test_a_response_that_is_dated_back_is_found(node: Node, clock: Clock) -> None:
    """Dated before the suspension, it would be permitted."""
    send(node, "USA", thing("a"))
    before = clock.now
    clock.pass_by(1)
    suspend(node.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"), drain=0)
    clock.pass_by(1)
    for at in (before, Instant(clock.now + 10)):
        with node.store.write("export", ME, policy=False) as writer:
            (item,) = writer.held([Ordinal(1)])
            made = Disclosed(writer.act.leaf, "UKR", at, (item,), b"n" * 16, b"r" * 32, ())
            writer.add_disclosure(made)
    said = [each.wrong for each in findings(node)]
    assert said.count("it is dated before what was recorded earlier, or after its own recording") == 2
    assert said.count("its root is not that of its items") == 2
    assert said.count("it is refused") == 1


def test_what_was_not_known_then_is_found(node: Node, clock: Clock) -> None:
    send(node, "USA", thing("a"))
    with node.store.write("export", ME, policy=False) as writer:
        made = Disclosed(writer.act.leaf, "POL", writer.act.at, (Ordinal(1), Ordinal(2)), b"n" * 16, b"r" * 32, ())
        writer.add_disclosure(made)
    clock.pass_by(1)
    send(node, "USA", thing("b"))
    add_partner(node.store, NewPartner(code="POL"), ME)
    assert [(each.item, each.wrong) for each in findings(node)] == [
        (ident("b"), "it was not held then"),
        (ident("a"), "its recipient was not known then"),
    ]


def test_altered_bytes_and_a_lost_entry_are_found(node: Node) -> None:
    send(node, "USA", thing("a"), thing("b", **refs(ident("a"))), derived("c", ident("b"), ident("a")))
    made = hand_over(node)
    assert findings(node) == ()
    with sqlite3.connect(node.directory / DATABASE) as link:
        link.execute("UPDATE content SET bytes = x'00' WHERE item = 2")
    assert [(each.leaf, each.item, each.wrong) for each in findings(node)] == [
        (made.leaf, ident("b"), "its bytes are not those received")
    ]
    with sqlite3.connect(node.directory / DATABASE) as link:
        link.execute("DELETE FROM leaf WHERE seq = ?", (made.leaf,))
    assert "the register has no entry for it" in {each.wrong for each in findings(node)}
