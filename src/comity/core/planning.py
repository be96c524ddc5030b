"""A plan: who gives what to which need, how good that is, and how much better any plan could be.

Every plan is valid by one set of rules (`compensation.broken`), however it was found, and keeps no item that adds
nothing. Of two plans with as many points, the one that was there first stands: a known one before the greedy one before
the solver's. The same case gives the same plan in whatever order it is stated, unless the time was over.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from comity.core.compensation import Assigned, Case, Tally, broken, held, score, tallies
from comity.core.errors import PlanFailed
from comity.core.filling import fill, trim
from comity.core.programme import Ended, Limits, Solver, model

CERTAIN: Final = 1e-6
"""A bound within this many points of a plan, or this share of it, proves it the best: solvers reckon in floats."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An assignment for a case. No plan has more than `bound` points; `ended` says why this is not nearer to it."""

    case: Case
    assigned: tuple[Assigned, ...]
    bound: float
    ended: Ended
    limits: Limits | None = None

    @property
    def points(self) -> Fraction:
        """What it covers: of each need its weight, times its coverage."""
        return score(self.case, self.assigned)

    @property
    def gap(self) -> float:
        """The share of the bound that this plan may be short of the best one."""
        return max(0.0, 1 - float(self.points) / self.bound) if self.bound else 0.0

    def had(self) -> dict[str, Tally]:
        """What each need has by this plan."""
        return tallies(self.case, self.assigned)

    def covered(self) -> dict[str, Fraction]:
        """The coverage of each need, from 0 to 1."""
        had = self.had()
        return {name: had[name].coverage(need) for name, need in self.case.needs.items()}

    def before(self) -> dict[str, Fraction]:
        """The coverage of each need as it is without any plan."""
        return {name: held(need).coverage(need) for name, need in self.case.needs.items()}


def greedy(case: Case, known: Iterable[Assigned] = ()) -> Plan:
    """The plan that is there at once; its bound gives each need all that could add to it, as if it were alone.

    It is never worse than `known`, a valid assignment. Raises PlanFailed if that breaks a rule.
    """
    assigned = max([_known(case, known), _tidy(case, ())], key=lambda each: score(case, each))
    points, bound = score(case, assigned), _alone(case)
    ended = Ended.BEST if points == bound else Ended.GREEDY
    return Plan(case=case, assigned=assigned, bound=float(bound), ended=ended)


def plan(case: Case, solve: Solver, limits: Limits | None = None, known: Iterable[Assigned] = ()) -> Plan:
    """The best plan that the solver finds, never worse than the greedy one nor than `known`, a valid assignment.

    Raises PlanFailed if `known` breaks a rule, and if the solver has no answer or one that breaks a rule.
    """
    limits = limits or Limits()
    start = greedy(case, known).assigned
    written = model(case)
    answer = solve(written.programme, limits, written.values(case, start))
    solved = _kept(case, written.assigned(answer.values), "the solver's plan", "ask for the greedy plan instead")
    best = max([start, solved], key=lambda each: score(case, each))
    points = float(score(case, best))
    bound = max(points, min(answer.bound, float(_alone(case))))
    if bound - points <= CERTAIN * max(1.0, points):
        return Plan(case=case, assigned=best, bound=points, ended=Ended.BEST, limits=limits)
    return Plan(case=case, assigned=best, bound=bound, ended=answer.ended, limits=limits)


def planner(solve: Solver, limits: Limits | None = None) -> Callable[[Case, Iterable[Assigned]], Plan]:
    """`plan` with its solver and limits settled: a case and a known assignment make a plan."""
    return lambda case, known: plan(case, solve, limits, known)


def _known(case: Case, known: Iterable[Assigned]) -> tuple[Assigned, ...]:
    return _kept(case, known, "the known plan", "leave it out, and plan from the beginning")


def _kept(case: Case, assigned: Iterable[Assigned], whose: str, mend: str) -> tuple[Assigned, ...]:
    """An assignment from elsewhere, made tidy. The solver is not trusted: what it assigns has to keep the rules."""
    assigned = tuple(assigned)
    if faults := list(broken(case, assigned)):
        raise PlanFailed(f"{whose} breaks a rule: {faults[0]}; {mend}")
    return _tidy(case, assigned)


def _tidy(case: Case, assigned: Iterable[Assigned]) -> tuple[Assigned, ...]:
    return trim(case, fill(case, trim(case, assigned)))


def _alone(case: Case) -> Fraction:
    """The points if each need had everything that could add to it: no plan has more."""
    most = (
        Assigned(need=need, supply=supply, units=min(units, case.supplies[supply].capacity))
        for (need, supply), units in case.usable.items()
    )
    return score(case, most)
