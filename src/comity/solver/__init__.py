"""Solvers of mixed-integer programmes, for the plan; each keeps the promises of `core.programme.Solver`."""
