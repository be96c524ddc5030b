"""To come in: by a password, by a one-time code, or by the word of a provider; and to go.

A session lasts twelve hours. It is ended at once by going, and with the account's password, by a reset, and when the
account is disabled. Whoever is not let in gets the same words after the same work, whatever the reason: no such
account, a wrong password, a lock, a disabled account, an expired code.
"""

from contextlib import AbstractContextManager
from typing import Final

from comity.core.errors import NotAuthenticated
from comity.core.instant import NEVER, Instant
from comity.core.role import Role, is_account_name
from comity.service import limits, passwords
from comity.service.authority import GOVERNED, governed
from comity.service.policy import taking_back
from comity.service.ports import Reader, Store, Writer
from comity.service.records import Access, Credential, NewCredential, Proof, Word
from comity.service.tokens import Issued, digest, drawn, end, end_access, fresh, issue
from comity.service.vault import Vault

HOURS: Final = 12
_HOUR: Final = 3600 * 1_000_000
CODE_LASTS: Final = 7 * 24 * _HOUR
"""Microseconds for which a one-time code can be used."""


def login(store: Store, name: str, password: str, *, vault: Vault, place: str | None = None) -> Issued:
    """Come in by a password, from a place that is counted (see `limits`). NotAuthenticated for every reason."""
    tried, kept = _known(store, name, password, vault=vault, place=place)
    with _coming_in(store, name) as writer:
        _still(writer, name, kept)
        limits.succeeded(writer, tried)
        if passwords.outdated(kept.value):
            _replace(writer, kept, passwords.hashed(password, name, vault.randomness))
        return _open(writer, vault, name, "password")


def change_password(
    store: Store, name: str, passwords_: tuple[str, str], *, vault: Vault, place: str | None = None
) -> None:
    """Put a new password in place of the old one (old, new); every session of the account ends."""
    old, new = passwords_
    tried, kept = _known(store, name, old, vault=vault, place=place)
    value = passwords.hashed(new, name, vault.randomness)
    with taking_back(store, "password", Word(actor=name)) as writer:
        _still(writer, name, kept)
        limits.succeeded(writer, tried)
        _replace(writer, kept, value)
        end_sessions(writer, name)


def enrol(store: Store, code: str, password: str, *, vault: Vault, place: str | None = None) -> str:
    """Give an account its password by its one-time code, which is used up; the account's name.

    The first administrator to do so, or to come in by a provider, makes the node a governed one: see `authority`.
    """
    tried = limits.counted(store, vault, None, place)
    with store.read() as reader:
        found = None if tried is None else _link(reader, vault, code)
    if found is None or tried is None:
        raise _refused("code")
    value = passwords.hashed(password, found.account, vault.randomness)
    with taking_back(store, "enrol", Word(actor=found.account)) as writer:
        if _link(writer, vault, code) != found:
            raise _refused("code")
        limits.succeeded(writer, tried)
        end_credentials(writer, found.account, "link", "password")
        end_sessions(writer, found.account)
        writer.add_credential(NewCredential(found.account, "password", value, NEVER))
        _govern(writer, found.account)
    return found.account


def enter(store: Store, identity: str, *, vault: Vault) -> Issued:
    """Come in by what a provider has said, as `providers.identity` writes it. NotAuthenticated for every reason."""
    with store.read() as reader:
        found = reader.credential("oidc", identity)
    if found is None:
        raise _refused("provider")
    with _coming_in(store, found.account) as writer:
        if writer.credential("oidc", identity) != found:
            raise _refused("provider")
        return _open(writer, vault, found.account, "oidc")


def end_session(store: Store, name: str, word: Word) -> Instant:
    """End a session, by its id; when it ended. It is one's own, or one has the duty of accounts."""
    return end_access(store, "session-end", name, word)


def add_code(writer: Writer, vault: Vault, account: str) -> str:
    """A one-time code for an account, in an act that is under way; its text, which is shown this once."""
    code = drawn(vault)
    expires = Instant(writer.act.at + CODE_LASTS)
    writer.add_credential(NewCredential(account, "link", digest(vault, code).hex(), expires))
    return code


def end_credentials(writer: Writer, account: str, *kinds: Proof) -> None:
    """End an account's credentials of these kinds."""
    for each in writer.credentials(account):
        if each.kind in kinds:
            writer.add_ending("credential", each.id, writer.act.at)


def end_sessions(writer: Writer, account: str, *, tokens: bool = False) -> None:
    """End an account's sessions, and its tokens if asked to."""
    for each in writer.accesses(account):
        if each.expires > writer.act.at and (tokens or each.scopes is None):
            end(writer, each)


def _known(store: Store, name: str, password: str, *, vault: Vault, place: str | None) -> tuple[limits.Try, Credential]:
    """The password's credential, if it fits and may be tried."""
    tried = limits.counted(store, vault, name, place)
    with store.read() as reader:
        kept = _password(reader, name)
    fitting = passwords.fits(None if kept is None else kept.value, password)
    if tried is None or kept is None or not fitting:
        raise _refused("password")
    return tried, kept


def _still(reader: Reader, name: str, kept: Credential) -> None:
    """While the password was looked at, nobody has changed it or disabled the account."""
    if _password(reader, name) != kept:
        raise _refused("password")


def _password(reader: Reader, name: str) -> Credential | None:
    account = reader.account(name) if is_account_name(name) else None
    if account is None or not account.active:
        return None
    found = [each for each in reader.credentials(name) if each.kind == "password"]
    return found[-1] if found else None


def _link(reader: Reader, vault: Vault, code: str) -> Credential | None:
    found = reader.credential("link", digest(vault, code.strip()).hex())
    account = None if found is None else reader.account(found.account)
    return found if account is not None and account.active else None


def _replace(writer: Writer, kept: Credential, value: str) -> None:
    writer.add_ending("credential", kept.id, writer.act.at)
    writer.add_credential(NewCredential(kept.account, "password", value, NEVER))


def _coming_in(store: Store, account: str) -> AbstractContextManager[Writer]:
    """The act of coming in. In an open node it may be the one that governs it, and so takes from everybody else."""
    with store.read() as reader:
        open_still = not governed(reader)
    word = Word(actor=account)
    return taking_back(store, "login", word) if open_still else store.write("login", word, policy=False)


def _govern(writer: Writer, name: str) -> None:
    """Govern the node, if this is its first administrator to come in."""
    account = writer.account(name)
    if account is not None and account.active and Role.ADMINISTRATOR in account.roles and not governed(writer):
        writer.set_setting(GOVERNED, value=True)


def _open(writer: Writer, vault: Vault, account: str, way: str) -> Issued:
    _govern(writer, account)
    expires = Instant(writer.act.at + HOURS * _HOUR)
    issued = issue(vault, Access(fresh(vault, "n"), account, b"", expires, way, None))
    writer.add_access(issued.access)
    return issued


def _refused(way: str) -> NotAuthenticated:
    said = {
        "password": "this account and password do not let you in: try again in a while, or ask an administrator",
        "code": "this code lets nobody in (any more): ask an administrator for a new one",
        "provider": "this provider's word lets nobody in here: ask an administrator to link your account",
    }
    return NotAuthenticated(said[way])
