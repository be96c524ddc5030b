"""The long tests, one after the other: `python -m tests.soak [WORD]`, in minutes with SOAK=short.

To add one, write a line into RUNS. Each gets the seed in its arguments or environment where it holds `{seed}`; a run is
repeated with SOAK_SEED. What is printed is the result: the command, its seed, how it ended and what it counted.
"""

import os
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
ALONE: Final = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
"""For what starts processes enough by itself."""
PYTEST: Final = (*ALONE, "-n", "2")
SEEDS: Final = 1_000_000_000
CORE_LAWS: Final = tuple(f"tests/core/test_{name}.py" for name in ("explanation", "planning", "uncovered", "worth"))

ELSEWHERE: Final = ("non_interference_everywhere", "analysis_is_a_recount", "plans_come_true")
"""Laws that draw nothing by lot, or have a run of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One long test: the arguments of Python, and what it finds in its environment, at full length and in short."""

    name: str
    arguments: tuple[str, ...]
    full: Mapping[str, str]
    short: Mapping[str, str] | None
    """None for what only runs at full length."""


RUNS: Final = (
    Run(
        name="the core agrees with the oracle",
        arguments=(*PYTEST, "tests/oracle/test_agreement.py"),
        full={"COMITY_ORACLE_WORLDS": "20000", "COMITY_ORACLE_FIRST": "{seed}"},
        short={"COMITY_ORACLE_WORLDS": "1000", "COMITY_ORACLE_FIRST": "{seed}"},
    ),
    Run(
        name="the index agrees with the decision",
        arguments=(*PYTEST, "tests/index"),
        full={"COMITY_INDEX_WORLDS": "2000", "COMITY_INDEX_FIRST": "{seed}"},
        short={"COMITY_INDEX_WORLDS": "150", "COMITY_INDEX_FIRST": "{seed}"},
    ),
    Run(
        name="the analysis is a recount",
        arguments=(*PYTEST, "tests/laws/test_analysis_is_a_recount.py"),
        full={"COMITY_ANALYSIS_WORLDS": "500", "COMITY_ANALYSIS_FIRST": "{seed}"},
        short={"COMITY_ANALYSIS_WORLDS": "100", "COMITY_ANALYSIS_FIRST": "{seed}"},
    ),
    Run(
        name="plans of nodes come true",
        arguments=(*PYTEST, "tests/laws/test_plans_come_true.py"),
        full={"COMITY_PLANS_WORLDS": "500", "COMITY_PLANS_FIRST": "{seed}"},
        short={"COMITY_PLANS_WORLDS": "30", "COMITY_PLANS_FIRST": "{seed}"},
    ),
    Run(
        name="the laws hold",
        arguments=(*PYTEST, "--hypothesis-seed={seed}", "tests/laws", *CORE_LAWS),
        full={"COMITY_HYPOTHESIS_PROFILE": "soak"},
        short={
            "COMITY_HYPOTHESIS_PROFILE": "soak-short",
            "PYTEST_ADDOPTS": " ".join(f"--ignore=tests/laws/test_{each}.py" for each in ELSEWHERE),
        },
    ),
    Run(
        name="what is served from PostgreSQL is what is served from a file",
        arguments=(
            *PYTEST,
            "tests/laws/test_non_interference_everywhere.py",
            "tests/conformance/test_taxii_clients.py",
            "tests/conformance/test_clients_load.py",
        ),
        full={"COMITY_TEST_STORE": "postgresql"},
        short=None,
    ),
    Run(
        name="a node runs as the oracle does, act by act",
        arguments=(*PYTEST, "--hypothesis-seed={seed}", "tests/machine", "tests/service/test_receive_random.py"),
        full={"COMITY_HYPOTHESIS_PROFILE": "soak"},
        short={"COMITY_HYPOTHESIS_PROFILE": "soak-short"},
    ),
    Run(
        name="killed nodes lose nothing, on either store",
        arguments=(*PYTEST, "-rP", "tests/crash/test_kill.py", "tests/crash/test_keeping.py"),
        full={"COMITY_KILLS": "200", "COMITY_KILLS_STEP": "1", "COMITY_KILLS_SEED": "{seed}"},
        short={"COMITY_KILLS": "8", "COMITY_KILLS_SEED": "{seed}", "PYTEST_ADDOPTS": "-k any_moment"},
    ),
    Run(
        name="a suspension holds in every process",
        arguments=(*ALONE, "-rP", "tests/processes"),
        full={"COMITY_PROCESSES_SECONDS": "60", "COMITY_PROCESSES_SEED": "{seed}"},
        short={
            "COMITY_PROCESSES_SECONDS": "5",
            "COMITY_PROCESSES_SEED": "{seed}",
            "PYTEST_ADDOPTS": "-k after_suspension",
        },
    ),
    Run(
        name="REST answers what its document names",
        arguments=(*PYTEST, "--hypothesis-seed={seed}", "tests/conformance/test_schemathesis.py"),
        full={"COMITY_SCHEMATHESIS": "200"},
        short={"COMITY_SCHEMATHESIS": "2"},
    ),
    Run(
        name="whatever strangers send is refused in our words or taken",
        arguments=("-m", "tests.fuzz"),
        full={"COMITY_FUZZ_SECONDS": "300", "COMITY_FUZZ_SEED": "{seed}"},
        short={"COMITY_FUZZ_SECONDS": "1", "COMITY_FUZZ_SEED": "{seed}"},
    ),
    Run(
        name="large bundles go in at bounded memory",
        arguments=(*PYTEST, "-rP", "tests/crash/test_large.py"),
        full={"COMITY_LARGE_MB": "1000"},
        short={"COMITY_LARGE_MB": "200"},
    ),
)


def main(words: list[str]) -> int:
    """Run all, or those whose name holds the words; 1 if any failed or none was chosen."""
    short = os.environ.get("SOAK") == "short"
    seed = int(os.environ.get("SOAK_SEED") or secrets.randbelow(SEEDS))
    chosen = [run for run in RUNS if all(word in run.name for word in words)]
    settings = [(run, run.short if short else run.full) for run in chosen]
    passed = [soaked(run, given, seed) for run, given in settings if given is not None]
    print(f"\n{sum(passed)} of {len(passed)} runs passed, seed {seed}")
    return 0 if passed and all(passed) else 1


def soaked(run: Run, environment: Mapping[str, str], seed: int) -> bool:
    """Run it, print the figures, and say whether it passed."""
    given = {name: value.replace("{seed}", str(seed)) for name, value in environment.items()}
    command = [sys.executable, *(argument.replace("{seed}", str(seed)) for argument in run.arguments)]
    settings = " ".join(f"{name}={value}" for name, value in given.items())
    print(f"\n== {run.name}, seed {seed}\n{settings} {shlex.join(command)}", flush=True)
    began = time.monotonic()
    code = subprocess.run(command, env={**os.environ, **given}, cwd=ROOT, check=False).returncode
    print(f"{'passed' if code == 0 else f'FAILED with {code}'} in {time.monotonic() - began:.0f} s", flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
