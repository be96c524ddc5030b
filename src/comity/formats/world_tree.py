"""Tokens as one nested value, and the way back from a place in that value to its position in the text.

Kept here: keys are text and stand once; what YAML would take for something other than text stays marked as `Bare`, so
that the reader of a name can refuse it; nesting and the growth by aliases are bounded.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from comity.core.errors import Fault
from comity.formats.world_faults import Place, shown
from comity.formats.world_tokens import Kind, SyntaxFault, Token

MAX_DEPTH: Final = 100
MAX_REPEATED: Final = 1_000_000
"""How many values all aliases together may stand for."""


@dataclass(frozen=True, slots=True)
class Bare:
    """A scalar without quotes that YAML readers take for something other than text; `meaning` says for what."""

    text: str
    meaning: str


Plain = str | Bare | list["Plain"] | dict[str, "Plain"]

_BARE: Final = re.compile(
    r"(?P<truth>true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)"
    r"|(?P<nothing>~|null|Null|NULL|)"
    r"|(?P<number>[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?0[xob][0-9a-fA-F_]+"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
    r"|(?P<time>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9].*)?)"
    r"|(?P<sign><<|=)"
)
_MEANINGS: Final = {
    "truth": "true or false",
    "nothing": "nothing",
    "number": "a number",
    "time": "a time",
    "sign": "a sign of its own",
}


def bare(text: str) -> str | Bare:
    """`text` as it stands without quotes: itself, unless some YAML reader would take it for something else."""
    match = _BARE.fullmatch(text)
    return Bare(text, _MEANINGS[match.lastgroup]) if match and match.lastgroup else text


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being filled. `key` is the one last read, `awaits_key` whether another is due.

    `dropped`: its value is read over, because the key stood before or is none.
    """

    container: list[Plain] | dict[str, Plain]
    anchor: str | None
    opened: int
    key: str = ""
    awaits_key: bool = True
    dropped: bool = False

    @property
    def step(self) -> str | int:
        """Where in the container the last value stands."""
        return self.key if isinstance(self.container, dict) else len(self.container) - 1


@dataclass(slots=True)
class Tree:
    """The value that the tokens taken so far make, and the faults in them, each with its position."""

    faults: list[tuple[int, Fault]] = field(default_factory=list)
    _root: Plain | None = None
    _stack: list[_Frame] = field(default_factory=list)
    _anchors: dict[str, tuple[Plain, int]] = field(default_factory=dict)
    _count: int = 0
    _repeated: int = 0

    def take(self, token: Token) -> None:
        """Add one token. Raises SyntaxFault where nothing sensible can follow."""
        frame = self._stack[-1] if self._stack else None
        if token.kind is Kind.CLOSE:
            self._close()
        elif frame and isinstance(frame.container, dict) and frame.awaits_key:
            self._key(frame, frame.container, token)
        else:
            self._put(frame, self._value(token), token)

    def whole(self) -> Plain:
        """The value, when all tokens are taken. Raises SyntaxFault where there is none."""
        if self._root is None:
            raise SyntaxFault(0, "an empty file", "write a world: at least `holder` and `partners`")
        return self._root

    def _close(self) -> None:
        frame = self._stack.pop()
        if frame.anchor:
            self._anchors[frame.anchor] = frame.container, self._count - frame.opened + 1

    def _key(self, frame: _Frame, container: dict[str, Plain], token: Token) -> None:
        if token.kind not in (Kind.TEXT, Kind.PLAIN):
            raise SyntaxFault(token.position, "a key that is no text", "write the key as text")
        frame.key, frame.awaits_key, frame.dropped = token.text, False, token.text in container
        word = bare(token.text) if token.kind is Kind.PLAIN else token.text
        if isinstance(word, Bare):
            self._fault(token, *not_text(word))
            frame.dropped |= word.text == "<<"
        elif frame.dropped:
            self._fault(token, f"the key `{shown(frame.key)}` stands twice", "keep one of the two")

    def _fault(self, token: Token, message: str, mend: str) -> None:
        place = tuple(frame.step for frame in self._stack)
        self.faults.append((token.position, Fault(place=place, message=message, mend=mend)))

    def _value(self, token: Token) -> Plain:
        self._count += 1
        match token.kind:
            case Kind.MAPPING:
                return {}
            case Kind.LIST:
                return []
            case Kind.ALIAS:
                return self._alias(token)
            case Kind.PLAIN:
                return bare(token.text)
            case Kind.TEXT | Kind.CLOSE:
                return token.text

    def _alias(self, token: Token) -> Plain:
        if token.anchor not in self._anchors:
            raise SyntaxFault(token.position, f"`*{token.anchor}` repeats nothing that ends before it", "write it out")
        value, size = self._anchors[token.anchor]
        self._count += size
        self._repeated += size
        if self._repeated > MAX_REPEATED:
            raise SyntaxFault(token.position, f"aliases that repeat over {MAX_REPEATED} values", "write them out")
        return value

    def _put(self, frame: _Frame | None, value: Plain, token: Token) -> None:
        if frame is None:
            self._root = value
        elif isinstance(frame.container, list):
            frame.container.append(value)
        else:
            if not frame.dropped:
                frame.container[frame.key] = value
            frame.awaits_key = True
        if token.kind in (Kind.MAPPING, Kind.LIST) and isinstance(value, (list, dict)):
            if len(self._stack) == MAX_DEPTH:
                raise SyntaxFault(token.position, f"nested deeper than {MAX_DEPTH} levels", "nest less deeply")
            self._stack.append(_Frame(value, token.anchor, self._count))
        elif token.anchor and token.kind is not Kind.ALIAS:
            self._anchors[token.anchor] = value, 1


def not_text(word: Bare) -> tuple[str, str]:
    """What is wrong with `word` where text belongs, and the mend."""
    if word.text == "<<":
        return "a merge key `<<`", "write out what it merges"
    if word.meaning == "nothing":
        return "nothing, where text belongs", "write the text"
    return f"`{shown(word.text)}` without quotes is {word.meaning} to YAML", f'quote it: "{shown(word.text)}"'


@dataclass(slots=True)
class _Way:
    """A list or mapping on the way to a wanted place, and the step that the next value in it takes."""

    place: Place
    mapping: bool
    key: str | None = None
    count: int = 0

    def next(self) -> Place:
        """The place of the value that comes now."""
        step = self.key if self.mapping and self.key is not None else self.count
        self.key, self.count = None, self.count + 1
        return (*self.place, step)


def locate(stream: Iterable[Token], wanted: set[Place]) -> dict[Place, int]:
    """The positions of those of the `wanted` places that the stream has: of the key in a mapping, else of the value."""
    found: dict[Place, int] = {}
    stack: list[_Way] = []
    for token in stream:
        if token.kind is Kind.CLOSE:
            stack.pop()
            continue
        if stack and stack[-1].mapping and stack[-1].key is None:
            stack[-1].key = token.text
            place = (*stack[-1].place, token.text)
        else:
            place = stack[-1].next() if stack else ()
            if token.kind in (Kind.MAPPING, Kind.LIST):
                stack.append(_Way(place, token.kind is Kind.MAPPING))
        if place in wanted:
            found.setdefault(place, token.position)
    return found
