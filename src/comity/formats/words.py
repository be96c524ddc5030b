"""The words of a STIX object, by which it is looked up, and the piece of it that shows them.

A word is a run of letters, digits and the marks that belong to them; an ideograph is a word by itself. Words are
compared without case, accents and compatibility forms (`Café` is `cafe`, `½` the two words `1` and `2`), cut at LONGEST
signs. What says which object it is, what it refers to and how it is marked holds no words, nor do times and payloads in
base64.

INVARIANT: folded words hold no ASCII but small letters and digits, so that every database takes each for one word.
INVARIANT: a word is its own only word, so that whoever searches for what is suggested finds it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from unicodedata import normalize, unidata_version

RULES: Final = f"2 {unidata_version}"
"""By which words were made: an index that was filled by others is filled anew."""
LONGEST: Final = 64
"""Signs of a word that count."""
ROOM: Final = 400_000
"""Bytes of all words of one object that are looked up: what comes after is not found by its words."""
_BESIDE: Final = 8
"""Bytes that a word takes beside its own."""
_ROOMY: Final = ROOM // 20
"""Bytes of an object that has room for all its words: folding makes of one byte eleven at most, and two are a word."""
_DEEPEST: Final = 100
"""Objects and lists within one another that are looked into; what a node takes in is not nested as deep."""

_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u0900-\u0963\u0971-\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0"
)
"""Signs that belong to the letter before them; blocks of scripts that are written with such signs are taken whole."""
_ALONE: Final = "\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Signs of scripts that put no blanks between words."""
_WORD: Final = re.compile(rf"[{_ALONE}]|(?:(?![{_ALONE}])[^\W_])(?:(?![{_ALONE}])[^\W_]|[{_MARKS}])*")
_PLAIN_WORD: Final = re.compile(r"[0-9a-z]+")
_ACCENT: Final = re.compile("[\u0300-\u036f]")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
_CONTROL: Final = frozenset(
    {
        *("type", "id", "spec_version", "created", "modified", "revoked", "object_marking_refs"),
        *("granular_markings", "payload_bin", "extension_type", "lang"),
    }
)
_REFERRING: Final = ("_ref", "_refs")
_SHOWN: Final = 160
"""Signs of a snippet, about."""
_BEFORE: Final = 50
"""Signs of it before the first word that it shows, at most."""


class Sought(NamedTuple):
    """Words that follow one another; of the last, with `prefix`, only the beginning."""

    words: tuple[str, ...]
    prefix: bool = False

    def holds(self, word: str, place: int) -> bool:
        """Whether `word` is the one at this place."""
        last = self.prefix and place == len(self.words) - 1
        return word.startswith(self.words[place]) if last else word == self.words[place]


class Snippet(NamedTuple):
    """A piece of an object's text, and which signs of it (start, end) are what was looked for."""

    text: str
    marks: tuple[tuple[int, int], ...]


class Entry(NamedTuple):
    """What an object is looked up by: its distinct words in their order, and what its `labels` say."""

    words: tuple[str, ...]
    labels: tuple[str, ...]


def entry(raw: bytes) -> Entry:
    """What the object is looked up by."""
    value = _read(raw)
    found: dict[str, None] = {}
    for text in _texts(value, raw):
        found.update(dict.fromkeys(words(text)))
    kept = tuple(found)
    return Entry(kept if len(raw) <= _ROOMY else kept[: _fitting(kept)], labels(value))


def words(text: str) -> list[str]:
    """The words of a text, folded, in their order."""
    if text.isascii():
        return [plain[:LONGEST] for plain in _PLAIN_WORD.findall(text.lower())]
    return [word for each in _WORD.findall(normalize("NFC", text)) for word in _folded(each)]


def _fitting(found: Sequence[str]) -> int:
    """How many of the words there is room for."""
    room = ROOM
    for place, word in enumerate(found):
        room -= len(word.encode()) + _BESIDE
        if room < 0:
            return place
    return len(found)


def labels(value: object) -> tuple[str, ...]:
    """What the object's `labels` say, as they are compared: without case, in one form."""
    stated = value.get("labels") if isinstance(value, dict) else None
    listed = stated if isinstance(stated, list) else []
    return tuple(dict.fromkeys(label for each in listed if isinstance(each, str) and (label := compared(each))))


def compared(label: str) -> str:
    """A label as it is compared: cut, without case, in one form, without what no database keeps."""
    plain = normalize("NFC", label).casefold().replace("\0", " ").encode(errors="replace").decode()
    return " ".join(plain.split())[:_SHOWN]


def says(raw: bytes, sought: Iterable[Sought]) -> bool:
    """Whether the object says all of it, each within one of its texts."""
    left = list(sought)
    for text in _texts(_read(raw), raw):
        if not left:
            break
        if any(_may_hold(text, each) for each in left):
            spelled = words(text)
            left = [each for each in left if next(_places(spelled, each), None) is None]
    return not left


def _may_hold(text: str, sought: Sought) -> bool:
    """Whether a text is worth cutting into words: what is folded otherwise than by `lower` always is."""
    return not text.isascii() or all(word in text.lower() for word in sought.words)


def snippet(raw: bytes, sought: Sequence[Sought]) -> Snippet | None:
    """The piece of the object's text where most of what is sought stands first; its beginning where nothing is sought.

    None for an object without any text.
    """
    best: tuple[int, str, list[tuple[int, int]]] | None = None
    for text in _texts(_read(raw), raw):
        whole = text.encode(errors="replace").decode()  # half a surrogate pair cannot be shown
        marks = _marks(text := normalize("NFC", whole), sought)
        found = len({kind for kind, _, _ in marks})
        if best is None or found > best[0]:
            best = (found, text, [(start, end) for _, start, end in marks])
    return None if best is None else _cut(best[1], best[2])


def completions(raw: bytes, beginning: str) -> set[str]:
    """The words of the object that begin so."""
    return {word for word in entry(raw).words if word.startswith(beginning)}


def _folded(word: str) -> list[str]:
    """The words that it is: more than one, or none, where a compatibility form stands for more than a letter."""
    if word.isascii():
        return [word.lower()[:LONGEST]]
    apart = normalize("NFKD", normalize("NFKD", word.casefold()).casefold())
    return [each[:LONGEST] for each in _WORD.findall(normalize("NFC", _ACCENT.sub("", apart)))]


def _read(raw: bytes) -> object:
    """The object; None where it cannot be read, which then is one text."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _texts(value: object, raw: bytes) -> Iterator[str]:
    """Every text of an object, its name first; what is no object is one text as it stands."""
    if not isinstance(value, dict):
        yield raw.decode(errors="replace")
        return
    name = value.get("name")
    if isinstance(name, str):
        yield name
    yield from _within_object({key: each for key, each in value.items() if key != "name"}, _DEEPEST)


def _within_object(value: dict[str, Any], levels: int) -> Iterator[str]:
    for key, each in value.items():
        if key not in _CONTROL and not key.endswith(_REFERRING):
            yield from _of(each, levels)


def _of(value: object, levels: int) -> Iterator[str]:
    if isinstance(value, str):
        if not _TIME.fullmatch(value):
            yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < 10**LONGEST:  # Python writes no longer ones
            yield str(value)
    elif levels > 0 and isinstance(value, dict):
        yield from _within_object(value, levels - 1)
    elif levels > 0 and isinstance(value, list):
        for each in value:
            yield from _of(each, levels - 1)


def _places(spelled: Sequence[str], sought: Sought) -> Iterator[int]:
    """At which words of a text it begins."""
    size = len(sought.words)
    for start in range(len(spelled) - size + 1):
        if all(sought.holds(spelled[start + place], place) for place in range(size)):
            yield start


def _marks(text: str, sought: Sequence[Sought]) -> list[tuple[int, int, int]]:
    """Where what is sought stands: which of it, from where, to where; in order, none over another."""
    matches = [(word, match) for match in _WORD.finditer(text) for word in _folded(match.group())]
    spelled = [word for word, _ in matches]
    found = [
        (kind, matches[place][1].start(), matches[place + len(each.words) - 1][1].end())
        for kind, each in enumerate(sought)
        for place in _places(spelled, each)
    ]
    kept: list[tuple[int, int, int]] = []
    for mark in sorted(found, key=lambda mark: (mark[1], -mark[2], mark[0])):
        if not kept or mark[1] >= kept[-1][2]:
            kept.append(mark)
    return kept


def _cut(text: str, marks: Sequence[tuple[int, int]]) -> Snippet:
    """The piece around the first mark, between blanks where there are any near."""
    first = marks[0][0] if marks else 0
    start = max(0, first - _BEFORE)
    if start:
        blank = text.find(" ", start, first)
        start = blank + 1 if blank >= 0 else start
    end = min(len(text), start + _SHOWN)
    if end < len(text) and (blank := text.rfind(" ", first + 1, end)) > first + _BEFORE:
        end = blank
    ahead, behind = "…" if start else "", "…" if end < len(text) else ""
    shift = len(ahead) - start
    inside = ((max(from_, start), min(to, end)) for from_, to in marks if from_ < end and to > start)
    return Snippet(f"{ahead}{text[start:end]}{behind}", tuple((from_ + shift, to + shift) for from_, to in inside))
