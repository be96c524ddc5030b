"""REST: every noun of the command line, on real nodes, as those who may and those who may not."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copytree

import pytest

import comity_verify
from comity.compose import Node, open_node
from comity.service.authority import identified
from comity.service.reasons import STATED
from comity.service.records import Word
from tests.nodes import Clock, make
from tests.postgres import Server
from tests.sending import bundle, derived, found, ident, marked, send, send_bytes, thing
from tests.staff import PASSWORD
from tests.web.asking import WHY, WORD, Caller, bad, callers, good, secrets, staffed
from tools.commands import commands

GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, str]]:
    """A node with its people, closed, to be copied: a copy is as good as new, and quick to make."""
    folder = tmp_path_factory.mktemp("template") / "node"
    with make(folder, Clock()) as node:
        return folder, secrets(node)


@pytest.fixture
def node(tmp_path: Path, clock: Clock, template: tuple[Path, Mapping[str, str]]) -> Iterator[Node]:
    copytree(template[0], tmp_path / "node")
    with open_node(tmp_path / "node", clock, patience=0.2) as node:
        yield node


@pytest.fixture
def people(node: Node, clock: Clock, template: tuple[Path, Mapping[str, str]]) -> Mapping[str, Caller]:
    return callers(node, clock, template[1])


@pytest.fixture
def olga(people: Mapping[str, Caller]) -> Caller:
    return people["olga"]


@pytest.fixture
def adam(people: Mapping[str, Caller]) -> Caller:
    return people["adam"]


def test_every_command_has_its_route_or_the_reason_why_it_has_none() -> None:
    from comity.web.rest.routes import DOCUMENTED, LEFT_OUT  # noqa: PLC0415 - what the test is of

    routed = {str(route.more.get("openapi_extra", {}).get("x-comity-command", "")) for route in DOCUMENTED}
    named = {command.name for command in commands()}
    assert named - routed - LEFT_OUT.keys() - {"events"} == set()
    assert {name.partition(" --")[0] for name in routed} - {""} <= named
    assert not LEFT_OUT.keys() & routed


def test_what_states_its_reason_on_the_command_line_does_so_here(olga: Caller) -> None:
    from comity.web.rest.routes import DOCUMENTED, LEFT_OUT  # noqa: PLC0415 - what the test is of

    routed = {route.more.get("openapi_extra", {}).get("x-comity-command"): route.path for route in DOCUMENTED}
    for command in STATED - LEFT_OUT.keys():
        path = routed[command].removeprefix("/api/v1").format(name="carol", code="UKR", number=1, id="s-1")
        for unsaid in ({}, {"why": " "}, {"why": None}):
            assert "body.why" in bad(olga.post(path, unsaid), 400, "malformed-input"), command


def test_partners_are_listed_added_and_ended(olga: Caller, adam: Caller) -> None:
    norway = {"code": "NOR", "name": "Norway", "level": "RESTRICTED", "audience": ["UKR"]}
    made = olga.do("/partners", norway)
    assert made["terms"] == {"level": "RESTRICTED", "domains": ["general"], "releasable_to": ["UKR"]}
    listed = adam.read("/partners")
    assert listed["holder"] == "GBR"
    assert made in listed["partners"]
    agreement = {"id": "gbr-nor", "from": "GBR", "to": "NOR", "ceiling": "SECRET", "domains": ["*"]}
    olga.do("/agreements", agreement)
    olga.do("/communities", {"name": "E3", "members": ["NOR"]})
    ended = olga.do("/partners/NOR/end", WHY)
    assert ended == {"agreements": ["gbr-nor"], "memberships": ["E3"], "left": []}


def test_communities_are_listed_made_and_left(olga: Caller) -> None:
    olga.do("/communities", {"name": "E3", "members": ["UKR"], "green": True, "end": "2025-04-01T00:00:00Z"})
    grown = olga.do("/communities", {"name": "E3", "members": ["FRA"]})
    assert [member["partner"] for member in grown["members"]] == ["UKR", "FRA"]
    assert grown["members"][0]["end"] == "2025-04-01T00:00:00Z"
    assert olga.read("/settings")["green_community"] == "E3"
    assert set(olga.do("/communities/end", {"name": "E3", **WHY})["ended"]) == {"UKR", "FRA"}
    bad(olga.post("/communities", {"name": "E4", "start": "2025-04-01T00:00:00Z"}), 400, "malformed-input")


def test_domains_and_conditions_are_registered(olga: Caller) -> None:
    assert olga.do("/domains", {"domain": "space"}) == {"domain": "space"}
    assert "space" in olga.read("/domains")["domains"]
    assert olga.do("/conditions", {"condition": "no-targeting"}) == {"condition": "no-targeting"}
    assert olga.read("/conditions") == {"conditions": ["no-copies", "no-targeting"]}
    bad(olga.post("/domains", {"domain": "space"}), 403, "forbidden")


def test_agreements_and_delegations_are_recorded_and_ended(olga: Caller) -> None:
    new = {"from": "USA", "to": "GBR", "ceiling": "SECRET", "domains": ["*"], "onward": "free", "by": "USA", **WORD}
    made = olga.do("/agreements", new)
    assert (made["from"], made["onward"], made["end"]) == ("USA", "free", None)
    assert {**made, "withdrawals": False} in olga.read("/agreements")["agreements"]
    assert olga.do("/agreements/withdrawals", {"id": "gbr-ukr", **WHY}) == {"agreement": "gbr-ukr", "withdrawals": True}
    assert {each["id"] for each in olga.read("/agreements")["agreements"] if each["withdrawals"]} == {"gbr-ukr"}
    assert "only `USA`" in bad(olga.post("/agreements", {**new, "by": None, "id": "x"}), 403, "forbidden")
    olga.do("/agreements/end", {"ids": [made["id"]], "by": "USA", **WORD})
    given = {"from": "USA", "to": "FRA", "ceiling": "SECRET", "domains": ["*"], "id": "d", "by": "USA", **WORD}
    assert olga.do("/delegations", given) in olga.read("/delegations")["delegations"]
    assert olga.do("/delegations/end", {"id": "d", "by": "USA", **WORD})["ended"] == "delegation"


def test_requirements_tags_and_offers_are_recorded_and_ended(olga: Caller) -> None:
    wanted = {"rate": {"items": 3, "period": "P7D"}, "freshness": "P2D", "corroboration": 2, "priority": 1}
    made = olga.do("/requirements", {"title": "Strikes on the grid", "domains": ["operations"], **wanted})
    assert {key: made[key] for key in wanted} == wanted
    assert olga.read("/requirements") == {"requirements": [made]}
    tag = olga.do("/tags", {"requirement": "r-1", "item": "note"})
    rule = olga.do("/tags", {"requirement": "r-1", "type": "report", "text": "grid"})
    assert (tag["item"], rule["item"], rule["type"]) == ("note", None, "report")
    assert olga.read("/tags", requirement="r-1") == olga.read("/tags") == {"tags": [tag, rule]}
    capacity = {"capacity": {"items": 2, "period": "P7D"}}
    pool = olga.do("/pools", {"partner": "USA", **capacity, "id": "crew", "by": "USA", **WORD})
    assert olga.read("/pools") == {"pools": [pool]}
    new = {"partner": "USA", **capacity, "ceiling": "SECRET", "requirement": "r-1", "pool": "crew", "lead_time": "P1D"}
    assert "only `USA`" in bad(olga.post("/offers", new), 403, "forbidden")
    offer = olga.do("/offers", {**new, "by": "USA", **WORD})
    assert (offer["capacity"], offer["lead_time"]) == (capacity["capacity"], "P1D")
    assert olga.read("/offers") == {"offers": [offer]}
    assert olga.read("/requirements/show", id="r-1") == {**made, "tags": [tag, rule], "offers": [offer]}
    assert olga.do("/tags/remove", {"id": "t-2", **WHY})["ended"] == "tag"
    assert olga.do("/offers/end", {"id": "o-1", "by": "USA", **WORD})["ended"] == "offer"
    assert olga.do("/pools/end", {"id": "crew", "by": "USA", **WORD})["ended"] == "pool"
    assert olga.do("/requirements/end", {"id": "r-1", **WHY})["ended"] == "requirement"
    assert olga.read("/requirements")["requirements"][0]["end"] is not None


def test_requirements_that_are_not_valid_are_problems(olga: Caller) -> None:
    bad(olga.post("/requirements", {"title": "a", "rate": {"items": 1, "period": "7 days"}}), 400, "malformed-input")
    bad(olga.post("/requirements", {"title": "a", "freshness": "PT0S"}), 422, "invalid-facts")
    bad(olga.post("/requirements", {"title": "a", "domains": ["space"]}), 422, "invalid-facts")
    bad(olga.get("/requirements/show", id="r-1"), 404, "unknown-name")
    bad(olga.post("/tags", {"requirement": "r-1", "item": "note"}), 404, "unknown-name")


def test_what_is_needed_is_for_those_who_see_content_and_said_by_those_whose_duty_it_is(
    people: Mapping[str, Caller],
) -> None:
    for name in ("ann", "audrey", "adam", "ukraine", "alice"):
        bad(people[name].post("/requirements", {"title": "a"}), 403, "forbidden")
    people["colin"].do("/requirements", {"title": "a"})
    for path in ("/requirements", "/tags", "/offers", "/pools"):
        for name in ("adam", "ukraine", "alice"):
            bad(people[name].get(path), 403, "forbidden")
        bad(people["nobody"].get(path), 401, "not-authenticated")
        people["ann"].read(path)


def test_many_are_suspended_in_one_act_as_it_was_foreseen(olga: Caller, node: Node) -> None:
    two = {"suspensions": [{"from": "GBR", "to": "UKR"}, {"from": "GBR", "to": "FRA", "id": "to-france"}]}
    preview = olga.do("/suspensions/preview", two)
    lost = {each["to"]: each["lost"]["count"] for each in preview["readers"]}
    assert lost["UKR"] == olga.read("/visible", to="UKR")["count"] > 0
    with node.store.read() as reader:
        before = reader.size()
    made = olga.do("/suspensions", {**two, **WHY, "preview": preview["preview"]})
    assert [each["to"] for each in made["suspensions"]] == ["UKR", "FRA"]
    with node.store.read() as reader:
        assert reader.size() == before + 1
    assert olga.read("/visible", to="UKR")["count"] == 0
    assert {each["id"] for each in olga.read("/suspensions")["suspensions"]} >= {"to-france"}


def test_what_is_not_what_was_foreseen_any_more_is_not_done(olga: Caller, people: Mapping[str, Caller]) -> None:
    one = {"suspensions": [{"from": "GBR", "to": "UKR"}]}
    seal = olga.do("/suspensions/preview", one)["preview"]
    other = {"suspensions": [{"from": "GBR", "to": "FRA"}]}
    bad(olga.post("/suspensions", {**other, **WHY, "preview": seal}), 409, "stale")
    bad(people["oscar"].post("/suspensions", {**one, **WHY, "preview": seal}), 409, "stale")
    bad(olga.post("/suspensions", {**one, **WHY, "preview": "garbage"}), 409, "stale")
    olga.do("/domains", {"domain": "space"})
    bad(olga.post("/suspensions", {**one, **WHY, "preview": seal}), 409, "stale")
    assert olga.read("/suspensions") == {"suspensions": []}


def test_what_time_has_changed_is_not_done(olga: Caller, clock: Clock) -> None:
    agreement = {"from": "GBR", "to": "FRA", "ceiling": "SECRET", "domains": ["*"], "end": "2025-03-02T00:00:00Z"}
    olga.do("/agreements", agreement)
    one = {"suspensions": [{"from": "GBR", "to": "UKR"}]}
    seal = olga.do("/suspensions/preview", one)["preview"]
    clock.pass_by(24 * 3600)
    bad(olga.post("/suspensions", {**one, **WHY, "preview": seal}), 409, "stale")


def test_many_are_lifted_in_one_act_or_none(olga: Caller) -> None:
    olga.do("/suspensions", {"suspensions": [{"from": "GBR", "to": to, "id": to} for to in ("UKR", "FRA")], **WHY})
    bad(olga.post("/suspensions/lift", {"ids": ["UKR", "none"], **WHY}), 404, "unknown-name")
    assert all(each["end"] is None for each in olga.read("/suspensions")["suspensions"])
    preview = olga.do("/suspensions/lift/preview", {"ids": ["UKR", "FRA"]})
    gained = {each["to"]: each["gained"]["count"] for each in preview["readers"]}
    done = olga.do("/suspensions/lift", {"ids": ["UKR", "FRA"], **WHY, "preview": preview["preview"]})
    assert [each["id"] for each in done["lifted"]] == ["UKR", "FRA"]
    assert done["proposals"] == []
    assert olga.read("/visible", to="UKR")["count"] == gained["UKR"]


def test_consents_are_foreseen_given_listed_and_taken_back(olga: Caller) -> None:
    one = {"consents": [{"item": "imagery", "to": ["UKR"]}], "by": "USA"}
    assert olga.read("/decide", item="imagery", to="UKR")["verdict"] == "refuse"
    preview = olga.do("/consents/preview", one)
    foreseen = {each["to"]: [item["item"] for item in each["gained"]["items"]] for each in preview["readers"]}
    made = olga.do("/consents", {**one, **WORD, "preview": preview["preview"]})["consents"]
    assert olga.read("/decide", item="imagery", to="UKR")["verdict"] == "permit"
    assert "imagery" in foreseen["UKR"]
    assert olga.read("/consents", item="imagery")["consents"] == made
    assert olga.read("/consents", item="note")["consents"] == []
    ids = {"ids": [made[0]["id"]]}
    seal = olga.do("/consents/withdraw/preview", ids)["preview"]
    olga.do("/consents/withdraw", {**ids, "by": "USA", **WORD, "preview": seal})
    assert olga.read("/decide", item="imagery", to="UKR")["verdict"] == "refuse"


def test_attestations_are_foreseen_made_and_withdrawn(olga: Caller) -> None:
    edge = {"item": "analysis", "source": "imagery"}
    preview = olga.do("/attestations/preview", {"attestations": [edge]})
    foreseen = {each["to"]: {item["item"] for item in each["gained"]["items"]} for each in preview["readers"]}
    before = {each["item"] for each in olga.read("/visible", to="UKR")["items"]}
    olga.do("/attestations", {"attestations": [edge], **WHY, "preview": preview["preview"]})
    after = {each["item"] for each in olga.read("/visible", to="UKR")["items"]}
    assert after - before == foreseen["UKR"] > set()
    assert olga.do("/attestations/withdraw", {**edge, **WHY})["withdrawn"]
    assert {each["item"] for each in olga.read("/visible", to="UKR")["items"]} == before
    note = {"attestations": [{"item": "analysis", "source": "note"}]}
    bad(olga.post("/attestations/preview", note), 403, "forbidden")


def test_ending_an_agreement_is_foreseen(olga: Caller) -> None:
    ids = {"ids": ["gbr-ukr"]}
    preview = olga.do("/agreements/end/preview", ids)
    assert {each["to"]: each["lost"]["count"] for each in preview["readers"]}["UKR"] > 0
    later = {**ids, **WHY, "at": "2025-04-01T00:00:00Z", "preview": preview["preview"]}
    bad(olga.post("/agreements/end", later), 400, "malformed-input")
    olga.do("/agreements/end", {**ids, **WHY, "preview": preview["preview"]})
    assert olga.read("/visible", to="UKR")["count"] == 0


def test_two_persons_propose_and_carry_out(olga: Caller, adam: Caller, people: Mapping[str, Caller]) -> None:
    assert adam.do("/two-person/on", {"acts": ["lift"], **WHY}) == {"acts": ["lift"]}
    olga.do("/suspensions", {"suspensions": [{"from": "GBR", "to": "UKR", "id": "s"}], **WHY})
    seal = olga.do("/suspensions/lift/preview", {"ids": ["s"]})["preview"]
    done = olga.do("/suspensions/lift", {"ids": ["s"], **WHY, "preview": seal})
    (proposal,) = done["proposals"]
    assert done["lifted"] == []
    (waiting,) = olga.read("/proposals")["proposals"]
    assert (waiting["proposal"], waiting["of"], waiting["proposer"]) == (proposal["proposal"], "s", "olga")
    bad(olga.post(f"/proposals/{proposal['proposal']}/approve", WHY), 403, "forbidden")
    approved = people["oscar"].do(f"/proposals/{proposal['proposal']}/approve", WHY)
    assert approved["answer"] == "approved"
    assert olga.read("/proposals")["proposals"] == []
    assert adam.read("/two-person") == {"acts": ["lift"]}
    assert adam.do("/two-person/off", WHY) == {"acts": []}


def test_a_decision_says_why_and_what_would_change_it(olga: Caller) -> None:
    said = olga.read("/decide", item="digest", to="UKR")
    assert said["verdict"] == "refuse"
    assert said["because"] == [cause["reason"] for cause in said["explanation"]["causes"]]
    assert any("consents" in way for cause in said["explanation"]["causes"] for each in cause["ways"] for way in each)
    assert olga.read("/decide", item="note", to="UKR")["explanation"]["grounds"]
    asked = olga.read("/who", item="note")
    assert {each["to"]: each["verdict"] for each in asked["partners"]}["UKR"] == "permit"
    bad(olga.get("/decide", item="none", to="UKR"), 404, "unknown-name")
    bad(olga.get("/decide", item="note", to="UKR", at="yesterday"), 400, "malformed-input")


def test_items_are_described_and_their_bytes_shown(tmp_path: Path, clock: Clock) -> None:
    with found(tmp_path / "other", clock) as node:
        raw = json.dumps(thing("a"), indent=1).encode()
        send(node, "USA", raw)
        olga = staffed(node, clock)["olga"]
        said = olga.read("/items", item=ident("a"))
        assert (said["submitter"], said["type"], said["waits"]) == ("USA", "indicator", False)
        assert said["claims"][0]["originator"] == "USA"
        assert olga.get("/items/content", item=ident("a")).content == raw
        olga.do("/suspensions", {"suspensions": [{"from": "USA", "to": "GBR", "recall": True}], "by": "USA", **WORD})
        hidden, absent = (olga.get("/items/content", item=ident(name)) for name in ("a", "b"))
        assert (hidden.status_code, absent.status_code) == (404, 404)


def test_lineage_is_a_tree_both_ways(olga: Caller) -> None:
    tree = olga.read("/lineage", item="analysis")
    assert {each["item"] for each in tree["sources"]} == {"imagery", "note"}
    assert [each["item"] for each in tree["dependants"]] == ["digest"]
    assert olga.read("/lineage", item="digest", depth=1)["sources"][0]["more"] == 2


def test_what_is_visible_is_paged_by_a_cursor_of_ones_own(olga: Caller, people: Mapping[str, Caller]) -> None:
    olga.do("/consents", {"consents": [{"item": "imagery", "to": ["UKR"]}], "by": "USA", **WORD})
    whole = olga.read("/visible", to="UKR")
    assert whole["count"] > 1
    assert whole["next"] is None
    listed: list[object] = []
    after: dict[str, str] = {}
    while True:
        page = olga.read("/visible", to="UKR", limit=1, **after)
        assert page["count"] == whole["count"]
        listed += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert listed == whole["items"]
    cursor = olga.read("/visible", to="UKR", limit=1)["next"]
    for who, query in ((people["ann"], {"to": "UKR"}), (olga, {"to": "FRA"}), (olga, {})):
        bad(who.get("/visible", after=cursor, **query), 400, "malformed-input")
    bad(olga.get("/visible", to="UKR", after="garbage"), 400, "malformed-input")


def test_looking_at_what_a_partner_may_get_leaves_no_trace(olga: Caller, node: Node) -> None:
    with node.store.read() as reader:
        before = reader.size(), reader.listing("UKR"), reader.shown("UKR")
    olga.read("/visible", to="UKR")
    with node.store.read() as reader:
        assert (reader.size(), reader.listing("UKR"), reader.shown("UKR")) == before


def test_quarantine_is_listed_shown_accepted_and_discarded(tmp_path: Path, clock: Clock) -> None:
    with found(tmp_path / "other", clock, level=None) as node:
        send(node, "USA", thing("a"), thing("b"))
        olga = staffed(node, clock)["olga"]
        first, second = olga.read("/quarantine")["quarantine"]
        assert (first["from"], first["reason"]) == ("USA", "no-terms")
        assert json.loads(olga.read(f"/quarantine/{first['number']}")["text"])["name"] == "a"
        claim = {"level": "RESTRICTED", "releasable_to": ["GBR", "UKR"], **WHY}
        assert olga.do(f"/quarantine/{first['number']}/accept", claim)["outcome"] == "accepted"
        assert olga.do(f"/quarantine/{second['number']}/discard", WHY)["outcome"] == "discarded"
        assert olga.read("/quarantine") == {"quarantine": []}
        bad(olga.get(f"/quarantine/{first['number']}"), 404, "unknown-name")
        bad(olga.post("/quarantine/999/discard", {}), 400, "malformed-input")


def test_what_was_accepted_with_half_a_surrogate_pair_is_found_and_shown(tmp_path: Path, clock: Clock) -> None:
    with found(tmp_path / "other", clock) as node:
        send_bytes(node, "USA", bundle(json.dumps(thing("x", description="half \ud800 of it")).encode()))
        people = staffed(node, clock)
        (waiting,) = people["olga"].read("/quarantine")["quarantine"]
        assert waiting["reason"] == "lone-surrogate"
        claim = {"level": "RESTRICTED", "releasable_to": ["GBR", "UKR"], **WHY}
        assert people["olga"].do(f"/quarantine/{waiting['number']}/accept", claim)["outcome"] == "accepted"
        for name in ("olga", "ukraine"):
            (hit,) = people[name].read("/search", query="half")["hits"]
            assert hit["snippet"]["text"] == "half ? of it"


def test_markings_are_those_on_what_one_may_see(tmp_path: Path, clock: Clock) -> None:
    with found(tmp_path / "other", clock) as node:
        send(node, "USA", thing("a", **marked(GREEN)), thing("b"))
        people = staffed(node, clock)
        assert people["olga"].read("/markings")["markings"] == [{"id": GREEN, "name": "TLP:GREEN", "count": 1}]
        own = people["ukraine"].read("/markings")
        visible = people["olga"].read("/visible", to="UKR")["items"]
        seen = sum(each["item"] == ident("a") for each in visible)
        assert [each["count"] for each in own["markings"]] == ([seen] if seen else [])
        assert own == people["olga"].read("/markings", to="UKR")
        people["olga"].send("USA", bundle(thing("c", **marked(GREEN))))
        assert people["olga"].read("/markings")["markings"][0]["count"] == 2
        bad(people["ukraine"].get("/markings", to="FRA"), 403, "forbidden")
        bad(people["adam"].get("/markings"), 403, "forbidden")


def test_the_register_is_shown_page_by_page(olga: Caller, adam: Caller) -> None:
    olga.do("/domains", {"domain": "space", "why": "needed"})
    whole = olga.read("/register", limit=1000)
    assert (whole["size"], whole["next"]) == (len(whole["entries"]), None)
    assert (whole["entries"][-1]["kind"], whole["entries"][-1]["actor"]) == ("domain", "olga")
    first = olga.read("/register", limit=2)
    second = olga.read("/register", limit=2, after=first["next"])
    assert first["entries"] + second["entries"] == whole["entries"][:4]
    assert olga.read("/register", **{"from": 3})["entries"] == whole["entries"][3:53]
    bad(adam.get("/register"), 403, "forbidden")


def test_statements_and_proofs_are_verified_away_from_the_node(
    olga: Caller, people: Mapping[str, Caller], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert people["ukraine"].get("/export").status_code == 200
    head = olga.do("/register/head")
    statement, proof = tmp_path / "statement.jsonl", tmp_path / "proof.jsonl"
    statement.write_bytes(olga.get("/register/statement", **{"for": "UKR"}, received=True).content)
    proof.write_bytes(olga.get("/register/proof", **{"for": "UKR"}, item="note").content)
    arguments = [str(statement), str(proof), "--key", head["public"], "--party", "UKR"]
    assert comity_verify.main(arguments) == 0, capsys.readouterr()
    assert olga.read("/register/verify")["whole"] is True
    assert olga.read("/register/replay")["findings"] == []
    bad(olga.get("/register/proof", **{"for": "UKR"}), 400, "malformed-input")
    bad(olga.get("/register/statement", **{"for": "NOBODY"}), 404, "unknown-name")


def test_the_signing_key_is_rotated_by_an_administrator(olga: Caller, adam: Caller) -> None:
    before = olga.do("/register/head")["public"]
    made = adam.do("/register/rotate", WHY)
    assert olga.do("/register/head")["public"] == made["public"] != before
    assert made["endorsed"]
    bad(olga.post("/register/rotate", WHY), 403, "forbidden")
    bad(adam.post("/register/rotate", {"lost": True, **WHY}), 403, "forbidden")  # it is there


def test_a_signing_key_that_is_lost_is_replaced(adam: Caller, node: Node) -> None:
    with node.store.read() as reader:
        key = reader.signing_keys()[-1].id
    (node.directory / "keys" / "signing" / f"{key}.pem").unlink()
    made = adam.do("/register/rotate", {"lost": True, **WHY})
    assert not made["endorsed"]
    assert made["key"] != key


def test_a_head_is_signed_for_whoever_keeps_the_ones_before(olga: Caller, adam: Caller, node: Node) -> None:
    first = olga.do("/register/witness", {})
    assert json.loads(first["line"]) == first["head"]
    second = olga.do("/register/witness", {"file": first["line"]})
    kept = first["line"] + second["line"]
    assert json.loads(olga.do("/register/witness", {"file": kept})["line"])["node"] == "GBR"
    with node.store.read() as reader:
        assert [head.document.decode() + "\n" for head in reader.heads()][:2] == [first["line"], second["line"]]
    bad(olga.post("/register/witness", {"file": first["line"][:-1]}), 400, "malformed-input")  # broken off
    forged = first["line"].replace(first["head"]["at"], "2024-01-01T00:00:00.000000Z")
    bad(olga.post("/register/witness", {"file": kept + forged}), 400, "malformed-input")
    bad(adam.post("/register/witness", {}), 403, "forbidden")


def test_a_provider_is_registered_with_a_secret_that_is_never_shown(olga: Caller, adam: Caller, node: Node) -> None:
    new = {"provider": "ministry", "issuer": "https://id.example", "client_id": "comity"}
    assert adam.do("/providers", {**new, "secret": "s3cret-of-ours"}, key="k" * 16) == new
    assert adam.do("/providers", {**new, "secret": "s3cret-of-ours"}, key="k" * 16) == new
    assert adam.read("/providers") == {"providers": [new]}
    assert node.provider_secret("ministry") == "s3cret-of-ours"
    for unsafe in ({"issuer": "http://id.example"}, {"provider": "../up"}, {"secret": " "}, {"client_id": " "}):
        said = bad(adam.post("/providers", {**new, "secret": "another", **unsafe}), 400, "malformed-input")
        assert "another" not in said
    bad(adam.post("/providers", {**new, "issuer": "https://other.example", "secret": "another"}), 403, "forbidden")
    bad(olga.post("/providers", {**new, "secret": "another"}), 403, "forbidden")
    assert node.provider_secret("ministry") == "s3cret-of-ours"


def test_accounts_are_kept_by_administrators(adam: Caller, olga: Caller) -> None:
    made = adam.do("/accounts", {"account": "carol", "roles": ["analyst"], **WHY})
    assert made["link"] == f"/enrol#{made['code']}"
    assert adam.read("/accounts/carol")["ways"] == ["link"]
    assert adam.do("/accounts/carol/roles", {"roles": ["auditor"], **WHY})["roles"] == ["auditor"]
    assert adam.do("/accounts/carol/unlock", WHY) == {"account": "carol", "locked": False}
    assert adam.do("/accounts/carol/disable", WHY)["active"] is False
    assert adam.do("/accounts/carol/enable", WHY)["active"] is True
    assert adam.do("/accounts/carol/reset", WHY)["code"] != made["code"]
    assert adam.do("/settings/local-login", {"local_login": "required", **WHY}) == {"local_login": "required"}
    bad(adam.post("/accounts/carol/link", {"provider": "none", "subject": "1"}), 404, "unknown-name")
    bad(adam.post("/accounts/carol/unlink", WHY), 403, "forbidden")
    bad(adam.post("/accounts/adam/disable", WHY), 403, "forbidden")
    bad(olga.get("/accounts"), 403, "forbidden")
    assert "carol" in {each["account"] for each in adam.read("/accounts")["accounts"]}


def test_acts_are_recorded_under_the_account_that_came_in(olga: Caller, node: Node) -> None:
    olga.do("/domains", {"domain": "space", "why": "needed"})
    with node.store.read() as reader:
        newest = list(reader.acts())[-1]
        assert (newest.word.actor, newest.word.why) == ("olga", "needed")
        assert identified(reader, Word(actor="olga")).account == "olga"


def test_sessions_begin_by_a_password_and_make_tokens(adam: Caller) -> None:
    begun = adam.do("/login", {"account": "admin", "password": PASSWORD})
    admin = Caller(adam.client, {"Authorization": f"Bearer {begun['session']}"})
    said = admin.read("/whoami")
    assert (said["account"], said["through"], said["for"]) == ("admin", begun["id"], None)
    made = admin.do("/tokens", {"name": "watch", "scopes": ["read-accounts"], "days": 1})
    assert [each["id"] for each in admin.read("/tokens", account="admin")["tokens"]] == [made["id"]]
    watch = Caller(adam.client, {"Authorization": f"Bearer {made['token']}"})
    assert watch.read("/whoami")["duties"] == ["read-accounts"]
    admin.do(f"/tokens/{made['id']}/revoke", WHY)
    bad(watch.get("/whoami"), 401, "not-authenticated")
    assert [each["id"] for each in admin.read("/sessions", account="admin")["sessions"]] == [begun["id"]]
    bad(watch.post("/logout"), 401, "not-authenticated")
    bad(adam.post("/logout"), 403, "forbidden")
    assert admin.do("/logout") == {"ended": begun["id"]}
    bad(admin.get("/whoami"), 401, "not-authenticated")


def test_a_code_gives_a_password_and_a_password_another(adam: Caller) -> None:
    code = adam.do("/accounts", {"account": "carol", "roles": ["analyst"], **WHY})["link"]
    assert adam.client.post("/api/v1/enrol", json={"code": code, "password": "a long enough one"}).status_code == 200
    changed = {"account": "carol", "old": "a long enough one", "new": "another long one"}
    assert good(adam.client.post("/api/v1/password", json=changed)) == {"account": "carol"}
    wrong = adam.post("/login", {"account": "carol", "password": "a long enough one"})
    unknown = adam.post("/login", {"account": "nobody", "password": "a long enough one"})
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert wrong.status_code == 401
    adam.do("/login", {"account": "carol", "password": "another long one"})


def test_disclosures_are_listed_page_by_page(olga: Caller, people: Mapping[str, Caller]) -> None:
    olga.do("/consents", {"consents": [{"item": "imagery", "to": ["UKR"]}], "by": "USA", **WORD})
    people["ukraine"].get("/export")
    whole = olga.read("/disclosures", to="UKR")
    first = olga.read("/disclosures", to="UKR", limit=1)
    rest = olga.read("/disclosures", to="UKR", after=first["next"])
    assert first["disclosures"] + rest["disclosures"] == whole["disclosures"]
    for _ in range(2):
        people["ukraine"].get("/export")
    everything = olga.read("/disclosures")["disclosures"]
    assert len({each["leaf"] for each in everything}) < len(everything)
    for asked in ({}, {"to": "UKR"}, {"of": everything[-1]["item"]}):
        for limit in (1, 2, 3, len(everything)):
            told: list[object] = []
            after = None
            while not told or after is not None:
                page = olga.read("/disclosures", limit=limit, after=after, **asked)
                told, after = [*told, *page["disclosures"]], page["next"]
                assert len(page["disclosures"]) == limit or after is None
            assert told == olga.read("/disclosures", **asked)["disclosures"]
            assert len(told) > 2
    assert {each["item"] for each in olga.read("/disclosures", of="note")["disclosures"]} == {"note"}
    bad(people["ann"].get("/disclosures"), 403, "forbidden")
    bad(people["adam"].get("/disclosures"), 403, "forbidden")


def test_searching_and_suggesting(tmp_path: Path, clock: Clock) -> None:
    with found(tmp_path / "other", clock) as node:
        send(node, "USA", thing("launch detected"), thing("launch hidden", **marked(GREEN)))
        send(node, "FRA", derived("copy", ident("launch detected"), ident("launch hidden")))
        people = staffed(node, clock)
        found_ = people["olga"].read("/search", query="launch*")
        assert found_["count"] == 2
        assert people["olga"].read("/suggest", beginning="laun")["words"] == ["launch"]
        own = people["ukraine"].read("/search", query="launch*")
        assert {hit["id"] for hit in own["hits"]} <= {
            each["id"] for each in people["olga"].read("/visible", to="UKR")["items"]
        }
        assert people["ukraine"].read("/suggest", beginning="laun")["to"] == "UKR"
        bad(people["adam"].get("/search", query="launch"), 403, "forbidden")
        bad(people["ukraine"].get("/search", query="x", to="FRA"), 403, "forbidden")


def test_it_is_the_same_on_postgresql(tmp_path: Path, clock: Clock, server: Server) -> None:
    with make(tmp_path / "other", clock, database=server.fresh()) as node:
        people = staffed(node, clock)
        olga, one = people["olga"], {"suspensions": [{"from": "GBR", "to": "UKR"}]}
        seal = olga.do("/suspensions/preview", one)["preview"]
        body = {**one, **WHY, "preview": seal}
        first, again = (olga.post("/suspensions", body, "0b5a7c1e-53a1-4b6c-8a0a") for _ in range(2))
        assert good(first) == good(again)
        assert len(olga.read("/suspensions")["suspensions"]) == 1
        assert olga.read("/visible", to="UKR")["count"] == 0
        assert olga.read("/markings")["markings"] == []
        assert people["ukraine"].get("/export").json().keys() == {"type", "id"}
        assert olga.read("/register/verify")["whole"] is True


def test_half_a_surrogate_pair_in_a_title_is_shown_as_a_question_mark(tmp_path: Path, clock: Clock) -> None:
    with found(tmp_path / "other", clock) as node:
        send(node, "USA", json.dumps(thing("half", name="half \ud800 of it")).encode())
        olga = staffed(node, clock)["olga"]
        (waiting,) = olga.read("/quarantine")["quarantine"]
        claim = {"level": "RESTRICTED", "releasable_to": ["GBR", "UKR"], **WHY}
        olga.do(f"/quarantine/{waiting['number']}/accept", claim)
        (item,) = olga.read("/visible", to="UKR")["items"]
        assert item["title"] in (None, "half ? of it")
        assert olga.read("/items", item=item["item"])["title"] == item["title"]
        assert olga.read("/lineage", item=item["item"])["title"] == item["title"]
