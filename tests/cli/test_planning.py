"""`comity plan`, as it is typed."""

import csv
import json
from pathlib import Path

import pytest

from comity.cli.app import run
from tests.cli.stage import Stage

MAKE = ("plan", "make", "--to", "UKR", "--at", "2025-03-06T12:00:00Z")


def test_a_plan_says_who_gives_what_and_what_stays_open(march: Stage) -> None:
    found = march.ask(*MAKE)
    assert (found["to"], found["at"], found["start"]) == (["UKR"], "2025-03-06T12:00:00Z", "2025-02-27T12:00:00Z")
    assert found["plan"]["ended"] == "best"
    assert found["plan"]["points"] == found["plan"]["bound"]
    assert {each["need"] for each in found["assigned"]} <= {each["id"] for each in found["needs"]}
    for need in found["needs"]:
        assert (need["covered"] == 1) == (need["uncovered"] is None)
        assert need["id"] == f"{need['requirement']} for {need['recipient']}"
        assert need["uncovered"] is None or need["uncovered"]["cures"]
    assert {each["offer"] for each in found["barred"]} == {"fr-radar", "no-patrols", "pl-convoys"}
    assert {each["partner"] for each in found["partners"]} == {"FRA", "GBR", "NOR", "POL"}
    shown = march.type(*MAKE).out
    for said in (
        "For UKR, as of 2025-03-06T12:00:00Z",
        "No plan covers more.",
        "it would be covered whole by a consent: POL consents",
        "could reach nobody: POL/pl-convoys/onward",
        "found with --anew",
    ):
        assert said in shown
    assert "proved" in march.type(*MAKE, "--anew").out


def test_whom_the_holder_gives_to_is_planned_for_where_nobody_is_named(march: Stage) -> None:
    agreed = {each["to"] for each in march.ask("agreement", "list")["agreements"] if each["from"] == "GBR"}
    assert set(march.ask("plan", "make")["to"]) == agreed
    alone = Stage(march.node.parent / "bare", march._capsys)
    alone.ask("init", "--holder", "NOR")
    assert "name whom to plan for" in alone.error(2, "plan", "make")["message"]


def test_what_is_supposed_bars_offers_and_takes_what_is_there(march: Stage) -> None:
    found = march.ask(*MAKE, "--suspend", "GBR:UKR")
    assert found["suspensions"] == [{"from": "GBR", "to": "UKR", "domains": ["*"], "reach": "onward", "recall": False}]
    assert (found["assigned"], found["plan"]["points"]) == ([], 0)
    assert {each["held"] for each in found["needs"]} == {0}
    assert any(each["change"]["barrier"]["means"] == "lift" for each in found["barriers"])
    assert "Supposed: GBR suspends UKR" in march.type(*MAKE, "--suspend", "GBR:UKR").out


def test_a_known_plan_is_kept_and_a_plan_that_is_no_more_is_refused(march: Stage, tmp_path: Path) -> None:
    first = march.ask(*MAKE)
    (tmp_path / "first.json").write_text(json.dumps(first))
    for more in (("--greedy",), ()):
        again = march.ask(*MAKE, *more, "--known", tmp_path / "first.json")
        assert again["assigned"] == first["assigned"]
    said = march.error(1, *MAKE, "--suspend", "GBR:UKR", "--known", tmp_path / "first.json")
    assert (said["kind"], "leave it out" in said["message"]) == ("PlanFailed", True)


def test_tables_and_pages_are_written(march: Stage, tmp_path: Path) -> None:
    for name, head in (("items", "need"), ("requirements", "need"), ("worth", "partner")):
        rows = list(csv.reader(march.type(*MAKE, "--csv", name).out.splitlines()))
        assert rows[0][0] == head
        assert len(rows) > 1
    page = tmp_path / "plan.html"
    assert "the page is in" in march.type(*MAKE, "--html", page).out
    text = page.read_text("utf-8")
    assert "for GBR alone" in text
    assert "is there already" in march.error(2, *MAKE, "--html", page)["message"]
    nowhere = march.error(2, *MAKE, "--html", tmp_path / "no" / "plan.html")["message"]
    assert nowhere.endswith("plan.html` could not be written: No such file or directory; name another file")
    assert "inside the node's folder" in march.error(2, *MAKE, "--html", march.node / "plan.html")["message"]


def test_two_plans_are_compared_without_a_node(
    march: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [str(tmp_path / name) for name in ("one.json", "two.json")]
    plans = [march.ask(*MAKE), march.ask(*MAKE, "--suspend", "GBR:UKR")]
    for name, made in zip(names, plans, strict=True):
        Path(name).write_text(json.dumps(made))
    capsys.readouterr()
    assert run(["plan", "compare", *names, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["gained"] == pytest.approx(-plans[0]["plan"]["points"])
    assert run(["plan", "compare", *names]) == 0
    assert "points less" in capsys.readouterr().out
    assert run(["plan", "compare", *names, "--csv"]) == 0
    assert capsys.readouterr().out.startswith('"need","first","second"')
    page = tmp_path / "both.html"
    assert run(["plan", "compare", *names, "--html", str(page)]) == 0
    assert "one.json" in page.read_text("utf-8")
    Path(names[1]).write_text(json.dumps({**plans[0], "needs": []}))
    assert run(["plan", "compare", *names]) == 2
    assert "two.json`: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("--suspend: `USA` is no suspension", ("--suspend", "USA")),
        ("--suspend: unknown partner `ESP`", ("--suspend", "ESP:UKR")),
        ("`USA` to itself: a suspension is between two partners", ("--suspend", "USA:USA")),
        ("no partner for `ESP`", ("--to", "ESP")),
        ("--gap", ("--gap", "101")),
        ("--time", ("--time", "0")),
        ("--time", ("--time", "nan")),
        ("--last: `week` is no length", ("--last", "week")),
        ("leave `start` or `last` out", ("--last", "P7D", "--start", "2025-03-01T00:00:00Z")),
        ("--csv and --json", ("--csv", "items")),
        ("cannot be read", ("--known", "nothing.json")),
    ],
)
def test_what_is_wrong_says_which_option(march: Stage, said: str, typed: tuple[str, ...]) -> None:
    assert said in march.error(2, "plan", "make", *typed)["message"]
