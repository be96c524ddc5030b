"""Who may come in, and as what: acts of an administrator.

Rules kept here:
1. nobody changes an account of their own, so that no power is taken by the one who gets it;
2. an administrator has no other role; one active administrator who can come in always stays;
3. a new account comes in by a one-time code, which is shown to the administrator this once and to nobody again;
4. what takes a power back raises the policy epoch, and returns when nothing is handed out by it any more.
"""

from dataclasses import dataclass

from comity.core.errors import Forbidden, MalformedInput, UnknownName
from comity.core.instant import NEVER
from comity.core.partner import Recipient
from comity.core.role import Kind, Role, is_account_name, mixed
from comity.service import limits
from comity.service.authority import LOCAL_LOGIN, governed, must_be_governed
from comity.service.policy import taking_back
from comity.service.ports import Reader, Store, Writer
from comity.service.records import Access, Account, NewCredential, Word
from comity.service.release import named
from comity.service.sessions import add_code, end_credentials, end_sessions
from comity.service.tokens import made_for_others
from comity.service.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to add: a person with roles, a partner's for a recipient (`POL`, `GBR/alice`), or a program's."""

    name: str
    roles: frozenset[Role] = frozenset()
    recipient: str | None = None
    service: bool = False

    @property
    def kind(self) -> Kind:
        """What stands behind it."""
        if self.service:
            return Kind.SERVICE
        return Kind.PERSON if self.recipient is None else Kind.PARTNER


def first(writer: Writer, name: str, vault: Vault) -> str:
    """The first administrator, in the node's first act; its one-time code."""
    _check_name(name)
    writer.add_account(Account(name, Kind.PERSON, None, frozenset({Role.ADMINISTRATOR}), active=True))
    return add_code(writer, vault, name)


def add_account(store: Store, new: NewAccount, word: Word, *, vault: Vault) -> tuple[Account, str | None]:
    """Add an account; with its one-time code, which a program does not need.

    Raises MalformedInput for a name or a mixture that cannot be, Forbidden when the account is there already.
    """
    _check_name(new.name)
    _check_roles(new.kind, new.roles, new.recipient)
    with store.write("account", word, policy=False) as writer:
        if writer.account(new.name) is not None:
            raise Forbidden(f"the account `{new.name}` is there already: choose another name, or give it other roles")
        recipient = None if new.recipient is None else Recipient(named(writer.policy(), new.recipient))
        account = Account(new.name, new.kind, recipient, new.roles, active=True)
        writer.add_account(account)
        code = None if account.kind is Kind.SERVICE else add_code(writer, vault, account.name)
    return account, code


def set_roles(store: Store, name: str, roles: frozenset[Role], word: Word) -> Account:
    """Give a person these roles, and no others."""
    with taking_back(store, "account-roles", word) as writer:
        account = _others(writer, name, word)
        _check_roles(account.kind, roles, account.recipient)
        if account.kind is not Kind.PERSON:
            raise Forbidden(f"`{name}` is no person's: a {account.kind.value}'s account has no roles")
        _change(writer, account._replace(roles=roles))
        return account._replace(roles=roles)


def disable(store: Store, name: str, word: Word) -> tuple[Access, ...]:
    """Let an account in no more: its sessions, its tokens and its codes end. Its password is kept for `enable`.

    Returns the tokens that it has made for others: they give nothing until it is enabled again, or they are made anew.
    """
    with taking_back(store, "account-disable", word) as writer:
        account = _others(writer, name, word)
        if not account.active:
            raise Forbidden(f"`{name}` is disabled already: nothing is left to do")
        _change(writer, account._replace(active=False))
        end_credentials(writer, name, "link")
        end_sessions(writer, name, tokens=True)
        return made_for_others(writer, name)


def enable(store: Store, name: str, word: Word) -> None:
    """Let an account in again, by its password or its provider; sessions and tokens are to be made anew."""
    with store.write("account-enable", word, policy=True) as writer:
        account = _others(writer, name, word)
        if account.active:
            raise Forbidden(f"`{name}` is not disabled: nothing is left to do")
        writer.add_standing(name, account.roles, active=True)


def reset(store: Store, name: str, word: Word, *, vault: Vault) -> str:
    """Take an account's password, sessions and tokens, and give it a new one-time code. One's own may be reset too.

    Forbidden for the last administrator who can come in: a code is no way to, as it may lapse unused.
    """
    with taking_back(store, "account-reset", word) as writer:
        account = known_account(writer, name)
        if account.kind is Kind.SERVICE:
            raise Forbidden(f"`{name}` has no password: revoke its tokens, and make new ones")
        end_credentials(writer, name, "link", "password")
        end_sessions(writer, name, tokens=True)
        _one_stays(writer)
        writer.forget_attempts(limits.subject(vault, "account", name), under=True)
        return add_code(writer, vault, name)


def unlock(store: Store, name: str, word: Word, *, vault: Vault) -> None:
    """Forget what an account has failed."""
    with store.write("account-unlock", word, policy=False) as writer:
        known_account(writer, name)
        writer.forget_attempts(limits.subject(vault, "account", name), under=True)


def link(store: Store, name: str, identity: str, word: Word) -> None:
    """Let in as this account whom a provider names so (see `providers.identity`); nobody links an account of theirs."""
    with store.write("account-link", word, policy=True) as writer:
        account = _others(writer, name, word)
        if account.kind is Kind.SERVICE:
            raise Forbidden(f"`{name}` is a program's: give it a token")
        if writer.credential("oidc", identity) is not None:
            raise Forbidden("this name at the provider is linked to an account already: unlink that first")
        writer.add_credential(NewCredential(name, "oidc", identity, NEVER))


def unlink(store: Store, name: str, word: Word) -> None:
    """Take every provider's word for this account back; its sessions end."""
    with taking_back(store, "account-link", word) as writer:
        known_account(writer, name)
        if not any(each.kind == "oidc" for each in writer.credentials(name)):
            raise Forbidden(f"`{name}` is not linked: nothing is left to do")
        end_credentials(writer, name, "oidc")
        end_sessions(writer, name)
        _one_stays(writer)


def require_login(store: Store, word: Word, *, required: bool) -> None:
    """Let nobody act by name alone any more, or let the folder's owner do so again."""
    with taking_back(store, "local-login", word) as writer:
        must_be_governed(writer)
        if (writer.setting(LOCAL_LOGIN) == "required") is required:
            raise Forbidden("this is so already: nothing is left to do")
        writer.set_setting(LOCAL_LOGIN, "required" if required else "trusted")


def known_account(reader: Reader, name: str) -> Account:
    """The account with this name. For those who have the duty of accounts, or may list them: UnknownName."""
    account = reader.account(name) if is_account_name(name) else None
    if account is None:
        raise UnknownName(f"no account `{name}`: see `comity account list`")
    return account


def _others(writer: Writer, name: str, word: Word) -> Account:
    """An account that is not the doer's own: rule 1."""
    account = known_account(writer, name)
    if name == word.actor and governed(writer):
        raise Forbidden("nobody changes an account of their own: ask another administrator")
    return account


def _change(writer: Writer, account: Account) -> None:
    writer.add_standing(account.name, account.roles, active=account.active)
    _one_stays(writer)


def _one_stays(writer: Writer) -> None:
    """Rule 2, after whatever takes a role, an account or a way to come in."""
    administrators = [each for each in writer.accounts() if each.active and Role.ADMINISTRATOR in each.roles]
    if governed(writer) and not any(_comes_in(writer, each.name) for each in administrators):
        raise Forbidden("one administrator who can come in has to stay: let another one enrol first")


def _comes_in(reader: Reader, name: str) -> bool:
    """Whether there is more than a one-time code, which nobody may have."""
    return any(each.kind != "link" for each in reader.credentials(name))


def _check_name(name: str) -> None:
    if not is_account_name(name):
        raise MalformedInput(
            f"`{name}` is no name for an account: use up to 64 of a–z, 0–9 and . _ @ + -, the first a letter or digit"
        )


def _check_roles(kind: Kind, roles: frozenset[Role], recipient: str | None) -> None:
    if kind is Kind.PERSON and not roles:
        raise MalformedInput("a person has a role: name one or more with --role")
    if kind is not Kind.PERSON and roles:
        raise MalformedInput(
            "only a person has roles: a partner asks for its own, and a program has its token's scopes"
        )
    if kind is Kind.SERVICE and recipient is not None:
        raise MalformedInput("an account is a program's or a partner's: leave out --service or --for")
    if mixed(roles):
        raise MalformedInput("an administrator has no other role: make a second account for the other work")
