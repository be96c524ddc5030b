"""`comity account`: who may come in, and as what."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter, Token

from comity.cli.coming_in import first_step
from comity.cli.options import (
    ACTING,
    ASKING,
    Acting,
    ActingOptions,
    AskingOptions,
    Flag,
    StatingOptions,
    listed,
    opened,
    opened_node,
)
from comity.cli.secret import asked, chosen
from comity.cli.terminal import Draw, answer, drawn, lines, said, table
from comity.core.errors import MalformedInput
from comity.core.role import Duty, Role
from comity.service import accounts, sessions
from comity.service.accounts import NewAccount
from comity.service.providers import identity
from comity.service.records import Account

account = App(name="account", help="Who may come in, and as what.")


def _roles(_: object, tokens: Sequence[Token]) -> tuple[Role, ...]:
    """The roles that were typed, those between commas apart. MalformedInput, with what there is, for another."""
    named = listed(tuple(token.value for token in tokens))
    known = {role.value: role for role in Role}
    if strange := [name for name in named if name not in known]:
        raise MalformedInput(f"--role: no role `{strange[0]}`: it is one of {', '.join(known)}")
    return tuple(known[name] for name in named)


Roles = Annotated[
    tuple[Role, ...],
    Parameter(name="--role", consume_multiple=True, negative=(), show_default=False, converter=_roles),
]


@account.command(name="add")
def add(
    name: str,
    /,
    *,
    roles: Roles = (),
    recipient: Annotated[str | None, Parameter(name="--for")] = None,
    service: Flag = False,
    options: ActingOptions = ACTING,
) -> int:
    """Add an account: of a person with roles, of a partner or a part of one, or of a program.

    A person or a partner comes in by a one-time code, which is printed this once: `comity account enrol`. A program
    gets tokens: `comity token create`.

    Example: `comity account add carol --role release-officer --why "took over from Bob"`

    Args:
        name: Up to 64 of a–z, 0–9 and . _ @ + -.
        roles: What the person is in this node; an administrator is nothing else.
        recipient: The partner, or the part of one, that the account stands for: `POL`, `GBR/alice`.
        service: It is a program's.
    """
    new = NewAccount(name=name, roles=frozenset(roles), recipient=recipient, service=service)
    with opened_node(options, needs=None) as node:
        made, code = accounts.add_account(node.store, new, options.word, vault=node.vault)
    return _with_code(options, made, code, f"{made.name} is a {made.kind.value}'s account")


@account.command(name="list")
def list_accounts(*, options: AskingOptions = ASKING) -> int:
    """List the accounts.

    Example: `comity account list`
    """
    with opened(options, Duty.LISTS) as store, store.read() as reader:
        found = reader.accounts()
    rows = [
        (each.name, each.kind.value, lines(_powers(each)), "active" if each.active else "disabled") for each in found
    ]
    return answer(options, {"accounts": list(map(_document, found))}, table(("name", "of a", "as", "is"), rows))


@account.command(name="show")
def show(name: str, /, *, options: AskingOptions = ASKING) -> int:
    """Show an account: what it is, and by what it comes in.

    Example: `comity account show carol`

    Args:
        name: The account.
    """
    with opened(options, Duty.LISTS) as store, store.read() as reader:
        found = accounts.known_account(reader, name)
        ways = sorted({each.kind for each in reader.credentials(name)})
    document = {**_document(found), "ways": ways}
    state = "active" if found.active else "disabled"
    line = f"{name} is a {found.kind.value}'s account, {state}, as {', '.join(_powers(found)) or '–'}"
    return answer(options, document, drawn(said(line), said(f"comes in by: {', '.join(ways) or '–'}")))


@account.command(name="role")
def role(name: str, /, *, roles: Roles, options: StatingOptions) -> int:
    """Give a person these roles, and no others. Nobody changes an account of their own.

    Example: `comity account role carol --role analyst --why "moved"`

    Args:
        name: The account.
        roles: What the person is from now on.
    """
    with opened(options, needs=None) as store:
        made = accounts.set_roles(store, name, frozenset(roles), options.word)
    return answer(options, _document(made), said(f"{name} is {', '.join(_powers(made))} from now on"))


@account.command(name="disable")
def disable(name: str, /, *, options: StatingOptions) -> int:
    """Let an account in no more. Its sessions, tokens and codes end; nothing is handed out on them when this returns.

    What it has made for programs and partners gives nothing either until it is enabled again; those tokens are listed.

    Example: `comity account disable carol --why "has left"`

    Args:
        name: The account.
    """
    with opened(options, needs=None) as store:
        left = accounts.disable(store, name, options.word)
    tokens = [{"id": each.id, "account": each.account, "name": each.name} for each in left]
    document = {"account": name, "active": False, "tokens": tokens}
    lines_ = [said(f"{name} is let in no more")]
    lines_ += [said(f"{each.id} of {each.account}, which {name} made, gives nothing: make a new one") for each in left]
    return answer(options, document, drawn(*lines_))


@account.command(name="enable")
def enable(name: str, /, *, options: StatingOptions) -> int:
    """Let a disabled account in again, by its password or its provider. Tokens are to be made anew.

    Example: `comity account enable carol --why "is back"`

    Args:
        name: The account.
    """
    with opened(options, needs=None) as store:
        accounts.enable(store, name, options.word)
    return answer(options, {"account": name, "active": True}, said(f"{name} is let in again"))


@account.command(name="reset")
def reset(name: str, /, *, options: StatingOptions) -> int:
    """Take an account's password, sessions and tokens, and give it a new one-time code, which is printed this once.

    Example: `comity account reset carol --why "forgot the password"`

    Args:
        name: The account.
    """
    with opened_node(options, needs=None) as node:
        code = accounts.reset(node.store, name, options.word, vault=node.vault)
        with node.store.read() as reader:
            found = accounts.known_account(reader, name)
    return _with_code(options, found, code, f"{name} has no password now")


@account.command(name="unlock")
def unlock(name: str, /, *, options: StatingOptions) -> int:
    """Forget an account's wrong passwords, after which it was locked for a while.

    Example: `comity account unlock carol --why "asked on the phone"`

    Args:
        name: The account.
    """
    with opened_node(options, needs=None) as node:
        accounts.unlock(node.store, name, options.word, vault=node.vault)
    return answer(options, {"account": name, "locked": False}, said(f"{name} is not locked"))


@account.command(name="link")
def link(name: str, provider: str, subject: str, /, *, options: ActingOptions = ACTING) -> int:
    """Let in as this account whom a provider calls by this subject.

    Example: `comity account link carol ministry 248289761001`

    Args:
        name: The account.
        provider: A provider: see `comity provider list`.
        subject: The provider's own name for the person, `sub` in its ID token.
    """
    with opened(options, needs=None) as store:
        with store.read() as reader:
            found = identity(reader, provider, subject)
        accounts.link(store, name, found, options.word)
    document = {"account": name, "provider": provider, "subject": subject}
    return answer(options, document, said(f"{subject} at {provider} comes in as {name}"))


@account.command(name="unlink")
def unlink(name: str, /, *, options: StatingOptions) -> int:
    """Let nobody in as this account by a provider's word any more; its sessions end.

    Example: `comity account unlink carol --why "left the ministry"`

    Args:
        name: The account.
    """
    with opened(options, needs=None) as store:
        accounts.unlink(store, name, options.word)
    return answer(options, {"account": name, "ways": []}, said(f"no provider lets anybody in as {name}"))


@account.command(name="enrol")
def enrol(*, options: AskingOptions = ASKING) -> int:
    """Give an account its password, by its one-time code. Both are typed, or given as two lines of standard input.

    When the first administrator does so, the node is *governed*: from then on everyone acts by an account.

    Example: `comity account enrol`
    """
    code, password = asked("code").removeprefix("/enrol#"), chosen("new password")
    with opened_node(options, needs=None) as node:
        name = sessions.enrol(node.store, code, password, vault=node.vault)
    return answer(options, {"account": name}, said(f"{name} has a password now: `comity login {name}`"))


@account.command(name="password")
def password(name: str, /, *, options: AskingOptions = ASKING) -> int:
    """Change one's own password. Old and new are typed, or given as two lines of standard input. Sessions end.

    Example: `comity account password carol`

    Args:
        name: The account.
    """
    both = asked("old password"), chosen("new password")
    with opened_node(options, needs=None) as node:
        sessions.change_password(node.store, name, both, vault=node.vault)
    return answer(options, {"account": name}, said(f"{name} has a new password: `comity login {name}`"))


@account.command(name="local")
def local(*, login: Annotated[str, Parameter(name="--login")], options: StatingOptions) -> int:
    """Say whether whoever may read the node's folder is trusted with the name that --as gives.

    Example: `comity account local --login required --why "several people use this machine"`

    Args:
        login: `required`: nobody acts by name alone; `trusted`: whoever may read the folder does.
    """
    required = _required(login)
    with opened(options, needs=None) as store:
        accounts.require_login(store, options.word, required=required)
    line = "nobody acts by name alone" if required else "whoever may read the node's folder acts by name"
    return answer(options, {"local_login": login}, said(f"{line} from now on"))


def _required(login: str) -> bool:
    if login not in ("required", "trusted"):
        raise MalformedInput(f"--login: `{login}` is neither `required` nor `trusted`")
    return login == "required"


def _with_code(options: Acting, made: Account, code: str | None, line: str) -> int:
    document = {**_document(made), "code": code, "link": None if code is None else f"/enrol#{code}"}
    shown: list[Draw] = [said(line)] if code is None else [said(line), first_step(made.name, code)]
    return answer(options, document, drawn(*shown))


def _powers(found: Account) -> list[str]:
    return [found.recipient] if found.recipient is not None else sorted(role.value for role in found.roles)


def _document(found: Account) -> dict[str, object]:
    return {
        "account": found.name,
        "kind": found.kind.value,
        "for": found.recipient,
        "roles": sorted(role.value for role in found.roles),
        "active": found.active,
    }
