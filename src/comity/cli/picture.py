"""Bars: of blocks, and of signs that everybody has where the terminal's encoding has no blocks."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.bar import Bar
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_SHARE: Final = 12
"""Columns of a share of a whole."""


class Signs(NamedTuple):
    """The cells of a bar: what is there, what is added, and what is gone or lacks."""

    there: str
    added: str
    gone: str


_BLOCKS: Final = Signs("█", "▓", "░")
_ASCII: Final = Signs("#", "+", ".")


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and what stands for it in ASCII."""

    drawn: Bar | Text
    ascii: Text

    def _on(self, options: ConsoleOptions) -> Bar | Text:
        return self.ascii if options.ascii_only else self.drawn

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What Rich prints."""
        yield self._on(options)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """How wide it is."""
        return Measurement.get(console, options, self._on(options))


def signs(console: Console) -> Signs:
    """What bars are made of here, for a text that explains them."""
    return _ASCII if console.options.ascii_only else _BLOCKS


def bar(share: float) -> Picture:
    """A share of a whole, to the eighth of a cell; in ASCII to the cell."""
    part = min(max(share, 0.0), 1.0)
    return Picture(Bar(1.0, 0.0, part, width=_SHARE), Text((_ASCII.there * round(part * _SHARE)).ljust(_SHARE)))


def cells(there: int, *, added: int = 0, gone: int = 0) -> Picture:
    """A cell for each of what is there, what is added, and what is gone or lacks."""
    return Picture(_cells(_BLOCKS, there, added, gone), _cells(_ASCII, there, added, gone))


def plain(there: int, style: str) -> Picture:
    """Cells of one kind and colour."""
    return Picture(Text(_BLOCKS.there * there, style), Text(_ASCII.there * there, style))


def _cells(made_of: Signs, there: int, added: int, gone: int) -> Text:
    kinds = zip(made_of, (there, added, gone), ("green", "cyan", "red"), strict=True)
    return Text.assemble(*((sign * many, style) for sign, many, style in kinds))
