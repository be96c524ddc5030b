"""A file of any size as text to parse: one character a byte, so that nothing is lost and an index is an offset."""

import re
from collections.abc import Callable
from typing import BinaryIO, Final, cast

from comity.core.errors import MalformedInput
from comity.formats.json_bounds import Bounds

_CHUNK: Final = 2**18
_BOM: Final = "\xef\xbb\xbf"
_WIDE_BOMS: Final = ("\xff\xfe", "\xfe\xff")
_SPACE: Final = re.compile(r"[ \t\n\r]*+")


class ByteSource:
    """The file as Latin-1 text, one character a byte, so that an index is an offset; `at` is where reading stands."""

    __slots__ = ("_before", "_progress", "_stream", "at", "text")

    def __init__(self, stream: BinaryIO, progress: Callable[[int], None] | None) -> None:
        self._stream, self._progress = stream, progress
        self._before = self.at = 0
        self.text = ""

    def enter(self) -> None:
        """Go to the opening brace; MalformedInput where there is none."""
        while len(self.text) < len(_WIDE_BOMS[0]) and self.more():
            pass
        if self.text.startswith(_WIDE_BOMS) or "\0" in self.text[:4]:
            raise MalformedInput("the text is UTF-16 or UTF-32, and JSON is exchanged in UTF-8: save it as UTF-8")
        self.at = len(_BOM) if self.text.startswith(_BOM) else 0
        if (first := self.peek()) != "{":
            found = "does not begin with `{`" if first else "is empty"
            raise MalformedInput(f"the file {found}: give a STIX 2.1 bundle, a JSON object with a list `objects`")

    @property
    def offset(self) -> int:
        """Where reading stands in the file."""
        return self._before + self.at

    def more(self) -> bool:
        """Read on, keeping what is not yet taken; False at the end of the file."""
        chunk = self._stream.read(_CHUNK)
        if not chunk:
            return False
        self._before += self.at
        self.text, self.at = self.text[self.at :] + chunk.decode("latin-1"), 0
        if self._progress is not None:
            self._progress(self._before + len(self.text))
        return True

    def peek(self) -> str:
        """The next character that is not blank, which stays; empty at the end of the file."""
        while True:
            if (char := self.text[self.at : self.at + 1]) > " ":  # no blank
                return char
            self.at = cast("re.Match[str]", _SPACE.match(self.text, self.at)).end()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def pass_over(self, pattern: re.Pattern[str]) -> bool:
        """Pass what `pattern` matches here, if it does so in what has been read."""
        if match := pattern.match(self.text, self.at):
            self.at = match.end()
        return match is not None

    def take(self, end: int) -> bytes:
        """The bytes up to index `end`, which are passed."""
        start, self.at = self.at, end
        return self.text[start:end].encode("latin-1")

    def through(self, bounds: Bounds) -> tuple[bytes, bool]:
        """The bytes up to the end that `bounds` finds, and whether it found one before the end of the file."""
        parts = []
        while (end := bounds.find(self.text, self.at)) is None:
            parts.append(self.take(len(self.text)))
            if not self.more():
                return b"".join(parts), False
        parts.append(self.take(end))
        return b"".join(parts), True

    def rest(self) -> bytes:
        """Everything up to the end of the file."""
        parts = [self.take(len(self.text))]
        while self.more():
            parts.append(self.take(len(self.text)))
        return b"".join(parts)
