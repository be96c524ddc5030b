"""Agreements and delegations: what partners grant one another."""

from typing import Final

from pydantic import Field
from starlette.responses import Response

from comity.core.claim import Derivation, Onward
from comity.core.errors import MalformedInput
from comity.core.role import Duty
from comity.service import gone, grants
from comity.service.foreseeing import MOST, End
from comity.service.grants import NewGrant
from comity.service.ports import Store
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.foreseen import Preview, StatedForeseen, expected, preview
from comity.web.rest.shapes import (
    Agreed,
    AllEnded,
    Code,
    Ended,
    Granted,
    Name,
    Shape,
    Stated,
    Time,
    Why,
    agreed,
    delegated,
    ended,
    moment,
)


class NewDelegation(Why):
    """A delegation to record, on the word of the one whose consent it is."""

    frm: Code = Field(alias="from", description="Whose consent it is.", examples=["USA"])
    to: Code = Field(description="Who may give it.", examples=["GBR"])
    ceiling: Name = Field(description="The highest level.", examples=["SECRET"])
    domains: list[Name] = Field(description="The domains; `*` for all.", min_length=1, examples=[["early-warning"]])
    start: Time | None = Field(None, description="From when, by default now.")
    end: Time | None = Field(None, description="Until when.")
    id: Name | None = Field(None, description="Its id; one is made if none is given.")


class NewAgreement(NewDelegation):
    """An agreement to record, on the word of the one who grants it."""

    frm: Code = Field(alias="from", description="Who grants.", examples=["GBR"])
    to: Code = Field(description="Who may receive.", examples=["UKR"])
    onward: Onward = Field(Onward.LISTED, description="How far it may be passed on.")
    derivation: Derivation = Field(Derivation.INHERIT, description="What an analysis of it carries.")
    accepts: list[Name] = Field([], description="Conditions of use that the recipient accepts.")


class AgreementListed(Agreed):
    """An agreement, and whether its recipient is told what it had and may have no more."""

    withdrawals: bool


class AgreementList(Shape):
    """The agreements."""

    agreements: list[AgreementListed]


class Telling(Stated):
    """Whether an agreement of the holder says that its recipient is told of withdrawals."""

    id: Name
    withdrawals: bool = Field(default=True, description="Told, or told no more.")


class Told(Shape):
    """What an agreement says of withdrawals from now on."""

    agreement: str
    withdrawals: bool


class DelegationList(Shape):
    """The delegations."""

    delegations: list[Granted]


class Which(Shape):
    """Agreements, by their ids."""

    ids: list[Name] = Field(min_length=1, max_length=MOST, examples=[["gbr-ukr"]])


class Ending(Which, StatedForeseen):
    """Agreements to end, all on one word, in one act."""

    at: Time | None = Field(None, description="When, by default now.")


class EndingDelegation(Stated):
    """A delegation to end."""

    id: Name
    at: Time | None = Field(None, description="When, by default now.")


def list_agreements(ask: Ask) -> Response:
    """List the agreements."""
    with ask.reading(Duty.TERMS) as reader:
        telling = gone.agreements(reader)
        found = [
            AgreementListed(**agreed(each).model_dump(by_alias=True), withdrawals=each.id in telling)
            for each in reader.policy().agreements
        ]
        return answered(AgreementList(agreements=found))


def add_agreement(do: Do, body: NewAgreement) -> Response:
    """Record an agreement."""
    new = NewGrant(
        frm=body.frm,
        to=body.to,
        ceiling=body.ceiling,
        domains=frozenset(body.domains),
        start=moment(body.start, "start"),
        end=moment(body.end, "end"),
        id=body.id,
        onward=body.onward,
        derivation=body.derivation,
        accepts=frozenset(body.accepts),
    )
    return do.done(Duty.POLICY, lambda store: agreed(grants.add_agreement(store, new, do.word(body))))


def preview_end(ask: Ask, body: Which) -> Response:
    """What ending agreements now would change."""
    return preview(ask, End(names=tuple(body.ids)))


def end_agreements(do: Do, body: Ending) -> Response:
    """End agreements, on the word of the one who granted them.

    With a preview they end now: it foresaw nothing else.
    """
    at, names = moment(body.at, "at"), tuple(body.ids)
    if at is not None and body.preview is not None:
        raise MalformedInput("what a preview foresaw is done now: leave `at` out, or do it without a preview")

    def done(store: Store) -> AllEnded:
        first = expected(do, End(names=names), body.preview)
        when = grants.end_agreements(store, names, do.word(body), at, first=first)
        return AllEnded(ended=[ended("agreement", name, each) for name, each in zip(names, when, strict=True)])

    return do.done(Duty.POLICY, done)


def tell_withdrawals(do: Do, body: Telling) -> Response:
    """Have an agreement of the holder say that its recipient is told what it had and may have no more.

    It is told by events, without a reason. By itself no agreement says so.
    """

    def done(store: Store) -> Told:
        gone.tell_withdrawals(store, body.id, do.word(body), told=body.withdrawals)
        return Told(agreement=body.id, withdrawals=body.withdrawals)

    return do.done(Duty.POLICY, done)


def list_delegations(ask: Ask) -> Response:
    """List the delegations."""
    with ask.reading(Duty.TERMS) as reader:
        return answered(DelegationList(delegations=[delegated(each) for each in reader.policy().delegations]))


def add_delegation(do: Do, body: NewDelegation) -> Response:
    """Record that one partner may consent for another."""
    new = NewGrant(
        frm=body.frm,
        to=body.to,
        ceiling=body.ceiling,
        domains=frozenset(body.domains),
        start=moment(body.start, "start"),
        end=moment(body.end, "end"),
        id=body.id,
    )
    return do.done(Duty.POLICY, lambda store: delegated(grants.add_delegation(store, new, do.word(body))))


def end_delegation(do: Do, body: EndingDelegation) -> Response:
    """End a delegation. Consents given under it stand."""
    at = moment(body.at, "at")

    def done(store: Store) -> Ended:
        return ended("delegation", body.id, grants.end_delegation(store, body.id, do.word(body), at))

    return do.done(Duty.POLICY, done)


ROUTES: Final = (
    get("/agreements", list_agreements, AgreementList, command="agreement list"),
    post("/agreements", add_agreement, Agreed, command="agreement add"),
    post("/agreements/end/preview", preview_end, Preview, command="agreement end --preview"),
    post("/agreements/end", end_agreements, AllEnded, command="agreement end"),
    post("/agreements/withdrawals", tell_withdrawals, Told, command="agreement withdrawals"),
    get("/delegations", list_delegations, DelegationList, command="delegation list"),
    post("/delegations", add_delegation, Granted, command="delegation add"),
    post("/delegations/end", end_delegation, Ended, command="delegation end"),
)
