"""What is said to whoever hands out a one-time code."""

from comity.cli.terminal import Draw, said


def first_step(name: str, code: str) -> Draw:
    """How somebody comes in with a one-time code."""
    return said(f"{name} comes in once, within 7 days, by `comity account enrol` with the link /enrol#{code}")
