"""Canonical JSON of what Comity itself states: what is hashed or signed is the same bytes wherever it is written again.

It is what RFC 8785 writes, for documents of text, whole numbers below 2**53 and names of plain ASCII; tests hold the
two together. The general writer (`rfc8785`) is for what others have stated; this one takes a fifth of its time.
"""

import json
from collections.abc import Mapping


def canonical(stated: Mapping[str, object]) -> bytes:
    """The document on one line, without a line break at its end."""
    return json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
