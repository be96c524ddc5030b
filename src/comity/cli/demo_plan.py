"""The last scenes of the demo: who could make up for the order, what remains open and why, what one word is worth."""

from fractions import Fraction

from rich.console import Console
from rich.text import Text

from comity.cli.demo_page import CELLS, listed, paragraph, percent, point, scene
from comity.cli.demo_question import Question, anybody, both, plural
from comity.cli.picture import cells, signs
from comity.core.alternative import Change, Open, changed
from comity.core.compensation import WHOLE
from comity.core.plan_report import PlanReport
from comity.core.planning import Plan, plan
from comity.core.uncovered import Uncovered, Withheld
from comity.core.worth import barriers
from comity.formats import plan_words as words
from comity.service import planning
from comity.service.planning import Aim, Manner
from comity.service.surveying import desk
from comity.solver.highs import solve


def planned(console: Console, asked: Question) -> None:
    """These scenes."""
    with desk(asked.store, anybody, asked.at) as at:
        stopped = planning.basis(at, Aim(to=(asked.to,), supposed=(asked.order,)))
        lifted = planning.basis(at, Aim(to=(asked.to,)))
    report = planning.planned(stopped, solve, Manner(anew=True)).report
    _gives(console, asked, report.plan)
    _open(console, asked, report)
    _worth(console, asked, report, planning.planned(lifted, solve, Manner()).report.plan)


def _gives(console: Console, asked: Question, made: Plan) -> None:
    scene(console, "Who could make up for it", "the plan, of what partners offer")
    before, after, needs = made.before(), made.covered(), made.case.needs
    there, added, lacks = signs(console)
    paragraph(
        console,
        "Partners have said what they could add in a week. The plan gives it where it helps most, as far as the "
        f"agreements in force let it through ({there} is left, {added} is added, {lacks} still lacks):",
    )
    rows = []
    for name, need in needs.items():
        first, last = round(before[name] * CELLS), round(after[name] * CELLS)
        rows.append((need.title, cells(first, added=last - first, gone=CELLS - last), percent(after[name])))
    listed(console, (f"{asked.named(asked.to)} needs", "", "covered"), rows)
    for each in made.assigned:
        supply = made.case.supplies[each.supply]
        point(
            console,
            f"{asked.named(supply.partner)} gives {plural(each.units, 'report')} a week ({supply.id}) for: "
            f"{needs[each.need].title}",
        )
    weights = both([str(weight) for weight in sorted({need.weight for need in needs.values()}, reverse=True)], "or")
    paragraph(
        console,
        f"A need that is covered counts {weights} points, by how urgent it is; half covered, half of them. The plan "
        f"has {words.number(made.points)} of {_all(made)} points. {words.ended(made)}",
    )


def _open(console: Console, asked: Question, report: PlanReport) -> None:
    made = report.plan
    scene(console, "What remains open, and why")
    for left in report.uncovered.values():
        console.print()
        point(console, Text.assemble((made.case.needs[left.need].title, "bold"), f" lacks {_lacks(left)}."), "  ")
        for each in left.withheld:
            point(
                console, f"{each.supply}, of {asked.named(made.case.supplies[each.supply].partner)}: {_why(made, each)}"
            )
        cures = [[_act(made, change) for change in cure.changes] for cure in left.cures]
        if cures:
            point(console, f"covered if {' – or if '.join(both(cure) for cure in cures[:2])}", "  → ")


def _lacks(left: Uncovered) -> str:
    parts = [f"{plural(-(-left.counted // WHOLE), 'report')} a week"] if left.counted else []
    parts += [plural(left.roots, "independent source")] if left.roots else []
    return both(parts)


def _why(made: Plan, each: Withheld) -> str:
    """Why an offer adds no more."""
    if each.barriers:
        return f"waits until {both([barrier.text for barrier in each.barriers])}"
    if each.spent and each.pool is None:
        return "gives all that it has"
    return words.withheld(made.case, each).partition(": ")[2]


def _act(made: Plan, change: Change) -> str:
    return change.barrier.text if isinstance(change, Open) else words.change(made.case, change)


def _worth(console: Console, asked: Question, report: PlanReport, lifted: Plan) -> None:
    """What each act would be worth alone, the plan made anew after it; then all of them, but for the lift."""
    made, frm = report.plan, asked.called(asked.order.frm)
    open_, scale = _all(made) - made.points, Fraction(CELLS, _all(made))
    paragraph(
        console, f"{words.number(open_)} points are open. What one word would be worth, with a new plan after it:"
    )
    worths = [(lifted.points - made.points, f"{asked.order.frm} takes its order back")]
    worths += [(each.anew.gained, _act(made, each.change)) for each in report.barriers if each.anew]
    worths.sort(key=lambda pair: (-pair[0], pair[1]))
    listed(
        console,
        ("", "points", "if"),
        [(cells(0, added=round(points * scale)), words.number(points), said) for points, said in worths],
    )
    every = plan(changed(made.case, barriers(made.case)), solve)
    paragraph(
        console,
        f"With all of these but the lift: {words.number(every.points)} of {_all(made)} points, without {frm}. That is "
        "what to ask for, and whom.",
    )


def _all(made: Plan) -> int:
    return sum(need.weight for need in made.case.needs.values())
