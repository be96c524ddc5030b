"""Tokens and sessions: what they are made of, who they let in, and the cache of that.

A token is `comity_ID_SECRET`, 256 bits drawn by lot. What is kept is its keyed digest: who reads the record cannot come
in with it. Rules kept here:
1. a token has scopes and an end, at most a year and a day away;
2. nobody gives what they do not have: a token's scopes are among its maker's duties, when it is made and ever after;
3. a person's token is made by that person. A partner's or a program's is made by whoever has the duty of policy or of
   accounts;
4. revoking raises the policy epoch and returns when nothing is handed out on the token any more, in any process.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple

from comity.core.errors import Forbidden, MalformedInput, UnknownName
from comity.core.instant import Instant
from comity.core.role import OF_PARTNERS, SCOPES, Duty, Kind, is_account_name
from comity.service.authority import Principal, came_in, identified
from comity.service.policy import taking_back
from comity.service.ports import Reader, Store, Writer
from comity.service.records import Access, Account, Word
from comity.service.vault import Vault

DAY: Final = 24 * 3600 * 1_000_000
DEFAULT_DAYS: Final = 90
MOST_DAYS: Final = 366
PREFIX: Final = "comity"
_ID: Final = re.compile("[a-z]-[0-9a-f]{10}")
_SHAPE: Final = re.compile(rf"{PREFIX}_({_ID.pattern})_[A-Za-z0-9_-]{{43}}")
LATELY: Final = 1.0
"""Seconds for which it is remembered that somebody has come in.

So long may an ended token be told, instead of that it is one, what is wrong with its request, or that there is too much
to do: nothing of what is held.
"""
_SIZE: Final = 32
_ID_SIZE: Final = 5


class Issued(NamedTuple):
    """A token or session with its secret, which is shown this once."""

    access: Access
    secret: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Issued({self.access.id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token to make for `account`, by default the maker's own."""

    name: str
    scopes: frozenset[str]
    account: str | None = None
    days: int = DEFAULT_DAYS


def create_token(store: Store, new: NewToken, word: Word, *, vault: Vault) -> Issued:
    """Make a token. Raises MalformedInput for a scope or an end that cannot be, Forbidden by rules 2 and 3."""
    _check(new)
    with store.write("token", word, policy=False) as writer:
        maker = identified(writer, word)
        account = _owner(writer, maker, maker.account if new.account is None else new.account)
        held = maker.duties & (OF_PARTNERS if account.kind is Kind.PARTNER else SCOPES)
        if lacking := sorted(new.scopes - {duty.value for duty in held}):
            raise Forbidden(f"`{lacking[0]}` is not yours to give to `{account.name}`: leave it out of --scopes")
        if any(each.name == new.name and each.expires > writer.act.at for each in _tokens(writer, account.name)):
            raise Forbidden(f"`{account.name}` has a token `{new.name}` already: choose another name, or revoke that")
        expires = Instant(writer.act.at + new.days * DAY)
        issued = issue(
            vault,
            Access(fresh(vault, "t"), account.name, b"", expires, new.name, tuple(sorted(new.scopes)), maker.account),
        )
        writer.add_access(issued.access)
    return issued


def revoke_token(store: Store, name: str, word: Word) -> Instant:
    """End a token, by its id; when it ended. It is one's own, or one's duty to look after."""
    return end_access(store, "token-revoke", name, word)


def end_access(store: Store, kind: str, name: str, word: Word) -> Instant:
    """End a token or a session, by its id; rule 4."""
    with taking_back(store, kind, word) as writer:
        doer, found = identified(writer, word), writer.access(name) if _ID.fullmatch(name) else None
        if found is None or (found.scopes is None) != (kind == "session-end") or not _over(writer, doer, found.account):
            noun = "session" if kind == "session-end" else "token"
            raise UnknownName(f"no {noun} `{name}` that is yours to end: see `comity {noun} list`")
        if found.expires <= writer.act.at:
            raise Forbidden(f"`{name}` has ended already: nothing is left to do")
        end(writer, found)
        return writer.act.at


def made_for_others(reader: Reader, maker: str) -> tuple[Access, ...]:
    """The tokens that somebody has made for others, and that have not ended: they give what their maker may do."""
    found, now = reader.accesses(), reader.now()
    return tuple(each for each in found if each.scopes and each.maker == maker != each.account and now < each.expires)


def end(writer: Writer, access: Access) -> None:
    """End a token or a session in an act that is under way."""
    writer.add_ending("session" if access.scopes is None else "token", access.id, writer.act.at)


def fresh(vault: Vault, kind: str) -> str:
    """A new id, drawn by lot: it tells nobody how many there are."""
    return f"{kind}-{vault.randomness(_ID_SIZE).hex()}"


def issue(vault: Vault, access: Access) -> Issued:
    """The token or session with a secret of its own."""
    secret = f"{PREFIX}_{access.id}_{drawn(vault)}"
    return Issued(access._replace(digest=digest(vault, secret)), secret)


def drawn(vault: Vault) -> str:
    """256 bits as 43 characters."""
    return urlsafe_b64encode(vault.randomness(_SIZE)).decode().rstrip("=")


def digest(vault: Vault, secret: str) -> bytes:
    """What is kept of a secret."""
    return vault.digest("tokens", secret.encode("utf-8", "surrogatepass"))


def authenticate(reader: Reader, presented: str, vault: Vault) -> Principal:
    """Who comes with this token or session, in this snapshot, as of its time.

    Raises NotAuthenticated with one text for every reason: malformed, unknown, wrong, ended, expired, disabled.
    """
    shape = _SHAPE.fullmatch(presented)
    access = None if shape is None else reader.access(shape[1])
    kept = bytes(sha256().digest_size) if access is None else access.digest
    fitting = hmac.compare_digest(kept, digest(vault, presented))  # also where there is nothing: the same work
    return came_in(reader, access if fitting else None)


class CredentialCache:
    """Who came in with what, for as long as nothing can have changed: the epoch is the same, and it has not expired.

    INVARIANT: whatever takes from an account raises the epoch, so an entry that is found under it still holds. Kept by
    keyed digest, never by the secret; at most `size` entries, the least recently used go first. For many threads.
    """

    def __init__(self, vault: Vault, size: int = 1024) -> None:
        """Nothing is kept yet."""
        self._vault = vault
        self._size = size
        self._kept: OrderedDict[bytes, tuple[int, Principal, float]] = OrderedDict()
        self._lock = Lock()

    def authenticate(self, reader: Reader, presented: str) -> Principal:
        """As `authenticate`."""
        since, key, epoch = monotonic(), digest(self._vault, presented), reader.epoch()
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        known = found is not None and found[0] == epoch and _lasts(found[1], reader.now())
        principal = found[1] if found is not None and known else authenticate(reader, presented, self._vault)
        with self._lock:
            self._kept[key] = (epoch, principal, since)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return principal

    def lately(self, presented: str) -> Principal | None:
        """Who came with this less than `LATELY` seconds ago, without a look at the record: not who may have anything.

        For what is asked again in the snapshot that it is decided on, and tells nothing before.
        """
        with self._lock:
            found = self._kept.get(digest(self._vault, presented))
        return found[1] if found is not None and monotonic() < found[2] + LATELY else None

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)


def _lasts(principal: Principal, now: Instant) -> bool:
    return principal.expires is not None and now < principal.expires


def _check(new: NewToken) -> None:
    if not new.name.strip() or new.name != new.name.strip():
        raise MalformedInput("a token has a name without surrounding blanks, by which its owner knows it")
    if not 1 <= new.days <= MOST_DAYS:
        raise MalformedInput(f"--days: {new.days} is no life for a token: give 1 to {MOST_DAYS}")
    known = {duty.value for duty in SCOPES}
    if not new.scopes or not new.scopes <= known:
        unknown = "".join(f"`{name}` is none; " for name in sorted(new.scopes - known)[:1])
        raise MalformedInput(f"--scopes: {unknown}name one or more of {', '.join(sorted(known))}")


def _owner(reader: Reader, maker: Principal, name: str) -> Account:
    """The account for which the maker may make a token."""
    account = reader.account(name) if is_account_name(name) else None
    own = account is not None and account.kind is Kind.PERSON and name == maker.account
    if account is None or not account.active or not (own or _over_others(maker, account)):
        raise Forbidden(f"a token for `{name}` is not yours to make: make one of your own, or ask its administrator")
    return account


def _over_others(doer: Principal, account: Account) -> bool:
    return account.kind is not Kind.PERSON and bool(doer.duties & {Duty.POLICY, Duty.ACCOUNTS})


def _over(reader: Reader, doer: Principal, name: str) -> bool:
    """Whether somebody may end what lets this account in."""
    account = reader.account(name)
    return account is not None and (name == doer.account or Duty.ACCOUNTS in doer.duties or _over_others(doer, account))


def _tokens(reader: Reader, account: str) -> list[Access]:
    return [each for each in reader.accesses(account) if each.scopes is not None]
