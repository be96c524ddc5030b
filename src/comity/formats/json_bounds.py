"""Where one JSON value ends, by its brackets and quotes alone: also where the value itself cannot be parsed."""

import re
from typing import Final, cast

_STRING: Final = r'(?:[^"\\]++|\\.)*+'
_PLAIN: Final = rf'(?:[^"{{}}\[\]]++|"{_STRING}")*+'
_WITHIN: Final = re.compile(_STRING, re.DOTALL)
"""What a string holds, up to its closing quote."""
_OUTSIDE: Final = re.compile(rf'(?:[^"{{}}\[\],]++|"{_STRING}")*+', re.DOTALL)
"""Up to a bracket, a comma, or a string that is not closed."""
_INSIDE: Final = re.compile(rf'(?:[^"{{}}\[\]]++|"{_STRING}"|[{{\[]{_PLAIN}[}}\]])*+', re.DOTALL)
"""Up to a bracket or a string that is not closed; objects and lists that hold no others are passed whole, for speed."""
_OPENING: Final = re.compile(r"[{\[]*+")
_CLOSING: Final = re.compile(r"[}\]]*+")


class Bounds:
    """Finds where a piece ends, across chunks.

    A piece that begins with a bracket or a quote ends where that closes; brackets are counted, not paired. Any other
    ends before the next comma, or before `closer`, outside of all brackets.
    """

    __slots__ = ("_closer", "_depth", "_escaped", "_first", "_quoted")

    def __init__(self, first: str, closer: str) -> None:
        self._first, self._closer = first, closer
        self._depth = 0
        self._quoted = self._escaped = False

    def find(self, text: str, at: int) -> int | None:
        """The index behind the piece, or None where it goes on after `text`, whose next part is then to be given."""
        if self._first == '"':
            at = self._string(text, at + (not self._quoted))
            return None if self._quoted else at
        closes = self._first in "{["
        while at < len(text):
            if self._quoted:
                at = self._string(text, at)
                continue
            at = _end(_INSIDE if self._depth else _OUTSIDE, text, at)
            mark = text[at : at + 1]
            if not self._depth and mark in (",", self._closer):
                return at
            at = self._pass(mark, text, at)
            if closes and not self._depth:
                return at
        return None

    def _pass(self, mark: str, text: str, at: int) -> int:
        """Count brackets, enter a string; a comma within brackets and a bracket that closes nothing are no matter."""
        if mark == '"':
            self._quoted = True
        elif mark and mark in "{[":
            end = _end(_OPENING, text, at)
            self._depth += end - at
            return end
        elif mark and mark in "}]" and self._depth:
            end = min(_end(_CLOSING, text, at), at + self._depth)
            self._depth -= end - at
            return end
        return at + 1

    def _string(self, text: str, at: int) -> int:
        """Pass what is left of a string; the index behind it, or that of the end of `text`."""
        at = _end(_WITHIN, text, at + self._escaped)
        self._escaped = at < len(text) and text[at] == "\\"
        self._quoted = at >= len(text) or self._escaped
        return min(at + 1, len(text))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a match of `pattern`, which matches the empty string as well, ends."""
    return cast("re.Match[str]", pattern.match(text, at)).end()
