"""Solvers of plans, outside the core: what is heavy is loaded when something is solved, and not before."""

from comity.core.programme import Answer, Limits, Programme


def solve(programme: Programme, limits: Limits, start: tuple[float, ...]) -> Answer:
    """As `core.programme.Solver`, by HiGHS."""
    from comity.solver import highs  # noqa: PLC0415 - it brings numpy, and most runs solve nothing

    return highs.solve(programme, limits, start)
