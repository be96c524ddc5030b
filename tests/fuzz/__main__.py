"""The fuzzers, one after the other: `python -m tests.fuzz [WORD…]`, those whose names hold a word, else all.

Each runs for COMITY_FUZZ_SECONDS, guided by what of the code its inputs reach. What breaks a law is kept in `.fuzz/`,
and named: mend what is wrong, and copy the file into `tests/fuzz/corpus/`, where `make test` holds it from then on.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / ".fuzz"
SECONDS: Final = 60
_OPTIONS: Final = ("-timeout=120", "-rss_limit_mb=3072", "-print_final_stats=1", "-verbosity=0")
_RUNS: Final = re.compile(r"stat::number_of_executed_units: *([0-9]+)")


def main(words: list[str]) -> int:
    """Run them; 1 if a law was broken, or nothing was chosen."""
    if importlib.util.find_spec("atheris") is None:
        print("there is no atheris for this machine: `make test` tries the same targets, unguided")
        return 1
    seconds = int(os.environ.get("COMITY_FUZZ_SECONDS") or SECONDS)
    chosen = [target for target in TARGETS if not words or any(word in target.name for word in words)]
    broken = [target.name for target in chosen if not _held(target, seconds)]
    print(f"{len(chosen) - len(broken)} of {len(chosen)} targets keep their laws{f'; not: {broken}' * bool(broken)}")
    return 0 if chosen and not broken else 1


def _held(target: Target, seconds: int) -> bool:
    """Run one in a process of its own, and say what it did."""
    folder = KEPT / target.name
    folder.mkdir(parents=True, exist_ok=True)
    before = set(folder.iterdir())
    command = [sys.executable, "-m", "tests.fuzz.guided", target.name, str(folder), *_OPTIONS]
    with tempfile.TemporaryDirectory(prefix="comity-fuzz-") as scratch:  # its nodes; it is ended, and cleans up nothing
        done = subprocess.run(
            [*command, f"-max_total_time={seconds}", f"-seed={os.environ.get('COMITY_FUZZ_SEED') or 0}"],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": scratch},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    said = done.stderr.decode(errors="replace") + done.stdout.decode(errors="replace")
    runs = _RUNS.search(said)
    print(
        f"{target.name}: {runs[1] if runs else '?'} inputs, {'held' if done.returncode == 0 else 'BROKEN'}", flush=True
    )
    if done.returncode:
        found = sorted(str(each) for each in set(folder.iterdir()) - before - {folder / "corpus", folder / "words"})
        print(said[-6000:], *found, sep="\n", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
