"""What only who has a key can make of bytes: HMAC-SHA256 (RFC 2104), for short ones.

`hmac.digest` makes the same, and lets go of the interpreter at each call, which costs a thread among others more than
the work. INVARIANT: what begins alike is hashed once.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

_BLOCK: Final = sha256().block_size
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


def keyed(key: bytes, begun: bytes = b"") -> Callable[[bytes], bytes]:
    """The digest, 32 bytes, of `begun` and what is given."""
    padded = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner, outer = sha256(padded.translate(_INNER) + begun), sha256(padded.translate(_OUTER))

    def digest(rest: bytes) -> bytes:
        one, two = inner.copy(), outer.copy()
        one.update(rest)
        two.update(one.digest())
        return two.digest()

    return digest
