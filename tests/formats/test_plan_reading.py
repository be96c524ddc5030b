"""An exported plan, read back, and what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from comity.core.contrast import contrast
from comity.core.errors import MalformedInput
from comity.formats.plan_document import contrast_json, plan_json
from comity.formats.plan_page import contrast_page
from comity.formats.plan_reading import plan_of, read
from tests.formats.plans import lifted, report

EXPORTED = plan_json(report(anew=False))


def test_what_is_read_back_compares_as_what_was_exported() -> None:
    found, made = read(EXPORTED.encode()), report(anew=False).plan
    assert (found.assigned, found.points, found.covered(), found.ended, found.limits) == (
        made.assigned, made.points, made.covered(), made.ended, made.limits,
    )  # fmt: skip
    after = lifted().second
    assert json.loads(contrast_json(contrast(found, after))) == json.loads(contrast_json(contrast(made, after)))
    names = ("a", "b")
    pages = [contrast_page(contrast(one, after), title="t", stated=["s"], names=names) for one in (found, made)]
    assert pages[0] == pages[1]


def gone(*path: str | int) -> Callable[[Any], None]:
    def change(whole: Any) -> None:  # noqa: ANN401 - JSON
        for step in path[:-1]:
            whole = whole[step]
        del whole[path[-1]]

    return change


def put(value: object, *path: str | int) -> Callable[[Any], None]:
    def change(whole: Any) -> None:  # noqa: ANN401 - JSON
        for step in path[:-1]:
            whole = whole[step]
        whole[path[-1]] = value

    return change


def twice(key: str) -> Callable[[Any], None]:
    return lambda whole: whole[key].append(whole[key][0])


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("plan: it is missing", gone("plan")),
        ("needs: it is not what stands there", put({}, "needs")),
        ("needs.1.weight: it is missing", gone("needs", 1, "weight")),
        ("needs.0.held: it is not", put("2", "needs", 0, "held")),
        ("needs.0.held: it is not", put(True, "needs", 0, "held")),
        ("needs.0.roots: it is not", put([1], "needs", 0, "roots")),
        ("needs.0.fresh: it is not", put("soon", "needs", 0, "fresh")),
        ("too little", put(-1, "needs", 0, "wanted")),
        ("there twice", twice("needs")),
        ("supplies.0.origin: it is not", put(None, "supplies", 0, "origin")),
        ("101", put(101, "supplies", 0, "quality")),
        ("supplies.0: it is not", put("o", "supplies", 0)),
        ("not both are there", put("nobody", "assigned", 0, "supply")),
        ("and has", put(99, "assigned", 0, "units")),
        ("and has", put(0, "assigned", 0, "units")),
        ("plan.ended: `well`", put("well", "plan", "ended")),
        ("plan.bound: it is not", put("high", "plan", "bound")),
        ("its items make", put(1000, "plan", "points")),
        ("its items make", put(0, "plan", "bound")),
        ("plan.limits.gap: it is missing", put({"seconds": 1}, "plan", "limits")),
    ],
)
def test_what_is_no_exported_plan_is_refused_with_its_place(said: str, change: Callable[[Any], None]) -> None:
    whole = json.loads(EXPORTED)
    change(whole)
    try:
        told = f"it is read: {plan_of(whole)}"
    except MalformedInput as problem:
        told = str(problem)
    assert said in told


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"nothing", b'{"plan": 1, "plan": 2}', b"\xff", b"[" * 200, b'"\\ud800"', b'"\\ud800']
)
def test_what_is_no_document_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedInput, match="comity plan make --json"):
        read(raw)
