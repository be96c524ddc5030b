"""What a node keeps secret, and the lots that it draws: handed in by whoever opens it, so that a test can tell both.

INVARIANT: nothing uses the secret itself. Each purpose has a key of its own, which tells nothing of the others.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from comity.core.keyed import keyed

Randomness = Callable[[int], bytes]
"""So many random bytes."""
Purpose = Literal["salts", "logs", "tokens", "cursors", "collections", "bundles", "repeats", "csrf", "logins", "check"]
"""What a key is for: salts of commitments, places of parties' logs, digests of tokens, sessions and one-time codes,
seals of cursors, ids of collections and of bundles, answers that are kept for a repetition, what shows that a write
comes from a page of ours, and logins that were begun with a provider.

`check` is for nothing: the record keeps it, to know the secret that belongs to it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """The secret of one node (`keys/register.key`, 32 bytes), and its source of chance."""

    secret: bytes = field(repr=False)
    randomness: Randomness = field(repr=False)

    _keys: dict[Purpose, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)
    _digests: dict[Purpose, Callable[[bytes], bytes]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def key(self, purpose: Purpose) -> bytes:
        """The key for one purpose, 32 bytes."""
        found = self._keys.get(purpose)
        if found is None:
            found = self._keys[purpose] = hmac.digest(self.secret, purpose.encode(), "sha256")
        return found

    def digest(self, purpose: Purpose, said: bytes) -> bytes:
        """HMAC-SHA256 under that key, 32 bytes."""
        made = self._digests.get(purpose)
        if made is None:
            made = self._digests[purpose] = keyed(self.key(purpose))
        return made(said)
