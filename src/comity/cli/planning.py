"""`comity plan`: who could make up for what is not covered, and what stays open."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from comity.cli.counting import WINDOWED, Windowed, WindowOptions
from comity.cli.files import reading, refuse_inside, write_new
from comity.cli.losing import PLACES, supposition
from comity.cli.options import Asking, Flag, Names, listed, opened, opened_node, typed
from comity.cli.plan_shown import contrast_drawn, plan_drawn
from comity.cli.reporting import KEEPING, Keeping, KeepingOptions, Made, told
from comity.cli.terminal import answer, drawn, said
from comity.core.agreement import Reach
from comity.core.contrast import contrast
from comity.core.errors import MalformedInput
from comity.core.loss import Supposed
from comity.core.planning import Plan
from comity.core.programme import Answer, Limits, Programme, Solver
from comity.formats import plan_document, plan_reading
from comity.service import plan_sheets as sheets
from comity.service.planning import Aim, Manner, Planned, basis, planned
from comity.service.surveying import asked_already, desk
from comity.solver import solve

plan = App(name="plan", help="Who could make up for what is not covered, and what stays open.")

Html = Annotated[Path | None, Parameter(name="--html")]
_LARGEST: Final = 64 * 1024 * 1024
"""Bytes of an exported plan."""
_WHOLE: Final = 100
_DAY: Final = 86_400
"""Seconds."""


@dataclass(frozen=True, kw_only=True)
class Stops:
    """Which suspensions are supposed."""

    suspend: Names = ()
    """Suppose suspensions, as of `comity loss`: `USA:UKR`; without any, plan for what is uncovered as it is."""
    domains: Names = ()
    """Only these domains, where `--suspend` states none."""
    reach: Reach = Reach.ONWARD
    """As of `comity suspend`, where `--suspend` states none."""
    recall: Flag = False
    """The holder may not use what it was given either (where it is suspended)."""

    @property
    def supposed(self) -> tuple[Supposed, ...]:
        """The suspensions, as they were typed. MalformedInput."""
        if not self.suspend and (self.domains or self.recall):
            raise MalformedInput("--domains and --recall belong to --suspend: state one, or leave them out")
        domains = listed(self.domains)
        return tuple(supposition(text, domains, self.reach, recall=self.recall) for text in self.suspend)


@dataclass(frozen=True, kw_only=True)
class How:
    """How it is planned."""

    gap: float = 0.5
    """Stop when the plan is as near to the best as so many per cent."""
    time: float = 10.0
    """Stop after so many seconds."""
    known: Path | None = None
    """Begin with this plan, which `--json` has written: the new one is never worse."""
    greedy: Flag = False
    """At once, without a solver."""
    anew: Flag = False
    """Plan each change anew, too, to say what it is worth if items move."""

    @property
    def manner(self) -> Manner:
        """The same, with the known plan read. MalformedInput."""
        limits, known = _limits(self.gap, self.time), () if self.known is None else _plan(self.known).assigned
        return Manner(at_once=self.greedy, limits=limits, known=known, anew=self.anew)


StopOptions = Annotated[Stops, Parameter(name="*")]
HowOptions = Annotated[How, Parameter(name="*")]
NOTHING_STOPS: Final = Stops()
SOLVED: Final = How()


@plan.command(name="make")
def make(
    *,
    to: Names = (),
    stops: StopOptions = NOTHING_STOPS,
    how: HowOptions = SOLVED,
    csv: sheets.Table | None = None,
    html: Html = None,
    keeping: KeepingOptions = KEEPING,
    options: WindowOptions = WINDOWED,
) -> int:
    """Plan who should give what to which requirement, and say what stays uncovered, why, and what would change that.

    It decides nothing about release, and records nothing. Changes that are planned anew may take as long as the plan.

    Example: `comity plan make --to UKR --suspend USA:UKR --html plan.html`

    Args:
        to: For whom; by default for all partners to whom an agreement of the holder's gives anything.
        csv: Print one table as CSV.
        html: Write a page to print into this new file.
    """
    _must_be_one(csv=csv is not None, json=options.json)
    if keeping.asked and (csv is not None or how.known is not None):
        raise MalformedInput("--keep goes with a whole plan, made from this node alone: leave --csv and --known out")
    if html is not None:
        refuse_inside(options.folder, html)
    supposed, manner = stops.supposed, how.manner
    with typed(**PLACES), opened(options) as store, desk(store, asked_already, options.moment) as found:
        made_from = basis(found, Aim(to=listed(to), span=options.span, supposed=supposed))
    made = _watched(lambda solver: planned(made_from, solver, manner))
    if html is not None:
        write_new(html, sheets.page(made))
    if csv is not None:
        sys.stdout.write(sheets.table(made, csv))
        return 0
    return _answered(options, keeping, made, html)


@plan.command(name="compare")
def compare(first: Path, second: Path, /, *, csv: Flag = False, html: Html = None, json: Flag = False) -> int:
    """Lay two exported plans side by side: what each covers, and which items go elsewhere.

    Example: `comity plan compare before.json after.json`

    Args:
        first: A plan that `comity plan make --json` has written.
        second: Another.
        csv: Print the coverage of each need by both as CSV.
        html: Write a page to print into this new file.
        json: Print one JSON document.
    """
    _must_be_one(csv=csv, json=json)
    found, names = contrast(_plan(first), _plan(second)), (first.name, second.name)
    if html is not None:
        write_new(html, sheets.contrast_page(found, names=names))
    if csv:
        sys.stdout.write(plan_document.contrast_csv(found))
        return 0
    return answer(Asking(json=json), plan_document.contrast_plain(found), contrast_drawn(found, names))


def _must_be_one(*, csv: bool, json: bool) -> None:
    """MalformedInput for two ways to print."""
    if csv and json:
        raise MalformedInput("--csv and --json both say what is printed: leave one of the two out")


def _limits(gap: float, time: float) -> Limits:
    if not 0 <= gap <= _WHOLE:
        raise MalformedInput("--gap: give per cent, from 0 to 100")
    if not 0 < time <= _DAY:
        raise MalformedInput("--time: give seconds, more than 0 and a day at most")
    return Limits(gap=gap / _WHOLE, seconds=time)


def _plan(file: Path) -> Plan:
    with reading(file) as stream:
        raw = stream.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise MalformedInput(f"`{file}`: no plan is as long as that: name another")
    try:
        return plan_reading.read(raw)
    except MalformedInput as problem:
        raise MalformedInput(f"`{file}`: {problem}") from None


def _watched(make: Callable[[Solver], Planned]) -> Planned:
    """Make it; on a terminal, say meanwhile what is done, and for how long."""
    shown = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*shown, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task, solved = progress.add_task("planning", total=None), iter(range(1, sys.maxsize))

        def solving(programme: Programme, limits: Limits, start: tuple[float, ...]) -> Answer:
            size = f"{len(programme.columns)} unknowns, {limits.seconds:g} s at most"
            progress.update(task, description=f"solving {next(solved)}: {size}")
            return solve(programme, limits, start)

        return make(solving)


def _answered(options: Windowed, keeping: Keeping, made: Planned, html: Path | None) -> int:
    more = () if html is None else (said(f"the page is in {html}"),)
    document, draw = sheets.document(made), drawn(plan_drawn(made), *more)
    if not keeping.asked:
        return answer(options, document, draw)
    with opened_node(options) as node:
        return told(options, keeping, node, Made("plan", made.basis.reported, document, draw))
