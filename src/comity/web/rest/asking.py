"""What may go to whom, and what is held: for the holder's own people."""

from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from comity.core.claim import Claim, Derivation, Onward
from comity.core.explanation import Cause
from comity.core.ground import Ground
from comity.core.instant import Instant
from comity.core.role import Duty
from comity.service import cursor, looking, release
from comity.service.release import Answer
from comity.web.rest.acting import Ask, Asking, answered
from comity.web.rest.describing import get
from comity.web.rest.explaining import CauseShown, GroundShown, cause_shown, ground_shown
from comity.web.rest.shapes import After, AtTime, Code, Item, Limit, Shape, When, moment, shown

OCTETS: Final = "application/octet-stream"
ItemAsked = Annotated[Item, Query(description="`id`, `id@modified` or `PARTNER:id[@modified]`.")]
Whom = Annotated[Code, Query(description="A partner, or a part of one.")]
WhomElse = Annotated[Code | None, Query(description="A partner, or a part of one; by default your own.")]


class Explained(Shape):
    """Why it may go, or may not: of a refusal the causes with their ways out, of a permit its grounds."""

    until: When | None = Field(description="When the verdict next changes with nobody doing anything.")
    causes: list[CauseShown]
    grounds: list[GroundShown]


class Decided(Shape):
    """The decision on one item for one recipient."""

    item: str
    to: str
    at: When | None
    verdict: Literal["permit", "refuse"]
    because: list[str] = Field(description="Every reason, as `PARTNER/ROOT/CODE`.")
    explanation: Explained


class PartnerDecided(Shape):
    """The decision for one partner."""

    to: str
    verdict: Literal["permit", "refuse"]
    because: list[str]


class Who(Shape):
    """The decisions on one item for every partner."""

    item: str
    at: When | None
    partners: list[PartnerDecided]


class ItemShown(Shape):
    """An item, as people know it."""

    item: str = Field(description="The shortest name by which it is found.")
    id: str
    version: str
    type: str
    title: str | None
    submitter: str
    received: When | None


class Visible(Shape):
    """What a recipient may get now: how many items, and a page of them in order of receipt."""

    to: str
    at: When | None
    count: int
    items: list[ItemShown]
    next: str | None = Field(description="The cursor of the page after this one, null where there is none.")


class ClaimShown(Shape):
    """What an originator says of an item."""

    originator: str
    level: str
    domains: list[str]
    releasable_to: list[str] | None
    onward: Onward | None
    derivation: Derivation | None
    not_before: When | None
    not_after: When | None
    conditions: list[str]
    start: When | None
    end: When | None


class ItemDescribed(ItemShown):
    """One held item, with its claims, the first claim first."""

    sha256: str
    waits: bool = Field(description="It waits in quarantine, or was discarded there.")
    apart_from: str | None = Field(description="An earlier copy of the same version whose content differs.")
    claims: list[ClaimShown]


def decide(ask: Ask, item: ItemAsked, to: Whom, at: AtTime = None) -> Response:
    """May this item go to that recipient?

    If not: every reason, by which way it came, and what would change it.
    """
    with ask.reading(Duty.CONTENT):
        pass
    asked = moment(at, "at")
    found = release.decide(ask.served.store, item, to, asked)
    decided = Decided(
        item=found.name,
        to=found.recipient,
        at=shown(found.at),
        verdict="permit" if found.permitted else "refuse",
        because=[str(reason) for reason in found.reasons],
        explanation=_explained(found),
    )
    return answered(decided)


def who(ask: Ask, item: ItemAsked, at: AtTime = None) -> Response:
    """Who may get this item, partner by partner, with the reasons against."""
    with ask.reading(Duty.CONTENT):
        pass
    asked = moment(at, "at")
    found = release.who(ask.served.store, item, asked)
    partners = [
        PartnerDecided(to=partner, verdict="refuse" if reasons else "permit", because=[str(each) for each in reasons])
        for partner, reasons in found.refused.items()
    ]
    return answered(Who(item=found.name, at=shown(found.at), partners=partners))


def visible(ask: Ask, to: WhomElse = None, limit: Limit = 100, after: After = None) -> Response:
    """What a recipient may get now, in order of receipt; by default what the holder itself may use.

    It is a look of the holder's own people, and no disclosure: nothing is recorded, and the recipient's own list stays
    as it is.
    """
    vault, bound = ask.served.vault, ("visible", ask.caller.account, to or "")
    start = None if after is None else int(cursor.opened(vault, bound, after))
    found = looking.seen(ask.served.outlet, _content(ask), to, start, limit)
    items = [_item(each) for each in found.items]
    following = cursor.sealed(vault, bound, Instant(found.items[-1].item.ordinal)) if found.more else None
    page = Visible(to=found.recipient, at=shown(found.at), count=found.count, items=items, next=following)
    return answered(page)


def describe(ask: Ask, item: ItemAsked) -> Response:
    """One held item, with its claims."""
    with ask.reading(Duty.CONTENT) as reader:
        found = looking.described(reader, item)
    described = ItemDescribed(
        **_item(looking.Named(found.item, found.name)).model_dump(),
        sha256=found.item.digest.hex(),
        waits=found.waits,
        apart_from=found.apart_from,
        claims=[_claim(each) for each in found.claims],
    )
    return answered(described)


def content(ask: Ask, item: ItemAsked) -> Response:
    """The bytes of an item exactly as they were received, if the holder itself may use it."""
    return Response(looking.content(ask.served.outlet, _content(ask), item), media_type=OCTETS)


def _content(ask: Asking) -> looking.Check:
    return lambda reader: ask.must(reader, Duty.CONTENT)


def _item(found: looking.Named) -> ItemShown:
    held = found.item
    return ItemShown(
        item=found.name,
        id=held.stix_id,
        version=held.version,
        type=held.type,
        title=held.title,
        submitter=held.submitter,
        received=shown(held.received),
    )


def _claim(claim: Claim) -> ClaimShown:
    return ClaimShown(
        originator=claim.originator,
        level=claim.level,
        domains=sorted(claim.domains),
        releasable_to=None if claim.audience is None else list(claim.audience),
        onward=claim.onward,
        derivation=claim.derivation,
        not_before=shown(claim.not_before),
        not_after=shown(claim.not_after),
        conditions=sorted(claim.conditions),
        start=shown(claim.window.start),
        end=shown(claim.window.end),
    )


def _explained(found: Answer) -> Explained:
    explanation = found.explanation

    def cause(each: Cause) -> CauseShown:
        return cause_shown(each, found.names)

    def ground(each: Ground) -> GroundShown:
        return ground_shown(each, found.names)

    return Explained(
        until=shown(explanation.until),
        causes=list(map(cause, explanation.causes)),
        grounds=list(map(ground, explanation.grounds)),
    )


ROUTES: Final = (
    get("/decide", decide, Decided, command="decide"),
    get("/who", who, Who, command="who"),
    get("/visible", visible, Visible, command="visible"),
    get("/items", describe, ItemDescribed),
    get(
        "/items/content",
        content,
        None,
        content={OCTETS: {"schema": {"type": "string", "format": "binary"}}},
        response_class=Response,
    ),
)
