"""What of TAXII is our own: what is gone is told where it is agreed, and roots have whole addresses over TLS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from comity.compose import Node
from comity.core.instant import Instant
from comity.formats import instant
from comity.service.accounts import disable
from comity.service.gone import tell_withdrawals
from comity.service.suspending import NewSuspension, lift, suspend
from comity.service.tokens import revoke_token
from comity.service.withdrawing import Withdrawal, withdraw, withdrawn
from tests.nodes import ME, Clock, word_of
from tests.sending import Object, bundle, found, ident, send, thing
from tests.web.partner import ALL, COLLECTIONS, Side, client

GONE: Final = f"{COLLECTIONS}withdrawn/"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    with found(tmp_path / "node", clock) as node:
        yield node


@pytest.fixture
def side(node: Node, clock: Clock) -> Iterator[Side]:
    with client(node, clock, "UKR") as side:
        yield side


def got(side: Side, path: str) -> Any:  # noqa: ANN401 - JSON
    status, _, content = side.ask("GET", path)
    assert status == 200, content
    return json.loads(content)  # type: ignore[arg-type]


def told(side: Side, query: str = "") -> list[Object]:
    listed: list[Object] = got(side, f"{GONE}objects/{query}").get("objects", [])
    return listed


def about(side: Side) -> list[tuple[str, str]]:
    return [(each["withdrawn_ref"], each["withdrawn_version"]) for each in told(side)]


@pytest.mark.parametrize("way", ["revoked", "disabled", "expired"])
def test_a_token_that_was_used_just_now_and_is_no_more_gets_nothing_more(
    node: Node, side: Side, clock: Clock, way: str
) -> None:
    send(node, "FRA", thing("a"))
    assert got(side, f"{ALL}objects/")["objects"]
    with node.store.read() as reader:
        (token,) = reader.accesses("ukr")
    if way == "revoked":
        revoke_token(node.store, token.id, ME)
    elif way == "disabled":
        disable(node.store, "ukr", ME)
    else:
        clock.now = Instant(token.expires)
    for path in ("objects/", "manifest/", f"objects/{ident('a')}/", f"objects/{ident('a')}/versions/"):
        assert side.ask("GET", f"{ALL}{path}")[0] == 401
    assert side.ask("GET", f"{GONE}objects/")[0] == 401


def test_what_is_gone_is_dated_by_the_clock_also_where_a_later_time_is_recorded(
    node: Node, side: Side, clock: Clock
) -> None:
    tell_withdrawals(node.store, "gbr-ukr", ME)
    send(node, "FRA", thing("a"))
    assert got(side, f"{ALL}objects/")["objects"]
    clock.pass_by(10)
    suspend(node.store, NewSuspension(frm="FRA", to="UKR"), word_of("FRA"))
    clock.pass_by(-5)
    assert [each["created"] for each in told(side)] == [instant.show(clock.now)]


def test_what_is_gone_is_told_alike_whatever_took_it(node: Node, side: Side, clock: Clock) -> None:
    tell_withdrawals(node.store, "gbr-ukr", ME)
    send(node, "FRA", thing("a"), thing("b"))
    send(node, "DEU", thing("c"))
    send(node, "USA", thing("d"))
    assert [each["name"] for each in got(side, f"{ALL}objects/")["objects"]] == ["a", "b", "c", "d"]
    assert told(side) == []
    clock.pass_by(1)
    withdraw(node.store, Withdrawal(submitter="FRA", item=ident("a")), ME)  # type: ignore[arg-type]
    stop = suspend(node.store, NewSuspension(frm="DEU", to="UKR"), word_of("DEU"))
    version = thing("a")["modified"]
    assert about(side) == [(ident("a"), version), (ident("c"), version)]
    one, other = told(side)
    assert one.keys() == other.keys()
    assert one["id"] != other["id"]
    assert instant.parse(one["created"]) < instant.parse(other["created"])
    clock.pass_by(1)
    lift(node.store, stop.id, word_of("DEU"))
    assert about(side) == [(ident("a"), version)]
    assert [each["name"] for each in got(side, f"{ALL}objects/")["objects"]] == ["b", "d", "c"]


def test_what_was_never_handed_over_is_not_told(node: Node, side: Side) -> None:
    tell_withdrawals(node.store, "gbr-ukr", ME)
    send(node, "FRA", thing("a"), thing("b"))
    assert len(got(side, f"{ALL}objects/?limit=1")["objects"]) == 1
    suspend(node.store, NewSuspension(frm="FRA", to="UKR"), word_of("FRA"))
    assert about(side) == [(ident("a"), thing("a")["modified"])]


@pytest.mark.parametrize("part", ["GBR/alice", "UKR/unit"])
def test_a_part_does_not_speak_for_its_partner(node: Node, clock: Clock, part: str) -> None:
    """Not even to ask: by whether it can be withdrawn it would learn what its partner has sent."""
    send(node, part.partition("/")[0], thing("a"))
    content = json.dumps({"objects": [thing("a", 2)]}).encode()
    with client(node, clock, part) as side:
        assert {each.get("alias"): each["can_write"] for each in got(side, COLLECTIONS)["collections"]}["all"] is False
        assert "inbox" not in [each.get("alias") for each in got(side, COLLECTIONS)["collections"]]
        assert side.ask("POST", f"{COLLECTIONS}inbox/objects/", content)[0] == 404
        assert side.ask("POST", f"{ALL}objects/", content)[0] == 403
        there, never = (side.ask("DELETE", f"{ALL}objects/{ident(name)}/") for name in ("a", "b"))
        assert there == never
        assert there[0] == 403
        headers = side.headers | {"Content-Type": "application/stix+json"}
        said = side.http.post("/api/v1/import", headers=headers, content=bundle(thing("a", 2)))
        assert said.status_code == 403
        assert "the partner itself" in said.json()["detail"]
    with node.store.read() as reader:
        (copy,) = reader.copies([ident("a")])[ident("a")]
        assert not withdrawn(reader, [copy.ordinal])


def test_without_an_agreement_that_says_so_there_is_no_such_collection(node: Node, side: Side) -> None:
    send(node, "FRA", thing("a"))
    assert got(side, f"{ALL}objects/")["objects"]
    suspend(node.store, NewSuspension(frm="FRA", to="UKR"), word_of("FRA"))
    for path in ("", "objects/", "manifest/", f"objects/{ident('a')}/"):
        assert side.ask("GET", f"{GONE}{path}") == side.ask("GET", f"{COLLECTIONS}nothing/{path}")
    assert "withdrawn" not in [each.get("alias") for each in got(side, COLLECTIONS)["collections"]]


def test_what_is_gone_is_a_collection_like_any_other(node: Node, side: Side) -> None:
    tell_withdrawals(node.store, "gbr-ukr", ME)
    send(node, "FRA", *(thing(name) for name in "abcde"))
    assert got(side, f"{ALL}objects/")["objects"]
    suspend(node.store, NewSuspension(frm="FRA", to="UKR"), word_of("FRA"))
    (collection,) = [each for each in got(side, COLLECTIONS)["collections"] if each.get("alias") == "withdrawn"]
    assert (collection["can_read"], collection["can_write"]) == (True, False)
    assert got(side, f"{COLLECTIONS}{collection['id']}/objects/") == got(side, f"{GONE}objects/")
    listed = told(side)
    first = got(side, f"{GONE}objects/?limit=2")
    rest = got(side, f"{GONE}objects/?limit=9&next={first['next']}")
    assert first["objects"] + rest["objects"] == listed
    assert not rest["more"]
    entries = got(side, f"{GONE}manifest/")["objects"]
    assert [each["id"] for each in entries] == [each["id"] for each in listed]
    one = entries[1]
    assert told(side, f"?added_after={one['date_added']}") == listed[2:]
    assert got(side, f"{GONE}objects/{one['id']}/")["objects"] == [listed[1]]
    assert got(side, f"{GONE}objects/{one['id']}/versions/")["versions"] == [one["version"]]
    assert told(side, "?match[type]=indicator") == []
    assert side.ask("GET", f"{GONE}objects/{ident('a')}/")[0] == 404
    assert side.ask("DELETE", f"{GONE}objects/{one['id']}/")[0] == 403
    assert side.ask("POST", f"{GONE}objects/", b'{"objects": [{}]}')[0] == 403
    with node.store.read() as reader:
        assert len(list(reader.disclosures())) == 1


def test_over_tls_the_root_is_a_whole_address(side: Side) -> None:
    assert got(side, "/taxii2/")["default"] == "/taxii2/comity/"
    assert got(side, "https://node.example:8443/taxii2/")["default"] == "https://node.example:8443/taxii2/comity/"
    side.headers["Host"] = "a b/c"
    assert got(side, "https://node.example/taxii2/")["default"] == "/taxii2/comity/"
