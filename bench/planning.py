"""A plan of 200 requirements and 40 partners: how near to the best, how soon, and against the greedy plan.

There is no other side to race: the bar is that the plan is within one per cent of what is proved possible in ten
seconds. The worst of several cases counts.
"""

from dataclasses import dataclass
from random import Random
from time import perf_counter

from bench.figures import Figure, Progress, Report, agree
from bench.large_case import large
from comity.core.compensation import Case, broken
from comity.core.planning import Plan, greedy, plan
from comity.core.programme import Limits, model
from comity.core.uncovered import uncovered
from comity.core.worth import of_barriers, of_partners
from comity.solver.highs import solve

NEAR = Limits(gap=0.01, seconds=60)
TEN_SECONDS = Limits(gap=0.0, seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    made: Plan
    seconds: float


def run(*, quick: bool, progress: Progress) -> Report:
    needs, partners, seeds = (12, 4, 1) if quick else (200, 40, 3)
    cases = [large(Random(seed), needs=needs, partners=partners) for seed in range(seeds)]
    at_once, near, long = [], [], []
    for number, case in enumerate(cases, start=1):
        progress(f"planning case {number} of {seeds}")
        at_once.append(_timed(case))
        near.append(_timed(case, NEAR))
        long.append(_timed(case, TEN_SECONDS))
        for found in (at_once[-1], near[-1], long[-1]):
            agree("rules that the plan breaks", list(broken(case, found.made.assigned)), [])
    progress("explaining a plan")
    return Report(
        "plan", [*_figures(at_once, near, long), *_explained(near[0].made)], _notes(cases, at_once, near, long)
    )


def _timed(case: Case, limits: Limits | None = None) -> Timed:
    started = perf_counter()
    made = plan(case, solve, limits) if limits else greedy(case)
    return Timed(made=made, seconds=perf_counter() - started)


def _figures(at_once: list[Timed], near: list[Timed], long: list[Timed]) -> list[Figure]:
    gap = max(found.made.gap for found in long)
    return [
        Figure(what="a plan within 1 % of the bound", ours=max(found.seconds for found in near), at_most=10),
        Figure(what="the gap after 10 s, in millionths", ours=gap * 1e6, unit="ppm", at_most=10_000),
        Figure(what="the greedy plan", ours=max(found.seconds for found in at_once)),
    ]


def _explained(made: Plan) -> list[Figure]:
    started = perf_counter()
    left = uncovered(made)
    told = perf_counter()
    of_partners(made)
    of_barriers(made)
    return [
        Figure(what=f"why {len(left)} needs stay uncovered, and what covers each", ours=told - started),
        Figure(what="what each partner's next item and each barrier is worth at once", ours=perf_counter() - told),
    ]


def _notes(cases: list[Case], at_once: list[Timed], near: list[Timed], long: list[Timed]) -> list[str]:
    programme = model(cases[0]).programme
    by_greed = [float(one.made.points / best.made.points) for one, best in zip(at_once, long, strict=True)]
    ended = ", ".join(f"{found.made.ended} {found.made.gap:.2%} in {found.seconds:.1f} s" for found in (*near, *long))
    return [
        f"{len(cases)} cases of {len(cases[0].needs)} needs and {len(cases[0].supplies)} supplies; the worst is shown",
        f"the first: {len(cases[0].usable):,} routes, {len(programme.columns):,} columns, {len(programme.rows):,} rows",
        f"each, to 1 % and then for 10 s: {ended}",
        f"greedy reaches {min(by_greed):.1%} to {max(by_greed):.1%} of the points of the plan of 10 s",
    ]
