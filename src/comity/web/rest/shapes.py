"""The words that bodies are made of: names, times, reasons, and the facts that several nouns show."""

from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from comity.core.agreement import Agreement, Grant, Reach, Suspension
from comity.core.claim import Derivation, Onward
from comity.core.consent import Consent
from comity.core.errors import MalformedInput
from comity.core.instant import ALWAYS, NEVER, Instant, Window
from comity.core.lineage import Use
from comity.formats import duration, instant

LIMIT: Final = 1000
"""Entries of one page, at most."""
_PLAIN: Final = r"^[^\x00-\x1f\x7f]+$"
_STATED: Final = r"^[^\x00]*[^\x00\s][^\x00]*$"


class Shape(BaseModel):
    """A JSON object, with no member that is not named here."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


Name = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=_PLAIN)]
"""What something is called: no control characters."""
Code = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_PLAIN), Field(examples=["UKR"])]
"""A partner, or a part of one: `UKR`, `GBR/alice`."""
Item = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=_PLAIN), Field(examples=["gb-digest"])]
"""`id`, `id@modified` or `PARTNER:id[@modified]`."""
Said = Annotated[str, StringConstraints(max_length=4000, pattern=_STATED)]
"""Text that says something."""
Time = Annotated[
    str,
    StringConstraints(max_length=64, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{8,40}([Zz]|[+-][0-9:]{5})$"),
    Field(examples=["2025-03-05T12:00:00Z"], json_schema_extra={"format": "date-time"}),
]
"""A time as it is written in a request: RFC 3339, in UTC or with an offset."""
When = Annotated[str, Field(examples=["2025-03-05T12:00:00Z"], json_schema_extra={"format": "date-time"})]
"""A time as it is answered: RFC 3339, in UTC."""
Length = Annotated[
    str,
    StringConstraints(max_length=64, pattern=r"^P[0-9WDTHMS.]{2,60}$"),
    Field(examples=["P7D"], json_schema_extra={"format": "duration"}),
]
"""A length of time: ISO 8601, in weeks, days, hours, minutes and seconds."""
Limit = Annotated[int, Query(ge=1, le=LIMIT, description="At most so many.")]
After = Annotated[
    str | None, Query(max_length=200, pattern=_PLAIN, description="Go on after this cursor, as `next` gave it.")
]
AtTime = Annotated[Time | None, Query(description="Ask about another time than now, by today's record.")]


def moment(text: str | None, place: str) -> Instant | None:
    """The time that was written, if any. MalformedInput names the member."""
    if text is None:
        return None
    try:
        return instant.parse(text)
    except MalformedInput as problem:
        raise MalformedInput(f"{place}: {problem}") from None


def length(text: str | None, place: str) -> int | None:
    """The length of time that was written, if any, in microseconds. MalformedInput names the member."""
    if text is None:
        return None
    try:
        return duration.parse(text)
    except MalformedInput as problem:
        raise MalformedInput(f"{place}: {problem}") from None


def shown(at: Instant | None) -> str | None:
    """A time as RFC 3339 writes it, None for an unbounded end of an interval."""
    return None if at is None or at in (ALWAYS, NEVER) else instant.show(at)


class Why(Shape):
    """On whose word something is done, and why."""

    by: Code | None = Field(None, description="The partner whose word it is, where that is not the holder.")
    evidence: Said | None = Field(None, description="How that partner's word reached you.", examples=["note verbale 7"])
    why: Said | None = Field(None, description="Why it is done.", examples=["order of 5 March"])


class Stated(Why):
    """On whose word something is done, and why, which this act must state: see `service.reasons`."""

    why: Said = Field(description="Why it is done.", examples=["order of 5 March"])


class Span(Shape):
    """From when until when; null where it is unbounded."""

    start: When | None
    end: When | None


def span(of: Window) -> dict[str, str | None]:
    """A window's two members."""
    return {"start": shown(of.start), "end": shown(of.end)}


class Ended(Shape):
    """What has ended, and when."""

    ended: str = Field(examples=["agreement"])
    id: str = Field(examples=["a-1"])
    at: When


class AllEnded(Shape):
    """What has ended, in the order asked for, and when."""

    ended: list[Ended]


class Granted(Span):
    """A delegation: who may consent for whom."""

    id: str
    frm: str = Field(alias="from")
    to: str
    ceiling: str = Field(description="The highest level.", examples=["SECRET"])
    domains: list[str]


class Agreed(Granted):
    """An agreement: who may receive what from whom."""

    onward: Onward = Field(description="How far it may be passed on.")
    derivation: Derivation = Field(description="What an analysis of it carries.")
    accepts: list[str] = Field(description="Conditions of use that the recipient accepts.")


class Stopped(Span):
    """A suspension."""

    id: str
    frm: str = Field(alias="from")
    to: str
    domains: list[str]
    reach: Reach
    recall: bool = Field(description="The holder may not use what it was given either.")
    given: When | None


class Consented(Span):
    """A consent."""

    id: str
    by: str
    item: str
    to: list[str]
    use: Use
    given: When | None


def delegated(stated: Grant) -> Granted:
    """A delegation."""
    return Granted.model_validate(_granted(stated))


def agreed(stated: Agreement) -> Agreed:
    """An agreement."""
    rules = {"onward": stated.onward, "derivation": stated.derivation, "accepts": sorted(stated.accepts)}
    return Agreed.model_validate({**_granted(stated), **rules})


def stopped(stated: Suspension) -> Stopped:
    """A suspension."""
    return Stopped.model_validate(
        {
            "id": stated.id,
            "from": stated.frm,
            "to": stated.to,
            "domains": sorted(stated.domains),
            "reach": stated.reach,
            "recall": stated.recall,
            "given": shown(stated.given),
            **span(stated.window),
        }
    )


def consented(stated: Consent, item: str) -> Consented:
    """A consent; `item` is the name by which people know its item."""
    return Consented.model_validate(
        {
            "id": stated.id,
            "by": stated.by,
            "item": item,
            "to": list(stated.to),
            "use": stated.use,
            "given": shown(stated.given),
            **span(stated.window),
        }
    )


def ended(kind: str, name: str, at: Instant) -> Ended:
    """What has ended, and when."""
    return Ended(ended=kind, id=name, at=instant.show(at))


def _granted(stated: Grant) -> dict[str, Any]:
    return {
        "id": stated.id,
        "from": stated.frm,
        "to": stated.to,
        "ceiling": stated.ceiling,
        "domains": sorted(stated.domains),
        **span(stated.window),
    }
