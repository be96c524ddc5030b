"""Who asks: read from the request's credentials, once for each request.

Three ways, the same for every surface: HTTP Basic with an account and its password; HTTP Basic with an account and a
token of its own in the password's place; and a token or a session as Bearer. Below `/api/v1` a session may also come in
a cookie (see `comity.web.cookie`). Nothing else lets anybody in: a client certificate is a door before this one, and no
account.

INVARIANT: a `Caller` is who came in at that moment, or by `asker` just before. Whatever hands something over asks again
in the snapshot that it decides on: `Caller.releasing` is the `check` of its `releasing.Request`, `Caller.having` that
of everything else.
"""

from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from comity.core.partner import Code, Recipient, base
from comity.core.role import Duty
from comity.service import authority
from comity.service.authority import Principal
from comity.service.coming_in import refused
from comity.service.ports import Reader
from comity.service.records import Word
from comity.web import cookie
from comity.web.noted import ADMITTED, note, noted
from comity.web.problem import TooManyAtOnce
from comity.web.serving import Serving

_LONGEST: Final = 8192
"""Characters of credentials that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. A partner's account has a `recipient`, which is all that it acts for; people and programs have none."""

    principal: Principal
    place: str | None

    @property
    def account(self) -> str:
        """The account's name."""
        return self.principal.account

    @property
    def recipient(self) -> Recipient | None:
        """For whom a partner's account asks: a partner, or a part of one."""
        return self.principal.recipient

    @property
    def partner(self) -> Code | None:
        """The partner behind a partner's account."""
        return None if self.recipient is None else base(self.recipient)

    @property
    def scopes(self) -> frozenset[Duty]:
        """What the caller may do, at most."""
        return self.principal.duties

    @property
    def word(self) -> Word:
        """By whom what the caller does is recorded: it counts for as long as the token or session does."""
        return Word(actor=self.principal.account, through=self.principal.through)

    def releasing(self, to: str) -> Callable[[Reader], None]:
        """What a release to this recipient asks of the snapshot that it decides on."""
        return authority.may_release(self.word, to)

    def having(self, duty: Duty) -> Callable[[Reader], None]:
        """What anything else asks of its snapshot. Raises NotAuthenticated, Forbidden."""

        def check(reader: Reader) -> None:
            authority.check(reader, self.word, duty)

        return check


def serving(request: Request) -> Serving:
    """What is served."""
    found: Serving = request.app.state.serving
    return found


def caller(request: Request) -> Caller:
    """Who asks. NotAuthenticated, with one text for every reason. Waits for the record: not for the event loop."""
    served, place = serving(request), place_of(request)
    doors = served.doors
    session = None if request.headers.getlist("authorization") else cookie.presented(request)
    scheme, text = _credentials(request) if session is None else ("cookie", session)
    if scheme == "cookie":
        found = doors.by_token(text)
        cookie.must_be_ours(request, served.vault, found.through or "")
    elif scheme == "bearer":
        found = doors.by_token(text)
    elif scheme == "basic":
        account, password = _basic(text)
        found = doors.by_password(account, password, place)
    else:
        raise refused()
    _admit(request, served, found.account)
    return Caller(principal=found, place=place)


async def asker(request: Request) -> Caller:
    """Who asks for what is released: as `caller`, and whoever came by the same token just now has come in again."""
    found = _lately(request) if request.headers.getlist("authorization") else None
    if found is None:
        return await run_in_threadpool(caller, request)
    _admit(request, serving(request), found.account)
    return Caller(principal=found, place=place_of(request))


def _lately(request: Request) -> Principal | None:
    doors, (scheme, text) = serving(request).doors, _credentials(request)
    if scheme == "basic":
        account, password = _basic(text)
        return doors.lately(password, account)
    return doors.lately(text) if scheme == "bearer" else None


def _admit(request: Request, served: Serving, account: str) -> None:
    """Let the account's request in, until `comity.web.guard` says that it is over. TooManyAtOnce."""
    if noted(request.scope, ADMITTED) is None and not served.crowd.enter(account):
        raise TooManyAtOnce("this account has as many requests under way as it may have: wait for one to end")
    note(request.scope, ADMITTED, account)


def place_of(request: Request) -> str | None:
    """Where the request comes from: its address, without the port."""
    return None if request.client is None else request.client.host


def _credentials(request: Request) -> tuple[str, str]:
    stated = request.headers.getlist("authorization")
    if len(stated) != 1 or len(stated[0]) > _LONGEST:
        raise refused()
    scheme, _, text = stated[0].partition(" ")
    return scheme.lower(), text.strip()


def _basic(text: str) -> tuple[str, str]:
    try:
        account, colon, password = b64decode(text, validate=True).decode("utf-8").partition(":")
    except (NoBase64, ValueError):
        raise refused() from None
    if not colon:
        raise refused()
    return account, password


Known = Annotated[Caller, Depends(caller)]
"""An argument of a route: who asks, and nobody else gets any further."""
Asking = Annotated[Caller, Depends(asker)]
"""The same, of a route that does nothing but to release what is asked for, or to refuse it."""


async def _served(request: Request) -> Serving:
    """As `serving`, without a thread for it."""
    return serving(request)


Served = Annotated[Serving, Depends(_served)]
"""An argument of a route: what is served."""
