"""A cursor: where a reader goes on in its own list, sealed for the one who was given it and for what was asked.

INVARIANT: it says nothing but a date of the reader's own list. So it tells of nobody else, is the same wherever the
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


def sealed(vault: Vault, bound: Sequence[str], date: Instant) -> str:
    """The cursor of a date, for what `bound` says: who asks, for whom, and what."""
    content = date.to_bytes(_DATE, "big", signed=True)
    return urlsafe_b64encode(content + _seal(vault, bound, content)).decode()


def opened(vault: Vault, bound: Sequence[str], cursor: str) -> Instant:
    """The date of a cursor. MalformedInput for one that was not given by this node to this one for this."""
    try:
        found = urlsafe_b64decode(cursor.encode("ascii"))
    except (ValueError, Error):
        found = b""
    content = found[:_DATE]
    if len(found) != _DATE + _SEAL or not hmac.compare_digest(found[_DATE:], _seal(vault, bound, content)):
        raise MalformedInput("the cursor is not one that you were given for this question: begin without one")
    return Instant(int.from_bytes(content, "big", signed=True))


def _seal(vault: Vault, bound: Sequence[str], content: bytes) -> bytes:
    said = json.dumps([*bound, content.hex()]).encode()
    return hmac.digest(vault.key("cursors"), said, "sha256")[:_SEAL]
