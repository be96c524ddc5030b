"""A cursor: where a reader goes on in its own list, sealed for the one who was given it and for what was asked.

INVARIANT: it says nothing but dates of the reader's own lists. So it tells of nobody else, is the same wherever the
reader's list is, and no change of policy makes it invalid: what it goes on with is found out each time.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from typing import Final

from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.service.vault import Vault

_DATE: Final = 8
_SEAL: Final = 16


def sealed(vault: Vault, bound: Sequence[str], *dates: Instant) -> str:
    """The cursor of a date, or of one in each of several lists, for what `bound` says: who asks, for whom, and what."""
    content = b"".join(date.to_bytes(_DATE, "big", signed=True) for date in dates)
    return urlsafe_b64encode(content + _seal(vault, bound, content)).decode()


def opened(vault: Vault, bound: Sequence[str], cursor: str) -> Instant:
    """The date of a cursor. MalformedInput for one that was not given by this node to this one for this."""
    (date,) = opened_all(vault, bound, cursor, 1)
    return date


def opened_all(vault: Vault, bound: Sequence[str], cursor: str, lists: int) -> tuple[Instant, ...]:
    """The dates of a cursor of so many lists. Raises as `opened`."""
    try:
        found = urlsafe_b64decode(cursor.encode("ascii"))
    except (ValueError, Error):
        found = b""
    content, seal = found[:-_SEAL], found[-_SEAL:]
    fits = len(content) == lists * _DATE and urlsafe_b64encode(found).decode() == cursor  # what is no sign is passed by
    if not fits or not hmac.compare_digest(seal, _seal(vault, bound, content)):
        raise MalformedInput("the cursor is not one that you were given for this question: begin without one")
    places = range(0, len(content), _DATE)
    return tuple(Instant(int.from_bytes(content[at : at + _DATE], "big", signed=True)) for at in places)


def _seal(vault: Vault, bound: Sequence[str], content: bytes) -> bytes:
    said = json.dumps([*bound, content.hex()]).encode()
    return vault.digest("cursors", said)[:_SEAL]
