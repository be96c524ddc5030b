"""What suspensions would cost that nobody has made: for the holder's own people. Nothing is changed by asking."""

from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from comity.core.agreement import Reach
from comity.core.claim import EVERY_DOMAIN
from comity.core.loss import Supposed
from comity.core.partner import Code as PartnerCode
from comity.core.partner import Recipient
from comity.service import supposing
from comity.service.foreseeing import MOST
from comity.service.supposing import DETAILED, Losses, Lost, Pairs, Ranked, Ranking, Supposing
from comity.web.rest import counted
from comity.web.rest.acting import Ask, answered
from comity.web.rest.asking import Whom
from comity.web.rest.counted import (
    LISTED,
    Changed,
    Counted,
    ItemCounted,
    RequirementHurt,
    SupposedShown,
    Within,
)
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import Code, Length, Limit, Name, Shape, Time, shown

Whoever = Annotated[
    list[Code] | None,
    Query(max_length=MOST, description="Who would lose: partners, or parts of them; by default every partner."),
]
HowFar = Annotated[Reach, Query(description="How far each suspension reaches.")]


class SupposedStop(Shape):
    """A suspension that nobody has made."""

    frm: Code = Field(alias="from", description="Who would stop.", examples=["USA"])
    to: Code = Field(description="Who would get no more.", examples=["UKR"])
    domains: list[Name] = Field([], description="Only these domains; by default all.")
    reach: Reach = Field(Reach.ONWARD, description="As of a suspension.")
    recall: bool = Field(default=False, description="The holder may not use what it was given either.")


class LossAsked(Shape):
    """Suspensions that are supposed together, and for whom it is counted what they would cost."""

    suspensions: list[SupposedStop] = Field(min_length=1, max_length=MOST)
    to: list[Code] = Field([], max_length=MOST, description="Partners, or parts of them; by default every partner.")
    start: Time | None = Field(None, description="From when items count; by default a week before the end.")
    end: Time | None = Field(None, description="Until when; by default the moment that is asked about.")
    last: Length | None = Field(None, description="How long before the end, in place of `start`.")
    at: Time | None = Field(None, description="Ask about another time than now, by today's record.")
    limit: int = Field(100, ge=1, le=LISTED, description="List at most so many items of each recipient.")


class ChangedOf(Changed):
    """What a recipient would lose of one originator's items."""

    originator: str


class ChangedIn(Changed):
    """What a recipient would lose in one domain; an item of two counts in both."""

    domain: str


class ReaderLoss(Changed):
    """What one recipient would lose of all that it may see."""

    to: str
    originators: list[ChangedOf]
    domains: list[ChangedIn]
    requirements: list[RequirementHurt] = Field(description="All, those hurt most first.")
    items: list[ItemCounted] = Field(description="What would be lost, the newest first: the first of it.")


class LossShown(Counted):
    """What supposed suspensions would cost together, recipient by recipient."""

    suspensions: list[SupposedShown]
    readers: list[ReaderLoss]


class CostShown(Shape):
    """What one recipient would lose by a single suspension, and the requirements that it would hurt, worst first."""

    to: str
    lost: int
    requirements: list[RequirementHurt] | None = Field(
        description=f"Null where it was not counted: it is for the first {DETAILED} losses of one recipient."
    )


class SingleShown(SupposedShown):
    """A single suspension, and how many items it would cost all recipients together."""

    lost: int
    readers: list[CostShown]


class EverySingle(Counted):
    """Every single suspension that would cost anything, the costliest first; `more` are not listed."""

    to: list[str]
    losses: list[SingleShown]
    more: int


class PairShown(Shape):
    """Two suspensions that cost more together than either alone."""

    suspensions: list[SupposedShown]
    lost: int
    requirements: list[str] = Field(description="What only both together would lose.")


class EveryPair(Counted):
    """Every two suspensions that cost a recipient more together than either alone; `more` are not listed."""

    to: str
    pairs: list[PairShown]
    more: int


def loss(ask: Ask, body: LossAsked) -> Response:
    """What suspensions would cost, before they are made. Nothing is changed."""
    check = counted.content(ask)
    asked = _asked(body.to, counted.Asked(body.start, body.end, body.last, body.at))
    found = supposing.losses(ask.served.store, check, asked, supposed(body.suspensions), body.limit)
    return answered(lost(found))


def supposed(stops: Iterable[SupposedStop]) -> tuple[Supposed, ...]:
    """The suspensions, as they are written."""
    return tuple(
        Supposed(
            frm=PartnerCode(Recipient(each.frm)),
            to=PartnerCode(Recipient(each.to)),
            domains=frozenset(each.domains) or frozenset({EVERY_DOMAIN}),
            reach=each.reach,
            recall=each.recall,
        )
        for each in stops
    )


def every_single(
    ask: Ask, within: Within, to: Whoever = None, reach: HowFar = Reach.ONWARD, limit: Limit = 100
) -> Response:
    """Every suspension of one partner by another, ranked by what it would cost (N−1)."""
    check = counted.content(ask)
    found = supposing.every_single(ask.served.store, check, _asked(to or (), within), reach, limit)
    return answered(ranking(found))


def every_pair(ask: Ask, to: Whom, within: Within, reach: HowFar = Reach.ONWARD, limit: Limit = 100) -> Response:
    """Every two suspensions that would cost a recipient more together than either does alone (N−2)."""
    check = counted.content(ask)
    found = supposing.every_pair(ask.served.store, check, _asked((to,), within), reach, limit)
    return answered(paired(found))


def lost(found: Losses) -> LossShown:
    """What supposed suspensions would cost together."""
    return LossShown(
        at=shown(found.at),
        start=shown(found.window.start),
        end=shown(found.window.end),
        suspensions=list(map(counted.supposed, found.supposed)),
        readers=list(map(_lost, found.readers)),
    )


def ranking(found: Ranking) -> EverySingle:
    """Every single suspension that would cost anything."""
    return EverySingle(
        to=list(found.readers),
        at=shown(found.at),
        start=shown(found.window.start),
        end=shown(found.window.end),
        losses=list(map(_ranked, found.ranked)),
        more=found.more,
    )


def paired(found: Pairs) -> EveryPair:
    """Every two suspensions that cost more together."""
    return EveryPair(
        to=found.recipient,
        at=shown(found.at),
        start=shown(found.window.start),
        end=shown(found.window.end),
        pairs=[
            PairShown(
                suspensions=[counted.supposed(each.first), counted.supposed(each.second)],
                lost=each.lost,
                requirements=list(each.together),
            )
            for each in found.pairs
        ],
        more=found.more,
    )


def _asked(to: Iterable[str], within: Within) -> Supposing:
    return Supposing(to=tuple(to), span=within.span(), at=within.moment())


def _lost(found: Lost) -> ReaderLoss:
    of, within = found.loss.originators, found.loss.domains
    return ReaderLoss(
        to=found.loss.reader,
        **counted.change(found.loss.whole).model_dump(),
        originators=[ChangedOf(originator=code, **counted.change(each).model_dump()) for code, each in of],
        domains=[ChangedIn(domain=name, **counted.change(each).model_dump()) for name, each in within],
        requirements=list(map(counted.hurt, found.hurts)),
        items=counted.items(found.listed),
    )


def _ranked(found: Ranked) -> SingleShown:
    costs = [
        CostShown(
            to=each.reader,
            lost=each.items,
            requirements=None if each.hurts is None else list(map(counted.hurt, each.hurts)),
        )
        for each in found.costs
    ]
    return SingleShown(**counted.supposed(found.supposed).model_dump(), lost=found.items, readers=costs)


ROUTES: Final = (
    post("/loss", loss, LossShown, command="loss"),
    get("/loss/every-single", every_single, EverySingle, command="loss --every-single"),
    get("/loss/every-pair", every_pair, EveryPair, command="loss --every-pair"),
)
