"""What commands print: one JSON document, or text for people that is readable at 80 columns, piped or not."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from comity.cli.options import Asking
from comity.cli.picture import Picture
from comity.cli.plain import safe
from comity.core.instant import ALWAYS, NEVER, Instant
from comity.formats import instant

WIDE: Final = 120
"""Columns of what goes into a pipe or a file, unless $COLUMNS says otherwise."""

_SECOND: Final = 1_000_000
_WHOLE: Final = 3
"""An id is typed again, so it stands on one line, unless it takes more than so much of a line: a third."""

Draw = Callable[[Console], None]


def console() -> Console:
    """Where people read. Colours only on a terminal, and not with $NO_COLOR."""
    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(markup=False, highlight=False, emoji=False, width=wide)


def answer(options: Asking, document: Mapping[str, object], draw: Draw, code: int = 0) -> int:
    """Print the document, or what `draw` draws of it; `code` is the exit code."""
    if options.json:
        sys.stdout.write(f"{json.dumps(document)}\n")
    else:
        draw(console())
    return code


def said(text: str) -> Draw:
    """One line for people."""
    return lambda console: console.print(safe(text), soft_wrap=True)


def table(headings: Sequence[str], rows: Iterable[Sequence[str | Text | Picture]]) -> Draw:
    """A table; what it says is made safe, but for `Text`, which is ours, and pictures."""
    shown = list(rows)

    def draw(console: Console) -> None:
        made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for place, heading in enumerate(headings):
            longest = max((cell_len(str(row[place])) for row in shown), default=0) if heading == "id" else console.width
            made.add_column(heading, overflow="fold", no_wrap=longest <= console.width // _WHOLE)
        for row in shown:
            made.add_row(*(Text(safe(cell)) if isinstance(cell, str) else cell for cell in row))
        console.print(made if shown else Text("none"))

    return draw


def drawn(*parts: Draw) -> Draw:
    """One after the other."""

    def draw(console: Console) -> None:
        for part in parts:
            part(console)

    return draw


def lines(values: Iterable[object]) -> Text:
    """A cell with one line for each value; a dash where there is none."""
    return Text("\n".join(safe(str(value)) for value in values) or "–")


def verdict(*, permitted: bool) -> Text:
    """The verdict, in words and in colour."""
    return Text("permit", style="green") if permitted else Text("refuse", style="red")


def time_or_none(moment: Instant | None) -> str | None:
    """The time as RFC 3339, None for an unbounded end of an interval."""
    return None if moment is None or moment in (ALWAYS, NEVER) else instant.show(moment)


def time_shown(moment: Instant | None) -> str:
    """The time for people, to the second; a dash for an unbounded end of an interval."""
    return "–" if moment is None or moment in (ALWAYS, NEVER) else instant.show(Instant(moment - moment % _SECOND))
