"""TAXII 2.1, whole: discovery, one API root, collections, objects, manifests, versions, deletion and status.

This only translates. What is in a collection, and what of it leaves, is said by `service.collections`,
`service.listing` and `service.releasing`; what comes in is taken in by `service.statuses`. There is an answer for each
caller: what it may not have is as if it had never been, and every path that it may not ask for is unknown.

A reader's date of an object (`date_added`) is a microsecond of its own: whoever pages by the last one misses nothing.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from comity.core.errors import Forbidden, MalformedInput, UnknownName
from comity.core.instant import Instant
from comity.core.partner import Recipient, base
from comity.formats import stix
from comity.index.appearances import DAWN
from comity.service.absences import Absence, absences, told_in
from comity.service.authority import identified
from comity.service.collections import NO_COLLECTION, Asker, Collection, Holds, listed, one, withdrawn
from comity.service.listing import Page, Question, Versions, version_of
from comity.service.ports import Reader
from comity.service.records import Became, Submitted
from comity.service.releasing import Response as Release
from comity.service.releasing import release
from comity.service.statuses import status, submit
from comity.service.withdrawing import Withdrawal, withdraw
from comity.web.auth import Asking, Caller, Known, Served
from comity.web.handing import Answer, Handed
from comity.web.routes import Route
from comity.web.serving import Serving
from comity.web.taxii_asked import (
    CONTENT,
    EVERYTHING,
    MEDIA,
    OF_ONE,
    OF_VERSIONS,
    Asked,
    accepted,
    of_deletion,
    page,
    sent,
)

DISCOVERY: Final = "/taxii2/"
ROOT: Final = "/taxii2/comity/"
"""The one API root."""
_COLLECTION: Final = f"{ROOT}collections/{{collection}}/"
_OBJECT: Final = f"{_COLLECTION}objects/{{item}}/"
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TOGETHER: Final = 100
"""Members that are written at once."""
_WORDS: Final = {
    Holds.EVERYTHING: ("All", "Everything that you may have, and may withdraw of what you have sent."),
    Holds.DOMAIN: ("Domain: {}", "What you may have of one domain."),
    Holds.INBOX: ("Inbox", "What you send."),
    Holds.WITHDRAWN: ("Withdrawn", "What you had, and may not have any more."),
}


class _Kind(NamedTuple):
    """One kind of page: by which fields it is filtered, what its list is called, and the members of that, in bytes."""

    fields: frozenset[str]
    name: str
    members: Callable[[Page, Release], Iterator[bytes]]
    absence: Callable[[Absence], bytes]


def discovery(request: Request, known: Known) -> Response:
    """§4.1. Roots are whole addresses over TLS, for clients that join none, and paths otherwise."""
    accepted(request)
    host = request.headers.get("host", "")
    whole = request.url.scheme == "https" and _HOST.fullmatch(host) is not None
    root = f"https://{host}{ROOT}" if whole else ROOT
    return _json(
        {"title": "Comity", "description": f"What {known.account} may have.", "default": root, "api_roots": [root]}
    )


def api_root(request: Request, _: Known, served: Served) -> Response:
    """§4.2."""
    accepted(request)
    return _json({"title": "Comity", "versions": [MEDIA], "max_content_length": served.bounds.body})


def collection_list(request: Request, known: Known, served: Served) -> Response:
    """§5.1."""
    accepted(request)
    found = [_described(each) for each in _collections(known, served)]
    return _json({"collections": found} if found else {})


def collection_of(request: Request, known: Known, served: Served, collection: str) -> Response:
    """§5.2."""
    accepted(request)
    return _json(_described(one(_collections(known, served), collection)))


async def manifest(request: Request, known: Asking, served: Served, collection: str) -> Response:
    """§5.3."""
    question = Question(collection=collection)
    return await _page(request, known, served, question, _MANIFEST)


async def objects(request: Request, known: Asking, served: Served, collection: str) -> Response:
    """§5.4."""
    question = Question(collection=collection)
    return await _page(request, known, served, question, _OBJECTS)


async def one_object(request: Request, known: Asking, served: Served, collection: str, item: str) -> Response:
    """§5.6."""
    question = Question(collection=collection, item=_named(item))
    return await _page(request, known, served, question, _ONE)


async def versions(request: Request, known: Asking, served: Served, collection: str, item: str) -> Response:
    """§5.8: all of them, if nothing else is asked for."""
    question = Question(collection=collection, item=_named(item), versions=Versions(every=True))
    return await _page(request, known, served, question, _VERSIONS)


async def envelope(request: Request, _: Known) -> bytes:
    """The body of a submission, which is read when it is known who sends it, and that it says to be one."""
    accepted(request)
    sent(request)
    return await request.body()


def add(known: Known, served: Served, collection: str, content: Annotated[bytes, Depends(envelope)]) -> Response:
    """§5.5. What is taken in is taken in when this answers: there is nothing to wait for."""
    if not one(_collections(known, served), collection).can_write:
        raise Forbidden("this collection is read from: put what you send into `inbox`")
    _check(content)
    return _json(_status(submit(served.store, served.vault, content, _recipient(known), known.word)), 202)


def delete(request: Request, known: Known, served: Served, collection: str, item: str) -> Response:
    """§5.7: of what the caller has submitted itself."""
    accepted(request)
    found, which = one(_collections(known, served), collection), of_deletion(request)
    if not found.can_read or not found.can_write:
        raise Forbidden("nothing is withdrawn from this collection: do it in `all`")
    what = Withdrawal(submitter=base(_recipient(known)), item=_named(item), versions=which)
    withdraw(served.store, what, known.word)
    return Response(b"", 200, media_type=MEDIA)


def submission(request: Request, known: Known, served: Served, name: str) -> Response:
    """§4.3: what became of what the caller has submitted."""
    accepted(request)
    with served.store.read() as reader:
        identified(reader, known.word)
        return _json(_status(status(reader, name if _UUID.fullmatch(name) else "", _recipient(known))))


async def _page(request: Request, known: Caller, served: Serving, question: Question, kind: _Kind) -> Response:
    accepted(request)
    asker = _asker(known, known.releasing(_recipient(known)))
    asked = page(request, known, served.vault, question, kind.fields)
    if question.collection in _names(withdrawn(served.vault, asker.to)):
        return await run_in_threadpool(_absent, served, asker, asked, kind)
    return Handed(_released(served, known, asker, asked, kind))


def _absent(served: Serving, asker: Asker, asked: Asked, kind: _Kind) -> Response:
    """A page of what is gone, which hands nothing over."""
    found = absences(served.outlet, served.wire.had, asker, asked.question)
    if found is None:
        raise UnknownName(NO_COLLECTION)
    if asked.question.item is not None and not found.page and asked.question.after is None:
        raise UnknownName("no such object: it is not in this collection")
    dates = [each.at for each in found.page]
    head, headers = _head(served, asked, dates, more=found.more)
    content = b"".join(_pieces(head, kind.name, map(kind.absence, found.page)))
    return Response(content, 200, headers, MEDIA)


def _head(
    served: Serving, asked: Asked, dates: list[Instant], *, more: bool
) -> tuple[dict[str, object], dict[str, str]]:
    """How a page begins, and its headers: of this page and of the request, and of nothing that is not in either."""
    none = DAWN if asked.question.after is None else asked.question.after
    headers = {
        "X-TAXII-Date-Added-First": show(dates[0] if dates else none),
        "X-TAXII-Date-Added-Last": show(dates[-1] if dates else none),
    }
    return ({"more": True, "next": asked.cursor(served.vault, dates[-1])} if more else {"more": False}), headers


@contextmanager
def _released(served: Serving, known: Caller, asker: Asker, asked: Asked, kind: _Kind) -> Iterator[Answer]:
    """A page as it is released."""
    found = Page(served.vault, asker, asked.question)
    with release(served.outlet, found.request(known.word)) as response:
        dates = [found.dates[item.ordinal] for item in response.items]
        head, headers = _head(served, asked, dates, more=found.more)
        yield Answer(
            media_type=MEDIA,
            pieces=_pieces(head, kind.name, kind.members(found, response)),
            release=response,
            headers=headers,
        )


def _pieces(head: dict[str, object], name: str, members: Iterator[bytes]) -> Iterator[bytes]:
    """The document: its head, and the list of members unless there is none. Their bytes are not written anew."""
    yield _dumped(head)[:-1]
    before, ended = f',"{name}":['.encode(), b"}"
    while part := list(islice(members, _TOGETHER)):
        yield before + b",".join(part)
        before, ended = b",", b"]}"
    yield ended


def _objects(_: Page, response: Release) -> Iterator[bytes]:
    """The objects as they were received."""
    return response.content


def _manifest(found: Page, response: Release) -> Iterator[bytes]:
    return (_entry(item.stix_id, found.dates[item.ordinal], version_of(item)) for item in response.items)


def _entry(name: str, date: Instant, version: str) -> bytes:
    return _dumped({"id": name, "date_added": show(date), "version": version, "media_type": CONTENT})


def _versions(_: Page, response: Release) -> Iterator[bytes]:
    return (_dumped(version_of(item)) for item in response.items)


_OBJECTS: Final = _Kind(EVERYTHING, "objects", _objects, Absence.content)
_ONE: Final = _Kind(OF_ONE, "objects", _objects, Absence.content)
_MANIFEST: Final = _Kind(EVERYTHING, "objects", _manifest, lambda one: _entry(one.id, one.at, show(one.at)))
_VERSIONS: Final = _Kind(OF_VERSIONS, "versions", _versions, lambda one: _dumped(show(one.at)))


def _check(content: bytes) -> None:
    """MalformedInput unless it is an envelope with objects; what is wrong with one of them is no reason."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise MalformedInput('the body is no JSON: send an envelope, `{"objects": [...]}`') from None
    if not isinstance(found, dict) or "type" in found or "objects" not in found:
        raise MalformedInput('the body is no envelope: send `{"objects": [...]}`, and a bundle\'s objects in it')
    if not isinstance(found["objects"], list) or not found["objects"]:
        raise MalformedInput("the envelope has no objects: send one or more")


def _status(found: Submitted) -> dict[str, object]:
    taken = [_detail(each) for each in found.outcomes if each.message is None]
    refused = [_detail(each) for each in found.outcomes if each.message is not None]
    named = [each for each in refused if each["id"]]
    said: dict[str, object] = {
        "id": found.id,
        "status": "complete",
        "request_timestamp": show(found.at),
        "total_count": len(found.outcomes),
        "success_count": len(taken),
        "failure_count": len(refused),
        "pending_count": 0,
    }
    return said | ({"successes": taken} if taken else {}) | ({"failures": named} if named else {})


def _detail(became: Became) -> dict[str, str]:
    said = {"id": became.id, "version": became.version}
    return said if became.message is None else {**said, "message": became.message}


def _described(collection: Collection) -> dict[str, object]:
    title, description = _WORDS[collection.holds]
    said: dict[str, object] = {
        "id": collection.id,
        "title": title.format(collection.domain),
        "description": description,
        "can_read": collection.can_read,
        "can_write": collection.can_write,
        "media_types": [CONTENT],
    }
    return said if collection.alias is None else {**said, "alias": collection.alias}


def _collections(known: Caller, served: Serving) -> tuple[Collection, ...]:
    """Those of the caller, as it stands in the snapshot that they are taken from."""

    def check(reader: Reader) -> None:
        identified(reader, known.word)

    asker = _asker(known, check)
    found, told = listed(served.store, served.outlet.standing, served.vault, asker), told_in(served.outlet, asker)
    return found if told is None else (*found, told)


def _names(one: Collection) -> tuple[str | None, ...]:
    return one.id, one.alias


def _asker(known: Caller, check: Callable[[Reader], None]) -> Asker:
    return Asker(to=_recipient(known), duties=known.scopes, check=check)


def _recipient(known: Caller) -> Recipient:
    if known.recipient is None:
        raise Forbidden("this account stands for no partner, and TAXII is for partners: ask with an account of theirs")
    return known.recipient


def _named(item: str) -> str:
    """The id, if it can be one: nothing else is looked up."""
    if not stix.is_id(item):
        raise UnknownName("no such object: it is not in this collection")
    return item


def show(moment: Instant) -> str:
    """A time as TAXII writes it: always with six decimals."""
    at = _EPOCH + timedelta(microseconds=moment)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}Z".rjust(27, "0")


def _json(said: dict[str, Any], status_: int = 200) -> Response:
    return Response(_dumped(said), status_, media_type=MEDIA)


def _dumped(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()


ROUTES: Final = (
    Route(method="GET", path=DISCOVERY, endpoint=discovery),
    Route(method="GET", path=ROOT, endpoint=api_root),
    Route(method="GET", path=f"{ROOT}status/{{name}}/", endpoint=submission),
    Route(method="GET", path=f"{ROOT}collections/", endpoint=collection_list),
    Route(method="GET", path=_COLLECTION, endpoint=collection_of),
    Route(method="GET", path=f"{_COLLECTION}manifest/", endpoint=manifest),
    Route(method="GET", path=f"{_COLLECTION}objects/", endpoint=objects),
    Route(method="POST", path=f"{_COLLECTION}objects/", endpoint=add),
    Route(method="GET", path=_OBJECT, endpoint=one_object),
    Route(method="DELETE", path=_OBJECT, endpoint=delete),
    Route(method="GET", path=f"{_OBJECT}versions/", endpoint=versions),
)
