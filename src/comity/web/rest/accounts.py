"""Who may come in, and as what."""

from typing import Annotated, Final, Literal

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from comity.core.role import Duty, Kind, Role
from comity.service import accounts
from comity.service.accounts import NewAccount
from comity.service.ports import Store
from comity.service.providers import identity
from comity.service.records import Account
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import Code, Name, Shape, Stated, Why

Which = Annotated[str, Path(max_length=100, description="The account.", examples=["carol"])]


class AccountShown(Shape):
    """An account."""

    account: str
    kind: Kind
    recipient: str | None = Field(alias="for", description="Whom a partner's account stands for.")
    roles: list[str]
    active: bool


class AccountList(Shape):
    """The accounts, by name."""

    accounts: list[AccountShown]


class AccountDescribed(AccountShown):
    """An account, and by what it comes in."""

    ways: list[str]


class AccountAdded(Why):
    """An account to add: of a person with roles, of a partner or a part of one, or of a program."""

    account: Name = Field(description="Up to 64 of a–z, 0–9 and . _ @ + -.", examples=["carol"])
    roles: list[Role] = Field([], description="What the person is here; an administrator is nothing else.")
    recipient: Code | None = Field(
        None, alias="for", description="The partner, or the part of one, that it stands for."
    )
    service: bool = Field(default=False, description="It is a program's.")


class AccountWithCode(AccountShown):
    """An account with its one-time code, which is shown this once; null where it needs none."""

    code: str | None
    link: str | None


class Roles(Stated):
    """What a person is from now on, and nothing else."""

    roles: list[Role] = Field(min_length=1)


class TokenLeft(Shape):
    """A token that gives nothing any more, because its maker may do nothing."""

    id: str
    account: str
    name: str


class Disabled(Shape):
    """An account that is let in no more, and the tokens that it has made for others."""

    account: str
    active: bool
    tokens: list[TokenLeft]


class Enabled(Shape):
    """An account that is let in again."""

    account: str
    active: bool


class Unlocked(Shape):
    """An account that is not locked."""

    account: str
    locked: bool


class Linking(Why):
    """Whom a provider calls by this subject."""

    provider: Name
    subject: Name = Field(description="`sub` in the provider's ID token.")


class Linked(Shape):
    """A link."""

    account: str
    provider: str
    subject: str


class Unlinked(Shape):
    """An account that no provider lets anybody in as."""

    account: str
    ways: list[str]


class LocalLogin(Stated):
    """Whether whoever may read the node's folder is trusted with the name that they give."""

    local_login: Literal["required", "trusted"]


class LocalLoginSet(Shape):
    """As it is from now on."""

    local_login: str


def list_accounts(ask: Ask) -> Response:
    """List the accounts."""
    with ask.reading(Duty.LISTS) as reader:
        found = [AccountShown.model_validate(_said(each)) for each in reader.accounts()]
        return answered(AccountList(accounts=found))


def add(do: Do, body: AccountAdded) -> Response:
    """Add an account.

    A person or a partner comes in by a one-time code; a program gets tokens.
    """
    new = NewAccount(name=body.account, roles=frozenset(body.roles), recipient=body.recipient, service=body.service)

    def done(store: Store) -> AccountWithCode:
        made, code = accounts.add_account(store, new, do.word(body), vault=do.served.vault)
        return _with_code(made, code)

    return do.done(Duty.ACCOUNTS, done)


def show(ask: Ask, name: Which) -> Response:
    """Show an account: what it is, and by what it comes in."""
    with ask.reading(Duty.LISTS) as reader:
        found = accounts.known_account(reader, name)
        ways = sorted({each.kind for each in reader.credentials(name)})
        return answered(AccountDescribed.model_validate({**_said(found), "ways": ways}))


def set_roles(do: Do, name: Which, body: Roles) -> Response:
    """Give a person these roles, and no others. Nobody changes an account of their own."""

    def done(store: Store) -> AccountShown:
        made = accounts.set_roles(store, name, frozenset(body.roles), do.word(body))
        return AccountShown.model_validate(_said(made))

    return do.done(Duty.ACCOUNTS, done)


def disable(do: Do, name: Which, body: Stated) -> Response:
    """Let an account in no more.

    Its sessions, tokens and codes end; nothing is handed out on them when this answers. What it has made for programs
    and partners gives nothing either until it is enabled again; those tokens are listed.
    """

    def done(store: Store) -> Disabled:
        left = accounts.disable(store, name, do.word(body))
        tokens = [TokenLeft(id=each.id, account=each.account, name=each.name) for each in left]
        return Disabled(account=name, active=False, tokens=tokens)

    return do.done(Duty.ACCOUNTS, done)


def enable(do: Do, name: Which, body: Stated) -> Response:
    """Let a disabled account in again, by its password or its provider. Tokens are to be made anew."""

    def done(store: Store) -> Enabled:
        accounts.enable(store, name, do.word(body))
        return Enabled(account=name, active=True)

    return do.done(Duty.ACCOUNTS, done)


def reset(do: Do, name: Which, body: Stated) -> Response:
    """Take an account's password, sessions and tokens, and give it a new one-time code."""

    def done(store: Store) -> AccountWithCode:
        code = accounts.reset(store, name, do.word(body), vault=do.served.vault)
        with store.read() as reader:
            return _with_code(accounts.known_account(reader, name), code)

    return do.done(Duty.ACCOUNTS, done)


def unlock(do: Do, name: Which, body: Stated) -> Response:
    """Forget an account's wrong passwords, after which it was locked for a while."""

    def done(store: Store) -> Unlocked:
        accounts.unlock(store, name, do.word(body), vault=do.served.vault)
        return Unlocked(account=name, locked=False)

    return do.done(Duty.ACCOUNTS, done)


def link(do: Do, name: Which, body: Linking) -> Response:
    """Let in as this account whom a provider calls by this subject."""

    def done(store: Store) -> Linked:
        with store.read() as reader:
            found = identity(reader, body.provider, body.subject)
        accounts.link(store, name, found, do.word(body))
        return Linked(account=name, provider=body.provider, subject=body.subject)

    return do.done(Duty.ACCOUNTS, done)


def unlink(do: Do, name: Which, body: Stated) -> Response:
    """Let nobody in as this account by a provider's word any more; its sessions end."""

    def done(store: Store) -> Unlinked:
        accounts.unlink(store, name, do.word(body))
        return Unlinked(account=name, ways=[])

    return do.done(Duty.ACCOUNTS, done)


def local(do: Do, body: LocalLogin) -> Response:
    """Say whether whoever may read the node's folder is trusted with the name that `--as` gives."""

    def done(store: Store) -> LocalLoginSet:
        accounts.require_login(store, do.word(body), required=body.local_login == "required")
        return LocalLoginSet(local_login=body.local_login)

    return do.done(Duty.ACCOUNTS, done)


def _with_code(made: Account, code: str | None) -> AccountWithCode:
    link = None if code is None else f"/enrol#{code}"
    return AccountWithCode.model_validate({**_said(made), "code": code, "link": link})


def _said(found: Account) -> dict[str, object]:
    return {
        "account": found.name,
        "kind": found.kind,
        "for": found.recipient,
        "roles": sorted(role.value for role in found.roles),
        "active": found.active,
    }


ROUTES: Final = (
    get("/accounts", list_accounts, AccountList, command="account list"),
    post("/accounts", add, AccountWithCode, command="account add"),
    get("/accounts/{name}", show, AccountDescribed, command="account show"),
    post("/accounts/{name}/roles", set_roles, AccountShown, command="account role"),
    post("/accounts/{name}/disable", disable, Disabled, command="account disable"),
    post("/accounts/{name}/enable", enable, Enabled, command="account enable"),
    post("/accounts/{name}/reset", reset, AccountWithCode, command="account reset"),
    post("/accounts/{name}/unlock", unlock, Unlocked, command="account unlock"),
    post("/accounts/{name}/link", link, Linked, command="account link"),
    post("/accounts/{name}/unlink", unlink, Unlinked, command="account unlink"),
    post("/settings/local-login", local, LocalLoginSet, command="account local"),
)
