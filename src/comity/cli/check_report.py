"""What `comity check` prints: a table for people, or one line of JSON for each file."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from json import dumps
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from comity.formats.instant import show
from comity.formats.world import (
    Audience,
    Check,
    Counted,
    Covering,
    FileFault,
    Holdings,
    Losing,
    Planning,
    Verdict,
    WorldFile,
)

Question = Check | Audience | Holdings | Counted
_LISTED: Final = 20
_WIDTH: Final = 120
"""Of a table that goes into a file or a pipe, unless $COLUMNS says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found: the reasons against (check), the partners (audience), or the items (holdings), sorted.

    Of what is counted, it is lines to read, and `plain` has the values. `holds` is None where nothing was expected.
    """

    question: Question
    found: tuple[str, ...]
    holds: bool | None
    plain: Mapping[str, object] = field(default_factory=dict)


def questions(file: WorldFile) -> Iterator[Question]:
    """All that the file asks, in its order."""
    yield from file.checks
    yield from file.audiences
    yield from file.holdings
    yield from file.counted


def verdict(reasons: tuple[str, ...]) -> Verdict:
    """Permit exactly when there is no reason against."""
    return Verdict.REFUSE if reasons else Verdict.PERMIT


# --- as JSON ----------------------------------------------------------------------------------------------------------


def print_json(file: Path, found: WorldFile, given: dict[Question, Answer]) -> None:
    """The answers, as one line."""
    _print_line(
        {
            "file": str(file),
            "holder": found.world.policy.holder,
            "checks": [_checked(each, given[each].found) for each in found.checks],
            "audiences": [
                {"item": each.item, "at": show(each.at), "found": given[each].found} for each in found.audiences
            ],
            "holdings": [{"to": each.to, "at": show(each.at), "found": given[each].found} for each in found.holdings],
            **{
                key: [given[each].plain for each in found.counted if isinstance(each, kind)]
                for key, kind in (("coverage", Covering), ("loss", Losing), ("plans", Planning))
            },
        }
    )


def _checked(question: Check, reasons: tuple[str, ...]) -> dict[str, object]:
    return {
        "item": question.item,
        "to": question.to,
        "at": show(question.at),
        "verdict": verdict(reasons).value,
        "because": reasons,
    }


def print_json_errors(file: Path, faults: tuple[FileFault, ...]) -> None:
    """The faults of an invalid file, as one line."""
    errors = [{"line": fault.line, "key": fault.key, "message": fault.message, "mend": fault.mend} for fault in faults]
    _print_line({"file": str(file), "errors": errors})


def _print_line(value: dict[str, object]) -> None:
    sys.stdout.write(f"{dumps(value)}\n")
    sys.stdout.flush()


# --- as a table -------------------------------------------------------------------------------------------------------


def print_errors(file: Path, faults: tuple[FileFault, ...]) -> None:
    """The faults of an invalid file, one on a line, where editors look for them."""
    for fault in faults:
        where = ":".join(str(part) for part in (_printable(file), fault.line or None) if part is not None)
        key = f" {fault.key}:" if fault.key else ""
        sys.stderr.write(f"{where}:{key} {fault.message}; {fault.mend}\n")


def print_table(file: Path, found: WorldFile, given: dict[Question, Answer]) -> None:
    """The answers, expected against found, and how many hold."""
    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH
    console = Console(markup=False, highlight=False, emoji=False, width=wide)
    table = Table()
    for heading in ("question", "at", "expected", "found", "holds"):
        table.add_column(heading, overflow="fold")
    for question in questions(found):
        answer = given[question]
        table.add_row(
            _asked(question),
            show(question.at),
            _expected(answer),
            _shown(question, answer.found),
            {True: "yes", False: "NO", None: "–"}[answer.holds],
        )
    outcomes = [given[question].holds for question in questions(found)]
    console.print(f"{_printable(file)}, holder {found.world.policy.holder}", soft_wrap=True)
    if table.row_count:
        console.print(table)
    console.print(f"{outcomes.count(True)} of {len(outcomes) - outcomes.count(None)} expectations hold")


def _printable(file: Path) -> str:
    return os.fsencode(file).decode("utf-8", "backslashreplace")


def _asked(question: Question) -> str:
    match question:
        case Check(item=item, to=to):
            return f"{item} to {to}"
        case Audience(item=item):
            return f"who gets {item}"
        case Holdings(to=to):
            return f"what {to} gets"
        case Covering(requirement=requirement, to=to):
            return f"coverage of {requirement} for {to}"
        case Losing() | Planning():
            what = "loss" if isinstance(question, Losing) else "plan"
            supposed = ", ".join(f"{stop.frm} stops {stop.to}" for stop in question.suspensions)
            return f"{what} for {question.to}{': ' if supposed else ''}{supposed}"


def _expected(answer: Answer) -> str:
    """What was expected; of what was found as expected, no more than is needed to see it."""
    question = answer.question
    if answer.holds is None:
        return "–"
    if isinstance(question, Covering | Losing | Planning):
        return "as found" if answer.holds else "\n".join(_stated(question))
    if not isinstance(question, Check):
        return "as found" if answer.holds else _listed(sorted(question.expect or ()))
    verdict_lines = [] if question.expect is None else [question.expect.value]
    if answer.holds:
        return "".join(verdict_lines) or "as found"
    return "\n".join([*verdict_lines, *sorted(question.because or ())]) or "no reasons"


def _stated(question: Counted) -> Iterator[str]:
    """What is expected of something that is counted."""
    asked = {"requirement", "to", "at", "window", "suspensions"}
    for key in fields(question):
        value = getattr(question, key.name)
        if key.name in asked or value is None:
            continue
        if isinstance(question, Losing) and key.name == "requirements":
            value = [f"{name} {effect.value}" for name, effect in question.requirements or ()]
        listed = value if isinstance(value, int) else ", ".join(sorted(value)) or "none"
        yield f"{key.name}: {listed}"


def _shown(question: Question, found: tuple[str, ...]) -> str:
    if isinstance(question, Check):
        return "\n".join([verdict(found).value, *found])
    if isinstance(question, Covering | Losing | Planning):
        return "\n".join(found)
    return _listed(found)


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    rest = len(names) - _LISTED
    lines = [*names[:_LISTED], f"… and {rest} more (all of them: --json)"] if rest > 0 else names
    return "\n".join(lines) or "none"
