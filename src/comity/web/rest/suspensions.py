"""Suspensions: to stop a flow, and to let it go on."""

from typing import Final

from pydantic import Field
from starlette.responses import Response

from comity.core.agreement import Reach
from comity.core.claim import EVERY_DOMAIN
from comity.core.role import Duty
from comity.service import suspending
from comity.service.foreseeing import MOST, Lift, Suspend
from comity.service.ports import Store
from comity.service.records import Proposal
from comity.service.suspending import NewSuspension
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.foreseen import Preview, Proposed, StatedForeseen, expected, preview, proposed
from comity.web.rest.shapes import Code, Ended, Name, Shape, Stopped, Time, ended, moment, stopped


class Suspension(Shape):
    """A suspension to record: from now on."""

    frm: Code = Field(alias="from", description="Who stops.", examples=["USA"])
    to: Code = Field(description="Who gets no more.", examples=["UKR"])
    domains: list[Name] = Field([], description="Only these domains; by default all.")
    reach: Reach = Field(
        Reach.ONWARD,
        description="`direct`: what the first holds itself; `onward`: also what others pass on; `derived`: also "
        "analyses.",
    )
    recall: bool = Field(
        default=False, description="The holder may not use what it was given either (where it is `to`)."
    )
    end: Time | None = Field(None, description="When it ends by itself.")
    id: Name | None = Field(None, description="Its id; one is made if none is given.")


class Suspensions(Shape):
    """Suspensions."""

    suspensions: list[Suspension] = Field(min_length=1, max_length=MOST)


class Suspending(Suspensions, StatedForeseen):
    """Suspensions to record, all on one word, in one act."""


class SuspensionList(Shape):
    """Suspensions that are on record."""

    suspensions: list[Stopped]


class Which(Shape):
    """Suspensions, by their ids."""

    ids: list[Name] = Field(min_length=1, max_length=MOST, examples=[["s-1"]])


class Lifting(Which, StatedForeseen):
    """Suspensions to lift, all on one word, in one act."""


class Lifted(Shape):
    """What was lifted; or, where that takes two persons, what was proposed."""

    lifted: list[Ended]
    proposals: list[Proposed]


def list_suspensions(ask: Ask) -> Response:
    """List the suspensions that are on record, open or not."""
    with ask.reading(Duty.TERMS) as reader:
        return answered(SuspensionList(suspensions=[stopped(each) for each in reader.policy().suspensions]))


def preview_suspend(ask: Ask, body: Suspensions) -> Response:
    """What suspensions that start now would stop."""
    return preview(ask, Suspend(new=_new(body)))


def suspend(do: Do, body: Suspending) -> Response:
    """Stop what flows from partners to others, on the word of the first.

    When this answers, nothing that they stop is handed out any more, in any process.
    """
    plan = Suspend(new=_new(body))

    def done(store: Store) -> SuspensionList:
        first = expected(do, plan, body.preview)
        made = suspending.suspend_all(store, plan.new, do.word(body), first=first)
        return SuspensionList(suspensions=[stopped(each) for each in made])

    return do.done(Duty.POLICY, done)


def preview_lift(ask: Ask, body: Which) -> Response:
    """What lifting suspensions now would give back."""
    return preview(ask, Lift(names=tuple(body.ids)))


def lift(do: Do, body: Lifting) -> Response:
    """Lift suspensions, on the word of the one who suspended. Others that are open stay open.

    Where it takes two persons, it is proposed.
    """
    plan = Lift(names=tuple(body.ids))

    def done(store: Store) -> Lifted:
        first = expected(do, plan, body.preview)
        found = suspending.lift_all(store, plan.names, do.word(body), first=first)
        lifted, proposals = [], []
        for name, each in zip(plan.names, found, strict=True):
            if isinstance(each, Proposal):
                proposals.append(proposed(each))
            else:
                lifted.append(ended("suspension", name, each))
        return Lifted(lifted=lifted, proposals=proposals)

    return do.done(Duty.POLICY, done)


def _new(body: Suspensions) -> tuple[NewSuspension, ...]:
    return tuple(
        NewSuspension(
            frm=each.frm,
            to=each.to,
            domains=frozenset(each.domains) or frozenset({EVERY_DOMAIN}),
            reach=each.reach,
            recall=each.recall,
            end=moment(each.end, f"suspensions.{place}.end"),
            id=each.id,
        )
        for place, each in enumerate(body.suspensions)
    )


ROUTES: Final = (
    get("/suspensions", list_suspensions, SuspensionList, command="suspension list"),
    post("/suspensions/preview", preview_suspend, Preview, command="suspend --preview"),
    post("/suspensions", suspend, SuspensionList, command="suspend"),
    post("/suspensions/lift/preview", preview_lift, Preview, command="lift --preview"),
    post("/suspensions/lift", lift, Lifted, command="lift"),
)
