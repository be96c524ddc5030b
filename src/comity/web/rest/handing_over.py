"""What leaves, and the record of it."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.core.role import Duty
from comity.service import cursor, disclose
from comity.service.collections import Asker
from comity.service.disclose import Disclosure, Told
from comity.service.listing import Page, Question, Versions
from comity.service.release import named
from comity.service.releasing import LIMIT, release
from comity.service.releasing import Response as Release
from comity.web.handing import Answer, Handed
from comity.web.rest.acting import Ask, Asking, answered
from comity.web.rest.asking import WhomElse
from comity.web.rest.describing import BASE, get
from comity.web.rest.shapes import After, Code, Item, Limit, Shape, When, shown

STIX: Final = "application/stix+json;version=2.1"
_EVERYTHING: Final = "all"


class DisclosureShown(Shape):
    """One item that was handed over."""

    leaf: int = Field(description="The entry of the register.")
    at: When
    to: str
    item: str
    title: str | None
    sha256: str


class DisclosureList(Shape):
    """What was handed over, in order."""

    disclosures: list[DisclosureShown]
    next: str | None = Field(description="The cursor of the page after this one, null where there is none.")


def export(
    ask: Ask,
    to: WhomElse = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT, description="At most so many objects.")] = LIMIT,
    after: After = None,
) -> Response:
    """A STIX bundle of what the recipient may get now, page by page, recorded before its first byte leaves.

    The bytes of every object are those that were received, one copy of each version. A partner's account gets what is
    for its own recipient. `Link` leads to the next page, if there is one: its cursor never ends, and whatever becomes
    visible later comes after it.
    """
    own = ask.caller.recipient
    whom = to if own is None else to or own
    if whom is None:
        raise MalformedInput("`to`: name the recipient")
    bound = ("export", ask.caller.account, whom)
    start = None if after is None else cursor.opened(ask.served.vault, bound, after)
    question = Question(collection=_EVERYTHING, versions=Versions(every=True), after=start, limit=limit)
    return Handed(_exported(ask, whom, question, bound))


@contextmanager
def _exported(ask: Asking, to: str, question: Question, bound: tuple[str, ...]) -> Iterator[Answer]:
    served, check = ask.served, ask.caller.releasing(to)
    with served.store.read() as reader:
        check(reader)
        asker = Asker(to=named(reader.policy(), to), duties=frozenset({Duty.RELEASE}), check=check)
    page = Page(served.vault, asker, question)
    with release(served.outlet, page.request(ask.caller.word)) as response:
        headers = {}
        if page.more:
            following = cursor.sealed(served.vault, bound, page.dates[response.items[-1].ordinal])
            query = urlencode({"to": to, "limit": question.limit, "after": following})
            headers["Link"] = f'<{BASE}/export?{query}>; rel="next"'
        yield Answer(media_type=STIX, pieces=_pieces(ask, response), release=response, headers=headers)


def _pieces(ask: Asking, response: Release) -> Iterator[bytes]:
    """The bundle. Its id follows from what is in it and for whom, so that it tells nothing else."""
    said = "\0".join((response.recipient, *(item.digest.hex() for item in response.items))).encode()
    drawn = ask.served.vault.digest("bundles", said)[:16]
    yield f'{{"type":"bundle","id":"bundle--{uuid.UUID(bytes=drawn, version=4)}"'.encode()
    before, end = b',"objects":[\n', b"}\n"
    for content in response.content:
        yield before
        yield content
        before, end = b",\n", b"\n]}\n"
    yield end


def disclosures(
    ask: Ask,
    to: Annotated[Code | None, Query(description="Only to this recipient.")] = None,
    of: Annotated[Item | None, Query(description="Only of this item.")] = None,
    limit: Limit = 1000,
    after: After = None,
) -> Response:
    """What was handed over, to whom and when.

    It is for who may see both the content and the register.
    """
    vault, bound = ask.served.vault, ("disclosures", ask.caller.account, to or "", of or "")
    told = Told() if after is None else Told(*cursor.opened_all(vault, bound, after, len(Told._fields)))
    with ask.reading(Duty.CONTENT, Duty.RECORD):
        pass
    found = disclose.disclosures(ask.served.store, to=to, of=of, after=told, limit=limit + 1)
    page = found[:limit]
    following = cursor.sealed(vault, bound, *_going_on(page, told)) if len(found) > limit else None
    rows = [
        DisclosureShown(
            leaf=each.leaf,
            at=shown(each.at) or "",
            to=each.recipient,
            item=each.name,
            title=each.title,
            sha256=each.digest.hex(),
        )
        for each in page
    ]
    return answered(DisclosureList(disclosures=rows, next=following))


def _going_on(page: Sequence[Disclosure], told: Told) -> tuple[Instant, Instant]:
    last = page[-1].leaf
    before = told.items if told.leaf == last else 0
    return Instant(last), Instant(before + sum(each.leaf == last for each in page))


ROUTES: Final = (
    get(
        "/export",
        export,
        None,
        command="export",
        content={STIX: {"schema": {"type": "object", "description": "A STIX 2.1 bundle."}}},
        response_class=Response,
    ),
    get("/disclosures", disclosures, DisclosureList, command="disclosures"),
)
