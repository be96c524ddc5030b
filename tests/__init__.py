"""The tests; a package, so that `python -m tests.soak` and `python -m tests.sabotage` run."""
