"""The options of what is counted – the window, the moment, how much is listed – and the items that were counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from sys import maxsize
from typing import Annotated, Final

from cyclopts import Parameter

from comity.cli.counted import Plain
from comity.cli.needs import length
from comity.cli.options import Asking, Time, moment
from comity.cli.terminal import Draw, drawn, said, table, time_or_none, time_shown
from comity.core.errors import MalformedInput
from comity.core.instant import Instant, Window
from comity.core.requirement import Grade
from comity.service.covering import Listed, Span

_LISTED: Final = 20


@dataclass(frozen=True, kw_only=True)
class Windowed(Asking):
    """What is counted in."""

    start: Time = None
    """From when items count; by default a week before the end."""
    end: Time = None
    """Until when; by default the moment that is asked about."""
    last: str | None = None
    """How long before the end, in place of `--start`: `P7D`, `PT36H`."""
    at: Time = None
    """Ask about another time than now, by today's record: what was held, allowed and needed then."""

    @property
    def span(self) -> Span:
        """The window, as it was asked for. MalformedInput names the option."""
        return Span(
            start=moment(self.start, "--start"), end=moment(self.end, "--end"), last=length(self.last, "--last")
        )

    @property
    def moment(self) -> Instant | None:
        """The moment, None for now. MalformedInput."""
        return moment(self.at)


@dataclass(frozen=True, kw_only=True)
class Counting(Windowed):
    """What is counted in, and how it is printed."""

    limit: int | None = None
    """List at most so many; by default 20, and with `--json` all. All are counted."""

    @property
    def listed(self) -> int | None:
        """How much is listed, None for all. MalformedInput."""
        if self.limit is not None and self.limit < 1:
            raise MalformedInput(f"--limit: {self.limit} is no number of things: give 1 or more")
        if self.limit is None:
            return None if self.json else _LISTED
        return min(self.limit, maxsize)


WindowOptions = Annotated[Windowed, Parameter(name="*")]
CountingOptions = Annotated[Counting, Parameter(name="*")]
WINDOWED: Final = Windowed()
COUNTING: Final = Counting()


def asked(at: Instant, window: Window) -> Plain:
    """What was asked about."""
    return {"at": time_or_none(at), "start": time_or_none(window.start), "end": time_or_none(window.end)}


def window_shown(window: Window) -> str:
    """The window, in words."""
    return f"from {time_shown(window.start)} to {time_shown(window.end)}"


def items(found: Sequence[Listed]) -> list[Plain]:
    """Items that were counted."""
    return [
        {
            "item": each.name,
            "type": each.item.type,
            "title": each.item.title,
            "originator": each.originator,
            "received": time_or_none(each.item.received),
            "reliability": None if each.grade.reliability is None else each.grade.reliability.name,
            "credibility": None if each.grade.credibility is None else str(each.grade.credibility.value),
        }
        for each in found
    ]


def items_drawn(found: Sequence[Listed], more: int) -> Draw:
    """The same for people."""
    rows = [
        (each.name, each.originator, time_shown(each.item.received), grade_shown(each.grade), each.item.title or "–")
        for each in found
    ]
    return drawn(table(("item", "of", "received", "grade", "title"), rows), *rest(more))


def grade_shown(grade: Grade) -> str:
    """Both axes, side by side: `B 2`, `B –`."""
    letter = "–" if grade.reliability is None else grade.reliability.name
    digit = "–" if grade.credibility is None else str(grade.credibility.value)
    return f"{letter} {digit}"


def rest(more: int) -> list[Draw]:
    """How many are not listed."""
    return [said(f"… and {more} more; --limit lists more, --json all")] if more else []
