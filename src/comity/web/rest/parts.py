"""A body of several parts (RFC 7578), read strictly: each is there once, with its bytes exactly as they were sent."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from comity.core.errors import MalformedInput

FORM: Final = "multipart/form-data"
_BOUNDARY: Final = re.compile(rb"[0-9A-Za-z'()+_,./:=?-]{1,70}")
_HEADS: Final = 4096
"""Bytes of the head of a part, at most."""
_NAME: Final = re.compile(rb'(?i)content-disposition:[ \t]*form-data;[ \t]*name="?([a-z]+)"?(?:;[^\r\n]*)?')


def read(body: bytes, boundary: str, names: Collection[str]) -> Mapping[str, bytes]:
    """The parts by name. MalformedInput where one has another name, stands twice, or cannot be read."""
    mark = boundary.encode("latin-1", "replace")
    if _BOUNDARY.fullmatch(mark) is None:
        raise MalformedInput("the parts have no boundary that can be read: state it in `Content-Type`")
    mark = b"\r\n--" + mark
    wrong = MalformedInput(
        f"the body is not made of the parts {' and '.join(sorted(names))}: send each once, to the end"
    )
    found: dict[str, bytes] = {}
    first, *rest = (b"\r\n" + body).split(mark, len(names) + 1)
    if first.strip() or len(rest) <= len(names) or not rest[-1].startswith(b"--"):
        raise wrong
    for part in rest[:-1]:
        name, content = _part(part)
        if name not in names or name in found:
            raise wrong
        found[name] = content
    return found


def _part(part: bytes) -> tuple[str, bytes]:
    head, empty, content = part.partition(b"\r\n\r\n")
    named = [found[1].decode() for line in head[:_HEADS].split(b"\r\n") if (found := _NAME.fullmatch(line))]
    if not empty or len(named) != 1:
        raise MalformedInput("a part does not say what it is: begin it with `Content-Disposition: form-data; name=…`")
    return named[0], content
