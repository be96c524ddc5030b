"""HiGHS solves the plan's programme: one thread, one seed, so that the same programme has the same answer.

Only the limit on time can make two answers differ, and an answer says whether it did. HiGHS and OR-Tools cannot be
loaded into one process.
"""

from math import inf
from typing import Final

import highspy
import numpy as np

from comity.core.errors import PlanFailed
from comity.core.programme import Answer, Ended, Limits, Programme

_ENDED: Final = {
    highspy.HighsModelStatus.kOptimal: Ended.GAP,
    highspy.HighsModelStatus.kTimeLimit: Ended.TIME,
}
"""HiGHS says `optimal` of whatever is within the gap; whether nothing better is possible, the bound tells."""


def solve(programme: Programme, limits: Limits, start: tuple[float, ...]) -> Answer:
    """Keep the promises of `core.programme.Solver`."""
    if not programme.columns:
        return Answer(values=(), bound=0.0, ended=Ended.GAP)
    highs = _engine(limits)
    if highs.passModel(_model(programme)) == highspy.HighsStatus.kError:
        raise PlanFailed(
            "the solver takes no numbers as great as these: end what wants or offers most in the least time, plan "
            "for a shorter window, or ask for the greedy plan instead"
        )
    solution = highspy.HighsSolution()
    solution.col_value = list(start)
    highs.setSolution(solution)
    highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    if status not in _ENDED or info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        said = highs.modelStatusToString(status).lower()
        raise PlanFailed(f"the solver has no plan: {said}; ask for the greedy plan instead")
    bound = info.mip_dual_bound
    return Answer(values=tuple(highs.getSolution().col_value), bound=bound, ended=_ENDED[status])


def _engine(limits: Limits) -> highspy.Highs:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]  # typed, but for this
    highs.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS's own form
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("parallel", "off")
    highs.setOptionValue("random_seed", 0)
    highs.setOptionValue("mip_rel_gap", limits.gap)
    highs.setOptionValue("time_limit", limits.seconds)
    return highs


def _model(programme: Programme) -> highspy.HighsLp:
    """The programme as HiGHS takes it, its rows one after the other."""
    lp = highspy.HighsLp()
    columns, rows = programme.columns, programme.rows
    lp.num_col_, lp.num_row_, lp.sense_ = len(columns), len(rows), highspy.ObjSense.kMaximize
    lp.col_cost_ = np.array([column.points for column in columns], dtype=float)
    lp.col_lower_ = np.zeros(len(columns))
    lp.col_upper_ = np.array([column.high for column in columns], dtype=float)
    kinds = {True: highspy.HighsVarType.kInteger, False: highspy.HighsVarType.kContinuous}
    lp.integrality_ = [kinds[column.whole] for column in columns]
    lp.row_lower_ = np.full(len(rows), -inf)
    lp.row_upper_ = np.array([row.most for row in rows], dtype=float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(row.terms) for row in rows)], dtype=np.int32)
    lp.a_matrix_.index_ = np.array([column for row in rows for column, _ in row.terms], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([factor for row in rows for _, factor in row.terms], dtype=float)
    return lp
