"""How the demo is set: scenes, paragraphs, tables, bars. What bars show is written beside them, so colours may fail."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from comity.cli.picture import Picture, plain
from comity.core.instant import Instant

_MARGIN: Final = 2
CELLS: Final = 20
"""Columns of a bar that shows a share."""


def scene(console: Console, title: str, when: str = "") -> None:
    """A heading across the page."""
    heading = Text.assemble((title, "bold"), f" · {when}" if when else "")
    console.print()
    console.print(Rule(heading, align="left", style="dim"))


def paragraph(console: Console, text: str) -> None:
    """A paragraph with space around it."""
    console.print()
    console.print(Text(text))
    console.print()


def table(*headings: str) -> Table:
    """A table without lines; its columns can be added to."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


def listed(console: Console, headings: Sequence[str], rows: Iterable[Sequence[RenderableType]]) -> None:
    """A table of these rows; only its last column is folded."""
    made = table()
    for place, heading in enumerate(headings, start=1):
        made.add_column(heading, no_wrap=place < len(headings), overflow="fold")
    for row in rows:
        made.add_row(*row)
    put(console, made)


def put(console: Console, made: Table) -> None:
    """Print a table, set in a little."""
    console.print(Padding(made, (0, 0, 0, _MARGIN), expand=False))


def share(part: Fraction) -> Picture:
    """A bar of a share of a whole."""
    return plain(round(part * CELLS), "magenta")


def percent(part: Fraction) -> str:
    """A share in whole hundredths, to the nearest; but only all of it is 100, and only none of it 0."""
    return f"{round(100 * part) if part in (0, 1) else min(99, max(1, round(100 * part)))} %"


def point(console: Console, text: str | Text, sign: str = "  • ") -> None:
    """A point of a list; what does not fit on its line is set in as far."""
    shown = Text(text) if isinstance(text, str) else text
    for place, line in enumerate(shown.wrap(console, console.width - len(sign))):
        console.print(Text.assemble(sign if place == 0 else " " * len(sign), line))


def day(at: Instant, *, short: bool = False) -> str:
    """`Wednesday 5 March 2025, 12:00 UTC`, or shorter `5 March 12:00`."""
    moment = datetime.fromtimestamp(at // 1_000_000, UTC)
    if short:
        return f"{moment.day} {moment:%B %H:%M}"
    return f"{moment:%A} {moment.day} {moment:%B %Y, %H:%M} UTC"
