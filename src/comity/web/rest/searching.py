"""To search what one may see."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from comity.service.search import LIMIT, WORDS, Answer, Asked, Hit, Suggested, Suggesting, search, suggest
from comity.web.handing import Answer as Handing
from comity.web.handing import Handed
from comity.web.rest.acting import JSON, Ask, written
from comity.web.rest.describing import get
from comity.web.rest.shapes import After, Code, Shape, When, shown

To = Annotated[
    Code | None,
    Query(
        description="Search what this recipient may get, and hand over to it what is shown; by default what you see."
    ),
]


class SnippetShown(Shape):
    """A piece of text, and where in it the words were found: from which character to which."""

    text: str
    marks: list[tuple[int, int]]


class HitShown(Shape):
    """One item that was found."""

    item: str
    id: str
    version: str
    type: str
    title: str | None
    since: When | None = Field(description="Its date in the reader's list.")
    snippet: SnippetShown | None


class CountShown(Shape):
    """A value, and how many of the items found have it."""

    value: str
    count: int


class Found(Shape):
    """What was found: how many items, a page of them, and by which values they can be counted."""

    to: str
    count: int
    hits: list[HitShown]
    facets: dict[str, list[CountShown]]
    next: str | None = Field(description="The cursor of the page after this one, null where there is none.")


class Words(Shape):
    """Words that begin so in what one may see."""

    to: str
    words: list[str]


def find(
    ask: Ask,
    query: Annotated[
        str,
        Query(
            max_length=1000,
            pattern=r"^[^\x00]*$",
            description='Words, `begin*`, `"in this order"`, and `type:`, `domain:`, `originator:`, `label:`, `id:`, '
            "`after:`, `before:`. All of it must hold; without any, everything is found.",
            examples=["launch* type:report"],
        ),
    ] = "",
    to: To = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT, description="At most so many items.")] = 20,
    after: After = None,
) -> Response:
    """Find items by their words, type, domain, originator, labels, id and date.

    What became visible last comes first. Searching for a recipient hands over titles and pieces of text: what is shown
    is recorded first, as a response to it. A partner's account searches what is for its own recipient.
    """
    asked = Asked(query=query, word=ask.caller.word, to=to, limit=limit, after=after)
    return Handed(_found(ask, asked))


def complete(
    ask: Ask,
    beginning: Annotated[
        str, Query(max_length=200, pattern=r"^[^\x00]*$", description="The beginning of a word.", examples=["laun"])
    ],
    to: To = None,
    limit: Annotated[int, Query(ge=1, le=WORDS, description="At most so many words.")] = 10,
) -> Response:
    """Suggest words that begin so in what one may see."""
    return Handed(_suggested(ask, Suggesting(beginning=beginning, word=ask.caller.word, to=to, limit=limit)))


@contextmanager
def _found(ask: Ask, asked: Asked) -> Iterator[Handing]:
    with search(ask.served.outlet, asked) as answer:
        body = written(_answer(answer))
        yield Handing(media_type=JSON, pieces=iter((body,)), release=answer.response)


@contextmanager
def _suggested(ask: Ask, asked: Suggesting) -> Iterator[Handing]:
    with suggest(ask.served.outlet, asked) as answer:
        yield Handing(media_type=JSON, pieces=iter((_words(answer),)), release=answer.response)


def _words(answer: Suggested) -> bytes:
    return written(Words(to=answer.to, words=list(answer.words)))


def _answer(found: Answer) -> Found:
    return Found(
        to=found.to,
        count=found.count,
        hits=[_hit(hit) for hit in found.hits],
        facets={
            name: [CountShown(value=each.value, count=each.number) for each in values]
            for name, values in found.facets.items()
        },
        next=found.next,
    )


def _hit(hit: Hit) -> HitShown:
    snippet = hit.snippet
    return HitShown(
        item=hit.name,
        id=hit.id,
        version=hit.version,
        type=hit.type,
        title=hit.title,
        since=shown(hit.since),
        snippet=None if snippet is None else SnippetShown(text=snippet.text, marks=list(snippet.marks)),
    )


ROUTES: Final = (
    get("/search", find, Found, command="search"),
    get("/suggest", complete, Words, command="search --suggest"),
)
