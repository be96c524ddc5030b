"""What a bench has found, and how it is shown: one line a figure, with its bar and whether it is met."""

import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.timing import Race

Progress = Callable[[str], None]
"""Told what is being done, for the impatient."""


class AnswersDifferError(Exception):
    """The two sides do not answer the same; there is nothing to time."""


def agree(what: str, ours: object, theirs: object) -> None:
    """Raise AnswersDifferError unless both sides have answered the same."""
    if ours != theirs:
        raise AnswersDifferError(f"{what}: the two sides answer differently")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement. `ours` and `theirs` are in `unit`; the ratio says how many times less (or more) ours takes.

    A bar, `at_least` or `at_most`, is one on the ratio, or where there is none on `ours`; an `aim` is reported and
    fails nothing.
    """

    what: str
    ours: float
    unit: str = "s"
    theirs: float | None = None
    ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    aim: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the bar is met, None where there is none."""
        value = self.ours if self.ratio is None else self.ratio
        if self.at_least is not None:
            return value >= self.at_least
        return None if self.at_most is None else value <= self.at_most

    @property
    def missed(self) -> bool:
        """Whether a bar, and not only an aim, is missed."""
        return self.met is False and not self.aim


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one bench, and what must be known to read them."""

    name: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        figures = [asdict(figure) | {"met": figure.met} for figure in self.figures]
        return {"bench": self.name, "figures": figures, "notes": self.notes}


def faster(what: str, found: Race, at_least: float) -> Figure:
    """The figure of a race that ours is to win by so much."""
    return Figure(what=what, ours=found.ours, theirs=found.theirs, ratio=found.ratio, at_least=at_least)


HEADINGS = ("what", "ours", "theirs", "ratio", "bar", "met")


def table(report: Report) -> str:
    """The report as aligned text."""
    rows = [HEADINGS, *map(_row, report.figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    ruled = [lines[0], "-" * max(map(len, lines)), *lines[1:]]
    return "\n".join([f"## {report.name}", *ruled, *(f"  – {note}" for note in report.notes)])


def _row(figure: Figure) -> tuple[str, ...]:
    met = {None: "", True: "met", False: "aim missed" if figure.aim else "MISSED"}[figure.met]
    return (
        figure.what,
        amount(figure.ours, figure.unit),
        "" if figure.theirs is None else amount(figure.theirs, figure.unit),
        "" if figure.ratio is None else f"{figure.ratio:,.{0 if figure.ratio >= 100 else 2}f}×",
        _bar(figure),
        met,
    )


def _bar(figure: Figure) -> str:
    limit = figure.at_least if figure.at_least is not None else figure.at_most
    if limit is None:
        return ""
    sign = "≥" if figure.at_least is not None else "≤"
    return f"{sign} {amount(limit, figure.unit) if figure.ratio is None else f'{limit:,g}×'}"


def amount(value: float, unit: str) -> str:
    """A number and its unit, seconds by the thousand."""
    if unit != "s":
        return f"{value:,.0f} {unit}"
    for size, name in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= size:
            return f"{value / size:,.3g} {name}"
    return f"{value * 1e9:,.3g} ns"


def machine() -> str:
    """What this runs on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = list(_values(info.read_text().splitlines(), "model name"))
        cpu = f"{len(names)} × {names[0]}" if names else cpu
    return f"{cpu}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def _values(lines: Iterable[str], key: str) -> Iterator[str]:
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == key:
            yield value.strip()
