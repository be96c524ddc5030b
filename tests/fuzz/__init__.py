"""Whatever a stranger sends is refused in our words or taken: `python -m tests.fuzz [WORD]` looks for anything else."""
