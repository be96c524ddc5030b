"""Plans: who could make up for what is not covered, and what stays open; as JSON, as CSV, or as a page to print.

A plan is for the holder's own people. It is read in one snapshot and solved outside of it. INVARIANT: nobody takes a
worker for long: an account makes one plan at a time, of so many routes at most, and solves for `SOLVING` seconds.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from comity.core.compensation import Assigned
from comity.core.contrast import contrast
from comity.core.errors import MalformedInput
from comity.core.programme import Limits
from comity.formats import plan_document, plan_reading
from comity.formats.plan_page import content_policy
from comity.service import plan_sheets as sheets
from comity.service.foreseeing import MOST
from comity.service.plan_sheets import Table
from comity.service.planning import Aim, Basis, Manner, basis, planned
from comity.service.surveying import Check, desk
from comity.web.problem import TooManyAtOnce
from comity.web.rest import counted
from comity.web.rest.acting import JSON, Ask, Asking, answered
from comity.web.rest.choosing import chosen
from comity.web.rest.describing import ACTING, post
from comity.web.rest.losses import SupposedStop, supposed
from comity.web.rest.plan_shapes import Given, PlansCompared, PlanShown
from comity.web.rest.shapes import Code, Length, Name, Shape, Time

SOLVING: Final = 10.0
"""Seconds that the solver may have for one request, all changes that are planned anew among them."""
ROUTES_MOST: Final = 2_000
"""Ways from offers to needs that one request may look at: for 100 requirements of a recipient, twenty offers.

To explain what is left open takes no solver's time, and grows faster than the ways: with as many as these, seconds.
"""
EXPLAINED_MOST: Final = 120_000
"""Those ways times the offers: many offers for few needs take longer to explain than few offers for many."""
ROWS_MOST: Final = 10_000
"""Rows of a list in a plan that is handed in."""
CSV: Final = "text/csv"
HTML: Final = "text/html"
_MEDIA: Final = (JSON, CSV, HTML)
_TEXT: Final = {"schema": {"type": "string"}}
_CONTENT: Final = {CSV: _TEXT, HTML: _TEXT}
_FAILS: Final = tuple(sorted({*ACTING, 406}))
_FRAMED: Final = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"


class KnownGiven(Given):
    """So many items a period of an offer that a known plan gives to a need."""

    need: Name
    supply: Name
    units: int = Field(ge=1, le=2**53 - 1)


class PlanAsked(Shape):
    """For whom to plan, what to suppose, and when to stop."""

    to: list[Code] = Field(
        [],
        max_length=MOST,
        description="Partners, or parts of them; by default all partners to whom an agreement of the holder's gives "
        "anything.",
    )
    suspensions: list[SupposedStop] = Field([], max_length=MOST, description="Suspensions to suppose.")
    start: Time | None = Field(None, description="From when items count; by default a week before the end.")
    end: Time | None = Field(None, description="Until when; by default the moment that is asked about.")
    last: Length | None = Field(None, description="How long before the end, in place of `start`.")
    at: Time | None = Field(None, description="Plan as of another time than now, by today's record.")
    gap: float = Field(0.5, ge=0, le=100, description="Stop when the plan is as near to the best as so many per cent.")
    time: float = Field(5.0, gt=0, le=SOLVING, description="Stop after so many seconds.")
    known: list[KnownGiven] = Field(
        [],
        max_length=ROWS_MOST,
        description="What a known plan assigns: begin with it. The new one is never worse.",
    )
    greedy: bool = Field(default=False, description="At once, without a solver.")
    anew: bool = Field(default=False, description="Plan each change anew, too. All of it has the same `time`.")
    csv: Table = Field(Table.ITEMS, description="Which table to give, where CSV is asked for.")


class PlansToCompare(Shape):
    """Two plans, as `POST /plans` or `comity plan make --json` gave them."""

    first: dict[str, Any]
    second: dict[str, Any]


def make(ask: Ask, request: Request, body: PlanAsked) -> Response:
    """Plan who should give what to which requirement.

    Also what stays uncovered, why, and what would change that. It decides nothing about release, and records nothing.
    `Accept` says what is answered: JSON, one table as CSV, or a page to print. One plan of an account is made at once.
    """
    media, check = chosen(request, _MEDIA), counted.content(ask)
    with alone(ask):
        known = tuple(Assigned(need=each.need, supply=each.supply, units=each.units) for each in body.known)
        limits = Limits(gap=body.gap / 100, seconds=body.time)
        manner = Manner(
            at_once=body.greedy, limits=limits, known=known, anew=body.anew, most=ROUTES_MOST, explained=EXPLAINED_MOST
        )
        made = planned(_basis(ask, body, check), ask.served.solve, manner)
        return _given(
            media,
            lambda: PlanShown.model_validate(sheets.document(made)),
            lambda: sheets.table(made, body.csv),
            lambda: sheets.page(made),
        )


def compare(ask: Ask, request: Request, body: PlansToCompare) -> Response:
    """Lay two plans side by side: what each covers, and which items go elsewhere.

    `Accept` says what is answered: JSON, the coverage of each need as CSV, or a page to print.
    """
    media, _ = chosen(request, _MEDIA), counted.content(ask)
    for each in (body.first, body.second):
        _must_be_short(each)
    found = contrast(plan_reading.plan_of(body.first), plan_reading.plan_of(body.second))
    return _given(
        media,
        lambda: PlansCompared.model_validate(plan_document.contrast_plain(found)),
        lambda: plan_document.contrast_csv(found),
        lambda: sheets.contrast_page(found),
    )


def _must_be_short(plan: dict[str, Any]) -> None:
    """MalformedInput for a plan that could not have been made here, and would take a worker for long."""
    for key in ("needs", "supplies", "assigned"):
        if isinstance(rows := plan.get(key), list) and len(rows) > ROWS_MOST:
            raise MalformedInput(f"{key}: {len(rows)} are more than {ROWS_MOST}: compare on the command line")


@contextmanager
def alone(ask: Asking) -> Iterator[None]:
    """TooManyAtOnce while the same account has a plan made."""
    plans, account = ask.served.plans, ask.caller.account
    if not plans.enter(account):
        raise TooManyAtOnce("you have a plan made already: wait for it, and ask again")
    try:
        yield
    finally:
        plans.leave(account)


def _basis(ask: Asking, body: PlanAsked, check: Check) -> Basis:
    """What the plan is made from; the snapshot is closed when this returns."""
    asked = counted.Asked(body.start, body.end, body.last, body.at)
    aim = Aim(to=tuple(body.to), span=asked.span(), supposed=supposed(body.suspensions))
    with desk(ask.served.store, check, asked.moment()) as found:
        return basis(found, aim)


def _given(media: str, shown: Callable[[], Shape], table: Callable[[], str], page: Callable[[], str]) -> Response:
    """The answer in the media type that was chosen. Half a surrogate pair is written as a question mark."""
    match media:
        case "text/csv":
            return Response(table().encode(errors="replace"), media_type=f"{CSV}; charset=utf-8; header=present")
        case "text/html":
            policy = {"Content-Security-Policy": f"{content_policy()}; {_FRAMED}"}
            return Response(page().encode(errors="replace"), 200, policy, f"{HTML}; charset=utf-8")
        case _:
            return answered(shown())


ROUTES: Final = (
    post("/plans", make, PlanShown, command="plan make", content=_CONTENT, fails=_FAILS),
    post("/plans/compare", compare, PlansCompared, command="plan compare", content=_CONTENT, fails=_FAILS),
)
