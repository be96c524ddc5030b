"""Who comes with each request: one process's memory of tokens and passwords, by keyed digest.

A request brings its credentials each time. Rules kept here:
1. a token or session is looked up by `tokens.CredentialCache`, and holds for as long as the policy epoch does; for
   what asks again itself, also for `tokens.LATELY` seconds without a look;
2. a password opens a session, as `comity login` does, with its try counted and its work done. Whoever brings the same
   again is the one who has that session, until it ends: by itself, by a new password, by a reset, or when the account
   is disabled. What is kept of a password is a keyed digest, in memory only;
3. whoever is not let in is not told why, and was looked at for as long, whatever the reason;
4. few passwords are looked at at once, for each takes its share of memory and time.

INVARIANT: what is answered here holds for a snapshot of that moment, or by `lately` of a little before. Whatever hands
over asks again, in the snapshot that it decides on, by `authority.check`.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Final

from comity.core.errors import NodeBusy, NotAuthenticated
from comity.core.instant import Instant
from comity.service.authority import Principal, came_in
from comity.service.ports import Reader, Store
from comity.service.sessions import login
from comity.service.tokens import PREFIX, CredentialCache, digest
from comity.service.vault import Vault

AT_ONCE: Final = 2
"""Passwords that are looked at at the same time."""
PATIENCE: Final = 5.0
"""Seconds to wait until another may be."""
SOON: Final = 60 * 1_000_000
"""Microseconds before its end within which a session is no more begun with: a request takes a while."""


class Doors:
    """By which one process lets in: for many threads."""

    def __init__(self, store: Store, vault: Vault, size: int = 1024) -> None:
        """Nobody has come yet."""
        self._store = store
        self._vault = vault
        self._tokens = CredentialCache(vault, size)
        self._size = size
        self._sessions: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()
        self._looking = BoundedSemaphore(AT_ONCE)

    def by_token(self, presented: str, account: str | None = None) -> Principal:
        """Who comes with this token or session; of this account, if one is named. NotAuthenticated."""
        with self._store.read() as reader:
            found = self._tokens.authenticate(reader, presented)
        if account not in (None, found.account):
            raise refused()
        return found

    def lately(self, presented: str, account: str | None = None) -> Principal | None:
        """Who came with this token or session just now, if anybody: see `CredentialCache.lately`."""
        found = self._tokens.lately(presented)
        return found if found is None or account in (None, found.account) else None

    def by_password(self, account: str, password: str, place: str | None) -> Principal:
        """Who comes with this account and password, or token in its place. NotAuthenticated, NodeBusy."""
        if password.startswith(f"{PREFIX}_"):
            return self.by_token(password, account)
        key = digest(self._vault, f"basic\0{account}\0{password}")
        if (found := self._known(key)) is not None:
            return found
        with self._one_by_one():
            if (found := self._known(key)) is not None:  # whoever came before brought the same
                return found
            opened = login(self._store, account, password, vault=self._vault, place=place).access
            self._keep(key, opened.id)
        with self._store.read() as reader:
            return came_in(reader, reader.access(opened.id))

    def _known(self, key: bytes) -> Principal | None:
        """Who has the session that these credentials have opened, if it lasts."""
        with self._lock:
            name = self._sessions.get(key)
            if name is None:
                return None
            self._sessions.move_to_end(key)
        with self._store.read() as reader:
            return _lasting(reader, name)

    def _keep(self, key: bytes, session: str) -> None:
        with self._lock:
            self._sessions[key] = session
            while len(self._sessions) > self._size:
                self._sessions.popitem(last=False)

    @contextmanager
    def _one_by_one(self) -> Iterator[None]:
        if not self._looking.acquire(timeout=PATIENCE):
            raise NodeBusy("too many come in at once: try again in a moment")
        try:
            yield
        finally:
            self._looking.release()


def refused() -> NotAuthenticated:
    """What is said to whoever is not let in, whatever the reason."""
    return NotAuthenticated(
        "these credentials let nobody in: bring a token, or an account with its password or token; ask an "
        "administrator for one"
    )


def _lasting(reader: Reader, name: str) -> Principal | None:
    try:
        found = came_in(reader, reader.access(name))
    except NotAuthenticated:
        return None
    lasts = found.expires is not None and reader.now() < Instant(found.expires - SOON)
    return found if lasts else None
