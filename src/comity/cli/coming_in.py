"""What is said to whoever hands out a one-time code."""

from comity.cli.terminal import Draw, said


def first_steps(code: str) -> list[Draw]:
    """How somebody comes in with a one-time code."""
    return [
        said(f"its one-time link, good for 7 days and shown only now: /enrol#{code}"),
        said("`comity account enrol` asks for it, and for the new password"),
    ]
