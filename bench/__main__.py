"""`python -m bench [NAME...] [--quick] [--json]`: the tables, and exit status 1 if a bar is missed."""

import argparse
import json
import sys
from dataclasses import replace
from importlib import import_module
from time import perf_counter, strftime

from bench.figures import Progress, Report, machine, table

BENCHES = {
    "verdict": "bench.verdict",
    "reasons": "bench.reasons",
    "import": "bench.importing",
    "help": "bench.starting",
    "suspension": "bench.suspension",
    "loss": "bench.losing",
    "open": "bench.opening",
    "releases": "bench.releasing",
    "verify": "bench.verifying",
    "append": "bench.appending",
    "serving": "bench.serving",
    "plan": "bench.planning",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the benches named, or all."""
    asked = _parser().parse_args(arguments)
    reports = []
    for name in asked.names or BENCHES:
        report = run(name, quick=asked.quick, progress=_progress())
        reports.append(report)
        if not asked.json:
            print(table(report), end="\n\n", flush=True)
    missed = [f"{report.name}: {figure.what}" for report in reports for figure in report.figures if figure.missed]
    if asked.json:
        print(json.dumps({"machine": machine(), "reports": [report.plain() for report in reports], "missed": missed}))
    else:
        print(f"{strftime('%Y-%m-%d')}, {machine()}")
        print("\n".join(f"bar missed: {what}" for what in missed) or ("" if asked.quick else "every bar met"))
    return 1 if missed else 0


def run(name: str, *, quick: bool, progress: Progress) -> Report:
    """One bench; a quick one has no bars. Raises AnswersDifferError, and ImportError for what is not installed."""
    report: Report = import_module(BENCHES[name]).run(quick=quick, progress=progress)
    if quick:
        report.figures[:] = (replace(figure, at_least=None, at_most=None) for figure in report.figures)
    return report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *BENCHES], help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="small sizes, only to see that the benches work")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    return parser


def _progress() -> Progress:
    """Tell what is being done on standard error: one line that is overwritten on a terminal, else a line each."""
    started = perf_counter()
    terminal = sys.stderr.isatty()

    def tell(doing: str) -> None:
        line = f"{perf_counter() - started:6.0f} s  {doing}"
        print(f"\r\033[K{line}" if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())
