"""Coverage, dependence and loss, as they are typed and printed."""

from pathlib import Path
from typing import Final

import pytest

from tests.cli.stage import WORLD, Stage

NEED = "launch-warning"
BEFORE = ("--at", "2025-03-05T11:00:00Z")
DURING = ("--at", "2025-03-06T11:00:00Z")
GRADED: Final = """
holder: GBR
partners: {GBR: {name: United Kingdom}, USA: {name: United States}}
items:
  - id: one
    originator: USA
    level: SECRET
    received: 2025-03-01T00:00:00Z
    object:
      type: report
      spec_version: "2.1"
      id: report--11111111-1111-4111-8111-111111111111
      created: 2025-03-01T00:00:00Z
      modified: 2025-03-01T00:00:00Z
      name: Grid down
      labels: ['admiralty-scale:source-reliability="b"', 'admiralty-scale:information-credibility="6"']
  - {id: two, originator: USA, level: SECRET, received: 2025-03-02T00:00:00Z}
requirements: [{id: grid, title: The grid}]
tags: [{requirement: grid, type: report}]
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node of March 2025, for all tests: nothing here changes it."""
    return tmp_path_factory.mktemp("counting") / "node"


@pytest.fixture
def march(node: Path, fresh: Stage) -> Stage:
    fresh.node = node
    if not node.exists():
        fresh.ask("init", "--world", WORLD)
    return fresh


def test_every_requirement_is_covered_or_not(march: Stage) -> None:
    found = march.ask("coverage", "--to", "UKR", *BEFORE)
    assert (found["to"], found["start"], found["end"]) == ("UKR", "2025-02-26T11:00:00Z", "2025-03-05T11:00:00Z")
    urgent = found["requirements"][0]
    urgency = [(each["priority"], each["requirement"]) for each in found["requirements"]]
    assert urgency == sorted(urgency)
    assert (1, NEED) in urgency
    assert urgent["count"] == 3
    assert (urgent["met"], urgent["unmet"], urgent["covered"]) == (["freshness", "rate"], ["corroboration"], False)
    shown = march.type("coverage", "--to", "UKR", *BEFORE).out
    assert f"of {len(urgency)} requirements covered for UKR, from 2025-02-26T11:00:00Z to 2025-03-05T11:00:00Z" in shown
    assert "corroboration 1 of 2" in shown
    assert "█" in shown


def test_one_requirement_is_shown_with_what_covers_it(march: Stage) -> None:
    found = march.ask("coverage", NEED, "--to", "UKR", *BEFORE)
    assert found["count"] == len(found["items"]) == 3
    assert found["independent"] == [["USA"]]
    assert found["age"].startswith("P")
    times = [each["received"] for each in found["items"]]
    assert times == sorted(times, reverse=True)
    assert found["reliability"] == dict.fromkeys("ABCDEF", 0)
    shown = march.type("coverage", NEED, "--to", "UKR", "--limit", "1", *BEFORE).out
    assert "not covered for UKR" in shown
    assert "1 independent: USA" in shown
    assert "… and 2 more" in shown
    all_of_them = march.type("coverage", NEED, "--to", "UKR", "--limit", str(10**30), *BEFORE).out
    assert "more; --limit" not in all_of_them


def test_a_window_is_stated_by_its_length_or_its_ends(march: Stage) -> None:
    by_length = march.ask("coverage", "--to", "UKR", "--last", "P2D", *BEFORE)
    assert by_length["start"] == "2025-03-03T11:00:00Z"
    ends = ("--start", "2025-03-03T11:00:00Z", "--end", "2025-03-05T11:00:00Z")
    assert march.ask("coverage", "--to", "UKR", *ends, *BEFORE) == by_length
    now = march.ask("coverage", "--to", "UKR", "--last", "P2D")
    assert {each["count"] for each in now["requirements"]} == {0}


def test_a_past_moment_is_as_it_was(march: Stage) -> None:
    during = march.ask("coverage", NEED, "--to", "UKR", *DURING)
    assert during["count"] == 0
    nothing = march.ask("dependence", "--to", "UKR", "--at", "2025-01-01T00:00:00Z")
    assert (nothing["count"], nothing["concentration"], nothing["shares"]) == (0, None, [])
    assert "0 items" in march.type("dependence", "--to", "UKR", "--at", "2025-01-01T00:00:00Z").out


def test_grades_are_counted_on_each_axis_apart(fresh: Stage, tmp_path: Path) -> None:
    (tmp_path / "graded.yaml").write_text(GRADED)
    fresh.ask("init", "--world", tmp_path / "graded.yaml")
    asked = ("coverage", "grid", "--to", "GBR", "--at", "2025-03-05T00:00:00Z")
    found = fresh.ask(*asked)
    assert found["reliability"] == {**dict.fromkeys("ABCDEF", 0), "B": 1}
    assert found["credibility"] == {**dict.fromkeys("123456", 0), "6": 1}
    assert [(each["reliability"], each["credibility"]) for each in found["items"]] == [(None, None), ("B", "6")]
    shown = fresh.type(*asked).out
    assert "source graded B ×1" in shown
    assert "information graded 6 ×1" in shown
    assert "B 6" in shown


def test_it_is_told_on_whom_somebody_depends(march: Stage) -> None:
    found = march.ask("dependence", "--to", "UKR", *BEFORE)
    assert found["requirement"] is None
    assert sum(each["share"] for each in found["shares"]) == pytest.approx(1)
    assert {NEED, "deliveries"} <= {each["requirement"] for each in found["sole_source"]}
    assert all(len(each["originators"]) > 1 for each in found["common"])
    one = march.ask("dependence", NEED, "--to", "UKR", *BEFORE)
    assert one["shares"] == [{"originator": "USA", "share": 1.0}]
    assert (one["concentration"], one["soles"]) == (1.0, ["USA"])
    shown = march.type("dependence", "--to", "UKR", *BEFORE).out
    assert "sole-source requirements" in shown
    assert "look independent, and have a root in common" in shown
    assert "every item descends from USA" in march.type("dependence", NEED, "--to", "UKR", *BEFORE).out


def test_a_loss_is_told_before_it_is_made(march: Stage) -> None:
    before = march.ask("suspension", "list")
    found = march.ask("loss", "--suspend", "USA:UKR", "--to", "UKR", *BEFORE)
    stop = {"from": "USA", "to": "UKR", "domains": ["*"], "reach": "onward", "recall": False}
    assert found["suspensions"] == [stop]
    (reader,) = found["readers"]
    assert {each["item"] for each in reader["items"]} == {
        "gb-digest", "gb-digest-of-digest", "us-delivery-schedule", "us-launch-detections",
    }  # fmt: skip
    effects = {each["requirement"]: each["effect"] for each in reader["requirements"]}
    assert (effects[NEED], effects["deliveries"], effects["front-picture"]) == ("lost", "lost", "unaffected")
    assert reader["before"] - reader["after"] == 4
    times = [each["received"] for each in reader["items"]]
    assert times == sorted(times, reverse=True)
    assert {each["originator"]: each["effect"] for each in reader["originators"]}["USA"] == "degraded"
    shown = march.type("loss", "--suspend", "USA:UKR", "--to", "UKR", *BEFORE).out
    assert "if USA → UKR (onward) were suspended" in shown
    assert "us-launch-detections" in shown
    assert march.ask("suspension", "list") == before


def test_several_are_supposed_at_once_each_with_its_own_terms(march: Stage) -> None:
    typed = (
        "--suspend",
        "USA:UKR:early-warning,assistance:derived",
        "FRA:GBR",
        "USA:GBR:::recall",
        "--reach",
        "direct",
    )
    found = march.ask("loss", *typed, *BEFORE)
    told = [(each["from"], each["to"], each["domains"], each["reach"], each["recall"]) for each in found["suspensions"]]
    assert told == [
        ("USA", "UKR", ["assistance", "early-warning"], "derived", False),
        ("FRA", "GBR", ["*"], "direct", False),
        ("USA", "GBR", ["*"], "direct", True),
    ]
    assert {each["to"] for each in found["readers"]} >= {"GBR", "UKR", "FRA", "POL"}
    assert next(each for each in found["readers"] if each["to"] == "GBR")["effect"] == "degraded"


def test_every_single_loss_is_ranked(march: Stage) -> None:
    found = march.ask("loss", "--every-single", "--to", "UKR", *BEFORE)
    costs = [each["lost"] for each in found["losses"]]
    assert costs == sorted(costs, reverse=True)
    ours = next(each for each in found["losses"] if (each["from"], each["to"]) == ("USA", "UKR"))
    (reader,) = ours["readers"]
    assert (ours["lost"], reader["lost"]) == (4, 4)
    assert {each["requirement"]: each["effect"] for each in reader["requirements"]}[NEED] == "lost"
    shown = march.type("loss", "--every-single", "--limit", "2", *BEFORE).out
    assert "the costliest first" in shown
    assert f"… and {len(march.ask('loss', '--every-single', *BEFORE)['losses']) - 2} more" in shown


def test_every_pair_costs_more_than_either(march: Stage) -> None:
    found = march.ask("loss", "--every-pair", "--to", "UKR", *BEFORE)
    singles = march.ask("loss", "--every-single", "--to", "UKR", *BEFORE)["losses"]
    alone = {(each["from"], each["to"]): each["lost"] for each in singles}
    assert found["pairs"]
    for each in found["pairs"]:
        one, two = each["suspensions"]
        assert each["lost"] > max(alone[one["from"], one["to"]], alone[two["from"], two["to"]])
    assert "more together than either alone" in march.type("loss", "--every-pair", "--to", "UKR", *BEFORE).out


LOSS = ("loss", "--suspend")


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("no requirement `warning`", ("coverage", "warning", "--to", "UKR")),
        ("no partner for `XXX`", ("coverage", "--to", "XXX")),
        (
            "leave `start` or `last` out",
            ("coverage", "--to", "UKR", "--last", "P7D", "--start", "2025-03-01T00:00:00Z"),
        ),
        ("begins in the year 0001 or later", ("coverage", "--to", "UKR", "--end", "0001-01-02T00:00:00Z")),
        ("--last: `week` is no length of time", ("coverage", "--to", "UKR", "--last", "week")),
        ("state its start, and an end after it", ("coverage", "--to", "UKR", "--last", "PT0S")),
        ("--limit: 0 is no number", ("coverage", "--to", "UKR", "--limit", "0")),
        ("say which losses", ("loss",)),
        ("say which losses", ("loss", "--every-single", "--every-pair")),
        ("belong to --suspend", ("loss", "--every-single", "--recall")),
        ("name exactly one", ("loss", "--every-pair")),
        ("`USA` is no suspension", (*LOSS, "USA")),
        ("`USA:` is no suspension", (*LOSS, "USA:")),
        ("write `USA:UKR::derived`", (*LOSS, "USA:UKR:derived")),
        ("`far` is no reach", (*LOSS, "USA:UKR::far")),
        ("`call` is not `recall`", (*LOSS, "USA:UKR:::call")),
        ("--suspend: unknown partner `XXX`", (*LOSS, "XXX:UKR")),
        ("`USA` to itself: a suspension is between two partners", (*LOSS, "USA:USA")),
        ("--suspend: unknown domain `space`", (*LOSS, "USA:UKR:space")),
    ],
)
def test_what_is_wrong_says_what_to_write(march: Stage, said: str, typed: tuple[str, ...]) -> None:
    assert said in march.error(2, *typed)["message"]
