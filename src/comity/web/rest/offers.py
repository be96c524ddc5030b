"""Offers: what partners say that they could add, and the pools that several offers of one partner share."""

from typing import Final

from pydantic import Field
from starlette.responses import Response

from comity.core.offer import Pool
from comity.core.role import Duty
from comity.service import offers
from comity.service.needs import During
from comity.service.offers import NewOffer, NewPool
from comity.service.ports import Store
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.requirements import EndingOne, OfferShown, Rated, offer_shown, rate, rated
from comity.web.rest.shapes import Code, Ended, Length, Name, Shape, Span, Time, Why, ended, length, moment, span


class PoolAdded(Why):
    """What several offers of a partner share, on the word of that partner."""

    partner: Code = Field(description="Whose it is.", examples=["GBR"])
    capacity: Rated = Field(description="At most so many items in each period.")
    start: Time | None = Field(None, description="From when, by default now.")
    end: Time | None = Field(None, description="Until when.")
    id: Name | None = Field(None, description="Its id; one is made if none is given.")


class OfferAdded(PoolAdded):
    """What a partner could add, to one requirement or to one domain, on the word of that partner."""

    partner: Code = Field(description="Who offers.", examples=["GBR"])
    ceiling: Name = Field(description="The highest level that its items will have.", examples=["SECRET"])
    requirement: Name | None = Field(None, description="The requirement that it is for.")
    domain: Name | None = Field(None, description="The domain that it is for, in place of a requirement.")
    quality: int = Field(100, ge=1, le=100, description="How many of a hundred items are expected to count.")
    lead_time: Length = Field("PT0S", description="How long until the first item.")
    pool: Name | None = Field(None, description="A pool of the partner's that its items are taken from as well.")


class PoolShown(Span):
    """What several offers of a partner share."""

    id: str
    partner: str
    capacity: Rated


class OfferList(Shape):
    """The offers, in the order recorded."""

    offers: list[OfferShown]


class PoolList(Shape):
    """The pools, in the order recorded."""

    pools: list[PoolShown]


def list_offers(ask: Ask) -> Response:
    """List the offers."""
    with ask.reading(Duty.CONTENT) as reader:
        return answered(OfferList(offers=[offer_shown(each) for each in reader.offers()]))


def add_offer(do: Do, body: OfferAdded) -> Response:
    """Record what a partner could add.

    It is no promise, and it grants nothing: what comes of it goes only where the agreements in force let it.
    """
    new = NewOffer(
        partner=body.partner,
        capacity=rate(body.capacity, "capacity"),
        ceiling=body.ceiling,
        requirement=body.requirement,
        domain=body.domain,
        quality=body.quality,
        lead_time=length(body.lead_time, "lead_time") or 0,
        pool=body.pool,
        start=moment(body.start, "start"),
        end=moment(body.end, "end"),
        id=body.id,
    )
    return do.done(Duty.REQUIREMENTS, lambda store: offer_shown(offers.add_offer(store, new, do.word(body))))


def end_offer(do: Do, body: EndingOne) -> Response:
    """End an offer, on the word of the partner who made it."""
    at = moment(body.at, "at")

    def done(store: Store) -> Ended:
        return ended("offer", body.id, offers.end_offer(store, body.id, do.word(body), at))

    return do.done(Duty.REQUIREMENTS, done)


def list_pools(ask: Ask) -> Response:
    """List the pools."""
    with ask.reading(Duty.CONTENT) as reader:
        return answered(PoolList(pools=[_pool(each) for each in reader.pools()]))


def add_pool(do: Do, body: PoolAdded) -> Response:
    """Record what several offers of a partner share."""
    new = NewPool(
        partner=body.partner,
        capacity=rate(body.capacity, "capacity"),
        start=moment(body.start, "start"),
        end=moment(body.end, "end"),
        id=body.id,
    )
    return do.done(Duty.REQUIREMENTS, lambda store: _pool(offers.add_pool(store, new, do.word(body))))


def end_pool(do: Do, body: EndingOne) -> Response:
    """End a pool, on the word of its partner. The offers that are taken from it count no more."""
    at = moment(body.at, "at")

    def done(store: Store) -> Ended:
        return ended("pool", body.id, offers.end_pool(store, body.id, do.word(body), at))

    return do.done(Duty.REQUIREMENTS, done)


def _pool(made: During[Pool]) -> PoolShown:
    return PoolShown(id=made.id, partner=made.stated.partner, capacity=rated(made.stated.capacity), **span(made.window))


ROUTES: Final = (
    get("/offers", list_offers, OfferList, command="offer list"),
    post("/offers", add_offer, OfferShown, command="offer add"),
    post("/offers/end", end_offer, Ended, command="offer end"),
    get("/pools", list_pools, PoolList, command="pool list"),
    post("/pools", add_pool, PoolShown, command="pool add"),
    post("/pools/end", end_pool, Ended, command="pool end"),
)
