"""A plan as JSON and as CSV. Points and shares are decimal numbers of six places; ids are those of the case.

CSV is RFC 4180, UTF-8, one table a document. INVARIANT: a cell never begins like a formula, so that no spreadsheet
reckons with what a partner wrote.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from fractions import Fraction
from typing import Final

from comity.core.alternative import Change
from comity.core.compensation import WHOLE, Assigned
from comity.core.contrast import Contrast
from comity.core.loss import Supposed
from comity.core.plan_report import PlanReport
from comity.core.planning import Plan
from comity.core.preparing import Prepared
from comity.core.uncovered import Uncovered
from comity.core.worth import Worth
from comity.formats import plan_words as words

Plain = dict[str, object]
Cell = str | int | float | None

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def plan_json(report: PlanReport) -> str:
    """The whole report as one JSON document."""
    return _text(plan_plain(report))


def contrast_json(found: Contrast) -> str:
    """Two plans side by side as one JSON document."""
    return _text(contrast_plain(found))


def plan_plain(report: PlanReport) -> Plain:
    """The whole report in plain values."""
    made = report.plan
    return {
        "plan": {**_plan(made), "greedy": _plan(report.greedy)},
        "needs": list(_needs(report)),
        "supplies": list(_supplies(made)),
        "assigned": _assigned(made.assigned),
        "partners": [{"partner": name, **_worth(made, one)} for name, one in report.partners.items()],
        "barriers": [_worth(made, one) for one in report.barriers],
    }


def prepared_plain(prepared: Prepared, report: PlanReport) -> Plain:
    """As `plan_plain`, with the requirement and the recipient of each need, and the offers that could reach nobody."""
    plain = plan_plain(report)
    whose = {name: {"requirement": of, "recipient": to} for name, (of, to) in prepared.needs.items()}
    needs = [{**each, **whose[str(each["id"])]} for each in _needs(report)]
    barred = [{"offer": name, "because": prepared.because(name)} for name in prepared.barred()]
    return {**plain, "needs": needs, "barred": barred}


def contrast_plain(found: Contrast) -> Plain:
    """Two plans side by side in plain values."""
    return {
        "first": _plan(found.first),
        "second": _plan(found.second),
        "gained": _decimal(found.gained),
        "needs": [
            {"need": each.need, "first": _maybe(each.first), "second": _maybe(each.second)} for each in found.needs
        ],
        "moved": [asdict(each) for each in found.moved],
    }


def supposed_plain(each: Supposed) -> Plain:
    """A suspension that is supposed, in plain values."""
    ends = {"from": each.frm, "to": each.to, "domains": sorted(each.domains)}
    return {**ends, "reach": each.reach.value, "recall": each.recall}


def needs_csv(report: PlanReport) -> str:
    """Each need: its coverage before and by the plan, what lacks, and the first cure."""
    heads = "need", "title", "weight", "wanted", "held", "independent", "before", "covered", "lacks", "covered by"
    return _table(heads, _need_rows(report))


def assigned_csv(made: Plan) -> str:
    """Who gives what to which need."""
    heads = "need", "need title", "supply", "supply title", "partner", "items a period"
    return _table(heads, _assigned_rows(made))


def worth_csv(report: PlanReport) -> str:
    """What one item more of each partner, and each barrier's opening, is worth, and why."""
    heads = "partner", "change", "points at once", "because", "points planned anew", "at least", "at most"
    return _table(heads, _worth_rows(report))


def contrast_csv(found: Contrast) -> str:
    """The coverage of each need by two plans."""
    rows = ((each.need, _maybe(each.first), _maybe(each.second)) for each in found.needs)
    return _table(("need", "first", "second"), rows)


def _plan(made: Plan) -> Plain:
    return {
        "points": _decimal(made.points),
        "bound": round(made.bound, 6),
        "gap": round(made.gap, 6),
        "ended": made.ended.value,
        "says": words.ended(made),
        "limits": None if made.limits is None else asdict(made.limits),
    }


def _needs(report: PlanReport) -> Iterator[Plain]:
    made = report.plan
    before, covered = made.before(), made.covered()
    for name, need in made.case.needs.items():
        plain = {**asdict(need), "roots": sorted(need.roots)}
        left = report.uncovered.get(name)
        yield {
            **plain,
            "before": _decimal(before[name]),
            "covered": _decimal(covered[name]),
            "uncovered": None if left is None else _uncovered(made, left),
        }


def _uncovered(made: Plan, left: Uncovered) -> Plain:
    return {
        "lacks": {"items": left.counted / WHOLE, "originators": left.roots},
        "withheld": [
            {
                "supply": each.supply,
                "barriers": [asdict(one) for one in each.barriers],
                "late": each.late,
                "most": each.most,
                "spent": each.spent,
                "pool": each.pool,
                "given": _assigned(each.given),
                "says": words.withheld(made.case, each),
            }
            for each in left.withheld
        ],
        "cures": [
            {"changes": [_change(made, one) for one in each.changes], "added": _assigned(each.added)}
            for each in left.cures
        ],
    }


def _supplies(made: Plan) -> Iterator[Plain]:
    for name, supply in made.case.supplies.items():
        yield {
            "id": name,
            "partner": supply.partner,
            "title": supply.title,
            "origin": supply.origin,
            "capacity": supply.capacity,
            "given": sum(each.units for each in made.assigned if each.supply == name),
            "quality": supply.quality,
            "lead": supply.lead,
            "pool": supply.pool,
        }


def _change(made: Plan, change: Change) -> Plain:
    return {"kind": type(change).__name__.lower(), **asdict(change), "says": words.change(made.case, change)}


def _worth(made: Plan, one: Worth) -> Plain:
    anew = one.anew
    return {
        "change": _change(made, one.change),
        "at_once": _decimal(one.at_once),
        "added": _assigned(one.added),
        "nothing": one.nothing.value if one.nothing else None,
        "says": words.worth(made, one),
        "anew": None
        if anew is None
        else {
            "gained": _decimal(anew.gained),
            "low": round(anew.low, 6),
            "high": round(anew.high, 6),
            "ended": anew.ended.value,
        },
    }


def _assigned(given: Iterable[Assigned]) -> list[Plain]:
    return [asdict(each) for each in given]


def _need_rows(report: PlanReport) -> Iterator[tuple[Cell, ...]]:
    made = report.plan
    before, covered = made.before(), made.covered()
    for name, need in made.case.needs.items():
        left = report.uncovered.get(name)
        yield (
            *(name, need.title, need.weight, need.wanted, need.held, need.independent),
            *(_decimal(before[name]), _decimal(covered[name])),
            *(("", "") if left is None else (words.lacks(left), words.cure(made.case, left.cures[0]))),
        )


def _assigned_rows(made: Plan) -> Iterator[tuple[Cell, ...]]:
    for each in made.assigned:
        need, supply = made.case.needs[each.need], made.case.supplies[each.supply]
        yield each.need, need.title, each.supply, supply.title, supply.partner, each.units


def _worth_rows(report: PlanReport) -> Iterator[tuple[Cell, ...]]:
    made = report.plan
    named: list[tuple[str, Worth]] = [*report.partners.items(), *(("", one) for one in report.barriers)]
    for partner, one in named:
        anew = one.anew
        again = (None, None, None) if anew is None else (_decimal(anew.gained), round(anew.low, 6), round(anew.high, 6))
        yield (
            *(partner, words.change(made.case, one.change), _decimal(one.at_once), words.worth(made, one)),
            *again,
        )


def _decimal(value: Fraction) -> float:
    return round(float(value), 6)


def _maybe(value: Fraction | None) -> float | None:
    return None if value is None else _decimal(value)


def _text(plain: Plain) -> str:
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def _table(heads: Iterable[Cell], rows: Iterable[Iterable[Cell]]) -> str:
    return "".join(",".join(map(_cell, row)) + "\r\n" for row in (heads, *rows))


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    kept = f"'{value}" if value.startswith(_FORMULA) else value
    return '"' + kept.replace('"', '""') + '"'
