"""Reports that are kept as items: for the holder's own people who take in, too.

INVARIANT: whoever may not see content is told so before anything is counted; the record asks both duties again.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import Field
from starlette.responses import Response

from comity.core.agreement import Reach
from comity.core.claim import GENERAL
from comity.core.errors import MalformedInput
from comity.core.programme import Limits
from comity.core.role import Duty
from comity.index.mentioned import Reported
from comity.service import covering, supposing
from comity.service import plan_sheets as sheets
from comity.service.covering import Asked
from comity.service.foreseeing import MOST
from comity.service.planning import Aim, Manner, basis, planned
from comity.service.ports import Store
from comity.service.reporting import Kind, NewReport, Terms, keep
from comity.service.supposing import Supposing
from comity.service.surveying import Check, desk
from comity.web.rest import counted, coverage, losses
from comity.web.rest.acting import Acting, Do
from comity.web.rest.counted import LISTED
from comity.web.rest.describing import post
from comity.web.rest.losses import SupposedStop, supposed
from comity.web.rest.plans import ROUTES_MOST, SOLVING, alone
from comity.web.rest.shapes import Code, Length, Name, Said, Shape, Time, When, shown


class ReportAsked(Shape):
    """What to count, as its own routes take it, and the terms under which the report is kept."""

    kind: Kind
    title: Said
    to: list[Code] = Field([], max_length=MOST, description="Recipients: exactly one for coverage, dependence, pairs.")
    requirement: Name | None = Field(None, description="Of coverage and dependence: this one; by default all.")
    suspensions: list[SupposedStop] = Field([], max_length=MOST, description="Of a loss or a plan: what is supposed.")
    reach: Reach = Field(Reach.ONWARD, description="Of singles and pairs: how far each suspension reaches.")
    start: Time | None = Field(None, description="From when items count; by default a week before the end.")
    end: Time | None = Field(None, description="Until when; by default the moment that is asked about.")
    last: Length | None = Field(None, description="How long before the end, in place of `start`.")
    at: Time | None = Field(None, description="Ask about another time than now, by today's record.")
    limit: int = Field(100, ge=1, le=LISTED, description="List at most so many items.")
    greedy: bool = Field(default=False, description="Of a plan: at once, without a solver.")
    level: Name | None = Field(None, description="The report's level; by default the highest.")
    domains: list[Name] = Field([], description="Its domains; by default `general`.")
    conditions: list[Name] = Field([], description="Its conditions of use.")
    releasable: bool = Field(
        default=False,
        description="The one recipient for whom it was counted may have it; by default nobody but the holder.",
    )


class ReportKept(Shape):
    """A report that is kept: the item that it is, and what it says."""

    item: str
    stix_id: str
    at: When
    mentions: int = Field(description="How many items it is built on.")
    report: Mapping[str, Any] = Field(description="As the report's own route answers it.")


class _Made(NamedTuple):
    reported: Reported
    document: Shape | Mapping[str, object]


def make(do: Do, body: ReportAsked) -> Response:
    """Count, and keep the report as an item that is built on all that it tells of.

    It is the holder's own, and by default for nobody else. Items are named in it by their objects.
    """
    check = counted.content(do)
    _must_belong(body)

    def done(store: Store) -> ReportKept:
        made = _made(do, store, check, body)
        document = made.document
        plain = document.model_dump(mode="json", by_alias=True) if isinstance(document, Shape) else document
        terms = Terms(
            level=body.level,
            domains=frozenset(body.domains or {GENERAL}),
            releasable_to=made.reported.readers if body.releasable else (),
            conditions=frozenset(body.conditions),
        )
        new = NewReport(kind=body.kind, title=body.title, document=plain, reported=made.reported, terms=terms)
        kept = keep(store, new, do.word(), vault=do.served.vault)
        at = shown(kept.at) or ""
        return ReportKept(item=kept.name, stix_id=kept.stix_id, at=at, mentions=kept.mentions, report=plain)

    return do.done(Duty.SUBMIT, done)


def _must_belong(body: ReportAsked) -> None:
    """MalformedInput for what this kind does not count: it would be passed over."""
    if body.requirement is not None and body.kind not in {"coverage", "dependence"}:
        raise MalformedInput(f"`requirement` belongs to coverage and dependence: leave it out of `{body.kind}`")
    if body.suspensions and body.kind not in {"loss", "plan"}:
        raise MalformedInput(f"`suspensions` belong to a loss or a plan: leave them out of `{body.kind}`")


def _made(do: Acting, store: Store, check: Check, body: ReportAsked) -> _Made:
    if body.kind == "plan":
        return _planned(do, store, check, body)
    if body.kind in {"coverage", "dependence"}:
        return _covered(store, check, body)
    asked = counted.Asked(body.start, body.end, body.last, body.at)
    whom = Supposing(to=tuple(body.to), span=asked.span(), at=asked.moment(), by_object=True)
    if body.kind == "loss":
        found = supposing.losses(store, check, whom, supposed(body.suspensions), body.limit)
        return _Made(found.reported, losses.lost(found))
    if body.kind == "singles":
        ranking = supposing.every_single(store, check, whom, body.reach, body.limit)
        return _Made(ranking.reported, losses.ranking(ranking))
    pairs = supposing.every_pair(store, check, whom, body.reach, body.limit)
    return _Made(pairs.reported, losses.paired(pairs))


def _covered(store: Store, check: Check, body: ReportAsked) -> _Made:
    if len(body.to) != 1:
        raise MalformedInput("`to`: coverage and dependence are counted for one recipient: name exactly one")
    within = counted.Asked(body.start, body.end, body.last, body.at)
    asked = Asked(to=body.to[0], span=within.span(), at=within.moment(), by_object=True)
    if body.kind == "dependence":
        rests = covering.dependence(store, check, asked, body.requirement, body.limit)
        return _Made(rests.reported, coverage.rests(rests))
    if body.requirement is None:
        every = covering.coverage(store, check, asked)
        return _Made(every.reported, coverage.covered(every))
    one = covering.coverage_of(store, check, asked, body.requirement, body.limit)
    return _Made(one.reported, coverage.covered_one(one))


def _planned(do: Acting, store: Store, check: Check, body: ReportAsked) -> _Made:
    asked = counted.Asked(body.start, body.end, body.last, body.at)
    aim = Aim(to=tuple(body.to), span=asked.span(), supposed=supposed(body.suspensions))
    with alone(do):
        with desk(store, check, asked.moment()) as found:
            made_from = basis(found, aim)
        manner = Manner(at_once=body.greedy, limits=Limits(seconds=SOLVING / 2), most=ROUTES_MOST)
        made = planned(made_from, do.served.solve, manner)
    return _Made(made_from.reported, sheets.document(made))


ROUTES: Final = (post("/reports", make, ReportKept, command="coverage --keep"),)
