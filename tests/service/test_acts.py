"""Acts of policy: whose word they take, when they start, what they change, and what they refuse."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.compose import Founding, Node, init
from comity.core.agreement import Reach
from comity.core.decision import Permitted
from comity.core.errors import ComityError, Forbidden, InvalidFacts, MalformedInput, UnknownName
from comity.core.instant import NEVER, Instant
from comity.core.lineage import Use
from comity.core.partner import Recipient
from comity.formats import world
from comity.service.attesting import Edge, attest, withdraw_attestation
from comity.service.consenting import NewConsent, grant_consent, withdraw_consent
from comity.service.grants import NewGrant, add_agreement, add_delegation, end_agreement, end_delegation
from comity.service.labels import refresh
from comity.service.partners import (
    NewMember,
    NewPartner,
    add_community,
    add_condition,
    add_domain,
    add_member,
    add_partner,
    end_member,
    mark_green,
)
from comity.service.records import AttestationRow, Word
from comity.service.suspending import NewSuspension, lift, suspend
from tests.nodes import ME, SECOND, SMALL, START, Clock, make, word_of
from tests.service.test_found import stored

UKR = Recipient("UKR")
ALL = frozenset({"*"})
LATER = Instant(START + 3600 * SECOND)
EDGE = Edge(item="analysis", source="imagery")


def reasons(node: Node, item: str, to: str = "UKR") -> list[str]:
    """Why the item may not go, now; empty when it may."""
    with node.store.read() as reader:
        found = stored(reader, item, Recipient(to), reader.now())
    return [] if isinstance(found, Permitted) else [str(reason) for reason in found.reasons]


# Whose word


def refused_words(partner: str) -> list[Word]:
    said = word_of(partner)
    return [
        ME,
        word_of("FRA"),
        Word(actor="tester", by=said.by),
        Word(actor="tester", by=said.by, evidence=" "),
    ]


@pytest.mark.parametrize("word", refused_words("USA"))
def test_another_partner_s_word_is_taken_from_it_with_evidence_or_not_at_all(node: Node, word: Word) -> None:
    stop = NewSuspension(frm="USA", to="UKR")
    grant = NewGrant(frm="USA", to="UKR", ceiling="SECRET", domains=ALL)
    consent = NewConsent(by="USA", item="imagery", to=("UKR",))
    acts: list[Callable[[], object]] = [
        lambda: suspend(node.store, stop, word),
        lambda: add_agreement(node.store, grant, word),
        lambda: add_delegation(node.store, grant, word),
        lambda: grant_consent(node.store, consent, word),
        lambda: end_agreement(node.store, "usa-gbr", word),
    ]
    for act in acts:
        with pytest.raises(Forbidden, match="only `USA` can say this: give its word with --by USA"):
            act()
    with node.store.read() as reader:
        assert len(list(reader.acts())) == 1


def test_the_holder_s_own_word_is_nobody_else_s(node: Node) -> None:
    with pytest.raises(Forbidden, match="only `GBR` can say this, and `USA` is not it"):
        suspend(node.store, NewSuspension(frm="GBR", to="UKR"), word_of("USA"))


def test_the_word_of_a_stranger_is_not_taken(node: Node) -> None:
    with pytest.raises(UnknownName, match="no partner `USSR`"):
        add_domain(node.store, "new", word_of("USSR"))


@pytest.mark.parametrize("kind", ["export", "import", "quarantine-accept"])
def test_no_act_of_any_kind_is_on_the_word_of_a_stranger(node: Node, kind: str) -> None:
    refused = pytest.raises(UnknownName, match="no partner `UKRR`: is `UKR` meant")
    with refused, node.store.write(kind, word_of("UKRR"), policy=False):
        pytest.fail("the act began")
    with node.store.read() as reader:
        assert len(list(reader.acts())) == 1


def test_a_node_is_not_founded_on_the_word_of_a_stranger(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no partner `USA`"):
        init(tmp_path / "new", Clock(), Founding(holder="GBR"), word_of("USA"))
    init(tmp_path / "new", Clock(), Founding(holder="GBR"), word_of("GBR"))


@pytest.mark.parametrize(
    "code", ["", "A/B", "A*", "A:B", "A@B", "A#1", "A,B", "A B", " A", "A\nB", "\x1b[1mA", "A\u202eB"]
)
def test_a_code_is_printable_and_has_none_of_the_signs_of_names(node: Node, code: str) -> None:
    with pytest.raises(InvalidFacts, match="is no partner code"):
        add_partner(node.store, NewPartner(code=code), ME)


def test_a_consent_names_somebody(node: Node) -> None:
    with pytest.raises(InvalidFacts, match="a consent to nobody"):
        grant_consent(node.store, NewConsent(by="GBR", item="note", to=()), ME)


def test_an_unknown_name_is_refused_with_what_may_be_meant(node: Node) -> None:
    with pytest.raises(UnknownName, match="no partner `UKRR`: is `UKR` meant"):
        suspend(node.store, NewSuspension(frm="GBR", to="UKRR"), ME)
    with pytest.raises(UnknownName, match="no agreement `usa-gb`: is `usa-gbr` meant"):
        end_agreement(node.store, "usa-gb", word_of("USA"))
    with pytest.raises(UnknownName, match="no suspension `s-1`: see `comity suspension list`"):
        lift(node.store, "s-1", ME)


# When


def test_acts_start_when_they_are_recorded_and_never_before(node: Node, clock: Clock) -> None:
    clock.now = LATER
    stop = suspend(node.store, NewSuspension(frm="GBR", to="UKR"), ME)
    assert (stop.window.start, stop.given, stop.window.end, stop.id) == (LATER, LATER, NEVER, "s-1")
    consent = grant_consent(node.store, NewConsent(by="GBR", item="note", to=("UKR",)), ME)
    assert (consent.window.start, consent.given) == (LATER + 1, LATER + 1)
    row = attest(node.store, EDGE, ME)
    assert isinstance(row, AttestationRow)
    assert row.attested == LATER + 2


def test_a_start_to_come_may_be_stated_and_a_past_one_not(node: Node, clock: Clock) -> None:
    grant = NewGrant(frm="GBR", to="FRA", ceiling="SECRET", domains=ALL, start=LATER)
    assert add_agreement(node.store, grant, ME).window.start == LATER
    assert add_member(node.store, NewMember(community="E2", partner="UKR", start=LATER), ME).window.start == LATER
    clock.now = Instant(LATER + 1)
    for late in (add_agreement, add_delegation):
        with pytest.raises(Forbidden, match="never back-dated"):
            late(node.store, grant, ME)
    with pytest.raises(Forbidden, match="never back-dated"):
        end_agreement(node.store, "gbr-ukr", ME, at=LATER)


def test_an_end_that_is_not_after_the_start_is_invalid(node: Node) -> None:
    with pytest.raises(InvalidFacts, match="not after `start`"):
        suspend(node.store, NewSuspension(frm="GBR", to="UKR", end=START), ME)


def test_facts_that_are_not_valid_are_refused_whole(node: Node) -> None:
    wrong = NewGrant(frm="GBR", to="FRA", ceiling="HIGH", domains=frozenset({"weather"}))
    for add in (add_agreement, add_delegation):
        with pytest.raises(InvalidFacts) as found:
            add(node.store, wrong, ME)
        assert len(found.value.faults) == 2
    with pytest.raises(InvalidFacts, match="unknown partner or community `NATO`"):
        grant_consent(node.store, NewConsent(by="GBR", item="note", to=("NATO",)), ME)
    with pytest.raises(InvalidFacts, match="an empty list of domains"):
        suspend(node.store, NewSuspension(frm="GBR", to="UKR", domains=frozenset()), ME)


@pytest.mark.parametrize("name", ["usa-gbr", "gbr-ukr"])
def test_an_id_is_taken_for_good(node: Node, name: str) -> None:
    end_agreement(node.store, "gbr-ukr", ME)
    with pytest.raises(Forbidden, match="is there already"):
        add_agreement(node.store, NewGrant(id=name, frm="GBR", to="FRA", ceiling="SECRET", domains=ALL), ME)


# Suspending and lifting


def test_a_suspension_stops_and_a_lift_lets_go_on(node: Node, clock: Clock) -> None:
    assert reasons(node, "note") == []
    stop = suspend(node.store, NewSuspension(frm="GBR", to="UKR"), ME)
    assert reasons(node, "note") == ["GBR/note/channel", "GBR/note/suspended"]
    clock.pass_by(60)
    assert lift(node.store, stop.id, ME) == clock.now
    assert reasons(node, "note") == []
    with pytest.raises(Forbidden, match="has ended already"):
        lift(node.store, stop.id, ME)


def test_two_suspensions_need_two_lifts(node: Node) -> None:
    for _ in range(2):
        suspend(node.store, NewSuspension(frm="GBR", to="UKR", reach=Reach.DIRECT), ME)
    lift(node.store, "s-1", ME)
    assert reasons(node, "note") != []
    lift(node.store, "s-2", ME)
    assert reasons(node, "note") == []


def test_only_who_suspended_lifts(node: Node) -> None:
    stop = suspend(node.store, NewSuspension(frm="USA", to="UKR", recall=True, id="stop"), word_of("USA"))
    assert (stop.id, stop.recall) == ("stop", True)
    with pytest.raises(Forbidden, match="only `USA`"):
        lift(node.store, "stop", ME)
    lift(node.store, "stop", word_of("USA"))


def release(node: Node) -> int:
    """A release under way; its leaf."""
    with node.store.write("export", ME, policy=False) as writer:
        writer.begin_flight()
    return writer.act.leaf


def under_way(node: Node) -> list[int]:
    with node.store.read() as reader:
        return [flight.leaf for flight in reader.in_flight()]


def test_a_suspension_waits_for_releases_under_way(node: Node) -> None:
    leaf = release(node)
    done: list[float] = []

    def stop() -> None:
        suspend(node.store, NewSuspension(frm="GBR", to="UKR"), ME)
        done.append(time.monotonic())

    thread = threading.Thread(target=stop)
    thread.start()
    while not reasons(node, "note"):
        time.sleep(0.01)
    assert thread.is_alive()
    ended = time.monotonic()
    with node.store.derive() as deriver:
        assert deriver.end_flight(leaf)
    thread.join()
    assert done[0] >= ended


def test_a_release_that_does_not_end_is_aborted(node: Node) -> None:
    leaf = release(node)
    suspend(node.store, NewSuspension(frm="GBR", to="UKR"), ME, drain=0.05)
    assert under_way(node) == []
    with node.store.derive() as deriver:
        assert not deriver.end_flight(leaf)


def test_a_release_decided_after_the_act_is_left_alone(node: Node) -> None:
    suspend(node.store, NewSuspension(frm="GBR", to="UKR"), ME)
    leaf = release(node)
    add_domain(node.store, "weather", ME)
    assert under_way(node) == [leaf]


# Grants


def test_an_agreement_that_ends_closes_the_channel(node: Node, clock: Clock) -> None:
    assert end_agreement(node.store, "gbr-ukr", ME, at=LATER) == LATER
    assert reasons(node, "note") == []
    clock.now = LATER
    assert reasons(node, "note") == ["GBR/note/channel"]
    with pytest.raises(Forbidden, match="has ended already"):
        end_agreement(node.store, "gbr-ukr", ME)


def test_what_is_ended_before_it_starts_is_never_in_force(node: Node) -> None:
    grant = NewGrant(frm="GBR", to="FRA", ceiling="SECRET", domains=ALL, start=LATER)
    name = add_agreement(node.store, grant, ME).id
    end_agreement(node.store, name, ME)
    with node.store.read() as reader:
        assert name not in {agreement.id for agreement in reader.policy().agreements}
    with pytest.raises(Forbidden, match="was ended before it started"):
        end_agreement(node.store, name, ME)


def test_a_delegate_s_consent_stands_when_the_delegation_ends(node: Node) -> None:
    grant = NewGrant(frm="USA", to="FRA", ceiling="SECRET", domains=ALL)
    name = add_delegation(node.store, grant, word_of("USA")).id
    consent = NewConsent(by="FRA", item="imagery", to=("UKR",))
    grant_consent(node.store, consent, word_of("FRA"))
    assert reasons(node, "imagery") == []
    end_delegation(node.store, name, word_of("USA"))
    assert reasons(node, "imagery") == []
    withdraw_consent(node.store, "c-1", word_of("FRA"))
    grant_consent(node.store, consent, word_of("FRA"))
    assert reasons(node, "imagery") == ["USA/imagery/onward"]


# Consents


@pytest.mark.parametrize("item", ["imagery", "digest"])
def test_an_originator_can_take_back_what_its_delegate_consented_to(node: Node, item: str) -> None:
    grant = NewGrant(frm="USA", to="FRA", ceiling="SECRET", domains=ALL)
    name = add_delegation(node.store, grant, word_of("USA")).id
    grant_consent(node.store, NewConsent(by="FRA", item=item, to=("UKR",)), word_of("FRA"))
    end_delegation(node.store, name, word_of("USA"))
    assert reasons(node, item) == []
    for other in (word_of("UKR"), ME, Word(actor="tester", by=word_of("USA").by)):
        with pytest.raises(Forbidden, match="only `"):
            withdraw_consent(node.store, "c-1", other)
    withdraw_consent(node.store, "c-1", word_of("USA"))
    assert reasons(node, item) == ["USA/imagery/onward"]


def test_an_originator_cannot_take_back_what_waives_nothing_of_its_own(node: Node) -> None:
    add_delegation(node.store, NewGrant(frm="USA", to="GBR", ceiling="SECRET", domains=ALL), word_of("USA"))
    grant_consent(node.store, NewConsent(by="GBR", item="note", to=("FRA",)), ME)
    with pytest.raises(Forbidden, match="only `GBR` can say this"):
        withdraw_consent(node.store, "c-1", word_of("USA"))


def test_consent_and_its_withdrawal_reach_what_is_built_on_the_item(node: Node) -> None:
    assert reasons(node, "digest") == ["USA/imagery/onward"]
    consent = grant_consent(node.store, NewConsent(by="USA", item="imagery", to=("UKR",)), word_of("USA"))
    assert (consent.id, consent.use) == ("c-1", Use.REPRODUCES)
    assert reasons(node, "digest") == []
    with pytest.raises(Forbidden, match="only `USA`"):
        withdraw_consent(node.store, "c-1", ME)
    withdraw_consent(node.store, "c-1", word_of("USA"))
    assert reasons(node, "digest") == ["USA/imagery/onward"]
    with pytest.raises(Forbidden, match="has ended already"):
        withdraw_consent(node.store, "c-1", word_of("USA"))


# Attestations


def test_attestation_and_its_withdrawal(node: Node) -> None:
    row = attest(node.store, EDGE, ME)
    assert isinstance(row, AttestationRow)
    assert row.withdrawn == NEVER
    assert reasons(node, "digest") == []
    with pytest.raises(Forbidden, match="is attested for `imagery` already"):
        attest(node.store, EDGE, ME)
    assert withdraw_attestation(node.store, EDGE, ME) > row.attested
    assert reasons(node, "digest") == ["USA/imagery/onward"]
    with pytest.raises(Forbidden, match="is not attested"):
        withdraw_attestation(node.store, EDGE, ME)
    attest(node.store, EDGE, ME)
    assert reasons(node, "digest") == []


@pytest.mark.parametrize(
    ("item", "source", "word", "problem"),
    [
        ("digest", "analysis", ME, "does not draw on"),
        ("analysis", "digest", ME, "does not draw on"),
        ("analysis", "nothing", ME, "no item `nothing`"),
        ("analysis", "imagery", word_of("USA"), "only `GBR`"),
        ("imagery", "note", ME, "only `USA`"),
    ],
)
def test_what_cannot_be_attested(node: Node, item: str, source: str, word: Word, problem: str) -> None:
    with pytest.raises(ComityError, match=problem):
        attest(node.store, Edge(item=item, source=source), word)


def test_edges_that_a_world_states_twice_are_all_attested(tmp_path: Path, clock: Clock) -> None:
    twice = SMALL.replace("{item: imagery, use: draws-on}", ", ".join(["{item: imagery, use: draws-on}"] * 2))
    with make(tmp_path / "twice", clock, world.read(twice)) as node:
        attest(node.store, EDGE, ME)
        assert reasons(node, "digest") == []
        withdraw_attestation(node.store, EDGE, ME)
        assert reasons(node, "digest") == ["USA/imagery/onward"]


# Partners and communities


def test_partners_are_registered_once_and_given_new_default_terms(node: Node) -> None:
    norway = add_partner(node.store, NewPartner(code="NOR", name="Norway", level="SECRET"), ME)
    again = add_partner(node.store, NewPartner(code="NOR", level="RESTRICTED", audience=("GBR",)), ME)
    assert again == norway
    with node.store.read() as reader:
        terms = reader.default_terms(norway.code)
        assert terms is not None
        assert (terms.level, sorted(terms.domains), terms.audience) == ("RESTRICTED", ["general"], ("GBR",))
    with pytest.raises(Forbidden, match="registered already"):
        add_partner(node.store, NewPartner(code="NOR"), ME)
    with pytest.raises(Forbidden, match="registered as `Norway`"):
        add_partner(node.store, NewPartner(code="NOR", name="Nowhere", level="SECRET"), ME)
    with pytest.raises(MalformedInput, match="--level"):
        add_partner(node.store, NewPartner(code="NOR", audience=()), ME)
    with pytest.raises(InvalidFacts, match="unknown level `HIGH`"):
        add_partner(node.store, NewPartner(code="NOR", level="HIGH"), ME)
    for code in ("E2", "A/B", "", " A"):
        with pytest.raises(InvalidFacts):
            add_partner(node.store, NewPartner(code=code), ME)


def test_domains_and_conditions_are_registered_once(node: Node) -> None:
    for add in (add_domain, add_condition):
        add(node.store, "weather", ME)
        with pytest.raises(Forbidden, match="registered already"):
            add(node.store, "weather", ME)
    with pytest.raises(Forbidden, match="registered already"):
        add_domain(node.store, "general", ME)
    with pytest.raises(InvalidFacts):
        add_domain(node.store, "*", ME)


def test_a_community_grows_and_shrinks(node: Node, clock: Clock) -> None:
    add_community(node.store, "E3", ("GBR", "FRA"), ME)
    add_member(node.store, NewMember(community="E3", partner="UKR"), ME)
    for member in (NewMember(community="E3", partner="UKR"), NewMember(community="E3", partner="GBR")):
        with pytest.raises(Forbidden, match="is a member"):
            add_member(node.store, member, ME)
    grant_consent(node.store, NewConsent(by="USA", item="imagery", to=("E3",)), word_of("USA"))
    assert reasons(node, "imagery") == []
    clock.pass_by(60)
    end_member(node.store, NewMember(community="E3", partner="UKR"), ME)
    assert reasons(node, "imagery") == ["USA/imagery/onward"]
    with pytest.raises(Forbidden, match="no member"):
        end_member(node.store, NewMember(community="E3", partner="UKR"), ME)
    add_member(node.store, NewMember(community="E3", partner="UKR"), ME)
    assert reasons(node, "imagery") == []
    mark_green(node.store, "E3", ME)
    with node.store.read() as reader:
        assert reader.setting("green-community") == "E3"
    with pytest.raises(InvalidFacts, match="is a partner and a community"):
        add_community(node.store, "FRA", ("GBR",), ME)
    with pytest.raises(UnknownName, match=r"no community `E4`: is `E[23]` or `E[23]` meant"):
        mark_green(node.store, "E4", ME)


# Labels


def test_labels_follow_time_when_something_is_written(node: Node, clock: Clock) -> None:
    attest(node.store, EDGE, ME)
    withdraw_attestation(node.store, EDGE, ME)
    clock.pass_by(3600)
    with node.store.write("touch", ME, policy=False) as writer:
        refresh(writer, ())
        assert writer.labelled() == clock.now


def test_every_act_says_who_why_and_on_what_word(node: Node) -> None:
    suspend(node.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"))
    with node.store.read() as reader:
        act = list(reader.acts())[-1]
    assert (act.kind, act.word, act.epoch) == ("suspend", word_of("USA"), 2)
