"""What could not be accepted, and what a release officer says of it."""

from typing import Annotated, Final

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from comity.core.claim import GENERAL, Claim, Derivation, Onward
from comity.core.instant import ALWAYS, NEVER
from comity.core.partner import Code as PartnerCode
from comity.core.partner import Recipient
from comity.core.role import Duty
from comity.service import quarantine as waiting
from comity.service.ports import Store
from comity.service.records import Quarantined
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import Code, Name, Shape, Stated, Time, Why, moment

Which = Annotated[int, Path(ge=1, le=2**53 - 1, description="Its number in the list.")]


class Waiting(Shape):
    """An object that waits, and why."""

    number: int
    frm: str = Field(alias="from")
    position: int = Field(description="Its position in its bundle.")
    reason: str = Field(examples=["no-terms"])
    detail: str
    sha256: str
    held: bool


class WaitingList(Shape):
    """What waits in quarantine, in the order received."""

    quarantine: list[Waiting]


class WaitingShown(Waiting):
    """An object that waits, with its text as far as it is any."""

    text: str
    bytes: int


class Accepting(Why):
    """The claim under which an object is held from now on, beside what its own markings say."""

    level: Name = Field(description="The claim's level.", examples=["RESTRICTED"])
    originator: Code | None = Field(None, description="Whose claim it is; by default the submitter's.")
    domains: list[Name] = Field([], description="The claim's domains.")
    releasable_to: list[Code] | None = Field(
        None, description="The claim's audience; empty: nobody but the originator; without this, no list is stated."
    )
    onward: Onward | None = Field(None, description="How far it may be passed on.")
    derivation: Derivation | None = Field(None, description="What an analysis of it carries.")
    not_before: Time | None = None
    not_after: Time | None = None
    conditions: list[Name] = Field([], description="Conditions of use.")


class Accepted(Waiting):
    """What was accepted, and how many claims hold beside the one that was stated."""

    outcome: str = Field(examples=["accepted"])
    further_claims: int


class Discarded(Waiting):
    """What was discarded."""

    outcome: str = Field(examples=["discarded"])


def list_waiting(ask: Ask) -> Response:
    """List what waits in quarantine."""
    with ask.reading(Duty.CONTENT) as reader:
        found = [Waiting.model_validate(_said(each)) for each in reader.open_quarantine()]
        return answered(WaitingList(quarantine=found))


def show(ask: Ask, number: Which) -> Response:
    """Show one quarantined object, with its text."""
    with ask.reading(Duty.CONTENT):
        pass
    found, raw = waiting.show(ask.served.store, number)
    text = raw.decode("utf-8", "backslashreplace")
    return answered(WaitingShown.model_validate({**_said(found), "text": text, "bytes": len(raw)}))


def accept(do: Do, number: Which, body: Accepting) -> Response:
    """Hold a quarantined object under this claim from now on.

    What its own markings say holds as well. Where they cannot be read, its audience must be stated.
    """
    begin, until = moment(body.not_before, "not_before"), moment(body.not_after, "not_after")

    def done(store: Store) -> Accepted:
        submitter = waiting.show(store, number)[0].submitter
        claim = Claim(
            originator=submitter if body.originator is None else PartnerCode(Recipient(body.originator)),
            level=body.level,
            domains=frozenset(body.domains) or frozenset({GENERAL}),
            audience=None if body.releasable_to is None else tuple(dict.fromkeys(body.releasable_to)),
            onward=body.onward,
            derivation=body.derivation,
            not_before=ALWAYS if begin is None else begin,
            not_after=NEVER if until is None else until,
            conditions=frozenset(body.conditions),
        )
        found = waiting.accept(store, number, claim, do.word(body))
        more = {"outcome": "accepted", "further_claims": len(found.further)}
        return Accepted.model_validate({**_said(found.quarantine), **more})

    return do.done(Duty.QUARANTINE, done)


def discard(do: Do, number: Which, body: Stated) -> Response:
    """Answer a quarantine with no. Its bytes stay on record, and nobody sees them."""

    def done(store: Store) -> Discarded:
        found = waiting.discard(store, number, do.word(body))
        return Discarded.model_validate({**_said(found), "outcome": "discarded"})

    return do.done(Duty.QUARANTINE, done)


def _said(found: Quarantined) -> dict[str, object]:
    return {
        "number": found.id,
        "from": found.submitter,
        "position": found.position,
        "reason": found.reason,
        "detail": found.detail,
        "sha256": found.digest.hex(),
        "held": found.item is not None,
    }


ROUTES: Final = (
    get("/quarantine", list_waiting, WaitingList, command="quarantine list"),
    get("/quarantine/{number}", show, WaitingShown, command="quarantine show"),
    post("/quarantine/{number}/accept", accept, Accepted, command="quarantine accept"),
    post("/quarantine/{number}/discard", discard, Discarded, command="quarantine discard"),
)
