"""All that a plan's reader is shown: the plan, what it leaves uncovered, and what changes would be worth."""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.core.planning import Plan, greedy
from comity.core.uncovered import Uncovered, uncovered
from comity.core.worth import Again, Worth, of_barriers, of_partners


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """A plan, the greedy one to compare it with, and every explanation of it."""

    plan: Plan
    greedy: Plan
    uncovered: Mapping[str, Uncovered]
    partners: Mapping[str, Worth]
    barriers: tuple[Worth, ...]


def plan_report(made: Plan, again: Again | None = None) -> PlanReport:
    """Explain a plan. With `again` each change is also planned anew, which solves once for each supply and barrier."""
    return PlanReport(
        plan=made,
        greedy=greedy(made.case),
        uncovered={each.need: each for each in uncovered(made)},
        partners=of_partners(made, again),
        barriers=of_barriers(made, again),
    )
