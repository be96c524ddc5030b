"""An act that takes two persons is done by two, who both may do it, and by no other way."""

from collections.abc import Callable

import pytest

from comity.compose import Node
from comity.core.errors import Forbidden, UnknownName
from comity.core.instant import Window
from comity.service import attesting, suspending
from comity.service.accounts import NewAccount, add_account, disable, set_roles
from comity.service.approving import approve
from comity.service.attesting import Edge, attest
from comity.service.partners import as_code
from comity.service.proposals import reject, set_two_person
from comity.service.records import AttestationRow, NewAttestation, Proposal, Word
from comity.service.suspending import NewSuspension, lift, suspend
from tests.nodes import ME, Clock
from tests.refusing import refused
from tests.service.test_acts import reasons
from tests.staff import ADMIN, OFFICER, OTHER, ROLES, govern, through, token

BOTH = frozenset({"attest", "lift"})
EDGE = Edge(item="analysis", source="imagery")


def stopped(node: Node) -> str:
    """A suspension of ours."""
    return suspend(node.store, NewSuspension(frm="GBR", to="UKR"), OFFICER).id


def proposed(node: Node, name: str, word: Word = OFFICER) -> str:
    """A lift that is proposed."""
    found = lift(node.store, name, word)
    assert isinstance(found, Proposal)
    return found.id


def is_open(node: Node, name: str) -> bool:
    with node.store.read() as reader:
        return any(stop.id == name and reader.now() in stop.window for stop in reader.policy().suspensions)


@pytest.fixture
def paired(node: Node) -> Node:
    """A governed node where both acts take two persons."""
    govern(node)
    set_two_person(node.store, BOTH, ADMIN)
    return node


def test_without_the_rule_one_is_enough(node: Node) -> None:
    govern(node)
    assert isinstance(attest(node.store, EDGE, OFFICER), AttestationRow)
    assert not isinstance(lift(node.store, stopped(node), OFFICER), Proposal)


def test_one_proposes_and_another_carries_it_out(paired: Node) -> None:
    name = stopped(paired)
    waiting = proposed(paired, name)
    assert is_open(paired, name)
    assert approve(paired.store, waiting, OTHER).answer == "approved"
    assert not is_open(paired, name)
    with paired.store.read() as reader:
        (found,) = reader.proposals()
        last = list(reader.acts())[-1]
    assert (found.word.actor, found.answer) == ("olga", "approved")
    assert (last.kind, last.word.actor) == ("lift", "oscar")
    with refused(Forbidden, match="has been approved"):
        approve(paired.store, waiting, OTHER)


def test_an_attestation_counts_once_the_second_has_said_so(paired: Node) -> None:
    found = attest(paired.store, EDGE, OFFICER)
    assert isinstance(found, Proposal)
    assert reasons(paired, "digest") == ["USA/imagery/onward"]
    approve(paired.store, found.id, OTHER)
    assert reasons(paired, "digest") == []


def test_the_proposer_is_no_second_person_by_whatever_way(paired: Node) -> None:
    name = stopped(paired)
    waiting = proposed(paired, name)
    ways = [OFFICER, through(token(paired, "policy", account="olga")), through(token(paired, "policy"))]
    for word in ways:
        with refused(Forbidden, match="two persons"):
            approve(paired.store, waiting, word)
    assert is_open(paired, name)


@pytest.mark.parametrize("name", ["ann", "colin", "audrey", "adam", "admin"])
def test_the_second_person_may_do_it_too(paired: Node, name: str) -> None:
    stop = stopped(paired)
    waiting = proposed(paired, stop)
    acts: list[Callable[[], object]] = [
        lambda: approve(paired.store, waiting, Word(actor=name)),
        lambda: lift(paired.store, stop, Word(actor=name)),
    ]
    for act in acts:
        with refused(Forbidden, match="may not do this"):
            act()
    assert is_open(paired, stop)


def test_a_program_is_neither_of_the_two(paired: Node) -> None:
    name = stopped(paired)
    waiting = proposed(paired, name, through(token(paired, "policy")))
    with refused(Forbidden, match="two persons who may do this"):
        approve(paired.store, waiting, OTHER)


def test_both_may_still_do_it_when_it_is_done(paired: Node) -> None:
    waiting = proposed(paired, stopped(paired))
    set_roles(paired.store, "olga", frozenset({ROLES["ann"]}), ADMIN)
    with refused(Forbidden, match="two persons who may do this, and `olga` is none"):
        approve(paired.store, waiting, OTHER)
    set_roles(paired.store, "olga", frozenset({ROLES["olga"]}), ADMIN)
    disable(paired.store, "olga", ADMIN)
    with refused(Forbidden, match="two persons"):
        approve(paired.store, waiting, OTHER)


def test_no_way_leads_round_the_rule(paired: Node) -> None:
    name = stopped(paired)
    other = attest(paired.store, EDGE, OTHER)
    assert isinstance(other, Proposal)
    for seconds in (None, "p-99", other.id):
        with refused(Forbidden, match="takes two persons in this node"):
            suspending.perform_lift(paired.store, name, Word(actor="olga", seconds=seconds))
    with refused(Forbidden, match="takes two persons in this node"):
        attesting.perform(paired.store, EDGE, Word(actor="olga", seconds=proposed(paired, name)))
    assert is_open(paired, name)


def test_what_is_carried_out_is_what_was_proposed(paired: Node) -> None:
    first, second = stopped(paired), stopped(paired)
    waiting = proposed(paired, first)
    with refused(Forbidden, match=f"`{waiting}` proposes something else"):
        suspending.perform_lift(paired.store, second, Word(actor="oscar", seconds=waiting))
    with (
        refused(Forbidden, match="proposes something else"),
        paired.store.write("lift", Word(actor="oscar", seconds=waiting), policy=True),
    ):
        pass  # lifts nothing at all
    found = attest(paired.store, EDGE, OFFICER)
    assert isinstance(found, Proposal)
    with (
        refused(Forbidden, match="proposes something else"),
        paired.store.write("attest", Word(actor="oscar", seconds=found.id), policy=True) as writer,
    ):
        for name in ("analysis", "digest"):
            new = NewAttestation(writer.one(name).ordinal, writer.one("imagery").ordinal, Window(writer.act.at))
            writer.add_attestation(new)
    assert is_open(paired, first)
    assert is_open(paired, second)


def test_a_proposal_is_checked_when_made_and_again_when_carried_out(paired: Node) -> None:
    with refused(UnknownName):
        lift(paired.store, "s-99", OFFICER)
    with refused(Forbidden, match="does not draw on"):
        attest(paired.store, Edge(item="analysis", source="note"), OFFICER)
    name = stopped(paired)
    first, second = proposed(paired, name), proposed(paired, name)
    approve(paired.store, first, OTHER)
    with refused(Forbidden, match="has ended already"):
        approve(paired.store, second, OTHER)
    with refused(Forbidden, match="has ended already"):
        lift(paired.store, name, OFFICER)
    with paired.store.read() as reader:
        assert [each.answer for each in reader.proposals()] == ["approved", None]


def test_a_proposal_is_rejected_or_taken_back_and_then_nothing(paired: Node) -> None:
    name = stopped(paired)
    for word in (OFFICER, OTHER):
        waiting = proposed(paired, name)
        reject(paired.store, waiting, word)
        with refused(Forbidden, match="has been rejected"):
            approve(paired.store, waiting, OTHER)
    with refused(UnknownName):
        approve(paired.store, "\ud800", OTHER)


def test_a_proposal_lapses_after_a_week(paired: Node, clock: Clock) -> None:
    waiting = proposed(paired, stopped(paired))
    clock.pass_by(7 * 24 * 3600 + 1)
    with refused(Forbidden, match="has lapsed"):
        approve(paired.store, waiting, OTHER)


def test_a_partner_s_word_takes_two_persons_too(paired: Node) -> None:
    stop = suspend(paired.store, NewSuspension(frm="USA", to="UKR"), _usa("olga")).id
    with refused(Forbidden, match="only `USA` can say this"):
        lift(paired.store, stop, OFFICER)
    waiting = proposed(paired, stop, _usa("olga"))
    approve(paired.store, waiting, OTHER)
    with paired.store.read() as reader:
        last = list(reader.acts())[-1]
    assert (last.word.by, last.word.evidence) == ("USA", "a letter")


def _usa(name: str) -> Word:
    return Word(actor=name, by=as_code("USA"), evidence="a letter")


def test_switched_off_one_is_enough_and_what_waits_takes_two_still(paired: Node) -> None:
    name = stopped(paired)
    waiting = proposed(paired, name)
    set_two_person(paired.store, frozenset(), ADMIN)
    with refused(Forbidden, match="this proposal is yours"):
        approve(paired.store, waiting, OFFICER)
    assert not isinstance(lift(paired.store, name, OFFICER), Proposal)


def test_only_an_administrator_switches_it_and_only_in_a_governed_node(node: Node) -> None:
    with refused(Forbidden, match="nobody has come in"):
        set_two_person(node.store, BOTH, ME)
    govern(node)
    with refused(Forbidden, match="may not do this"):
        set_two_person(node.store, BOTH, OFFICER)
    with refused(Forbidden, match="`suspend` cannot take two persons"):
        set_two_person(node.store, frozenset({"suspend"}), ADMIN)
    set_two_person(node.store, BOTH, ADMIN)
    with refused(Forbidden, match="is so already"):
        set_two_person(node.store, BOTH, ADMIN)


def test_a_second_account_of_an_administrator_s_making_is_on_the_record(paired: Node) -> None:
    add_account(paired.store, NewAccount(name="zoe", roles=frozenset({ROLES["olga"]})), ADMIN, vault=paired.vault)
    approve(paired.store, proposed(paired, stopped(paired)), Word(actor="zoe"))
    with paired.store.read() as reader:
        kinds = [(act.kind, act.word.actor) for act in reader.acts()]
    assert ("account", "admin") in kinds
    assert kinds[-1] == ("lift", "zoe")
