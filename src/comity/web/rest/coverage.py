"""How well what is needed is covered for a recipient, and on whom that depends: for the holder's own people."""

from typing import Final

from pydantic import Field
from starlette.responses import Response

from comity.service import covering
from comity.service.covering import Asked, Covered, CoveredOne, Rests
from comity.web.rest import counted
from comity.web.rest.acting import Ask, answered
from comity.web.rest.asking import Whom
from comity.web.rest.counted import (
    LISTED,
    Counted,
    CoverageShown,
    ItemCounted,
    Requirements,
    Share,
    Within,
)
from comity.web.rest.describing import get
from comity.web.rest.requirements import Which
from comity.web.rest.shapes import Limit, Shape, shown


class CoverageList(Counted):
    """How every requirement in force is covered for a recipient, the most urgent first."""

    to: str
    requirements: list[CoverageShown]


class CoverageWhole(Counted, CoverageShown):
    """How one requirement is covered for a recipient, and by which items, the newest first."""

    to: str
    items: list[ItemCounted] = Field(description=f"The first of them, at most {LISTED}.")


class CommonShown(Shape):
    """A root that items of several originators have in common: they look independent, and are not."""

    root: list[str] = Field(description="One item, or several that cite one another in a circle.")
    originators: list[str]
    count: int = Field(description="How many items descend from it.")
    hidden: bool = Field(description="The recipient may see nothing of the root.")


class SoleShown(Shape):
    """A requirement of which nothing would be left without one of these originators."""

    requirement: str
    count: int
    originators: list[str]


class DependenceShown(Counted):
    """On whose roots it rests what covers a requirement, or all that a recipient may see."""

    to: str
    requirement: str | None
    count: int
    shares: list[Share] = Field(description="The largest first. Together they are 1.")
    concentration: float | None = Field(description="The Herfindahl-Hirschman index; null of no items.")
    soles: list[str] = Field(description="The originators that every one of the items descends from.")
    common: list[CommonShown] = Field(description="The one with the most items first.")
    sole_source: list[SoleShown] = Field(description="Sole-source requirements in the window, the most urgent first.")


def coverage(ask: Ask, to: Whom, within: Within) -> Response:
    """How well what is needed is covered for a recipient, by what it may see.

    Every requirement in force. Counted is what the holder received in the window, by default the last week.
    """
    check = counted.content(ask)
    return answered(covered(covering.coverage(ask.served.store, check, _asked(to, within))))


def coverage_of(ask: Ask, which: Which, to: Whom, within: Within, limit: Limit = 100) -> Response:
    """How well one requirement is covered for a recipient, and by which items."""
    check = counted.content(ask)
    return answered(covered_one(covering.coverage_of(ask.served.store, check, _asked(to, within), which, limit)))


def dependence(ask: Ask, to: Whom, within: Within, requirement: Requirements = None, limit: Limit = 100) -> Response:
    """On whose roots it rests what covers a requirement for a recipient, or without one all that it may see."""
    check = counted.content(ask)
    found = covering.dependence(ask.served.store, check, _asked(to, within), requirement, limit)
    return answered(rests(found))


def _asked(to: str, within: Within) -> Asked:
    return Asked(to=to, span=within.span(), at=within.moment())


def covered(found: Covered) -> CoverageList:
    """How every requirement is covered."""
    return CoverageList(
        to=found.recipient,
        at=shown(found.at),
        start=shown(found.window.start),
        end=shown(found.window.end),
        requirements=[counted.coverage(each.requirement, each.coverage) for each in found.stands],
    )


def covered_one(found: CoveredOne) -> CoverageWhole:
    """How one requirement is covered."""
    one = found.stand.coverage
    return CoverageWhole(
        **counted.coverage(found.stand.requirement, one).model_dump(),
        to=found.recipient,
        at=shown(found.at),
        start=shown(one.window.start),
        end=shown(one.window.end),
        items=counted.items(found.listed),
    )


def rests(found: Rests) -> DependenceShown:
    """On whom it depends."""
    of, concentration = found.dependence, found.dependence.concentration
    return DependenceShown(
        to=found.recipient,
        at=shown(found.at),
        start=shown(found.window.start),
        end=shown(found.window.end),
        requirement=None if found.requirement is None else found.requirement.id,
        count=of.items,
        shares=[Share(originator=code, share=float(share)) for code, share in of.shares],
        concentration=None if concentration is None else float(concentration),
        soles=list(of.soles),
        common=[
            CommonShown(root=list(each.root), originators=list(each.originators), count=each.items, hidden=each.hidden)
            for each in found.common
        ],
        sole_source=[
            SoleShown(requirement=each.requirement.id, count=each.items, originators=list(each.originators))
            for each in found.soles
        ],
    )


ROUTES: Final = (
    get("/coverage", coverage, CoverageList, command="coverage"),
    get("/coverage/show", coverage_of, CoverageWhole, command="coverage"),
    get("/dependence", dependence, DependenceShown, command="dependence"),
)
