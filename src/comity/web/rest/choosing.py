"""Which of several media types an answer is given as: what the request's `Accept` prefers (RFC 9110 §12.5.1)."""

from collections.abc import Sequence
from email.message import Message
from typing import Final

from fastapi import Request

from comity.web.problem import NotAcceptable

_LEAST: Final = 0.0


def chosen(request: Request, offered: Sequence[str]) -> str:
    """The media type that the request prefers, the first of equals. NotAcceptable where it takes none of them."""
    lines = request.headers.getlist("accept")
    if not lines:
        return offered[0]
    ranges = [found for line in lines for part in line.split(",") if (found := _range(part)) is not None]
    best = max(offered, key=lambda media: _quality(media, ranges))
    if _quality(best, ranges) <= _LEAST:
        raise NotAcceptable(
            f"what is given here is {' or '.join(f'`{each}`' for each in offered)}: name one in `Accept`"
        )
    return best


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """How much a media type is wanted: the closest range that names it says so."""
    named = {of: quality for of, quality in ranges if of in (media, f"{media.partition('/')[0]}/*", "*/*")}
    return named[max(named, key=lambda of: ("*" not in of, len(of)))] if named else _LEAST


def _range(part: str) -> tuple[str, float] | None:
    """A media range and its quality; what is none is not there."""
    stated = Message()
    stated["content-type"] = part.strip()
    try:
        media, quality = stated.get_content_type(), float(str(stated.get_param("q", "1")))
    except ValueError:
        return None
    return (media, quality) if part.strip() and 0 <= quality <= 1 else None
