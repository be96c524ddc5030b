"""To come in by the word of an OpenID provider, in a browser: there, and back.

What was drawn for a login goes with the browser, sealed, in a cookie of its own for ten minutes: so that whichever
process is asked can finish it. That cookie is SameSite=Lax, for the way back begins at the provider's; that of the
session is not.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Annotated, Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Path, Request
from starlette.responses import RedirectResponse, Response

from comity.core.errors import MalformedInput, NodeBusy, NotAuthenticated
from comity.core.instant import Instant
from comity.service import sessions
from comity.service.providers import identity_of, provider
from comity.service.vault import Vault
from comity.web import cookie
from comity.web.auth import Served
from comity.web.oidc import LASTS, Client, Pending, address, drawn, finish
from comity.web.rest.acting import answered
from comity.web.rest.describing import BASE, get
from comity.web.rest.sessions import LoggedIn, logged_in
from comity.web.serving import Serving

Found = TypeVar("Found")
_COOKIE: Final = "comity-login"
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_NONCE: Final = 12
_ASKED: Final = BoundedSemaphore(4)
"""Logins for which a provider is asked at the same time: it may be slow, and anybody may begin one."""
Which = Annotated[str, Path(max_length=100, description="The provider.", examples=["ministry"])]


def begin(request: Request, served: Served, name: Which) -> Response:
    """Go to a provider, which says who you are."""
    pending = drawn(_client(request, served, name), served.vault.randomness, served.clock())
    response = RedirectResponse(_asking(lambda: address(pending)), 303)
    response.set_cookie(
        _COOKIE,
        _sealed(served.vault, name, pending),
        max_age=LASTS,
        path=f"{BASE}/login/{name}/",
        secure=cookie.secure(request, served),
        httponly=True,
        samesite="lax",
    )
    return response


def back(request: Request, served: Served, name: Which) -> Response:
    """Come back from the provider. The session is kept in a cookie of this browser."""
    client = _client(request, served, name)
    pending = _opened(served.vault, name, client, request.cookies.get(_COOKIE, ""))
    answer = dict(request.query_params.multi_items())
    issuer, subject = _asking(lambda: finish(pending, answer, served.clock()))
    issued = sessions.enter(served.store, identity_of(issuer, subject), vault=served.vault)
    response = answered(logged_in(served, issued, kept=True))
    cookie.keep(response, request, served, issued.secret, issued.access.expires)
    response.delete_cookie(_COOKIE, path=f"{BASE}/login/{name}/", httponly=True, samesite="lax")
    return response


def _client(request: Request, served: Serving, name: str) -> Client:
    """This node, as the provider knows it, and where the provider sends the browser: to the address that it asked."""
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host) is None:
        raise MalformedInput("the request does not say which host it is for: name it in `Host`")
    with served.store.read() as reader:
        found = provider(reader, name)
    scheme = "https" if cookie.secure(request, served) else "http"
    redirect = f"{scheme}://{host}{BASE}/login/{name}/back"
    return Client(provider=found, redirect=redirect, secret=served.kept.provider_secret(name))


def _sealed(vault: Vault, name: str, pending: Pending) -> str:
    said = json.dumps([pending.state, pending.nonce, pending.verifier, pending.until]).encode()
    nonce = vault.randomness(_NONCE)
    return urlsafe_b64encode(nonce + AESGCM(vault.key("logins")).encrypt(nonce, said, name.encode())).decode()


def _opened(vault: Vault, name: str, client: Client, sealed: str) -> Pending:
    try:
        found = urlsafe_b64decode(sealed.encode("ascii"))
        said = AESGCM(vault.key("logins")).decrypt(found[:_NONCE], found[_NONCE:], name.encode())
    except (Error, ValueError, InvalidTag):
        raise NotAuthenticated("this login was not begun here, or not in this browser: begin again") from None
    state, nonce, verifier, until = json.loads(said)
    return Pending(client=client, state=state, nonce=nonce, verifier=verifier, until=Instant(until))


def _asking(ask: Callable[[], Found]) -> Found:
    """What comes of asking a provider. NodeBusy where too many do."""
    if not _ASKED.acquire(blocking=False):
        raise NodeBusy("too many come in at once: try again in a moment")
    try:
        return ask()
    finally:
        _ASKED.release()


_OPEN: Final[dict[str, object]] = {"security": []}
_AWAY: Final = {303: {"description": "Go to the provider.", "headers": {"Location": {"schema": {"type": "string"}}}}}
ROUTES: Final = (
    get(
        "/login/{name}",
        begin,
        None,
        status=303,
        openapi=_OPEN,
        response_class=Response,
        responses=_AWAY,
        any_query=True,
    ),
    get("/login/{name}/back", back, LoggedIn, openapi=_OPEN, command="login --provider", any_query=True),
)
