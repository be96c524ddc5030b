"""What `comity check` finds where a question is answered by counting: coverage, loss and plans, out of the index.

Each answer is what people read, a line for each thing; what programs read, as plain values; and whether it is what the
file expects. The numbers are those of docs/explanation/analysis.md and plan.md.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pyroaring import BitMap

from comity.cli import counted
from comity.cli.check_report import Answer, Question
from comity.cli.counted import Plain
from comity.core.coverage import covered, unmet
from comity.core.instant import Instant
from comity.core.loss import Effect, Hurt, worst_first
from comity.core.plan_report import PlanReport, plan_report
from comity.core.planning import plan
from comity.core.preparing import Prepared, prepared
from comity.core.requirement import RequirementId
from comity.formats import plan_words as words
from comity.formats.instant import show
from comity.formats.plan_document import prepared_plain
from comity.formats.world import Counted, Covering, Losing, Planning, WorldFile
from comity.index.counting import Survey, count, covering, dependence
from comity.index.losing import hurt, loss, standing
from comity.index.memory import WorldHolding
from comity.index.surveying import surveyed
from comity.solver import solve

Found = tuple[list[str], Plain, bool | None]
"""An answer: in lines, in plain values, and whether it is as expected; None where nothing was expected."""


class Desk(NamedTuple):
    """A world file, and what is counted from at one moment."""

    file: WorldFile
    survey: Survey
    holding: WorldHolding

    def named(self, items: BitMap) -> list[str]:
        """The ids of these items, in order."""
        return sorted(self.holding.names[item] for item in items)


def answers(file: WorldFile) -> dict[Question, Answer]:
    """The answers to the questions of the file that are counted. Each moment is indexed once."""
    desks: dict[Instant, Desk] = {}
    found: dict[Question, Answer] = {}
    for question in file.counted:
        if question.at not in desks:
            desks[question.at] = Desk(file, *surveyed(file, question.at))
        found[question] = _answer(desks[question.at], question)
    return found


def _answer(desk: Desk, question: Counted) -> Answer:
    asked: Plain = {"to": question.to, "at": show(question.at)}
    asked |= {"start": show(question.window.start), "end": show(question.window.end)}
    lines, plain, holds = _found(desk, question)
    return Answer(question=question, found=tuple(lines), holds=holds, plain={**asked, **plain})


def _found(desk: Desk, question: Counted) -> Found:
    match question:
        case Covering():
            return _covering(desk, question)
        case Losing():
            return _losing(desk, question)
        case Planning():
            return _planning(desk, question)


def _as_expected(*pairs: tuple[object, object]) -> bool | None:
    """Whether each thing that is expected was found; what is not expected is None."""
    stated = [(expected, found) for expected, found in pairs if expected is not None]
    return all(expected == found for expected, found in stated) if stated else None


def _set(names: Iterable[str] | None) -> frozenset[str] | None:
    """Lists compare as sets."""
    return None if names is None else frozenset(names)


# Coverage


def _covering(desk: Desk, asked: Covering) -> Found:
    requirement = next(each for each in desk.file.wants.requirements if each.id == asked.requirement)
    items = covering(desk.survey, requirement.id, asked.to, asked.window)
    found = count(desk.survey, requirement.id, asked.to, asked.window, items)
    rests, lacks = dependence(desk.survey, items), sorted(want.value for want in unmet(requirement, found))
    names, groups = desk.named(items), counted.groups(found)
    lines = [f"{len(names)} items: {', '.join(names)}" if names else "no items"]
    lines += [f"{len(groups)} independent: {', '.join(groups)}"] if groups else []
    lines += counted.graded(found)
    if rests.concentration is not None:
        lines += [f"rests on {counted.shares(rests)}; concentration {words.number(rests.concentration)}"]
    lines += [f"all of it descends from {code}" for code in rests.soles]
    lines += [f"not met: {', '.join(lacks)}"] if lacks else []
    lines += ["covered" if covered(requirement, found) else "not covered"]
    plain: Plain = {
        "requirement": requirement.id,
        "items": names,
        **counted.coverage(requirement, found),
        **counted.dependence(rests),
    }
    holds = _as_expected(
        (_set(asked.items), frozenset(names)),
        (asked.independent, len(groups)),
        (_set(asked.unmet), frozenset(lacks)),
        (_set(asked.soles), frozenset(rests.soles)),
    )
    return lines, plain, holds


# Loss


def _losing(desk: Desk, asked: Losing) -> Found:
    found = loss(desk.survey, asked.suspensions, asked.to)
    hurts = _hurts(desk, asked, found.items)
    names = desk.named(found.items)
    lines = [f"{len(names)} of {found.whole.before} items lost: {', '.join(names)}" if names else "no items lost"]
    lines += [
        counted.changed(code, change) for code, change in found.originators if change.effect is not Effect.UNAFFECTED
    ]
    lines += counted.hurt_lines(hurts)
    plain: Plain = {
        "suspensions": list(map(counted.supposed, asked.suspensions)),
        "before": found.whole.before,
        "items": names,
        "originators": [{"originator": code, **counted.change(change)} for code, change in found.originators],
        "domains": [{"domain": domain, **counted.change(change)} for domain, change in found.domains],
        "requirements": list(map(counted.hurt, hurts)),
    }
    effects: dict[RequirementId, Effect] = {each.requirement.id: each.effect for each in hurts}
    expected = None if asked.requirements is None else dict(asked.requirements)
    stated = {name: effects.get(name) for name in expected or {}}
    return (
        lines,
        plain,
        _as_expected((_set(asked.items), frozenset(names)), (expected, None if expected is None else stated)),
    )


def _hurts(desk: Desk, asked: Losing | Planning, gone: BitMap) -> list[Hurt]:
    """What becomes of each requirement: those hurt most first, then the most urgent, then by id."""
    stands = standing(desk.survey, desk.file.wants.requirements, asked.to, asked.window)
    return worst_first(hurt(desk.survey, stands, gone))


# Plans


def _planning(desk: Desk, asked: Planning) -> Found:
    gone = loss(desk.survey, asked.suspensions, asked.to).items
    left = [each.after for each in _hurts(desk, asked, gone)]
    case = prepared(desk.file.wants, left, asked.at, asked.suspensions)
    report = plan_report(plan(case.case, solve))
    uncovered, barred = sorted(case.needs[name][0] for name in report.uncovered), case.barred()
    plain: Plain = {
        "suspensions": list(map(counted.supposed, asked.suspensions)),
        "uncovered": uncovered,
        **prepared_plain(case, report),
    }
    holds = _as_expected((_set(asked.uncovered), frozenset(uncovered)), (_set(asked.barred), frozenset(barred)))
    return list(_planned(case, report)), plain, holds


def _planned(case: Prepared, report: PlanReport) -> Iterator[str]:
    made = report.plan
    weights = sum(need.weight for need in made.case.needs.values())
    yield f"{words.number(made.points)} of {weights} points. {words.ended(made)}"
    yield from (f"gives {words.assigned(made.case, [each])}" for each in made.assigned)
    for name in case.barred():
        yield f"{name} could not reach it: {', '.join(case.because(name))}"
    for left in report.uncovered.values():
        yield f"{words.need(made.case, left.need)}: {words.percent(left.coverage)}, lacks {words.lacks(left)}"
        yield from (f"  would be covered by {words.cure(made.case, cure)}" for cure in left.cures[:1])
    for one in report.barriers:
        yield f"{words.change(made.case, one.change)}: worth {words.number(one.at_once)} points"
