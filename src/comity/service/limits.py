"""How often somebody may try to come in: counted by account and by place, in the record, so across all processes.

Rules kept here:
1. a try is counted before it is looked at, so that tries at the same time are counted too, and forgotten when it
   succeeds;
2. after five failures within a quarter of an hour an account is locked: for a minute, and for twice as long after each
   further failure, up to an hour; tries meanwhile are refused unseen, with the words of a wrong password, and do not
   count;
3. a place, from which many may come, has twenty. Whoever sits at the node's own terminal comes from no place;
4. what was tried a day ago is forgotten.

Subjects are kept as keyed digests: people type passwords where names belong.
"""

import hmac
from collections.abc import Sequence
from typing import Final, NamedTuple

from comity.core.instant import Instant
from comity.service.ports import Deriver, Store
from comity.service.vault import Vault

MINUTE: Final = 60 * 1_000_000
WINDOW: Final = 15 * MINUTE
LONGEST: Final = 60 * MINUTE
FORGOTTEN: Final = 24 * 60 * MINUTE
FAILURES: Final = 5
FROM_A_PLACE: Final = 20


def locked_until(failures: Sequence[Instant], most: int = FAILURES) -> Instant | None:
    """Until when failures at these times, in order, lock; None if they do not."""
    locks, end = 0, None
    for place, at in enumerate(failures):
        first = place - most + 1
        if locks or (first >= 0 and at - failures[first] < WINDOW):
            locks += 1
            end = Instant(at + min(MINUTE << min(locks - 1, 10), LONGEST))
    return end


def subject(vault: Vault, kind: str, name: str) -> str:
    """What is counted, as it is kept: `kind` is `account` or `place`."""
    return hmac.digest(vault.key("tokens"), f"{kind}\0{name}".encode("utf-8", "surrogatepass"), "sha256").hex()


class Try(NamedTuple):
    """One try that was counted: at which account, and the numbers under which it stands."""

    account: str | None
    numbers: tuple[int, ...]


def counted(store: Store, vault: Vault, account: str | None, place: str | None) -> Try | None:
    """Count one try; None if it may not be looked at."""
    limits = {}
    if account is not None:
        limits[subject(vault, "account", account)] = FAILURES
    if place is not None:
        limits[subject(vault, "place", place)] = FROM_A_PLACE
    with store.derive() as deriver:
        now = deriver.now()
        deriver.forget_attempts_before(Instant(now - FORGOTTEN))
        ends = [locked_until(deriver.attempts(each), most) for each, most in limits.items()]
        if any(end is not None and now < end for end in ends):
            return None
        numbers = tuple(deriver.note_attempt(each, now) for each in limits)
    return Try(None if account is None else subject(vault, "account", account), numbers)


def succeeded(deriver: Deriver, tried: Try) -> None:
    """It was no failure: forget it, and with it all that the account failed. The place's other failures stay."""
    for number in tried.numbers:
        deriver.forget_attempt(number)
    if tried.account is not None:
        deriver.forget_attempts(tried.account)
