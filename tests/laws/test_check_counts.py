"""`comity check` counts as the recount does: coverage and loss of random world files, item by item."""

import random
from typing import Any

import pytest

from comity.cli.check import answers
from comity.core.loss import Supposed
from comity.formats.duration import show as length
from comity.formats.instant import show
from comity.formats.world import Covering, Losing, from_plain
from tests.laws import recount
from tests.laws.recount import Case
from tests.laws.test_analysis_is_a_recount import drawn, some_readers, some_supposed


def file_of(case: Case) -> dict[str, Any]:
    """The case as a world file, without questions."""
    plain = {key: value for key, value in case.plain.items() if key != "now"}
    plain["items"] = [{**item, "object": said(case, item["id"])} for item in plain["items"]]
    plain["requirements"] = [
        {
            "id": each.id,
            "title": each.title,
            **({"rate": {"items": each.rate.items, "period": length(each.rate.period)}} if each.rate else {}),
            **({"freshness": length(each.freshness)} if each.freshness else {}),
            **({"corroboration": each.corroboration} if each.corroboration else {}),
        }
        for each in case.requirements
    ]
    stated = [
        {key: getattr(rule, key) for key in ("requirement", "type", "domain", "label", "text")} for rule in case.rules
    ]
    rules = [{key: value for key, value in rule.items() if value is not None} for rule in stated]
    plain["tags"] = [rule for rule in rules if len(rule) > 1]
    plain["tags"] += [{"requirement": requirement, "item": item} for requirement, item in case.tags]
    return plain


def said(case: Case, name: str) -> dict[str, object]:
    return {"type": recount.TYPE, "name": " ".join(sorted(case.texts[name])), "labels": sorted(case.labels[name])}


def supposed(each: Supposed) -> dict[str, object]:
    ends = {"from": each.frm, "to": each.to, "domains": sorted(each.domains)}
    return {**ends, "reach": each.reach.value, "recall": each.recall}


@pytest.mark.parametrize("seed", range(20))
def test_check_answers_are_a_recount(seed: int) -> None:
    rng = random.Random(seed)
    case = drawn(rng)
    readers = some_readers(rng, case)
    stops = {
        reader: tuple(each for each in some_supposed(rng, case, reader) if each.frm != each.to) for reader in readers
    }
    when = {"at": show(case.now), "start": show(case.window.start), "end": show(case.window.end)}
    plain = {
        **file_of(case),
        "coverage": [{"to": to, "requirement": each.id, **when} for to in readers for each in case.requirements],
        "loss": [{"to": to, "suspensions": [supposed(each) for each in stops[to]], **when} for to in readers],
    }
    found = answers(from_plain(plain))
    assert len(found) == len(readers) * (len(case.requirements) + 1)
    for question, answer in found.items():
        assert isinstance(question, Covering | Losing)
        told: Any = answer.plain
        seen = recount.held(case, recount.permitted(case.world, question.to, case.now))
        if isinstance(question, Losing):
            assert set(told["items"]) == recount.lost(case, stops[question.to], question.to, seen)
            continue
        items = recount.covering(case, question.requirement, seen)
        counted = recount.coverage(case, question.requirement, question.to, items)
        assert told["items"] == sorted(items)
        assert told["independent"] == [list(group) for group in counted.independent]
        assert told["soles"] == list(recount.dependence(case, items).soles)
