"""Which markings one may see."""

from typing import Annotated, Final

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from comity.core.role import Duty
from comity.service import looking
from comity.service.ports import Reader
from comity.web.rest.acting import Ask, answered
from comity.web.rest.describing import get
from comity.web.rest.shapes import Code, Shape


class MarkingShown(Shape):
    """A marking, and how many of the items that one may see carry it."""

    id: str = Field(examples=["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"])
    name: str | None = Field(description="What the standards call it; null for one that a partner has defined.")
    count: int


class MarkingList(Shape):
    """The markings on what one may see, by their ids."""

    to: str
    markings: list[MarkingShown]


def markings(
    ask: Ask,
    to: Annotated[
        Code | None, Query(description="Those of this recipient; by default of the holder, or one's own.")
    ] = None,
) -> Response:
    """Which markings may I see?

    A partner's account is answered for its own recipient, by what that may get now. No item is named, and what it may
    not have takes no part in it.
    """
    own = ask.caller.recipient
    whom = own if own is not None and to is None else to

    def check(reader: Reader) -> None:
        if own is not None:
            ask.caller.releasing(str(whom))(reader)
        else:
            ask.must(reader, Duty.CONTENT)

    found = looking.markings(ask.served.outlet, ask.served.carried, check, whom)
    rows = [MarkingShown(id=each.id, name=each.name, count=each.items) for each in found]
    return answered(MarkingList(to=whom or _holder(ask), markings=rows))


def _holder(ask: Ask) -> str:
    with ask.served.store.read() as reader:
        return reader.policy().holder


ROUTES: Final = (get("/markings", markings, MarkingList),)
