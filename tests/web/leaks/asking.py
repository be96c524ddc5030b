"""All that can be asked of the application: made from its own route table, so that no route can be forgotten.

Every path parameter is given words of every kind that R can try: what it has, what is hidden from it, what never was,
and nonsense. Every query parameter that a route states is tried too; `BY_HAND` has those that routes read for
themselves.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from tests.sending import ident
from tests.web.leaks.asgi import Ask, Headers, Said
from tests.web.leaks.happenings import kind_of
from tests.web.leaks.network import ABSENT, COVERT, KEPT, MARK, SEEN, envelope, seen

TAXII: Final = "/taxii2/"
EVENTS: Final = "/api/v1/events"
TAXII_MEDIA: Final = "application/taxii+json;version=2.1"
ABSENT_UUID: Final = "01234567-89ab-4cde-8f01-23456789abcd"
_PARAMETER: Final = re.compile(r"\{(\w+)(?::\w+)?\}")

BY_HAND: Final[Mapping[str, Sequence[str]]] = {
    TAXII: (
        "limit", "next", "added_after", "match[id]", "match[type]", "match[version]", "match[spec_version]", "unknown",
    ),
    EVENTS: ("from",),
}  # fmt: skip
"""The parameters that the routes below a path read by themselves."""

GARBAGE: Final = ("", "-1", "a" * 300, "\0", "é🛰", "' OR 1=1 --")
TIMES: Final = ("2025-03-01T00:00:00Z", "2025-03-01T00:00:06.000000Z", "2031-01-01T00:00:00Z", "yesterday")
HEADERS: Final[tuple[Headers, ...]] = (
    (),
    (("accept", TAXII_MEDIA),),
    (("accept", "application/json"),),
    (("accept", "text/html"),),
    (("accept-encoding", "gzip, br, zstd"),),
    (("if-none-match", "*"),),
    (("if-none-match", 'W/"0"'),),
    (("if-match", '"x"'),),
    (("if-modified-since", "Sat, 01 Mar 2025 00:00:00 GMT"),),
    (("range", "bytes=0-9"),),
    (("x-forwarded-for", "127.0.0.1"), ("forwarded", "for=127.0.0.1")),
    (("origin", "https://elsewhere.example"),),
)
"""What may be said beside a request."""
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OTHERS: Final = ("OPTIONS", "PUT", "PATCH", "TRACE", "POST", "DELETE")
"""Methods that are tried where a path has them or not."""


@dataclass(slots=True)
class Words:
    """What R can name: `known` by the parameter's name, and what it was told since."""

    known: dict[str, list[str]] = field(default_factory=dict)
    cursors: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    collections: list[str] = field(default_factory=list)

    def for_path(self, name: str) -> list[str]:
        """What a parameter of a path is tried with; the first is the best."""
        own = {"collection": self.collections, "item": ids()}.get(name, [])
        return [*own, *self.statuses[:2], *self.known.get(name, []), *NAMES, ABSENT_UUID, "x"]

    def likely(self, name: str, rng: random.Random) -> str:
        """A word that fits more often than not."""
        return rng.choice(self.for_path(name)[: 3 if name == "collection" else None])

    def for_query(self, name: str) -> list[str]:
        """What a parameter of a query is tried with; the first is the best."""
        cursors = self.cursors[-3:] if name in {"next", "after"} else []
        return [*VALUES.get(name, [*NAMES, *ids()[:8]]), *self.known.get(name, []), *cursors, *GARBAGE]


def ids() -> list[str]:
    """Ids of objects: visible, hidden, kept and absent."""
    found = [*SEEN[:3], *COVERT[:3], *KEPT[:2]]
    return [*(ident(name, kind_of(name)) for name in found), *(ident(name) for name in (*KEPT, *ABSENT[:1]))]


NAMES: Final = ("USA", "UKR", "FRA", "UKR/unit", "GBR", "ZZ-0", "france", "admin", "o-0", "no-such", "1", "2")
"""Names of partners, parts, accounts, facts, and numbers of rows."""
SEARCHES: Final = ("plain", MARK, '"plain words"', "pla*", f"{MARK[:3]}*", "type:indicator", f"label:{MARK}",
                   "originator:USA", "domain:intelligence", f"id:{ident('h0')}", "(", "a:b")  # fmt: skip
VALUES: Final[Mapping[str, Sequence[str]]] = {
    "from": ("now", "start", "UKR", "USA"),
    "limit": ("1", "2", "3", "1000", "100000"),
    "match[id]": (*ids(), ",".join(ids())),
    "match[type]": ("indicator", "indicator,malware", "report", "x-unknown"),
    "match[version]": ("all", "first", "last", "2025-01-02T00:00:00.000Z", "first,2025-01-03T00:00:00.000Z"),
    "match[spec_version]": ("2.1", "2.0", "2.0,2.1"),
    "added_after": TIMES,
    "at": TIMES,
    "since": TIMES,
    "until": TIMES,
    "query": SEARCHES,
    "beginning": ("pla", MARK[:3], MARK, "pl", "v"),
    "item": tuple(ids()),
    "of": tuple(ids()),
    "to": ("UKR", "USA", "FRA", "UKR/unit", "GBR", "ZZ-0", "NO-SUCH"),
    "for": ("UKR", "USA", "FRA", "GBR", "ZZ-0", "NO-SUCH"),
    "received": ("true", "false"),
    "account": ("ukraine", "france", "admin", "no-such"),
    "entry": ("1", "2", "999"),
}
"""What parameters are tried with, by their names; the first is what R would ask with."""


def routes(app: FastAPI) -> list[APIRoute]:
    """Every route; all are FastAPI's own, so that what they take can be read from them."""
    assert all(isinstance(route, APIRoute) for route in app.routes)
    return [route for route in app.routes if isinstance(route, APIRoute)]


def methods(route: APIRoute) -> set[str]:
    """The methods of a route."""
    return route.methods or set()


def required(route: APIRoute) -> list[str]:
    """Those of them without which nothing is answered."""
    return [each.alias for each in route.dependant.query_params if each.field_info.is_required()]


def parameters(route: APIRoute) -> list[str]:
    """The parameters of a route's query."""
    stated = list(dict.fromkeys(_stated(route.dependant)))
    return stated + [name for path, found in BY_HAND.items() if route.path.startswith(path) for name in found]


def _stated(dependant: Dependant) -> Iterator[str]:
    """The parameters of a route and of whatever it depends on; a model's are its fields."""
    for each in dependant.query_params:
        fields = getattr(each.field_info.annotation, "model_fields", None)
        yield from (found.alias or name for name, found in fields.items()) if fields else (each.alias,)
    for other in dependant.dependencies:
        yield from _stated(other)


def filled(route: APIRoute, words: Mapping[str, str]) -> str:
    """The path with these words in it."""
    return _PARAMETER.sub(lambda found: words[found[1]], route.path)


def of_path(route: APIRoute) -> list[str]:
    """The parameters of a route's path."""
    return _PARAMETER.findall(route.path)


def random_ask(rng: random.Random, app: FastAPI, words: Words) -> Ask:
    """One question, mostly well-formed."""
    route = rng.choice(routes(app))
    path = filled(route, {name: words.likely(name, rng) for name in of_path(route)})
    if rng.random() < 0.03:
        path += rng.choice(["x", "/", "%2e%2e/", "\n"])
    stated = parameters(route)
    chosen = rng.sample(stated, min(len(stated), rng.choice([0, 0, 1, 1, 2, 3])))
    chosen = [*required(route), *(name for name in chosen if name not in required(route))]
    query = tuple((name, rng.choice(words.for_query(name))) for name in chosen)
    method = rng.choice(sorted(methods(route))) if rng.random() < 0.9 else rng.choice(OTHERS)
    body, headers = b"", rng.choice(HEADERS) if rng.random() < 0.5 else ()
    if route.path == EVENTS and words.places and rng.random() < 0.7:
        headers = (("last-event-id", rng.choice(words.places[-4:])),)
    if method not in READING:
        body, more = rng.choice(bodies())
        headers = (*headers, *more)
    return Ask(method=method, path=path, query=query, headers=headers, body=body)


def every_ask(app: FastAPI, words: Words, closed: frozenset[str] = frozenset()) -> Iterator[Ask]:
    """Every route that reads: with every word in its path, every value of each parameter, every header and method.

    Of `closed` routes, which refuse whoever asks before they look at anything, a few of each are enough to see that;
    and of HEAD, which is asked of every path.
    """
    for route in routes(app):
        if not methods(route) & READING:
            continue
        few = 3 if route.path in closed else None
        method, paths = min(methods(route) & READING), every_path(route, words)[:few]
        best = {name: words.for_query(name)[0] for name in required(route)}
        yield from (Ask(method=method, path=path, query=tuple(best.items())) for path in paths)
        for name in parameters(route):
            values = words.for_query(name)[: few if method == "GET" else 3]
            tried = ({**best, name: value} for value in values)
            yield from (Ask(method=method, path=paths[0], query=tuple(found.items())) for found in tried)
        if method == "GET" and not few:
            headers = [*HEADERS, *((("last-event-id", place),) for place in words.places[-1:])]
            yield from (Ask(path=paths[0], query=tuple(best.items()), headers=each) for each in headers)
            yield from (Ask(method=other, path=paths[0]) for other in OTHERS if other not in methods(route))


def every_act(app: FastAPI, words: Words) -> Iterator[Ask]:
    """Every route that changes something, with every word in its path, and with every body."""
    for route in routes(app):
        for method in sorted(methods(route) - READING):
            few = None if route.path.startswith(TAXII) else 3
            paths, (first, *others) = every_path(route, words)[:few], bodies()
            yield from (Ask(method=method, path=path, headers=first[1], body=first[0]) for path in paths)
            yield from (Ask(method=method, path=paths[0], headers=more, body=body) for body, more in others)


def every_path(route: APIRoute, words: Words) -> list[str]:
    """The path with what R has in it; and with every other word in each place, one place after the other."""
    best = {name: (words.for_path(name) or ["x"])[0] for name in of_path(route)}
    tried = [best | {name: word} for name in of_path(route) for word in words.for_path(name)]
    return list(dict.fromkeys(filled(route, found) for found in (best, *tried)))


def bodies() -> list[tuple[bytes, Headers]]:
    """What may be sent: what TAXII reads, what a form of REST may, and nonsense."""
    taxii, plain = (("content-type", TAXII_MEDIA),), (("content-type", "application/json"),)
    own = [seen("r0"), seen("r0", 2), seen("r1", kind="report", object_refs=[ident("r0")])]
    acts: list[dict[str, Any]] = [
        {},
        {"item": ids()[0], "to": ["UKR"], "by": "UKR"},
        {"item": ids()[4], "to": ["UKR"], "by": "USA"},
        {"from": "UKR", "to": "FRA"},
    ]
    return [
        *((envelope(each), taxii) for each in own),
        (envelope(*own), taxii),
        (b"{", taxii),
        (b'{"objects": [1, {}]}', taxii),
        *((json.dumps(each).encode(), plain) for each in acts),
        (b"", ()),
    ]


def learned(words: Words, ask: Ask, said: Said) -> None:
    """What an answer tells that can be asked with."""
    if said.stream:
        words.places += [line[4:].decode() for line in said.body.splitlines() if line.startswith(b"id: ")]
    answer = said.json() if said.body and "json" in (said.header("content-type") or "") else None
    if isinstance(answer, dict):
        for key, value in answer.items():
            if key in {"next", "cursor"} and isinstance(value, str):
                words.cursors.append(value)
            elif key == "collections" and isinstance(value, list):
                words.collections[:] = ["all", "inbox", *(str(each["id"]) for each in value), ABSENT_UUID, "x"]
            elif key == "id" and isinstance(value, str) and ask.method == "POST":
                words.statuses.insert(0, value)


def steady(app: FastAPI, words: Words) -> Iterator[Ask]:
    """Every route that reads, once, with what R has: the shortest look at everything."""
    for route in routes(app):
        if methods(route) & READING:
            yield shortest(route, words)


def shortest(route: APIRoute, words: Words) -> Ask:
    """What R would ask a route that reads."""
    query = tuple((name, words.for_query(name)[0]) for name in required(route))
    return Ask(method=min(methods(route)), path=every_path(route, words)[0], query=query)
