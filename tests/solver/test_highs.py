"""HiGHS as the solver of the plan: the best answer, the same answer, and a limit that is said."""

import subprocess
import sys
from random import Random

import pytest

from bench.large_case import large
from comity.core.errors import PlanFailed
from comity.core.programme import Column, Ended, Limits, Programme, Row, model
from comity.solver.highs import solve


def test_a_programme_is_solved_to_its_best_whole_answer() -> None:
    columns = (Column(high=5, points=3), Column(high=5, points=2), Column(high=1, points=1, whole=False))
    rows = (Row(most=7, terms=((0, 2), (1, 1))), Row(most=3, terms=((0, 1), (2, 2))))
    answer = solve(Programme(columns=columns, rows=rows), Limits(gap=0, seconds=60), (0.0, 0.0, 0.0))
    assert answer.values == pytest.approx((1, 5, 1))
    assert answer.bound == pytest.approx(14)
    assert answer.ended is Ended.GAP


def test_nothing_to_choose_has_an_empty_answer() -> None:
    assert solve(Programme(columns=(), rows=()), Limits(), ()).values == ()


def test_the_same_programme_has_the_same_answer() -> None:
    programme = model(large(Random(1), needs=20, partners=6)).programme
    nothing = (0.0,) * len(programme.columns)
    limits = Limits(gap=0.01, seconds=600)
    first = solve(programme, limits, nothing)
    assert first.ended is Ended.GAP
    assert solve(programme, limits, nothing) == first


def test_time_that_is_over_is_said_and_the_start_is_an_answer() -> None:
    programme = model(large(Random(1), needs=60, partners=20)).programme
    answer = solve(programme, Limits(gap=0, seconds=0), (0.0,) * len(programme.columns))
    assert answer.ended is Ended.TIME
    assert len(answer.values) == len(programme.columns)


def test_a_programme_without_an_answer_is_refused() -> None:
    impossible = Programme(columns=(Column(high=1),), rows=(Row(most=-1, terms=((0, 1),)),))
    with pytest.raises(PlanFailed, match="infeasible"):
        solve(impossible, Limits(), (0.0,))


def test_numbers_that_are_too_great_are_refused_in_words() -> None:
    great = Programme(columns=(Column(high=1),), rows=(Row(most=1, terms=((0, 10**15),)),))
    with pytest.raises(PlanFailed, match="numbers as great"):
        solve(great, Limits(), (0.0,))


@pytest.mark.parametrize("module", ["comity.compose", "comity.cli.check_counted", "comity.web.app"])
def test_what_solves_nothing_loads_no_solver(module: str) -> None:
    heavy = "{'highspy', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", f"import sys, {module}; sys.exit(bool({heavy}))"], check=True)
