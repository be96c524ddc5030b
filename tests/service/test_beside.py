"""What a sidecar says beside the bundle: another originator, terms, sources. Semantics §6."""

import pytest

from comity.compose import Node
from comity.core.claim import Claim
from comity.core.errors import ComityError, Forbidden, UnknownName
from comity.formats.marking import AMBER_STRICT, CLEAR
from comity.service import quarantine
from comity.service.partners import as_code
from comity.service.release import decide
from tests.nodes import ME, Clock, word_of
from tests.sending import acts, ask, ident, marked, may, refs, roots, send, thing, why_not

X = ident("x")
SECRET = marked(AMBER_STRICT)


def says(name: str, text: str) -> str:
    return f"items: [{{id: {name}, {text}}}]"


def test_a_relay_names_the_originator_and_speaks_for_itself_as_well(network: Node) -> None:
    send(
        network, "FRA", thing("x"), thing("y"), sidecar=says(X, "originator: USA, level: SECRET, releasable_to: [GBR]")
    )
    with network.store.read() as reader:
        held = reader.one(X)
        claims = reader.claims([held.ordinal])[held.ordinal]
    assert [(claim.originator, claim.level) for claim in claims] == [("USA", "SECRET"), ("FRA", "RESTRICTED")]
    assert why_not(network, X) == [f"USA/{X}/audience"]
    assert not may(network, X, "FRA")
    assert not may(network, X, "USA")
    assert may(network, ident("y"))


def test_what_a_relay_says_of_the_originator_frees_nothing_of_its_own(network: Node) -> None:
    lax = "originator: USA, level: UNCLASSIFIED, releasable_to: ['*'], onward: free"
    send(network, "FRA", thing("x", **SECRET), sidecar=says(X, lax))
    assert why_not(network, X) == [f"FRA/{X}/onward"]


def test_a_relay_s_copy_is_no_version_of_the_originator_s(network: Node) -> None:
    send(network, "USA", thing("x", 1))
    send(network, "FRA", thing("x", 2), sidecar=says(X, "originator: USA, level: SECRET, releasable_to: [GBR]"))
    assert may(network, f"USA:{X}")
    assert not may(network, f"FRA:{X}")


LAX = "originator: USA, level: UNCLASSIFIED, releasable_to: ['*'], onward: free"


@pytest.mark.parametrize("relayed_first", [False, True])
@pytest.mark.parametrize("version", [1, 2])
def test_a_relay_that_says_less_than_the_originator_frees_nothing(
    network: Node, relayed_first: bool, version: int
) -> None:
    sent = [("USA", thing("x", **SECRET), None), ("FRA", thing("x", version), says(X, LAX))]
    for frm, each, sidecar in sent[::-1] if relayed_first else sent:
        send(network, frm, each, sidecar=sidecar)
    assert not may(network, f"FRA:{X}")


def test_what_the_originator_has_lowered_itself_is_free_by_relay_too(network: Node) -> None:
    send(network, "USA", thing("x", **SECRET), thing("x", 2))
    send(network, "FRA", thing("x", 2), sidecar=says(X, LAX))
    assert may(network, f"FRA:{X}")


def test_a_relay_accepted_from_quarantine_frees_nothing_either(network: Node) -> None:
    send(network, "USA", thing("x", **SECRET))
    send(network, "FRA", thing("x", revoked=0))
    ((row),) = quarantine.listing(network.store)
    lax = Claim(originator=as_code("USA"), level="UNCLASSIFIED", audience=("*",))
    quarantine.accept(network.store, row.id, lax, word_of("USA"), drain=0)
    assert not may(network, f"FRA:{X}")


def test_the_submitter_states_terms_that_the_object_does_not(network: Node) -> None:
    send(
        network,
        "USA",
        thing("x"),
        thing("y", **SECRET),
        sidecar=says(X, "originator: USA, level: SECRET, releasable_to: [GBR]"),
    )
    assert not may(network, X)
    lax = f"items: [{{id: {ident('y')}, originator: USA, level: UNCLASSIFIED, releasable_to: ['*']}}]"
    send(network, "USA", thing("y", 2, **SECRET), sidecar=lax)
    assert not may(network, f"{ident('y')}@2025-01-02T00:00:00Z")


def test_a_stated_source_binds_and_later_versions_inherit_it(network: Node) -> None:
    send(network, "FRA", thing("secret", **SECRET))
    sidecar = says(f"{X}@2025-01-01T00:00:00Z", f"sources: [{{item: {ident('secret')}, use: draws-on}}]")
    send(network, "USA", thing("x", 1), thing("x", 2), sidecar=sidecar)
    assert roots(network, f"{X}@2025-01-01T00:00:00Z") == {ident("secret")}
    assert roots(network, f"{X}@2025-01-02T00:00:00Z") == {ident("secret")}


def test_an_older_version_that_comes_later_hands_on_its_stated_source(network: Node) -> None:
    send(network, "FRA", thing("secret", **SECRET))
    send(network, "USA", thing("x", 2))
    send(network, "USA", thing("x", 1), sidecar=says(X, f"sources: [{{item: {ident('secret')}}}]"))
    assert roots(network, f"{X}@2025-01-02T00:00:00Z") == {ident("secret")}


ATTESTED = f"sources: [{{item: {ident('s')}, use: draws-on, attested: 2025-01-01T00:00:00Z}}]"


def test_only_the_originator_attests_by_its_sidecar_and_never_back_dated(network: Node) -> None:
    send(network, "USA", thing("s", **SECRET))
    send(network, "GBR", thing("x"), sidecar=says(X, ATTESTED))
    assert may(network, X)
    answer = ask(network, X)
    with network.store.read() as reader:
        ((source,),) = reader.sources([answer.item.ordinal]).values()
        assert [window.start for window in source.attestations] == [reader.now()]


@pytest.mark.parametrize("submitter", ["FRA", "GBR"])
def test_nobody_attests_for_another(network: Node, submitter: str) -> None:
    send(network, "USA", thing("s", **SECRET))
    with pytest.raises(Forbidden, match="only `USA` can"):
        send(network, submitter, thing("x"), sidecar=says(X, f"originator: USA, level: RESTRICTED, {ATTESTED}"))


def test_what_names_a_source_that_is_not_held_waits_and_stays_bound_when_it_is_accepted(network: Node) -> None:
    send(network, "FRA", thing("here", **SECRET))
    sidecar = says(X, f"sources: [{{item: {ident('here')}}}, {{item: {ident('there')}}}]")
    receipt = send(network, "USA", thing("x", **marked(CLEAR)), sidecar=sidecar)
    assert dict(receipt.reasons) == {"unknown-source": 1}
    ((row),) = quarantine.listing(network.store)
    quarantine.accept(network.store, row.id, Claim(originator=as_code("USA"), level="RESTRICTED"), ME, drain=0)
    assert roots(network, X) == {ident("here")}
    send(network, "FRA", thing("there", **SECRET))
    assert roots(network, X) == {ident("here"), ident("there")}


def test_a_sidecar_frees_nothing_of_what_the_object_names(network: Node) -> None:
    send(network, "USA", thing("s", **SECRET))
    send(network, "GBR", thing("x", **refs(ident("s"))), sidecar=says(X, ATTESTED))
    assert roots(network, X) == {ident("s")}


STRICT = "originator: USA, level: SECRET, releasable_to: []"


@pytest.mark.parametrize("version", ["2025-01-01T00:00:00.000Z", "2025-01-01T02:00:00+02:00"])
def test_what_is_said_of_a_version_holds_however_its_time_is_written(network: Node, version: str) -> None:
    send(network, "USA", thing("x"), thing("s"))
    send(network, "USA", thing("y"), sidecar=says(f"{ident('y')}@{version}", STRICT))
    assert not may(network, ident("y"))
    send(network, "USA", thing("z"), sidecar=says(ident("z"), f"sources: [{{item: '{X}@{version}'}}]"))
    assert may(network, ident("z"))


@pytest.mark.parametrize(
    "name", [ident("other"), f"{X}@2025-01-02T00:00:00Z", f"{X}@2025-01-01T00:00:00.0000001Z", ident("x", "note")]
)
def test_a_sidecar_that_speaks_of_what_is_not_in_the_bundle_is_refused_whole(network: Node, name: str) -> None:
    send(network, "USA", thing("y"))
    before = acts(network)
    with pytest.raises(UnknownName, match=f"speaks of `{name}`, which is not in the bundle"):
        send(network, "USA", thing("x"), thing("y"), sidecar=f"items: [{{id: {X}, {STRICT}}}, {{id: '{name}'}}]")
    assert acts(network) == before
    with network.store.read() as reader:
        assert reader.find(X) == []


def test_what_is_said_of_an_object_and_of_its_version_adds_up(network: Node) -> None:
    send(network, "FRA", thing("a", **SECRET), thing("b", **SECRET))
    one, other = (f"sources: [{{item: {ident(name)}}}]" for name in "ab")
    always = f"{{id: {X}, {STRICT}, {one}, further_claims: [{{originator: FRA, releasable_to: [GBR]}}]}}"
    send(network, "USA", thing("x", 1), sidecar=f"items: [{always}, {{id: '{X}@2025-01-01T00:00:00Z', {other}}}]")
    stated = f"{{id: '{X}@2025-01-02T00:00:00Z', originator: USA, level: RESTRICTED}}"
    send(network, "USA", thing("x", 2), sidecar=f"items: [{always}, {stated}]")
    assert {(ident("a"), "onward"), (ident("b"), "onward"), (X, "audience")} <= {
        (str(reason.root).partition("@")[0], reason.code)
        for reason in ask(network, f"{X}@2025-01-01T00:00:00Z").reasons
    }
    with network.store.read() as reader:
        held = reader.one(f"{X}@2025-01-02T00:00:00Z")
        claims = reader.claims([held.ordinal])[held.ordinal]
    assert [(claim.originator, claim.level, claim.audience) for claim in claims] == [
        ("USA", "RESTRICTED", None),
        ("FRA", "UNCLASSIFIED", ("GBR",)),
    ]


@pytest.mark.parametrize("attested_by", [X, f"{X}@2025-01-01T00:00:00Z"])
def test_a_source_that_is_named_twice_is_attested_only_if_both_say_so(network: Node, attested_by: str) -> None:
    send(network, "USA", thing("s", **SECRET))
    bare = f"sources: [{{item: {ident('s')}, use: draws-on}}]"
    said = {X: bare, f"{X}@2025-01-01T00:00:00Z": bare} | {attested_by: ATTESTED}
    items = ", ".join(f"{{id: '{name}', {text}}}" for name, text in said.items())
    send(network, "GBR", thing("x"), sidecar=f"items: [{items}]")
    assert not may(network, X)


def test_nobody_attests_for_another_by_two_entries_either(network: Node) -> None:
    send(network, "USA", thing("s", **SECRET))
    items = f"{{id: {X}, originator: USA, level: RESTRICTED}}, {{id: '{X}@2025-01-01T00:00:00Z', {ATTESTED}}}"
    with pytest.raises(Forbidden, match="only `USA` can"):
        send(network, "FRA", thing("x"), sidecar=f"items: [{items}]")


def test_a_sidecar_that_comes_later_binds_what_is_held_from_then_on(network: Node, clock: Clock) -> None:
    send(network, "FRA", thing("secret", **SECRET))
    send(network, "USA", thing("x"), thing("x", 2), thing("y"), thing("n", **refs(X)))
    assert may(network, ident("n"))
    then = clock.now
    clock.pass_by(60)
    terms, source = f"{{id: {ident('y')}, {STRICT}}}", f"sources: [{{item: {ident('secret')}}}]"
    sidecar = f"items: [{terms}, {{id: '{X}@2025-01-01T00:00:00Z', {source}}}]"
    receipt = send(network, "USA", thing("x"), thing("y"), sidecar=sidecar)
    assert (receipt.unchanged, receipt.bound) == (2, 2)
    assert why_not(network, ident("y")) == [f"USA/{ident('y')}/audience"]
    for name in (f"{X}@2025-01-01T00:00:00Z", f"{X}@2025-01-02T00:00:00Z", ident("n")):
        assert roots(network, name) == {ident("secret")}
    assert decide(network.store, ident("y"), "UKR", at=then).permitted
    before = acts(network)
    assert send(network, "USA", thing("x"), thing("y"), sidecar=sidecar).bound == 0
    assert acts(network) == before


def test_a_sidecar_that_comes_later_raises_earlier_versions_too(network: Node) -> None:
    send(network, "USA", thing("x"), thing("x", 2))
    send(network, "USA", thing("x", 2), sidecar=says(f"{X}@2025-01-02T00:00:00Z", STRICT))
    assert not may(network, f"{X}@2025-01-01T00:00:00Z")


def test_a_sidecar_that_comes_later_frees_nothing(network: Node) -> None:
    send(network, "USA", thing("x", **SECRET))
    send(network, "FRA", thing("x", **SECRET))
    for frm in ("USA", "FRA"):
        send(network, frm, thing("x", **SECRET), sidecar=says(X, LAX))
        assert not may(network, f"{frm}:{X}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [(f"sources: [{{item: {ident('gone')}}}]", "not held: import that first"), (ATTESTED, "`comity attest`")],
)
def test_what_cannot_be_added_later_is_refused(network: Node, text: str, problem: str) -> None:
    send(network, "GBR", thing("s", **SECRET), thing("x"))
    before = acts(network)
    with pytest.raises(ComityError, match=problem):
        send(network, "GBR", thing("x"), sidecar=says(X, text))
    assert acts(network) == before


GONE = f"sources: [{{item: {ident('gone')}}}]"
GONE_ATTESTED = ATTESTED.replace(ident("s"), ident("gone"))


@pytest.mark.parametrize("text", [f"{STRICT}, {GONE}", ATTESTED, GONE_ATTESTED, LAX])
def test_the_same_sidecar_again_changes_nothing(network: Node, text: str) -> None:
    frm = "GBR" if "attested" in text else "USA"
    send(network, frm, thing("s"))
    send(network, frm, thing("x"), sidecar=says(X, text))
    before = acts(network)
    assert send(network, frm, thing("x"), sidecar=says(X, text)).unchanged == 1
    assert acts(network) == before


def test_what_a_sidecar_says_of_an_object_in_quarantine_holds_when_it_is_accepted(network: Node) -> None:
    send(network, "USA", thing("x"), sidecar=says(X, f"{STRICT}, sources: [{{item: {ident('gone')}}}]"))
    ((row),) = quarantine.listing(network.store)
    quarantine.accept(network.store, row.id, Claim(originator=as_code("USA"), level="RESTRICTED"), ME, drain=0)
    assert why_not(network, X) == [f"USA/{X}/audience"]
