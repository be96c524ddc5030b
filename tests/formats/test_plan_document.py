"""A plan as JSON and CSV: all of it is there, and no cell is a formula."""

import csv
import json
from typing import Any

import pytest

from comity.formats.plan_document import (
    assigned_csv,
    contrast_csv,
    contrast_json,
    needs_csv,
    plan_json,
    worth_csv,
)
from tests.formats.plans import HARM, case, lifted, report


def rows(text: str) -> list[list[str]]:
    assert text.endswith("\r\n")
    return list(csv.reader(text.splitlines(keepends=True), strict=True))


def said() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plan_json(report()))
    return found


def test_json_has_the_plan_its_bound_and_each_reason() -> None:
    found, made = said(), report().plan
    assert found["plan"]["points"] == pytest.approx(float(made.points))
    assert found["plan"]["ended"] == "best"
    assert found["plan"]["gap"] == 0
    assert found["plan"]["limits"] == {"gap": 0, "seconds": 60}
    assert [need["id"] for need in found["needs"]] == list(case().needs)
    assert {need["id"] for need in found["needs"] if need["uncovered"]} == {
        n for n, c in made.covered().items() if c < 1
    }
    assert [(each["need"], each["supply"], each["units"]) for each in found["assigned"]] == [
        (each.need, each.supply, each.units) for each in made.assigned
    ]
    launch = next(need for need in found["needs"] if need["id"] == "launch")["uncovered"]
    assert launch["cures"][0]["changes"][0]["says"] == "a lift: the suspension USA → UKR"
    late = next(each for each in launch["withheld"] if each["supply"] == "optical")
    assert (late["late"], late["says"]) == (29, "optical: comes 29 hours too late")


def test_each_number_of_a_worth_has_its_ground() -> None:
    found = said()
    for one in (*found["partners"], *found["barriers"]):
        assert one["says"].startswith("adds " if one["at_once"] else "nothing: ")
        assert bool(one["added"]) == bool(one["at_once"])
        assert (one["nothing"] is None) == bool(one["at_once"])
        assert one["anew"]["low"] == pytest.approx(one["anew"]["gained"]) == pytest.approx(one["anew"]["high"])
    assert {one["partner"] for one in found["partners"]} == {"USA", "GBR", "POL", "FRA"}
    assert all(one["anew"] is None for one in json.loads(plan_json(report(anew=False)))["barriers"])


def test_the_tables_have_a_row_for_each() -> None:
    told = report()
    needs = rows(needs_csv(told))
    assert [row[0] for row in needs[1:]] == list(case().needs)
    assert {len(row) for row in needs} == {10}
    assert [row[0] for row in rows(assigned_csv(told.plan))[1:]] == [each.need for each in told.plan.assigned]
    assert len(rows(worth_csv(told))) == 1 + len(told.partners) + len(told.barriers)
    assert len(rows(contrast_csv(lifted()))) == 1 + len(case().needs)


def test_what_a_partner_wrote_is_no_formula_and_breaks_no_row() -> None:
    launch = next(row for row in rows(needs_csv(report())) if row[0] == "launch")
    assert launch[1] == f"'{HARM}"
    for table in (needs_csv(report()), assigned_csv(report().plan), worth_csv(report()), contrast_csv(lifted())):
        assert not [cell for row in rows(table) for cell in row if cell.startswith(("=", "+", "@"))]


def test_a_contrast_says_what_is_gained_and_what_moves() -> None:
    found, plans = json.loads(contrast_json(lifted())), lifted()
    assert found["gained"] == pytest.approx(float(plans.second.points - plans.first.points))
    assert found["gained"] > 0
    assert {each["supply"] for each in found["moved"]} >= {"infrared"}
    assert [each["need"] for each in found["needs"]] == list(case().needs)
