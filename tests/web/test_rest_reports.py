"""Reports that are kept over REST: the same as the routes answer, as items."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from comity.formats.instant import parse
from comity.formats.world import read
from tests.cli.stage import WORLD
from tests.nodes import Clock, make
from tests.web.asking import Caller, bad, staffed

BEFORE = {"at": "2025-03-05T11:00:00Z"}
STOP = {"from": "USA", "to": "UKR"}
TERMS = {"title": "A report", "level": "SECRET", "domains": ["early-warning"], "releasable": True}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Caller]]:
    """Those who ask a node of March 2025."""
    clock = Clock(parse("2025-04-01T00:00:00Z"))
    with make(tmp_path_factory.mktemp("reported") / "node", clock, read(Path(WORLD).read_text())) as node:
        yield staffed(node, clock)


@pytest.fixture
def ann(people: Mapping[str, Caller]) -> Caller:
    """The analyst."""
    return people["ann"]


def kept(caller: Caller, kind: str, **more: object) -> dict[str, Any]:
    """A report of this kind, for Ukraine, kept."""
    found: dict[str, Any] = caller.do("/reports", {"kind": kind, "to": ["UKR"], **TERMS, **BEFORE, **more})
    return found


@pytest.mark.parametrize(
    ("kind", "more", "path"),
    [
        ("coverage", {}, "/coverage"),
        ("dependence", {}, "/dependence"),
        ("singles", {}, "/loss/every-single"),
        ("pairs", {}, "/loss/every-pair"),
    ],
)
def test_what_is_kept_is_what_is_answered(ann: Caller, kind: str, more: dict[str, object], path: str) -> None:
    answer = ann.read(path, to="UKR", **BEFORE)
    made = kept(ann, kind, **more)
    if kind == "dependence":  # whose roots are items, which are named by their objects
        assert len(answer.pop("common")) == len(made["report"].pop("common"))
    assert made["report"] == answer
    assert made["mentions"] >= 3
    assert ann.read("/items", item=made["item"])["title"] == "A report"


def test_a_loss_and_a_plan_are_kept(ann: Caller) -> None:
    loss = kept(ann, "loss", suspensions=[STOP])
    assert loss["report"]["readers"][0]["to"] == "UKR"
    assert all(each["item"].startswith("report--") for each in loss["report"]["readers"][0]["items"])
    plan = kept(ann, "plan", suspensions=[STOP], greedy=True)
    assert plan["report"]["to"] == ["UKR"]


def test_it_goes_to_whom_it_was_counted_for_where_it_may(ann: Caller) -> None:
    one = kept(ann, "coverage", requirement="launch-warning")
    assert ann.read("/decide", item=one["item"], to="UKR", **BEFORE)["verdict"] == "permit"
    assert ann.read("/decide", item=one["item"], to="FRA", **BEFORE)["verdict"] == "refuse"
    ours = kept(ann, "coverage", requirement="launch-warning", releasable=False)
    assert f"GBR/{ours['item']}/audience" in ann.read("/decide", item=ours["item"], to="UKR", **BEFORE)["because"]


def test_what_is_not_counted_is_not_passed_over(ann: Caller) -> None:
    strange: list[dict[str, object]] = [
        {"kind": "loss", "suspensions": [STOP], "requirement": "launch-warning"},
        {"kind": "loss"},
        {"kind": "coverage", "suspensions": [STOP]},
        {"kind": "coverage", "to": ["UKR", "FRA"]},
    ]
    for more in strange:
        bad(ann.post("/reports", {"to": ["UKR"], **TERMS, **more}), 400, "malformed-input")


def test_it_takes_who_takes_in_and_sees_content(people: Mapping[str, Caller]) -> None:
    for name in ("audrey", "adam", "ukraine"):
        bad(people[name].post("/reports", {"kind": "coverage", "to": ["UKR"], **TERMS}), 403, "forbidden")
