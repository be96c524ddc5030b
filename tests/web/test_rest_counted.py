"""Coverage, dependence and loss over REST: what the command line says, for those who see content."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from comity.formats.instant import parse
from comity.formats.world import read
from tests.cli.stage import WORLD
from tests.nodes import Clock, make
from tests.web.asking import Caller, bad, staffed

BEFORE = {"at": "2025-03-05T11:00:00Z"}
STOP = {"from": "USA", "to": "UKR"}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Caller]]:
    """Those who ask a node of March 2025. Nothing here changes it."""
    clock = Clock(parse("2025-04-01T00:00:00Z"))
    with make(tmp_path_factory.mktemp("counted") / "node", clock, read(Path(WORLD).read_text())) as node:
        yield staffed(node, clock)


@pytest.fixture
def ann(people: Mapping[str, Caller]) -> Caller:
    """The analyst."""
    return people["ann"]


def test_coverage_is_told_for_all_and_for_one(ann: Caller) -> None:
    found = ann.read("/coverage", to="UKR", last="P7D", **BEFORE)
    assert (found["start"], found["end"]) == ("2025-02-26T11:00:00Z", "2025-03-05T11:00:00Z")
    (urgent, *_) = found["requirements"]
    assert (urgent["requirement"], urgent["count"], urgent["unmet"]) == ("launch-warning", 3, ["corroboration"])
    one = ann.read("/coverage/show", id="launch-warning", to="UKR", limit=2, **BEFORE)
    assert {key: one[key] for key in urgent} == urgent
    assert len(one["items"]) == 2
    assert one["items"][0]["originator"] == "GBR"


def test_dependence_is_told_of_all_and_of_one(ann: Caller) -> None:
    every = ann.read("/dependence", to="UKR", **BEFORE)
    assert sum(each["share"] for each in every["shares"]) == pytest.approx(1)
    assert {"launch-warning", "deliveries"} <= {each["requirement"] for each in every["sole_source"]}
    one = ann.read("/dependence", to="UKR", requirement="launch-warning", **BEFORE)
    assert (one["soles"], one["concentration"], one["count"]) == (["USA"], 1.0, 3)


def test_a_loss_is_told_and_nothing_is_changed(ann: Caller) -> None:
    before = ann.read("/suspensions")
    found = ann.do("/loss", {"suspensions": [STOP], "to": ["UKR"], **BEFORE})
    (reader,) = found["readers"]
    assert (reader["to"], reader["before"] - reader["after"], len(reader["items"])) == ("UKR", 4, 4)
    assert {each["requirement"]: each["effect"] for each in reader["requirements"]}["launch-warning"] == "lost"
    every = ann.do("/loss", {"suspensions": [STOP], **BEFORE, "limit": 1})
    assert [each["to"] for each in every["readers"]] == sorted(each["to"] for each in every["readers"])
    assert all(len(each["items"]) <= 1 for each in every["readers"])
    assert ann.read("/suspensions") == before


def test_every_single_loss_and_every_pair_are_told(ann: Caller) -> None:
    found = ann.read("/loss/every-single", to="UKR", limit=3, **BEFORE)
    every = ann.read("/loss/every-single", to="UKR", **BEFORE)
    assert (found["to"], len(found["losses"]), every["more"]) == (["UKR"], 3, 0)
    assert every["losses"][:3] == found["losses"]
    assert len(every["losses"]) == 3 + found["more"]
    pairs = ann.read("/loss/every-pair", to="UKR", **BEFORE)
    alone = {(each["from"], each["to"]): each["lost"] for each in every["losses"]}
    assert pairs["pairs"]
    for each in pairs["pairs"]:
        assert each["lost"] > max(alone[one["from"], one["to"]] for one in each["suspensions"])


def test_what_cannot_be_counted_is_a_problem(ann: Caller) -> None:
    bad(ann.get("/coverage", to="XXX"), 404, "unknown-name")
    bad(ann.get("/coverage/show", to="UKR", id="warning"), 404, "unknown-name")
    bad(ann.get("/coverage", to="UKR", last="PT0S"), 400, "malformed-input")
    assert "start" in bad(ann.get("/dependence", to="UKR", start="2025-13-01T00:00:00Z"), 400, "malformed-input")
    bad(ann.get("/loss/every-single", to="UKR", at="0001-01-01T05:19:11Z", last="P1W"), 400, "malformed-input")
    strange = ann.post("/loss", {"suspensions": [STOP, {"from": "XXX", "to": "UKR"}]})
    bad(strange, 422, "invalid-facts")
    assert strange.json()["faults"][0]["place"][:2] == ["suspensions", 1]
    bad(ann.post("/loss", {"suspensions": []}), 400, "malformed-input")


def test_it_is_for_those_who_see_content(people: Mapping[str, Caller]) -> None:
    """A count tells of what it counts, so that neither administrators nor partners are told."""
    paths = ("/coverage", "/coverage/show", "/dependence", "/loss/every-single", "/loss/every-pair")
    for path in paths:
        more = {"id": "launch-warning"} if path == "/coverage/show" else {}
        for name in ("adam", "ukraine", "alice"):
            bad(people[name].get(path, to="UKR", **more), 403, "forbidden")
        bad(people["nobody"].get(path, to="UKR", **more), 401, "not-authenticated")
    for name in ("adam", "ukraine", "alice"):
        bad(people[name].post("/loss", {"suspensions": [STOP], "last": "PT0S"}), 403, "forbidden")
    bad(people["nobody"].post("/loss", {"suspensions": [STOP]}), 401, "not-authenticated")
