"""How often somebody may try to come in: by account and place, by account, by place; in the record, for all processes.

Rules kept here:
1. a try is counted before it is looked at, so that tries at the same time are counted too, and forgotten when it
   succeeds;
2. after five failures within a quarter of an hour an account is locked for the place they came from: for a minute, and
   for twice as long after each further failure, up to an hour; tries meanwhile are refused unseen, with the words of a
   wrong password, and do not count;
3. an account has twenty from all places together, and a place, from which many may come, twenty at all accounts. So
   who is elsewhere is not shut out by one guesser, and many guessers get no further. The node's own terminal is a place
   of its own, and has no count over all accounts;
4. what was tried a day ago is forgotten.

Subjects are kept as keyed digests: people type passwords where names belong.
"""

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
AT_AN_ACCOUNT: Final = 20


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
    """What is counted, as it is kept: `kind` is `account`, `place`, or `from`, a place where an account is tried."""
    return vault.digest("tokens", f"{kind}\0{name}".encode("utf-8", "surrogatepass")).hex()


class Try(NamedTuple):
    """One try that was counted: what of it is of one account, and the numbers under which it stands."""

    account: tuple[str, ...]
    numbers: tuple[int, ...]


def counted(store: Store, vault: Vault, account: str | None, place: str | None) -> Try | None:
    """Count one try; None if it may not be looked at."""
    limits: dict[str, int] = {}
    if account is not None:
        everywhere = subject(vault, "account", account)
        limits |= {everywhere: AT_AN_ACCOUNT, f"{everywhere}/{subject(vault, 'from', place or '')}": FAILURES}
    own = tuple(limits)
    if place is not None:
        limits[subject(vault, "place", place)] = FROM_A_PLACE
    with store.derive() as deriver:
        now = deriver.now()
        deriver.forget_attempts_before(Instant(now - FORGOTTEN))
        ends = [locked_until(deriver.attempts(each), most) for each, most in limits.items()]
        if any(end is not None and now < end for end in ends):
            return None
        numbers = tuple(deriver.note_attempt(each, now) for each in limits)
    return Try(own, numbers)


def succeeded(deriver: Deriver, tried: Try) -> None:
    """It was no failure: forget it, and with it all that the account failed, from here and in sum.

    What the place failed at other accounts stays, and so does what other places failed at this one.
    """
    for number in tried.numbers:
        deriver.forget_attempt(number)
    for each in tried.account:
        deriver.forget_attempts(each)
