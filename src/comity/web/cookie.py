"""A session in a browser's cookie, for a console: only below `/api/v1`, and only for pages of this server.

The cookie is HttpOnly, SameSite=Strict and, over TLS, Secure.

INVARIANT: a write that comes by it states, in a header of its own, what only a page of ours was told (`stamp`). So no
page of anybody else's can write by it, whatever a browser sends along.
"""

import hmac
from typing import Final

from fastapi import Request
from starlette.responses import Response

from comity.core.errors import Forbidden
from comity.core.instant import Instant
from comity.service.vault import Vault
from comity.web.serving import Serving

BELOW: Final = "/api/v1"
HEADER: Final = "X-Comity-CSRF"
_NAME: Final = "comity-session"
_READING: Final = frozenset({"GET", "HEAD"})
_OURS: Final = frozenset({"same-origin", "none"})


def presented(request: Request) -> str | None:
    """The session that a cookie brings, if it counts here."""
    if not request.url.path.startswith(f"{BELOW}/"):
        return None
    return request.cookies.get(_NAME)


def stamp(vault: Vault, session: str) -> str:
    """What a page of ours is told, to be stated with each write."""
    return vault.digest("csrf", session.encode()).hex()


def must_be_ours(request: Request, vault: Vault, session: str) -> None:
    """Forbidden for what a page of somebody else's can have sent: a write without our stamp."""
    if request.headers.get("sec-fetch-site", "none") not in _OURS:
        raise Forbidden("this came from a page of another site: ask from a page of this server")
    if request.method in _READING:
        return
    stated = request.headers.get(HEADER, "").encode("latin-1", "replace")
    if not hmac.compare_digest(stated, stamp(vault, session).encode()):
        raise Forbidden(f"who comes by a cookie states `{HEADER}` with each write: `GET {BELOW}/whoami` has it")


def keep(response: Response, request: Request, served: Serving, secret: str, expires: Instant) -> None:
    """Put a session into a cookie."""
    seconds = max((expires - served.clock()) // 1_000_000, 0)
    response.set_cookie(
        _NAME,
        secret,
        max_age=seconds,
        path=f"{BELOW}/",
        secure=secure(request, served),
        httponly=True,
        samesite="strict",
    )


def forget(response: Response, request: Request, served: Serving) -> None:
    """Take it away."""
    response.delete_cookie(_NAME, path=f"{BELOW}/", secure=secure(request, served), httponly=True, samesite="strict")


def secure(request: Request, served: Serving) -> bool:
    """Whether the browser speaks TLS, with this server or with the proxy before it."""
    return served.behind_proxy or request.url.scheme == "https"
