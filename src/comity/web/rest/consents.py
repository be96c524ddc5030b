"""Consents: an originator's word that an item may go."""

from typing import Annotated, Final

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from comity.core.lineage import Use
from comity.core.role import Duty
from comity.index.holding import item_id, ordinal
from comity.service import consenting
from comity.service.consenting import NewConsent
from comity.service.foreseeing import MOST, Grant, Withdraw
from comity.service.ports import Reader, Store
from comity.web.rest.acting import Ask, Asking, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.foreseen import Foreseen, Preview, StatedForeseen, expected, preview
from comity.web.rest.shapes import (
    AllEnded,
    Code,
    Consented,
    Item,
    Name,
    Shape,
    Time,
    consented,
    ended,
    moment,
)


class Consent(Shape):
    """A consent to record: from now on, an item, and what is built on it, may go to these recipients."""

    item: Item = Field(description="The item.")
    to: list[Code] = Field(description="Partners, `CODE/*`, parts, communities or `*`.", min_length=1, max_length=1000)
    use: Use = Field(
        Use.REPRODUCES, description="What may go: what reproduces the item, or only analyses that draw on it."
    )
    end: Time | None = Field(None, description="Until when.")
    id: Name | None = Field(None, description="Its id; one is made if none is given.")


class Consents(Shape):
    """Consents of one partner."""

    consents: list[Consent] = Field(min_length=1, max_length=MOST)
    by: Code | None = Field(None, description="Who consents, where that is not the holder.")


class Consenting(Consents, Foreseen):
    """Consents to record, all on one word, in one act."""

    by: Code | None = Field(None, description="Who consents, where that is not the holder.")


class ConsentList(Shape):
    """Consents that are on record."""

    consents: list[Consented]


class Which(Shape):
    """Consents, by their ids."""

    ids: list[Name] = Field(min_length=1, max_length=MOST, examples=[["c-1"]])


class Withdrawing(Which, StatedForeseen):
    """Consents to take back, all on one word, in one act."""


def list_consents(
    ask: Ask, item: Annotated[Item | None, Query(description="Only those on this item.")] = None
) -> Response:
    """List the consents that are on record."""
    with ask.reading(Duty.CONTENT) as reader:
        found = reader.policy().consents
        if item is not None:
            named = item_id(reader.one(item).ordinal)
            found = tuple(each for each in found if each.item == named)
        names = reader.handles(ordinal(each.item) for each in found)
        return answered(ConsentList(consents=[consented(each, names[ordinal(each.item)]) for each in found]))


def preview_grant(ask: Ask, body: Consents) -> Response:
    """What consents that are given now would give to whom."""
    return preview(ask, _plan(ask, body))


def grant(do: Do, body: Consenting) -> Response:
    """Record that items, and what is built on them, may go.

    They are the holder's own consents, or with `by` and `evidence` those of another partner. They speak only for claims
    of the one who gives them, or of those whose delegate that one is.
    """
    plan = _plan(do, body)

    def done(store: Store) -> ConsentList:
        made = consenting.grant_all(store, plan.new, do.word(body), first=expected(do, plan, body.preview))
        with store.read() as reader:
            names = reader.handles(ordinal(each.item) for each in made)
        return ConsentList(consents=[consented(each, names[ordinal(each.item)]) for each in made])

    return do.done(Duty.POLICY, done)


def preview_withdraw(ask: Ask, body: Which) -> Response:
    """What withdrawing consents now would take from whom."""
    return preview(ask, Withdraw(names=tuple(body.ids)))


def withdraw(do: Do, body: Withdrawing) -> Response:
    """Take consents back, on the word of the one who gave them, or of the originator for whom a delegate gave them."""
    plan = Withdraw(names=tuple(body.ids))

    def done(store: Store) -> AllEnded:
        when = consenting.withdraw_all(store, plan.names, do.word(body), first=expected(do, plan, body.preview))
        return AllEnded(ended=[ended("consent", name, at) for name, at in zip(plan.names, when, strict=True)])

    return do.done(Duty.POLICY, done)


def _plan(ask: Asking, body: Consents) -> Grant:
    by = body.by
    if by is None:
        with ask.served.store.read() as reader:
            by = _holder(reader)
    new = (
        NewConsent(
            by=by,
            item=each.item,
            to=tuple(each.to),
            use=each.use,
            end=moment(each.end, f"consents.{place}.end"),
            id=each.id,
        )
        for place, each in enumerate(body.consents)
    )
    return Grant(new=tuple(new))


def _holder(reader: Reader) -> str:
    return reader.policy().holder


ROUTES: Final = (
    get("/consents", list_consents, ConsentList, command="consent list"),
    post("/consents/preview", preview_grant, Preview, command="consent grant --preview"),
    post("/consents", grant, ConsentList, command="consent grant"),
    post("/consents/withdraw/preview", preview_withdraw, Preview),
    post("/consents/withdraw", withdraw, AllEnded, command="consent withdraw"),
)
