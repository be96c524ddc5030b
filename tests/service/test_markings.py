"""What markings say of who may have it, through a whole node. The table itself is held by tests/formats."""

import json

import pytest

from comity.compose import Node
from comity.core.errors import Forbidden
from comity.formats.marking import AMBER, AMBER_STRICT, CLEAR, GREEN, RED, RED_1
from comity.service.partners import mark_green
from tests.nodes import ME
from tests.sending import STATEMENT, Object, ident, marked, may, send, thing, why_not

READERS = ("UKR", "FRA", "GBR/clients", "GBR/alice", "UKR/bob", "USA", "GBR")
WHO = {
    "CLEAR": set(READERS),
    "GREEN": {"UKR", "USA", "GBR"},
    "AMBER": {"GBR/clients", "GBR/alice", "USA", "GBR"},
    "AMBER_STRICT": {"USA", "GBR"},
    "RED": {"USA", "GBR"},
    "RED_1": {"USA", "GBR"},
    "NONE": {"UKR", "USA", "GBR"},
    "UNKNOWN": {"USA", "GBR"},
}
"""Of what the United States sends to the United Kingdom, which may share with Ukraine: who may have it."""
TLP = {"CLEAR": CLEAR, "GREEN": GREEN, "AMBER": AMBER, "AMBER_STRICT": AMBER_STRICT, "RED": RED, "RED_1": RED_1}


def readers(node: Node, name: str) -> set[str]:
    return {reader for reader in READERS if may(node, name, reader)}


def test_each_marking_admits_whom_it_says(network: Node) -> None:
    mark_green(network.store, "E2", ME)
    unknown = ident("nobody-knows", "marking-definition")
    send(
        network,
        "USA",
        *(thing(name, **marked(marking)) for name, marking in TLP.items()),
        thing("NONE"),
        thing("UNKNOWN", **marked(unknown)),
    )
    assert {name: readers(network, ident(name)) for name in WHO} == WHO


def test_green_without_a_community_admits_nobody(network: Node) -> None:
    send(network, "USA", thing("g", **marked(GREEN)))
    assert readers(network, ident("g")) == {"USA", "GBR"}


def test_red_names_the_persons_and_stays_theirs(network: Node) -> None:
    send(network, "GBR", thing("r", **marked(RED)), persons=("GBR/alice", "UKR/bob"))
    assert readers(network, ident("r")) == {"GBR/alice", "UKR/bob", "GBR"}
    with pytest.raises(Forbidden, match="no person of a known partner"):
        send(network, "GBR", thing("other"), persons=("UKR",))


def test_granular_and_object_markings_join(network: Node) -> None:
    part: Object = {"granular_markings": [{"marking_ref": AMBER_STRICT, "selectors": ["name"]}]}
    clear: Object = {"granular_markings": [{"marking_ref": CLEAR, "selectors": ["name"]}]}
    send(
        network,
        "USA",
        thing("clear, a part strict", **marked(CLEAR), **part),
        thing("strict, a part clear", **marked(AMBER_STRICT), **clear),
        thing("unmarked, a part strict", **part),
        thing("unmarked, a part clear", **clear),
    )
    assert not may(network, ident("clear, a part strict"))
    assert not may(network, ident("strict, a part clear"))
    assert not may(network, ident("unmarked, a part strict"))
    assert readers(network, ident("unmarked, a part clear")) == WHO["NONE"]


def test_a_statement_binds_nothing_as_long_as_its_own_submitter_sent_it(network: Node) -> None:
    statement = thing("copyright", kind="marking-definition", **STATEMENT)
    send(network, "FRA", statement)
    send(network, "USA", thing("foreign", **marked(statement["id"])))
    send(network, "FRA", thing("own", **marked(statement["id"])))
    assert not may(network, ident("foreign"))
    assert may(network, ident("own"))


def test_a_statement_that_comes_in_the_same_bundle_is_known(network: Node) -> None:
    statement = thing("copyright", kind="marking-definition", **STATEMENT)
    send(network, "FRA", thing("own", **marked(statement["id"])), statement)
    assert may(network, ident("own"))


def test_nobody_turns_tlp_off_by_a_statement_of_its_id(network: Node) -> None:
    forged = thing("x", kind="marking-definition", **STATEMENT) | {"id": RED}
    send(network, "FRA", forged, thing("own", **marked(RED)))
    assert not may(network, ident("own"))


def test_a_malformed_twin_of_a_statement_makes_it_unknown(network: Node) -> None:
    statement = thing("copyright", kind="marking-definition", **STATEMENT)
    send(network, "FRA", statement, statement | {"revoked": 1}, thing("own", **marked(statement["id"])))
    assert not may(network, ident("own"))


def test_clear_is_public_whatever_the_default_terms_say(network: Node) -> None:
    send(network, "UKR", thing("c", **marked(CLEAR)))
    assert readers(network, ident("c")) == set(READERS)
    assert why_not(network, ident("c")) == []


def test_what_readers_read_differently_is_no_statement_and_no_unmarked_identity(network: Node) -> None:
    statement, maker = (ident("s", "marking-definition"), ident("i", "identity"))
    twice = (
        json.dumps(thing(name, kind=kind, **more)).encode()[:-1] + b', "x": 1, "x": 2}'
        for name, kind, more in [("s", "marking-definition", STATEMENT), ("i", "identity", {})]
    )
    assert send(network, "FRA", *twice).quarantined == 2
    send(network, "FRA", thing("marked", **marked(statement)), thing("made", created_by_ref=maker))
    assert not may(network, ident("marked"))
    assert not may(network, ident("made"))
