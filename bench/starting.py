"""How soon `comity --help` answers: the whole process, beside a cyclopts app with one command.

Both programs are compiled beforehand, as they are where they are installed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figures import Figure, Progress, Report, agree
from bench.timing import lap, race

COMITY = [str(Path(sys.executable).parent / "comity"), "--help"]
ONE = [sys.executable, str(Path(__file__).parent / "one_command.py"), "--help"]


def run(*, quick: bool, progress: Progress) -> Report:
    rounds = 1 if quick else 21
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as compiled:
        told = {word: word in _help(command, compiled) for command, word in ((COMITY, "suspend"), (ONE, "greet"))}
        agree("the help of either program", told, {"suspend": True, "greet": True})
        progress(f"starting either program {rounds} times")
        found = race(lap(lambda: _help(COMITY, compiled)), lap(lambda: _help(ONE, compiled)), rounds)
    what = "comity --help, against a cyclopts app of one command"
    figure = Figure(what=what, ours=found.ours, theirs=found.theirs, ratio=1 / found.ratio, at_most=1.5)
    return Report("help", [figure], ["the whole process; this ratio says how many times longer ours takes"])


def _help(command: list[str], compiled: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = compiled
    return subprocess.run(command, capture_output=True, check=True, text=True, env=environment).stdout
