"""The laws of what is asked over HTTP: each part of a request that a parser of ours reads, in one that is whole."""

import json
from collections.abc import Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import Request

from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.service.authority import Principal
from comity.service.events import Place, sealed
from comity.service.listing import Question
from comity.service.releasing import LIMIT
from comity.web import taxii_asked
from comity.web.auth import Caller
from comity.web.problem import Unserved
from tests.fuzz.target import Target
from tests.fuzz.wire import Said, as_, asked, desk, request
from tests.nodes import lots
from tests.sending import ident
from tests.staff import PASSWORD

_TAXII: Final = (b"Accept", taxii_asked.MEDIA.encode())
_ENVELOPE: Final = (b"Content-Type", taxii_asked.MEDIA.encode())
_PLAIN: Final = (b"Content-Type", b"application/json")
_OK, _TAKEN = 200, 202
_CALLER: Final = Caller(principal=Principal(account="x", duties=frozenset(), recipient=Recipient("UKR")), place=None)
_WHO: Final = ("olga", "adam", "ann", "audrey", "colin", "oscar", "ukraine")


def of_filters(content: bytes) -> None:
    """A page is asked for within its bounds, and its cursor goes on after it and answers no other question."""
    content = bytes(byte for byte in content if 0x21 <= byte <= 0x7E)  # the server lets nothing else come here
    fields = (taxii_asked.EVERYTHING, taxii_asked.OF_ONE, taxii_asked.OF_VERSIONS)[len(content) % 3]
    asking = partial(taxii_asked.page, caller=_CALLER, vault=lots(), question=Question(collection="all"), fields=fields)
    with suppress(MalformedInput):
        taxii_asked.of_deletion(_stated(content))
    with suppress(MalformedInput):
        found = asking(_stated(content))
        assert 1 <= found.question.limit <= LIMIT
        after = found.question.after
        if b"next" in content or (after is not None and not 0 <= after < 2**62):
            return
        further = asking(_stated(b"%s&next=%s" % (content, found.cursor(lots(), Instant((after or 0) + 1)).encode())))
        assert further.question.after == (after or 0) + 1
        assert further.bound == found.bound


def of_media(content: bytes) -> None:
    """What is accepted and what is sent is ours, or it is said what is."""
    accept, _, sent = content.partition(b"\n")
    headers = [(b"accept", accept), (b"content-type", sent)]
    with suppress(Unserved):
        taxii_asked.accepted(_stated(b"", headers))
        assert any(each in accept.lower() for each in (b"taxii+json", b"stix+json", b"*"))
    with suppress(Unserved):
        taxii_asked.sent(_stated(b"", headers))
        assert b"application/taxii+json" in sent.lower()


def _stated(query: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> Request:
    return Request(
        {"type": "http", "method": "GET", "path": "/taxii2/x", "query_string": query, "headers": list(headers)}
    )


def of_pages(content: bytes) -> None:
    """Any address below TAXII is answered; a page that has another leads to it."""
    path, _, query = content.partition(b"?")
    said = _asks(b"/taxii2/" + content)
    if said is None or said.status != _OK:
        return
    found = said.json()
    if found.get("more"):
        limit = b"&".join(part for part in query.split(b"&") if not part.startswith(b"next="))
        further = _asks(b"/taxii2/%s?%s&%s" % (path, limit, urlencode({"next": found["next"]}).encode()))
        assert further is not None
        assert further.status == _OK, further


def _asks(target: bytes) -> Said | None:
    return asked(request(b"GET", target, (as_("ukraine"), _TAXII)))


def of_envelope(content: bytes) -> None:
    """What is taken in is told object by object, and the same when it is asked for again."""
    headers = (as_("ukraine"), _TAXII, _ENVELOPE)
    said = asked(request(b"POST", b"/taxii2/comity/collections/inbox/objects/", headers, content))
    assert said is not None
    if said.status == _TAKEN:
        found = said.json()
        assert found["total_count"] == found["success_count"] + found["failure_count"]
        assert found["total_count"] >= len(found.get("successes", [])) + len(found.get("failures", []))
        again = _asks(b"/taxii2/comity/status/%s/" % found["id"].encode())
        assert again is not None
        assert again.json() == found


def of_authorization(content: bytes) -> None:
    """Nobody is let in but by what was given to somebody."""
    said = asked(request(b"GET", b"/api/v1/whoami", ((b"Authorization", content),)))
    stated = content.translate(None, b"\r\n\0").strip(b" \t")  # as it is sent
    assert said is None or said.status != _OK or stated.partition(b" ")[2].strip() in _given()


@cache
def _given() -> frozenset[bytes]:
    return frozenset(each.partition(b" ")[2] for each in _credentials())


@cache
def _credentials() -> tuple[bytes, ...]:
    from base64 import b64encode  # noqa: PLC0415 - this alone needs it

    secrets = desk()[1]
    basic = [b"admin:" + PASSWORD.encode(), b"ukraine:" + secrets["ukraine"]]
    return (b"Bearer " + secrets["ukraine"], *(b"Basic " + b64encode(each) for each in basic))


def of_cookie(content: bytes) -> None:
    """So with a cookie, which brings no token's name twice and writes nothing without a stamp."""
    said = asked(request(b"POST", b"/api/v1/domains", ((b"Cookie", content), _PLAIN), b'{"domain":"x"}'))
    assert said is None or said.status in {400, 401, 403, 431}, said


def of_place(content: bytes) -> None:
    """A stream goes on from no place but one that was given to the account."""
    said = asked(request(b"HEAD", b"/api/v1/events", (as_("ukraine"), (b"Last-Event-ID", content))))
    stated = content.translate(None, b"\r\n\0").strip(b" \t")
    assert said is None or said.status != _OK or not stated or stated in _places()


@cache
def _places() -> tuple[bytes, ...]:
    wire = desk()[0].served.wire
    return tuple(sealed(wire, "ukraine", place).encode() for place in (Place(), Place(told=Instant(2**32))))


def of_key(content: bytes) -> None:
    """The same request under the same key is answered the same, whatever the key."""
    body = b'{"domain":"%s"}' % content.hex()[:40].encode() if content else b"{}"
    headers = (as_("colin"), _PLAIN, (b"Idempotency-Key", content))
    first, second = (asked(request(b"POST", b"/api/v1/domains", headers, body)) for _ in range(2))
    if first is not None and first.status == _OK:
        assert second is not None
        assert (second.status, second.body) == (first.status, first.body)


def of_search(content: bytes) -> None:
    """A query finds or is refused, for people and for partners, in words and in their beginnings."""
    text = quote(content.decode(errors="replace"))
    for who in ("ukraine", "olga"):
        said = asked(request(b"GET", f"/api/v1/search?query={text}".encode(), (as_(who),)))
        if said is not None and said.status == _OK:
            found = said.json()
            assert len(found["hits"]) <= found["count"]
    asked(request(b"GET", f"/api/v1/suggest?beginning={text}".encode(), (as_("ukraine"),)))


def of_address(content: bytes) -> None:
    """Any address below REST is answered, to everybody who works here."""
    who = _WHO[len(content) % len(_WHO)]
    asked(request(b"GET", b"/api/v1/" + content, (as_(who),)))


def of_body(content: bytes) -> None:
    """Any body is refused or done. The first line says who sends it where."""
    line, _, body = content.partition(b"\n")
    name, _, path = line.partition(b" ")
    who = name.decode(errors="replace")
    asked(request(b"POST", b"/api/v1/" + path, (as_(who if who in _WHO else "olga"), _PLAIN), body))


def of_form(content: bytes) -> None:
    """A form is taken in or refused. The first line says what it is."""
    media, _, body = content.partition(b"\n")
    asked(request(b"POST", b"/api/v1/import?from=USA", (as_("olga"), (b"Content-Type", media)), body))


def of_line(content: bytes) -> None:
    """Any bytes on a connection are answered, or it ends; nobody waits for more than the rest of a request."""
    asked(content)


def _raw() -> Sequence[bytes]:
    """Whole requests, by somebody who is let in."""
    who = (as_("ukraine"), _TAXII)
    body = json.dumps({"objects": [{"id": ident("o1"), "type": "indicator"}]}).encode()
    return [
        request(b"GET", b"/taxii2/comity/collections/all/objects/?limit=2", who),
        request(b"POST", b"/taxii2/comity/collections/inbox/objects/", (*who, _ENVELOPE), body),
        request(b"DELETE", b"/taxii2/comity/collections/all/objects/%s/" % ident("o1").encode(), who),
        request(b"OPTIONS", b"*"),
    ]


_QUERY: Final = (
    *(
        b"match[id]=",
        b"match[type]=",
        b"match[version]=",
        b"match[spec_version]=",
        b"added_after=",
        b"limit=",
        b"next=",
    ),
    *(
        b"&",
        b"=",
        b",",
        b"all",
        b"last",
        b"first",
        b"2.1",
        b"2025-01-01T00:00:00.000Z",
        b"%00",
        b"%ff",
        b"%",
        b"+",
        b"?",
    ),
    ident("o1").encode(),
)
_PARTS: Final = (
    *(
        b"comity/",
        b"collections/",
        b"all/",
        b"inbox/",
        b"objects/",
        b"manifest/",
        b"versions/",
        b"status/",
        b"//",
        b"%2f",
    ),
    *(b"..", b"withdrawn/"),
)
_REST: Final = (
    *(
        b"?",
        b"&",
        b"=",
        b"limit=",
        b"after=",
        b"at=",
        b"item=",
        b"to=",
        b"UKR",
        b"GBR/alice",
        b"from=",
        b"since=",
        b"%00",
    ),
    *(b"2025-01-01T00:00:00Z", b"99999999999999999999", b"-1", b"true", b"null", b"%ff", b"dry_run=", b"domains="),
)
_MEMBERS: Final = (
    *(b'"why":"x"', b'"by":"USA"', b'"evidence":"x"', b'"from":"USA"', b'"to":"UKR"', b'"level":', b'"domains":["*"]'),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b'"',
        b'"\\ud800"',
        b"NaN",
        b"1e400",
        b"null",
        b"true",
        b"9" * 30,
        b"\\u0000",
    ),
)

TARGETS: Final = (
    Target(name="filters", law=of_filters, words=_QUERY),
    Target(
        name="media",
        law=of_media,
        words=(b"application/taxii+json", b";version=2.1", b";q=0", b"*/*", b",", b";", b"=", b'"', b"\n"),
    ),
    Target(name="taxii-address", law=of_pages, words=(*_PARTS, *_QUERY), tries=60),
    Target(name="taxii-envelope", law=of_envelope, words=(b'"objects":[', *_MEMBERS), tries=50),
    Target(
        name="authorization",
        law=of_authorization,
        words=(b"Bearer ", b"Basic ", b"comity_", b"_", b"=", b":", b"Og=="),
        made=_credentials,
        tries=40,
    ),
    Target(name="cookie", law=of_cookie, words=(b"comity-session=", b"; ", b"=", b'"', b"comity_t-"), tries=40),
    Target(name="event-id", law=of_place, made=_places, tries=50),
    Target(name="idempotency-key", law=of_key, words=(b"~", b"!", b"\x7f", b" ", b"\xc3\xa9"), tries=40),
    Target(
        name="search", law=of_search, words=(b'"', b"*", b" ", b"label:", b"type:", b"AND", b"NEAR(", b"'"), tries=25
    ),
    Target(name="rest-address", law=of_address, words=_REST, tries=80),
    Target(name="rest-body", law=of_body, words=_MEMBERS, tries=80),
    Target(
        name="rest-form", law=of_form, words=(b"\r\n", b"--b", b"--b--", b"name=sidecar", b"; boundary=b"), tries=40
    ),
    Target(
        name="http",
        law=of_line,
        words=(
            b"\r\n",
            b"\r\n\r\n",
            b"Content-Length: ",
            b"Transfer-Encoding: chunked\r\n",
            b"Expect: 100-continue\r\n",
        ),
        made=_raw,
        tries=40,
    ),
)
