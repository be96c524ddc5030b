"""Which acts state their reason: whatever ends, takes away or refuses something, undoes one of these, or attests.

The command line and REST call acts by the same names, and both go by these. What a preview shows needs no reason.
"""

from typing import Final

from comity.core.errors import MalformedInput

STATED: Final = frozenset(
    {
        "account disable",
        "account enable",
        "account local",
        "account reset",
        "account role",
        "account unlink",
        "account unlock",
        "agreement end",
        "agreement withdrawals",
        "attest",
        "attest --withdraw",
        "community end",
        "consent withdraw",
        "delegation end",
        "lift",
        "offer end",
        "partner end",
        "pool end",
        "proposal approve",
        "proposal reject",
        "quarantine discard",
        "register rotate",
        "requirement end",
        "restore",
        "session end",
        "suspend",
        "tag remove",
        "token revoke",
        "two-person off",
        "two-person on",
    }
)


def must_state(why: str | None, how: str) -> None:
    """MalformedInput where no reason is stated; `how` is the way to state one."""
    if not (why or "").strip():
        raise MalformedInput(f"this act states its reason: give it with {how}")
