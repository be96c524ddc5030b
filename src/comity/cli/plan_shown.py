"""A plan, and two of them side by side, for people: the same sentences as in every export."""

from collections.abc import Iterator

from comity.cli.terminal import Draw, drawn, said, table
from comity.core.contrast import Contrast
from comity.core.uncovered import Uncovered
from comity.formats import plan_words as words
from comity.service.plan_sheets import stated
from comity.service.planning import Planned


def plan_drawn(made: Planned) -> Draw:
    """The whole plan: what it comes to, who gives what, what stays uncovered and why, and what changes are worth."""
    plan, greedy = made.report.plan, made.report.greedy
    weights = sum(need.weight for need in plan.case.needs.values())
    points, gap = words.number(plan.points), words.number(100 * plan.gap, up=True)
    limits = plan.limits
    asked = f"; asked for {words.number(100 * limits.gap)} % in {words.number(limits.seconds)} s" if limits else ""
    return drawn(
        *map(said, stated(made)),
        said(f"{points} of {weights} points; no plan has more than {words.bound(plan)}: a gap of {gap} %{asked}"),
        said(f"{words.ended(plan)} The greedy plan has {words.number(greedy.points)} points."),
        _needs(made),
        _given(made),
        *_uncovered(made),
        *_barred(made),
        *_worths(made),
    )


def _needs(made: Planned) -> Draw:
    plan = made.report.plan
    before, covered, left = plan.before(), plan.covered(), made.report.uncovered
    rows = [
        (
            need.title,
            *made.case.needs[name],
            str(need.weight),
            words.percent(before[name]),
            words.percent(covered[name]),
            words.lacks(left[name]) if name in left else "–",
        )
        for name, need in plan.case.needs.items()
    ]
    return table(("what is needed", "requirement", "for", "weight", "before", "planned", "lacks"), rows)


def _given(made: Planned) -> Draw:
    plan = made.report.plan
    rows = [
        (
            plan.case.supplies[each.supply].partner,
            each.supply,
            *made.case.needs[each.need],
            str(each.units),
            str(plan.case.supplies[each.supply].capacity),
        )
        for each in plan.assigned
    ]
    shown = table(("partner", "offer", "gives to", "for", "items a period", "of"), rows)
    return shown if rows else said("nobody gives anything: see below why")


def _uncovered(made: Planned) -> Iterator[Draw]:
    for left in made.report.uncovered.values():
        yield from (said(line) for line in _reasons(made, left))
    yield said("" if made.report.uncovered else "everything that is needed is covered whole")


def _reasons(made: Planned, left: Uncovered) -> Iterator[str]:
    case = made.report.plan.case
    yield f"{words.need(case, left.need)} stays at {words.percent(left.coverage)}: it lacks {words.lacks(left)}"
    if not left.withheld:
        yield "  nobody offers anything for it"
    yield from (f"  {words.withheld(case, each)}" for each in left.withheld)
    yield from (f"  it would be covered whole by {words.cure(case, each)}" for each in left.cures)


def _barred(made: Planned) -> Iterator[Draw]:
    for name in made.case.barred():
        yield said(f"{words.supply(made.case.case, name)} could reach nobody: {', '.join(made.case.because(name))}")


def _worths(made: Planned) -> Iterator[Draw]:
    plan, report = made.report.plan, made.report
    tables = (("if there were", report.barriers), ("if a partner gave more", tuple(report.partners.values())))
    for heading, found in tables:
        anew = any(one.anew for one in found)
        heads = (heading, "points at once", "because", *(["planned anew"] if anew else []))
        rows = [
            (
                words.change(plan.case, one.change),
                words.number(one.at_once),
                words.worth(plan, one),
                *([words.anew(one)] if anew else []),
            )
            for one in found
        ]
        if rows:
            yield table(heads, rows)
    if not any(one.anew for one in report.barriers):
        yield said("what a change is worth if items may move is found with --anew")


def contrast_drawn(found: Contrast, names: tuple[str, str]) -> Draw:
    """Two plans: the points and coverage of each, and which items go elsewhere."""
    plans = tuple(zip(names, (found.first, found.second), strict=True))
    ends = [said(f"{name}: {words.number(plan.points)} points. {words.ended(plan)}") for name, plan in plans]
    needs = [
        (each.need, *("–" if share is None else words.percent(share) for share in (each.first, each.second)))
        for each in found.needs
    ]
    moved = [(each.need, each.supply, str(each.first), str(each.second)) for each in found.moved]
    return drawn(
        *ends,
        said(f"{names[1]} has {words.number(abs(found.gained))} points {'less' if found.gained < 0 else 'more'}"),
        table(("need", *names), needs),
        table(("need", "offer", *names), moved) if moved else said("every offer gives the same to the same needs"),
    )
