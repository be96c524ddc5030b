"""What a plan is handed out as, to the holder's own people: a document, tables and a page; and two plans side by side.

INVARIANT: what was asked – for whom, when, in which window, what is supposed – stands on whatever tells all of a plan;
and pages say whose they are, for a plan is counted from all that its holder holds.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from comity.core.contrast import Contrast
from comity.formats import duration, instant, plan_document, plan_page
from comity.formats import plan_words as words
from comity.service.planning import Planned

NAMES: Final = ("the first plan", "the second plan")
"""What two plans are called where their reader does not say."""


class Table(StrEnum):
    """The tables of a plan as CSV."""

    REQUIREMENTS = "requirements"
    ITEMS = "items"
    WORTH = "worth"


def document(made: Planned) -> Mapping[str, object]:
    """All of it in plain values."""
    asked = made.basis
    return {
        "to": list(asked.to),
        "at": instant.show(asked.at),
        "start": instant.show(asked.window.start),
        "end": instant.show(asked.window.end),
        "suspensions": [plan_document.supposed_plain(each) for each in asked.supposed],
        **plan_document.prepared_plain(made.case, made.report),
    }


def stated(made: Planned) -> list[str]:
    """What the plan is of, a line for each thing."""
    asked, show = made.basis, instant.show
    start, end = asked.window.start, asked.window.end
    for_whom = f"For {', '.join(asked.to)}, as of {show(asked.at)}, by the record of {asked.wants.policy.holder}."
    window = (
        f"Counted is what was received from {show(start)} to {show(end)}; one period is {duration.show(end - start)}."
    )
    return [for_whom, window, *(f"Supposed: {words.supposing(each)}." for each in asked.supposed)]


def table(made: Planned, which: Table) -> str:
    """One table as CSV."""
    match which:
        case Table.REQUIREMENTS:
            return plan_document.needs_csv(made.report)
        case Table.ITEMS:
            return plan_document.assigned_csv(made.report.plan)
        case Table.WORTH:
            return plan_document.worth_csv(made.report)


def page(made: Planned) -> str:
    """The page to print."""
    return plan_page.plan_page(
        made.report,
        title="Plan",
        stated=stated(made),
        marking=f"for {made.basis.wants.policy.holder} alone",
        barred={name: made.case.because(name) for name in made.case.barred()},
    )


def contrast_page(found: Contrast, names: tuple[str, str] = NAMES) -> str:
    """Two plans on a page to print; `names` are what their reader calls them."""
    return plan_page.contrast_page(
        found, title="Two plans", stated=[f"{names[0]} and {names[1]}."], names=names, marking="for the holder alone"
    )
