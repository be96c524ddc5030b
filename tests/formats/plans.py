"""One plan with everything in it that can be said of a plan, and names that mean harm."""

from typing import Final

from comity.core.alternative import Open, changed
from comity.core.compensation import Barrier, Case, Means, Need, Pool, Route, Supply
from comity.core.contrast import Contrast, contrast
from comity.core.plan_report import PlanReport, plan_report
from comity.core.planning import plan, planner
from comity.core.programme import Limits
from comity.solver.highs import solve

HARM: Final = '=1+1,"</td><script>alert(1)</script>'
LIFT: Final = Barrier(id="lift", means=Means.LIFT, text="the suspension USA → UKR")
AGREEMENT: Final = Barrier(id="agreement", means=Means.AGREEMENT, text=f"POL → UKR {HARM}")
EXACT: Final = Limits(gap=0, seconds=60)


def case() -> Case:
    """Needs that are covered, barred, late, shared out, alone, or want others."""
    needs = (
        Need(id="warning", title="Early warning", weight=9, wanted=12, held=2, independent=2, roots=frozenset({"NOR"})),
        Need(id="launch", title=HARM, weight=8, wanted=6, independent=2, fresh=1),
        Need(id="cyber", title="Intrusion sets", weight=4, wanted=20, held=14, independent=1, roots=frozenset({"GBR"})),
        Need(id="terrain", weight=2, wanted=3, held=3),
        Need(id="space", wanted=2),
    )
    supplies = (
        Supply(
            id="infrared", partner="USA", title="Infrared", capacity=10, routes=_barred("launch", "warning", by=LIFT)
        ),
        Supply(
            id="signals",
            partner="GBR",
            title=HARM,
            capacity=8,
            quality=90,
            lead=1,
            routes=(Route(need="warning", most=4), Route(need="launch", most=2)),
            pool="gbr",
        ),
        Supply(id="reports", partner="GBR", capacity=5, quality=80, routes=(Route(need="cyber"),), pool="gbr"),
        Supply(id="radar", partner="POL", capacity=6, quality=70, routes=_barred("launch", by=AGREEMENT)),
        Supply(id="optical", partner="FRA", capacity=4, lead=30, routes=(Route(need="launch"),)),
    )
    return Case(needs, supplies, [Pool(id="gbr", capacity=10)])


def _barred(*needs: str, by: Barrier) -> tuple[Route, ...]:
    return tuple(Route(need=need, barriers=frozenset({by})) for need in needs)


def report(*, anew: bool = True) -> PlanReport:
    return plan_report(plan(case(), solve, EXACT), planner(solve, EXACT) if anew else None)


def lifted() -> Contrast:
    """The plan, and the plan after the lift."""
    return contrast(plan(case(), solve, EXACT), plan(changed(case(), [Open(barrier=LIFT)]), solve, EXACT))
