"""A report is kept as an item of the holder's, and carries what all that it tells of carries."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pyroaring import BitMap

from comity.compose import Node, verify
from comity.core.errors import ComityError, Forbidden, InvalidFacts, MalformedInput, NotAuthenticated
from comity.core.partner import Code, Recipient
from comity.index.holding import ordinal
from comity.index.mentioned import Reported
from comity.service import reporting
from comity.service.consenting import NewConsent, grant_consent
from comity.service.grants import NewGrant, add_agreement
from comity.service.partners import add_domain
from comity.service.records import Held, Word
from comity.service.reporting import Kept, NewReport, Terms, keep
from comity.service.suspending import NewSuspension, suspend
from tests.nodes import ME, word_of
from tests.refusing import refused
from tests.sending import acts, ident, marked, may, send, thing, why_not
from tests.staff import OFFICER, govern, through, token

UKR, FRA = Recipient("UKR"), Recipient("FRA")
OPEN = Terms(level="UNCLASSIFIED", releasable_to=("UKR",))
STRICT = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"


def items(node: Node, *names: str) -> BitMap:
    """The items of these names."""
    with node.store.read() as reader:
        return BitMap(reader.one(ident(name)).ordinal for name in names)


def report(
    counted: BitMap | None = None,
    readers: tuple[Recipient, ...] = (UKR,),
    offering: frozenset[Code] = frozenset(),
    **more: Any,  # noqa: ANN401
) -> NewReport:
    """A report for Ukraine that was counted from these items."""
    stated = {
        "kind": "coverage",
        "title": "Coverage for Ukraine",
        "document": {"items": 2, "share": 0.5, "unmet": [], "independent": [["USA"]]},
        "reported": Reported(BitMap() if counted is None else counted, readers, offering),
        "terms": OPEN,
    }
    return NewReport(**{**stated, **more})


def kept(node: Node, *names: str, word: Word = ME, **more: Any) -> Kept:  # noqa: ANN401
    """The report on these items, kept."""
    return keep(node.store, report(items(node, *names), **more), word, vault=node.vault, drain=0)


def held(node: Node, name: str) -> tuple[Held, dict[str, Any], set[int]]:
    """The item, its object, and its sources."""
    with node.store.read() as reader:
        item = reader.one(name)
        raw = next(content for _, content in reader.content([item.ordinal]))
        edges = reader.sources([item.ordinal]).get(item.ordinal, ())
        assert all(edge.use.value == "reproduces" and not edge.attestations for edge in edges)
        return item, json.loads(raw), {ordinal(edge.item) for edge in edges}


def attested(node: Node, name: str, source: str) -> None:
    """The holder's own analysis of a source, for anybody whom an agreement covers, and attested."""
    drawn = {"item": ident(source), "use": "draws-on", "attested": "2025-03-01T00:00:00Z"}
    send(node, "GBR", thing(name), sidecar=json.dumps({"items": [{"id": ident(name), "sources": [drawn]}]}))


def test_it_is_an_item_of_the_holder_s_built_on_all_that_it_tells_of(network: Node) -> None:
    send(network, "USA", thing("raw"), thing("other"))
    attested(network, "analysis", "raw")
    made = kept(network, "analysis", "other")
    item, stated, sources = held(network, made.stix_id)
    assert (item.submitter, item.type, item.title) == ("GBR", "report", "Coverage for Ukraine")
    assert stated["description"] == "items: 2\nshare: 0.5\nunmet: none\nindependent:\n- USA"
    assert stated["report_types"] == ["coverage"]
    assert stated["x_comity_report"] == report().document
    assert stated["published"] == stated["created"] == stated["modified"]
    assert sources == set(items(network, "raw", "other", "analysis"))
    assert made.mentions == 3
    assert made.name == held(network, made.name)[0].name


def test_it_goes_where_all_that_it_tells_of_may_go(network: Node) -> None:
    send(network, "USA", thing("a"), thing("b"))
    assert may(network, kept(network, "a", "b").stix_id)


def test_one_hidden_item_or_root_keeps_it_back_and_says_for_whose_sake(network: Node) -> None:
    send(
        network,
        "USA",
        thing("seen"),
        thing("raw", **marked(STRICT)),
    )
    attested(network, "analysis", "raw")
    assert may(network, ident("analysis"))
    assert may(network, kept(network, "seen").stix_id)
    made = kept(network, "seen", "analysis")
    assert not may(network, made.stix_id)
    assert why_not(network, made.stix_id) == why_not(network, ident("raw"))


def test_a_suspension_stops_it_with_what_it_tells_of(network: Node) -> None:
    send(network, "USA", thing("a"))
    made = kept(network, "a")
    assert may(network, made.stix_id)
    suspend(network.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"), drain=0)
    assert not may(network, ident("a"))
    assert not may(network, made.stix_id)


def test_by_default_it_is_for_nobody_but_the_holder(network: Node) -> None:
    """Also one that mentions nothing: it tells of policy, of what is needed, and of what was supposed."""
    for partner in ("UKR", "USA", "FRA", "GBR/alice"):
        assert not may(network, kept(network, terms=Terms()).stix_id, partner)
    made = kept(network, terms=Terms())
    assert may(network, made.stix_id, "GBR")
    with network.store.read() as reader:
        (claim,) = reader.claims([reader.one(made.stix_id).ordinal])[reader.one(made.stix_id).ordinal]
        assert (claim.level, claim.audience) == (reader.policy().levels[-1], ())


def test_its_maker_names_nobody_but_the_one_for_whom_it_was_counted(network: Node) -> None:
    for readers, names in (
        ((UKR,), ("FRA",)),
        ((UKR,), ("UKR", "FRA")),
        ((UKR,), ("*",)),
        ((UKR,), ("UKR/*",)),
        ((UKR, FRA), ("UKR",)),
        ((), ("UKR",)),
        ((Recipient("GBR"),), ("GBR",)),
    ):
        terms = Terms(level="UNCLASSIFIED", releasable_to=names)
        with refused(Forbidden, "was not counted for"):
            kept(network, readers=readers, terms=terms)
    assert may(network, kept(network).stix_id)
    assert not may(network, kept(network, readers=(UKR, FRA), terms=Terms(level="UNCLASSIFIED")).stix_id)


def test_the_holder_can_consent_that_another_has_it_but_not_to_what_is_others(network: Node) -> None:
    add_agreement(network.store, NewGrant(frm="GBR", to="FRA", ceiling="SECRET", domains=frozenset({"*"})), ME)
    send(network, "USA", thing("a"))
    made = kept(network, "a")
    assert not may(network, made.stix_id, "FRA")
    grant_consent(network.store, NewConsent(by="GBR", item=made.stix_id, to=("FRA",)), ME)
    assert may(network, made.stix_id, "FRA")
    suspend(network.store, NewSuspension(frm="USA", to="FRA"), word_of("USA"), drain=0)
    assert why_not(network, made.stix_id, "FRA") == why_not(network, ident("a"), "FRA") != []


def test_what_partners_offer_is_told_on_their_word_alone(network: Node) -> None:
    made = kept(network, kind="plan", offering=frozenset({Code(Recipient("USA")), Code(Recipient("GBR"))}))
    assert why_not(network, made.stix_id) == [f"USA/{made.name}/onward"]
    grant_consent(network.store, NewConsent(by="USA", item=made.stix_id, to=("UKR",)), word_of("USA"))
    assert may(network, made.stix_id)


def test_what_is_public_does_not_get_round_the_holder_s_own_suspension(network: Node) -> None:
    """Semantics §3, step 1, asks nothing of the channel for what is public and only carried."""
    add_domain(network.store, "operations", ME)
    send(network, "USA", thing("a", **marked(CLEAR)))
    made = kept(network, "a", terms=replace(OPEN, domains=frozenset({"operations"})))
    assert may(network, made.stix_id)
    suspend(network.store, NewSuspension(frm="GBR", to="UKR", domains=frozenset({"general"})), ME, drain=0)
    assert not may(network, ident("a"))
    assert not may(network, made.stix_id)


def test_it_takes_who_takes_in_and_sees_content(network: Node) -> None:
    govern(network)
    for actor, error in (("adam", Forbidden), ("audrey", Forbidden), ("ukraine", NotAuthenticated)):
        before = acts(network)
        with refused(error):
            kept(network, word=Word(actor=actor))
        assert acts(network) == before
    for scopes in (("submit",), ("read",)):
        with refused(Forbidden):
            kept(network, word=through(token(network, *scopes)))
    assert kept(network, word=through(token(network, "submit", "read"))).mentions == 0
    assert kept(network, word=OFFICER).mentions == 0
    assert kept(network, word=Word(actor="ann")).mentions == 0


def test_what_cannot_be_kept_leaves_nothing(network: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    send(network, "USA", thing("raw"))
    attested(network, "analysis", "raw")
    monkeypatch.setattr(reporting, "MOST", 1)
    before = acts(network)
    refusals: list[tuple[type[ComityError], str, dict[str, Any]]] = [
        (MalformedInput, "more than 1 items", {"counted": items(network, "analysis")}),
        (MalformedInput, "more than 1 items", {"counted": items(network, "analysis", "raw")}),
        (MalformedInput, "no title", {"title": "a\nb"}),
        (MalformedInput, "no object that can be kept", {"document": {"some_ref": "no id"}}),
        (InvalidFacts, "COSMIC", {"terms": Terms(level="COSMIC")}),
        (InvalidFacts, "nowhere", {"terms": Terms(domains=frozenset({"nowhere"}))}),
    ]
    for error, words, more in refusals:
        with refused(error, words):
            keep(network.store, report(**more), ME, vault=network.vault, drain=0)
    assert acts(network) == before


def test_a_report_of_reports_rests_on_what_they_rest_on(network: Node) -> None:
    send(network, "USA", thing("a"))
    first = kept(network, "a")
    with network.store.read() as reader:
        counted = BitMap([reader.one(first.stix_id).ordinal])
    second = keep(network.store, report(counted), ME, vault=network.vault, drain=0)
    assert held(network, second.stix_id)[2] == set(counted | items(network, "a"))
    verify(network)
