"""What programs come in with; and who has come in."""

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from comity.core.role import Duty
from comity.service import sessions, tokens
from comity.service.authority import identified
from comity.service.ports import Store
from comity.service.records import Access
from comity.service.tokens import DEFAULT_DAYS, MOST_DAYS, NewToken
from comity.web.rest.acting import Ask, Asking, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import Name, Shape, Stated, When, Why, shown

Which = Annotated[str, Path(max_length=100, description="Its id.", examples=["t-5f1a09c2d4"])]
OfAccount = Annotated[Name | None, Query(description="Only those of this account.")]


class TokenShown(Shape):
    """A token."""

    id: str
    account: str
    name: str
    scopes: list[str]
    expires: When


class TokenList(Shape):
    """Tokens that can still be used."""

    tokens: list[TokenShown]


class TokenMade(TokenShown):
    """A token with its secret, which is shown this once."""

    token: str


class TokenWanted(Why):
    """A token to make."""

    name: Name = Field(description="What its owner calls it.", examples=["feed"])
    scopes: list[Name] = Field(
        min_length=1, description="What it may be used for; never more than you may do yourself.", examples=[["submit"]]
    )
    account: Name | None = Field(None, description="A program's or a partner's account, by default your own.")
    days: int = Field(DEFAULT_DAYS, ge=1, le=MOST_DAYS, description="How long it can be used.")


class Revoked(Shape):
    """A token that is revoked."""

    revoked: str
    at: When


class SessionShown(Shape):
    """A session."""

    id: str
    account: str
    by: str = Field(description="By which way it was opened.")
    expires: When


class SessionList(Shape):
    """Open sessions."""

    sessions: list[SessionShown]


class SessionEnded(Shape):
    """A session that has ended."""

    ended: str
    at: When


def create(do: Do, body: TokenWanted) -> Response:
    """Make a token. It is shown this once, and only a keyed digest of it is kept."""
    new = NewToken(name=body.name, scopes=frozenset(body.scopes), account=body.account, days=body.days)

    def done(store: Store) -> TokenMade:
        made = tokens.create_token(store, new, do.word(body), vault=do.served.vault)
        return TokenMade(**_token(made.access).model_dump(), token=made.secret)

    return do.done(Duty.OWN, done)


def list_tokens(ask: Ask, account: OfAccount = None) -> Response:
    """List tokens that can still be used: one's own, and for whoever may list accounts those of all."""
    found = [_token(each) for each in _current(ask, account) if each.scopes is not None]
    return answered(TokenList(tokens=found))


def revoke(do: Do, id: Which, body: Stated) -> Response:  # noqa: A002 - the user's word
    """Revoke a token. When this answers, nothing is handed out on it any more, in any process."""

    def done(store: Store) -> Revoked:
        when = tokens.revoke_token(store, id, do.word(body))
        return Revoked(revoked=id, at=shown(when) or "")

    return do.done(Duty.OWN, done)


def list_sessions(ask: Ask, account: OfAccount = None) -> Response:
    """List open sessions: one's own, and for whoever may list accounts those of all."""
    found = [
        SessionShown(id=each.id, account=each.account, by=each.name, expires=shown(each.expires) or "")
        for each in _current(ask, account)
        if each.scopes is None
    ]
    return answered(SessionList(sessions=found))


def end_session(do: Do, id: Which, body: Stated) -> Response:  # noqa: A002 - the user's word
    """End a session. When this answers, nothing is handed out on it any more, in any process."""

    def done(store: Store) -> SessionEnded:
        when = sessions.end_session(store, id, do.word(body))
        return SessionEnded(ended=id, at=shown(when) or "")

    return do.done(Duty.OWN, done)


def _current(ask: Asking, account: str | None) -> list[Access]:
    """The tokens and sessions that let in now, and that this one may see."""
    with ask.served.store.read() as reader:
        who = identified(reader, ask.caller.word)
        mine = who.account if Duty.LISTS not in who.duties else account
        now = max(ask.served.clock(), reader.latest())
        return [each for each in reader.accesses(mine) if now < each.expires and account in (None, each.account)]


def _token(found: Access) -> TokenShown:
    return TokenShown(
        id=found.id,
        account=found.account,
        name=found.name,
        scopes=list(found.scopes or ()),
        expires=shown(found.expires) or "",
    )


ROUTES: Final = (
    get("/tokens", list_tokens, TokenList, command="token list"),
    post("/tokens", create, TokenMade, command="token create"),
    post("/tokens/{id}/revoke", revoke, Revoked, command="token revoke"),
    get("/sessions", list_sessions, SessionList, command="session list"),
    post("/sessions/{id}/end", end_session, SessionEnded, command="session end"),
)
