"""What went wrong, as HTTP says it: the only place of status codes, and of the bodies that go with them.

Two bodies, chosen by the surface, which the path tells: below `/taxii2/` a TAXII error (TAXII 2.1 §3.6), elsewhere a
problem (RFC 9457). Every answer that is an error is made here, also those of the framework and of the server itself.

INVARIANT: nothing is said that the one who asks may not know. What is wrong with the node (its folder, its processes,
its disk) is for whoever runs it: it is logged, and a fixed text goes out. So does for whoever is not let in.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

from starlette.responses import Response

from comity.core.errors import (
    AmbiguousItem,
    ComityError,
    Forbidden,
    InvalidFacts,
    MalformedInput,
    NodeBusy,
    NodeDamaged,
    NodeUnwritable,
    NotAuthenticated,
    UnknownName,
)
from comity.service.foreseeing import Stale
from comity.service.repeating import AnswerLost, KeyReused, UnderWay

TAXII: Final = "/taxii2/"
"""Below this path, errors are TAXII's."""
TAXII_MEDIA: Final = "application/taxii+json;version=2.1"
PROBLEM_MEDIA: Final = "application/problem+json"
LONGEST: Final = 4000
"""Characters of a message that are sent."""
_CHALLENGE: Final = 'Basic realm="comity", charset="UTF-8"'
_LATER: Final = {"Retry-After": "1"}


class Unserved(ComityError):
    """A request that HTTP's own rules refuse."""


class NotThere(Unserved):
    """There is nothing at this path, or nothing that the one who asks may know of."""


class NotAllowed(Unserved):
    """This path has no such method; `methods` are those that it has."""

    def __init__(self, methods: tuple[str, ...]) -> None:
        """Name the methods, so that the other side can pick one."""
        super().__init__(f"this path has no such method: use {' or '.join(methods) or 'another path'}")
        self.methods = methods


class NotAcceptable(Unserved):
    """None of the media types that the request accepts can be given."""


class WrongMedia(Unserved):
    """The body of the request is of a media type that is not read here."""


class BodyTooLarge(Unserved):
    """The body of the request is longer than what is read."""


class HeadTooLarge(Unserved):
    """The line and the headers of the request are longer than what is read."""


class TooManyAtOnce(Unserved):
    """The account has as many requests under way as it may have."""


class TooSlow(Unserved):
    """The request did not come in time."""


class PreconditionFailed(Unserved):
    """What the request was to be answered by is not so any more."""


class Overloaded(Unserved):
    """The server has as much to do as it can."""


class Said(NamedTuple):
    """How one kind of problem is said. With `fixed`, that is its text, whatever the problem says."""

    status: HTTPStatus
    type: str
    title: str
    fixed: str | None = None
    headers: Mapping[str, str] = {}


_FAULT: Final = Said(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "fault",
    "A fault of the server",
    "this is a fault of the server, not yours: tell whoever runs it when it was",
)
_SERVED: Final[tuple[tuple[type[Exception], Said], ...]] = (
    (
        NotAuthenticated,
        Said(
            HTTPStatus.UNAUTHORIZED,
            "not-authenticated",
            "Nobody who is let in",
            (
                "these credentials let nobody in: bring a token, or an account with its password or token; ask an "
                "administrator for one"
            ),
            {"WWW-Authenticate": _CHALLENGE},
        ),
    ),
    (Forbidden, Said(HTTPStatus.FORBIDDEN, "forbidden", "Not yours to do")),
    (UnknownName, Said(HTTPStatus.NOT_FOUND, "unknown-name", "Nothing of this name")),
    (AmbiguousItem, Said(HTTPStatus.CONFLICT, "ambiguous-item", "A name of several items")),
    (InvalidFacts, Said(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-facts", "Facts that cannot be")),
    (MalformedInput, Said(HTTPStatus.BAD_REQUEST, "malformed-input", "Not what it is said to be")),
    (
        NodeBusy,
        Said(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "busy",
            "The node is busy",
            "the node is busy: try again in a moment",
            _LATER,
        ),
    ),
    (
        NodeUnwritable,
        Said(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "unwritable",
            "The node cannot be written to",
            "the node cannot be written to: nothing was recorded and nothing handed over; tell whoever runs it",
        ),
    ),
    (
        NodeDamaged,
        Said(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "damaged",
            "The node needs looking after",
            "the node needs looking after: tell whoever runs it",
        ),
    ),
    (NotThere, Said(HTTPStatus.NOT_FOUND, "not-there", "Nothing there", "there is nothing here that you may have")),
    (NotAllowed, Said(HTTPStatus.METHOD_NOT_ALLOWED, "not-allowed", "No such method")),
    (NotAcceptable, Said(HTTPStatus.NOT_ACCEPTABLE, "not-acceptable", "No such media type")),
    (WrongMedia, Said(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong-media", "A media type that is not read")),
    (BodyTooLarge, Said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", "Too large", None, {})),
    (HeadTooLarge, Said(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "Too large", None, {})),
    (TooSlow, Said(HTTPStatus.REQUEST_TIMEOUT, "too-slow", "Too slow", None, {"Connection": "close"})),
    (TooManyAtOnce, Said(HTTPStatus.TOO_MANY_REQUESTS, "too-many-at-once", "Too many at once", None, _LATER)),
    (PreconditionFailed, Said(HTTPStatus.PRECONDITION_FAILED, "precondition-failed", "Not so any more")),
    (Stale, Said(HTTPStatus.CONFLICT, "stale", "Not what was foreseen")),
    (KeyReused, Said(HTTPStatus.UNPROCESSABLE_ENTITY, "key-reused", "An idempotency key of another request")),
    (UnderWay, Said(HTTPStatus.CONFLICT, "under-way", "Being answered", None, _LATER)),
    (AnswerLost, Said(HTTPStatus.CONFLICT, "answer-lost", "Done, and the answer lost")),
    (Overloaded, Said(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", "Too much to do", None, _LATER)),
    (ComityError, Said(HTTPStatus.CONFLICT, "refused", "Refused", None, {})),
)
"""The first that fits holds."""


def said(problem: Exception) -> Said:
    """How a problem is said."""
    return next((found for kind, found in _SERVED if isinstance(problem, kind)), _FAULT)


def kinds() -> tuple[Said, ...]:
    """Every kind of problem."""
    return tuple(found for found, _ in meanings())


def meanings() -> tuple[tuple[Said, str], ...]:
    """Every kind of problem and what it is, for the reference."""
    served = tuple((found, (kind.__doc__ or "").partition("\n")[0]) for kind, found in _SERVED)
    return (*served, (_FAULT, "The program itself has failed."))


def answer(problem: Exception, path: str) -> Response:
    """The whole answer to a request for this path."""
    found = said(problem)
    text = found.fixed or str(problem)[:LONGEST]
    headers = dict(found.headers)
    if isinstance(problem, NotAllowed):
        headers["Allow"] = ", ".join(problem.methods)
    taxii = path.startswith(TAXII)
    body = _taxii(found, text) if taxii else _problem(found, text, problem)
    content = json.dumps(body, ensure_ascii=True).encode()
    return Response(content, found.status, headers, TAXII_MEDIA if taxii else PROBLEM_MEDIA)


def _taxii(found: Said, text: str) -> dict[str, object]:
    return {"title": found.title, "description": text, "http_status": str(found.status.value)}


def _problem(found: Said, text: str, problem: Exception) -> dict[str, object]:
    body: dict[str, object] = {
        "type": f"/problems/{found.type}",
        "title": found.title,
        "status": found.status.value,
        "detail": text,
    }
    if isinstance(problem, InvalidFacts):
        body["faults"] = [
            {"place": list(fault.place), "message": fault.message, "mend": fault.mend} for fault in problem.faults
        ]
    if isinstance(problem, AmbiguousItem):
        body["candidates"] = list(problem.candidates)
    return body
