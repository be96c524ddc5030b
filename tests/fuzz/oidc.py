"""The law of logins by a provider: whatever comes back, from a browser or from a provider that lies, lets nobody in.

An input has four lines, each empty for the honest one: the parameters of the way back, the ID token, further keys of
the provider, and what it says of itself.
"""

import atexit
import json
from contextlib import ExitStack, suppress
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl

from comity.core.errors import NotAuthenticated
from comity.service.providers import Provider
from comity.web.oidc import Client, Logins
from tests.fuzz.target import Target
from tests.nodes import START, Lots
from tests.web.provider import CLIENT, SECRET, Book, browse, running

_LINES: Final = 4


def of_login(content: bytes) -> None:
    """Nobody comes in but who the honest provider says it is."""
    way, token, keys, metadata = (content.split(b"\n", _LINES - 1) + [b""] * _LINES)[:_LINES]
    book, logins = _book(), Logins(Lots())
    book.token, book.more_keys, book.metadata = None, [], {}
    client = Client(
        provider=Provider(name="it", issuer=book.issuer, client_id=CLIENT),
        redirect="http://127.0.0.1:1/",
        secret=SECRET,
    )
    answer = browse(logins.begin(client, START))
    stated = dict(parse_qsl(way.decode("latin-1"), keep_blank_values=True))
    book.token = token.decode("latin-1") or None
    book.more_keys, book.metadata = _json(keys, []), _json(metadata, {})
    with suppress(NotAuthenticated):
        logins.begin(client, START)
    with suppress(NotAuthenticated):
        assert logins.finish(answer | stated, START) == (book.issuer, "4711")
        assert book.token is None
    assert not logins._pending or stated.get("state", answer["state"]) != answer["state"] or len(logins._pending) == 1


def _json(content: bytes, otherwise: Any) -> Any:  # noqa: ANN401 - JSON
    with suppress(ValueError, RecursionError):
        found = json.loads(content)
        if type(found) is type(otherwise):
            return found
    return otherwise


@cache
def _book() -> Book:
    """An honest provider, until this process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running(Book(now=START)))


TARGETS: Final = (
    Target(
        name="login",
        law=of_login,
        words=(
            *(
                b"\n",
                b"state=",
                b"code=",
                b"iss=",
                b"error=x",
                b"&",
                b".",
                b"eyJhbGciOiJub25lIn0",
                b'{"kty":"RSA"',
                b'"n":',
            ),
            *(
                b'"issuer":',
                b'"token_endpoint":',
                b'"jwks_uri":',
                b"[",
                b"{",
                b"null",
                b'"kty":"oct"',
                b'"crv":',
                b'"alg":',
            ),
        ),
        tries=12,
    ),
)
