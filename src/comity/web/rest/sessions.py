"""To come in, and to go: by a password, by a one-time code, and who one is here.

INVARIANT: these routes, and no others, do what asks for no duty (`Duty.ENTER`): the password or the code is asked for
by the act itself, tries are counted by account and by place, and who is not let in is told the same, whatever the
reason.
"""

from typing import Annotated, Final

from fastapi import Depends, Request
from pydantic import Field, StringConstraints
from starlette.responses import Response

from comity.core.errors import Forbidden
from comity.core.role import SCOPES, Duty
from comity.service import authority, sessions
from comity.service.ports import Store
from comity.service.tokens import Issued
from comity.web import cookie
from comity.web.auth import Served, place_of
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import Shape, When, shown
from comity.web.serving import Serving

Password = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
AccountName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_OPEN: Final[dict[str, list[object]]] = {"security": []}


class LoggingIn(Shape):
    """Who comes in, by a password."""

    account: AccountName
    password: Password
    cookie: bool = Field(default=False, description="Keep the session in a cookie of this browser.")


class LoggedIn(Shape):
    """A session."""

    id: str
    account: str
    by: str
    expires: When
    session: str | None = Field(description="What to come in with, as `Bearer`; null where a cookie has it.")
    csrf: str | None = Field(description=f"With a cookie: to be stated as `{cookie.HEADER}` with each write.")


class LoggedOut(Shape):
    """A session that has ended."""

    ended: str


class Whoami(Shape):
    """Who one is here, and what one may do."""

    account: str
    through: str | None = Field(description="The token or session.")
    expires: When | None
    recipient: str | None = Field(alias="for", description="Whom a partner's account stands for.")
    duties: list[str]
    csrf: str | None = Field(description=f"Of a session: to be stated as `{cookie.HEADER}` by who comes by a cookie.")


class Enrolling(Shape):
    """A one-time code, and the password that is chosen."""

    code: Password
    password: Password


class Changing(Shape):
    """The password as it was, and as it is to be."""

    account: AccountName
    old: Password
    new: Password


class Entered(Shape):
    """An account that has a password now."""

    account: str


def from_our_page(request: Request) -> None:
    """Nobody is made to come in by a page of somebody else's."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Forbidden("this came from a page of another site: come in from a page of this server")


def logged_in(served: Serving, issued: Issued, *, kept: bool) -> LoggedIn:
    """A session that was opened; `kept` by a cookie, or handed out here."""
    found = issued.access
    return LoggedIn(
        id=found.id,
        account=found.account,
        by=found.name,
        expires=shown(found.expires) or "",
        session=None if kept else issued.secret,
        csrf=cookie.stamp(served.vault, found.id) if kept else None,
    )


def login(request: Request, served: Served, body: LoggingIn) -> Response:
    """Come in by a password. The session lasts twelve hours."""
    issued = sessions.login(served.store, body.account, body.password, vault=served.vault, place=place_of(request))
    response = answered(logged_in(served, issued, kept=body.cookie))
    if body.cookie:
        cookie.keep(response, request, served, issued.secret, issued.access.expires)
    return response


def logout(request: Request, do: Do) -> Response:
    """Go: the session that one has come in by ends."""
    through = do.caller.principal.through
    if through is None or through.startswith("t"):
        raise Forbidden("you have come by a token, which is no session: revoke it instead")

    def done(store: Store) -> LoggedOut:
        sessions.end_session(store, through, do.word())
        return LoggedOut(ended=through)

    response = do.done(Duty.OWN, done)
    cookie.forget(response, request, do.served)
    return response


def whoami(ask: Ask) -> Response:
    """Who you are in this node, and what you may do."""
    with ask.served.store.read() as reader:
        who = authority.identified(reader, ask.caller.word)
    through = who.through
    found = {
        "account": who.account,
        "through": through,
        "expires": shown(who.expires),
        "for": who.recipient,
        "duties": sorted(duty.value for duty in who.duties & SCOPES),
        "csrf": None if through is None or through.startswith("t") else cookie.stamp(ask.served.vault, through),
    }
    return answered(Whoami.model_validate(found))


def enrol(request: Request, served: Served, body: Enrolling) -> Response:
    """Give an account its password, by its one-time code, which is used up."""
    name = sessions.enrol(
        served.store,
        body.code.removeprefix("/enrol#"),
        body.password,
        vault=served.vault,
        place=place_of(request),
    )
    return answered(Entered(account=name))


def change(request: Request, served: Served, body: Changing) -> Response:
    """Change one's own password. Its sessions end."""
    sessions.change_password(
        served.store, body.account, (body.old, body.new), vault=served.vault, place=place_of(request)
    )
    return answered(Entered(account=body.account))


_FROM_OURS: Final = {"dependencies": [Depends(from_our_page)], "openapi": _OPEN}
ROUTES: Final = (
    post("/login", login, LoggedIn, command="login", **_FROM_OURS),
    post("/logout", logout, LoggedOut, command="logout"),
    get("/whoami", whoami, Whoami, command="whoami"),
    post("/enrol", enrol, Entered, command="account enrol", **_FROM_OURS),
    post("/password", change, Entered, command="account password", **_FROM_OURS),
)
