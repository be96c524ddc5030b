"""Break the rules one by one in a copy of the source, run the tests that must notice, and say which did not.

`python -m tests.sabotage [WORD]` runs all mutations, or those whose name holds WORD. A table of mutations lives beside
the thing that it breaks: to add one, write a module with `MUTATIONS` and name it in TABLES. Exit 1 if any survives, if
the unbroken source does not pass, or if a mutation no longer finds its place. With SABOTAGE=alone the unbroken source
is left to whoever runs all tests anyway.
"""

import compileall
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from tests.sabotage import (
    accounts,
    analysis,
    counting,
    index,
    laws,
    needs,
    planning,
    register,
    replay,
    reporting,
    rules,
    running,
    searching,
    serving,
    store,
)
from tests.sabotage.mutation import Misplaced, Mutation

ROOT: Final = Path(__file__).parents[2]
TABLES: Final = (
    rules.MUTATIONS,
    laws.MUTATIONS,
    index.MUTATIONS,
    analysis.MUTATIONS,
    counting.MUTATIONS,
    needs.MUTATIONS,
    store.MUTATIONS,
    accounts.MUTATIONS,
    register.MUTATIONS,
    replay.MUTATIONS,
    serving.MUTATIONS,
    searching.MUTATIONS,
    planning.MUTATIONS,
    reporting.MUTATIONS,
)
ALONE: Final = os.environ.get("SABOTAGE") == "alone"
"""Whether the source as it is was, or will be, tested by somebody else."""
PARALLEL: Final = 2
PATIENCE: Final = 180
"""Seconds that the tests of one mutation may take."""
ALL: Final = 900
"""Seconds that all of them may take on the source as it is."""
FEW: Final = {
    "COMITY_INDEX_WORLDS": "160",
    "COMITY_ORACLE_WORLDS": "400",
    "COMITY_HYPOTHESIS_PROFILE": "sabotage",
}


class Outcome(NamedTuple):
    """How one run ended: `caught` only by a failed assertion, not by an error in collecting or starting."""

    name: str
    verdict: str
    seconds: float
    output: str


def main(words: list[str]) -> int:
    """Run, print the table, and say how many survived."""
    everything = [mutation for table in TABLES for mutation in table]
    chosen = [mutation for mutation in everything if all(word in mutation.name for word in words)]
    if not chosen:  # pytest without a name would run everything
        print(f"no mutation has this in its name: {' '.join(words)}")
        return 1
    began = time.monotonic()
    running.begin()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(PARALLEL) as pool:
        source = compiled(Path(folder))
        controls = [] if ALONE else [pool.submit(attempt, source, None, control_tests(chosen))]
        outcomes = [shown(outcome) for outcome in pool.map(lambda each: attempt(source, each, each.tests), chosen)]
        outcomes += [shown(control.result()) for control in controls]
    wrong = [outcome for outcome in outcomes if outcome.verdict not in ("caught", "passed")]
    for outcome in wrong:
        print(f"\n--- {outcome.name}: {outcome.verdict}\n{outcome.output[-3000:]}")
    caught = sum(outcome.verdict == "caught" for outcome in outcomes)
    print(f"\n{caught} of {len(chosen)} mutations caught in {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


def control_tests(chosen: Iterable[Mutation]) -> tuple[str, ...]:
    """Every test that any of the mutations relies on."""
    return tuple(dict.fromkeys(test for mutation in chosen for test in mutation.tests))


def shown(outcome: Outcome) -> Outcome:
    """Print one line of the table."""
    print(f"{outcome.verdict:9} {outcome.seconds:6.1f} s  {outcome.name}", flush=True)
    return outcome


def compiled(folder: Path) -> Path:
    """A copy of the package with its bytecode, so that no process of any attempt has to compile what is not mutated."""
    package = Path(shutil.copytree(ROOT / "src" / "comity", folder / "comity"))
    compileall.compile_dir(package, quiet=1)
    return package


def attempt(source: Path, mutation: Mutation | None, tests: tuple[str, ...]) -> Outcome:
    """Run the tests on a copy with the mutation, or without one."""
    name = mutation.name if mutation else "(the source as it is)"
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "comity"
        shutil.copytree(source, package)
        try:
            if mutation:
                mutation.apply(package)
            verdict, output = tested(Path(folder), tests, broken=mutation is not None)
        except Misplaced as misplaced:
            verdict, output = "MISPLACED", str(misplaced)
    return Outcome(name, verdict, time.monotonic() - began, output)


def tested(folder: Path, tests: tuple[str, ...], *, broken: bool) -> tuple[str, str]:
    """What pytest says of the package in `folder`."""
    environment = {**FEW, "PYTHONPATH": str(folder)}
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "--tb=short", *tests]
    code, printed = running.run(folder, arguments, environment, PATIENCE if broken else ALL)
    if code == running.ELSEWHERE:
        return "NOT RUN", "the tests would read the package from elsewhere"
    if code == running.TOO_LONG:
        return "TOO LONG", printed
    if code == 0:
        return ("SURVIVED" if broken else "passed"), printed
    asserted = code == 1 and re.search(r"^E +(AssertionError|assert )", printed, re.MULTILINE)
    return ("caught" if asserted and broken else "FAILED"), printed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
