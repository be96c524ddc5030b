"""The fuzzers, two at a time: `python -m tests.fuzz [WORD…]`, those whose names hold a word, else all.

Each is a process of its own, which runs for COMITY_FUZZ_SECONDS, guided by what of the code its inputs reach; what it
says is printed whole when it has ended. What breaks a law is kept in `.fuzz/`, and named: mend what is wrong, and copy
the file into `tests/fuzz/corpus/`, where `make test` holds it from then on.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / ".fuzz"
SECONDS: Final = 60
_AT_ONCE: Final = 2
_OPTIONS: Final = ("-timeout=120", "-rss_limit_mb=3072", "-print_final_stats=1", "-verbosity=0")
_RUNS: Final = re.compile(r"stat::number_of_executed_units: *([0-9]+)")


def main(words: list[str]) -> int:
    """Run them; 1 if a law was broken, or nothing was chosen."""
    if importlib.util.find_spec("atheris") is None:
        print("there is no atheris for this machine: `make test` tries the same targets, unguided")
        return 1
    seconds = int(os.environ.get("COMITY_FUZZ_SECONDS") or SECONDS)
    chosen = [target for target in TARGETS if not words or any(word in target.name for word in words)]
    broken = [name for name, held in _run(chosen, seconds) if not held]
    print(f"{len(chosen) - len(broken)} of {len(chosen)} targets keep their laws{f'; not: {broken}' * bool(broken)}")
    return 0 if chosen and not broken else 1


def _run(chosen: list[Target], seconds: int) -> Iterator[tuple[str, bool]]:
    """Which held, as they end."""
    threads = ThreadPoolExecutor(_AT_ONCE)
    try:
        running = {threads.submit(_held, target, seconds): target.name for target in chosen}
        for ended in as_completed(running):
            held, said = ended.result()
            print(said, flush=True)
            yield running[ended], held
    finally:
        threads.shutdown(cancel_futures=True)  # whoever interrupts it waits for none that has not begun


def _held(target: Target, seconds: int) -> tuple[bool, str]:
    """Run one in a process of its own: whether its law held, and what there is to say of it."""
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
    if done.returncode == 0:
        return True, f"{target.name}: {runs[1] if runs else '?'} inputs, held"
    found = sorted(str(each) for each in set(folder.iterdir()) - before - {folder / "corpus", folder / "words"})
    return False, "\n".join((f"{target.name}: {runs[1] if runs else '?'} inputs, BROKEN", said[-6000:], *found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
