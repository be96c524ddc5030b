"""What is searched for, as it is typed: `missile "early warning" launch* type:report,indicator after:2025-03-01`.

    query   = what must hold, all of it, between blanks; nothing holds for every item
    word    = `missile`; the beginning of one: `launch*`; words in this order: `"early warning"`, `CVE-2025-1`
    field   = NAME:VALUE, NAME:VALUE,VALUE (one of them) or NAME:"VALUE"

Words are those of `formats.words`. Anything else is refused, with what to write instead: a search that is not what was
meant finds nothing, and that would be taken for an answer.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.formats import instant
from comity.formats.words import Sought, compared, words

FIELDS: Final = {
    "type": "the STIX type: `type:report`",
    "domain": "a domain of the item's own first claim: `domain:intelligence`",
    "originator": "whose the item is, for the holder's own people: `originator:USA`",
    "label": 'what the object\'s `labels` say: `label:"threat report"`',
    "id": "the STIX id, or the item's name: `id:report--…`",
    "after": "became visible then or later: `after:2025-03-01`, `after:2025-03-01T12:00:00Z`",
    "before": "became visible before",
}
"""The fields, and what each says."""
LONGEST: Final = 1000
"""Signs of a query."""
MOST: Final = 32
"""Things that one query asks for, and values of one field."""
_SHORTEST: Final = 2
"""Signs of the beginning of a word."""
_PART: Final = re.compile(r'\s*(?:([A-Za-z]+):)?(?:"([^"]*)"(\*?)|([^\s"]+))(?=\s|$)')
_EMPTY: Final = re.compile(r"([A-Za-z]+):")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What must hold of an item: `sought` is said in it, of each of `fields` it has one of the values.

    `after` (inclusive) and `before` (exclusive) bound the time since when the reader sees it.
    """

    sought: tuple[Sought, ...] = ()
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    after: Instant | None = None
    before: Instant | None = None

    @property
    def canonical(self) -> str:
        """The same text for the same query, however it was typed."""
        return json.dumps([sorted(self.sought), sorted(self.fields), self.after, self.before])


def parse(text: str) -> Query:
    """The query that `text` is. MalformedInput for what is none."""
    if len(text) > LONGEST:
        raise MalformedInput(f"the query has {len(text)} signs: write at most {LONGEST}")
    sought: list[Sought] = []
    fields: list[tuple[str, tuple[str, ...]]] = []
    times: dict[str, Instant] = {}
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _PART.match(text, place, end)
        if match is None:
            raise MalformedInput(f"`{text[place:end].strip()}` cannot be read: close its quotes, and put a blank after")
        place, (name, quoted, star, bare) = match.end(), match.groups()
        if name is None and bare is not None and (empty := _EMPTY.fullmatch(bare)):
            fields.append(_field(empty[1], [""]))
        elif name is None:
            sought.append(_sought(bare if quoted is None else f"{quoted}{star}"))
        elif name.lower() in ("after", "before"):
            _take(times, name.lower(), bare if quoted is None else quoted)
        else:
            fields.append(_field(name, bare.split(",") if quoted is None else [quoted]))
    if len(sought) + len(fields) > MOST:
        raise MalformedInput(f"the query asks for more than {MOST} things: ask for fewer")
    if sum(len(each.words) for each in sought) > MOST:
        raise MalformedInput(f"the query has more than {MOST} words: write fewer")
    return Query(
        sought=tuple(dict.fromkeys(sought)),
        fields=tuple(dict.fromkeys(fields)),
        after=times.get("after"),
        before=times.get("before"),
    )


def beginning(text: str) -> str:
    """The beginning of a word, folded, for suggestions. MalformedInput for what is none."""
    found = words(text)
    if len(found) != 1 or len(found[0]) < _SHORTEST:
        raise MalformedInput(f"`{text}` is no beginning of a word: write {_SHORTEST} letters or digits, or more")
    return found[0]


def _sought(text: str) -> Sought:
    stem, prefix = (text[:-1], True) if text.endswith("*") else (text, False)
    found = tuple(words(stem))
    if not found or "*" in stem:
        raise MalformedInput(f"`{text}` is nothing to search for: write words, with `*` only at the end of one")
    if prefix and (len(found[-1]) < _SHORTEST or not stem[-1].isalnum()):
        raise MalformedInput(f"`{text}` begins too many words: write {_SHORTEST} letters or digits before `*`, or more")
    return Sought(found, prefix)


def _take(times: dict[str, Instant], name: str, text: str) -> None:
    if name in times:
        raise MalformedInput(f"`{name}:` stands twice: write it once")
    try:
        times[name] = instant.parse(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text)
    except MalformedInput as problem:
        raise MalformedInput(f"`{name}:{text}`: {problem}") from None


def _field(name: str, values: list[str]) -> tuple[str, tuple[str, ...]]:
    plain = name.lower()
    if plain not in FIELDS:
        known = ", ".join(f"`{each}:`" for each in FIELDS)
        raise MalformedInput(f"`{name}:` is no field: use {known}, or put what holds a colon in quotes")
    if not all(value.strip() for value in values):
        raise MalformedInput(f"`{name}:` has no value: write it right after the colon, several between commas")
    if len(values) > MOST:
        raise MalformedInput(f"`{name}:` has more than {MOST} values: ask for fewer")
    return plain, tuple(sorted({compared(value) if plain == "label" else value.strip() for value in values}))
