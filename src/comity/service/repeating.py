"""To do what is asked once, however often the same request comes: idempotency keys.

Whoever asks names a request by a key of their own. Rules kept here:
1. a key is the account's own, and says one thing: with another request it is refused as KeyReused;
2. the act writes into its own transaction that it was done for this request; so it is done once, whatever is killed,
   and in however many processes the request arrives;
3. the same request again gets the same answer, for a day. Where whoever answered was killed after the act and before
   the answer was kept, it is told that it was done: AnswerLost;
4. what failed was not done, and may be asked again under its key;
5. of the key and the request keyed digests are kept, and the answer sealed by the key, so that nobody reads a new token
   in the record, or finds out a secret that was sent.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comity.core.errors import ComityError, NodeDamaged
from comity.core.instant import Instant
from comity.service.ports import Begin, Deriver, Gate, Reader, Store, Turn, Writer
from comity.service.records import Repeat, Word
from comity.service.vault import Vault

KEPT: Final = 24 * 3600 * 1_000_000
"""Microseconds for which an answer is kept."""
LEASE: Final = 600 * 1_000_000
"""Microseconds after which what was begun and has done nothing may be begun anew."""
_NONCE: Final = 12


class KeyReused(ComityError):
    """An idempotency key that was used for another request."""


class UnderWay(ComityError):
    """The same request is being answered: wait for that answer."""


class AnswerLost(ComityError):
    """The request was done, and its answer was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: by which account, under which key, and the SHA-256 of all that it says."""

    account: str
    key: str
    request: bytes


def once(store: Store, vault: Vault, asked: Asked, do: Callable[[Store], bytes]) -> bytes:
    """The answer that `do` gives, with the store that it is given; or the one that it gave before.

    Raises KeyReused, UnderWay and AnswerLost, and what `do` raises.
    """
    sealing = _Sealing(vault, asked)
    claim = vault.randomness(16).hex()
    with store.derive() as deriver:
        kept = _claimed(deriver, Repeat(sealing.name, sealing.digest(asked.request), claim, deriver.now()))
    if kept is not None:
        return sealing.opened(kept)
    noting = _Noting(store, sealing.name, claim)
    try:
        answer = do(noting)
    except BaseException:
        with suppress(ComityError):
            noting.give_up()
        raise
    noting.keep(sealing.sealed(answer))
    return answer


def _claimed(deriver: Deriver, new: Repeat) -> bytes | None:
    """Claim the request; or the sealed answer that is kept."""
    deriver.forget_repeats_before(Instant(new.at - KEPT))
    found = deriver.repeat(new.name)
    if found is not None:
        if found.request != new.request:
            raise KeyReused("this idempotency key was used for another request: take a new key for a new request")
        if found.answer is not None:
            return found.answer
        if found.did is not None:
            raise AnswerLost(
                "this was done, or begun, and its answer was not kept: look at what there is now, and take a new key "
                "for anything else"
            )
        if new.at < found.at + LEASE:
            raise UnderWay("this request is being answered: ask again in a moment")
    deriver.keep_repeat(new)
    return None


class _Sealing:
    """The names and seals of one request."""

    def __init__(self, vault: Vault, asked: Asked) -> None:
        said = json.dumps([asked.account, asked.key]).encode()
        self._vault = vault
        self.name = vault.digest("repeats", b"name\0" + said).hex()
        self._cipher = AESGCM(vault.digest("repeats", b"answer\0" + said))

    def digest(self, request: bytes) -> bytes:
        return self._vault.digest("repeats", b"request\0" + request)

    def sealed(self, answer: bytes) -> bytes:
        nonce = self._vault.randomness(_NONCE)
        return nonce + self._cipher.encrypt(nonce, answer, self.name.encode())

    def opened(self, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self.name.encode())
        except InvalidTag:
            raise NodeDamaged("an answer that was kept is not what was answered: restore the node") from None


class _Noting:
    """A store whose acts write that they were done for one request."""

    def __init__(self, store: Store, name: str, claim: str) -> None:
        self._store = store
        self._name = name
        self._claim = claim

    def read(self, until: int | None = None) -> AbstractContextManager[Reader]:
        return self._store.read(until)

    @contextmanager
    def write(self, kind: str, word: Word, *, policy: bool) -> Iterator[Writer]:
        """Rule 2: whoever has lost the claim meanwhile does nothing."""
        with self._store.write(kind, word, policy=policy) as writer:
            mine = self._mine(writer)
            yield writer
            if mine.did is None:
                writer.keep_repeat(mine._replace(did=writer.act.id))

    def several(self) -> AbstractContextManager[Begin]:
        return self._store.several()

    def derive(self) -> AbstractContextManager[Deriver]:
        return self._store.derive()

    def gate(self, reader: str | None = None) -> AbstractContextManager[Gate]:
        return self._store.gate(reader)

    def turn(self) -> Turn:
        return self._store.turn()

    def wait(self, after: int, timeout: float) -> int:
        return self._store.wait(after, timeout)

    def keep(self, answer: bytes) -> None:
        with self._store.derive() as deriver:
            deriver.keep_repeat(self._mine(deriver)._replace(answer=answer))

    def give_up(self) -> None:
        """Rule 4; what was done all the same stays done."""
        with self._store.derive() as deriver:
            if self._mine(deriver).did is None:
                deriver.forget_repeat(self._name)

    def _mine(self, reader: Reader) -> Repeat:
        found = reader.repeat(self._name)
        if found is None or found.claim != self._claim:
            raise UnderWay("this request was begun anew, because it took too long: ask again in a moment")
        return found
