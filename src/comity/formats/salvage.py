"""What can still be made out of an object that is refused: the id that others name it by, and what it names itself.

A refused object is held with an empty audience. What names it has to wait with it, so it is held under its id; and when
a release officer accepts it, it must not go without what it names. Here nothing is judged, and nothing is refused:
whatever may be a reference is taken for one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from comity.formats.stix import DERIVED_FROM, REFERRING, RELATIONSHIP, is_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """The one id that an object states, its `modified` if it states one text, and what it names, itself excluded."""

    id: str
    modified: str
    refs: tuple[str, ...]
    derived: tuple[str, str] | None


def salvage(raw: bytes) -> Salvaged | None:
    """What `raw` states; None unless it is a JSON object, in UTF-8, with one id by which others can name it."""
    try:
        # A long integer is no reason to lose the id.
        members = json.loads(raw.decode(), object_pairs_hook=_Members, parse_int=float)
    except (ValueError, RecursionError):
        return None
    stated = _one(members, "id") if isinstance(members, _Members) else ""
    if not is_id(stated):
        return None
    refs = dict.fromkeys(_named(members))
    refs.pop(stated, None)
    return Salvaged(id=stated, modified=_one(members, "modified"), refs=tuple(refs), derived=_derived(members))


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object, also where a key stands twice."""


def _one(members: _Members, wanted: str) -> str:
    """The text under a key that stands once or always says the same; empty if there is none, or no proper text."""
    said = [value for key, value in members if key == wanted]
    text = said[0] if said and isinstance(said[0], str) and all(value == said[0] for value in said) else ""
    return text if text.isascii() and text.isprintable() else ""


def _named(members: _Members) -> Iterator[str]:
    """Every id at or below a key that refers."""
    waiting: list[tuple[bool, Any]] = [(False, members)]
    while waiting:
        refers, value = waiting.pop()
        if isinstance(value, _Members):
            waiting.extend((refers or key.endswith(REFERRING), inner) for key, inner in reversed(value))
        elif isinstance(value, list):
            waiting.extend((refers, inner) for inner in reversed(value))
        elif refers and isinstance(value, str) and is_id(value):
            yield value


def _derived(members: _Members) -> tuple[str, str] | None:
    """The two ends, where it is a `derived-from`, and does not say properly that it is something else."""
    if _one(members, "relationship_type") != DERIVED_FROM or _one(members, "type") not in ("", RELATIONSHIP):
        return None
    source, target = _one(members, "source_ref"), _one(members, "target_ref")
    return (source, target) if is_id(source) and is_id(target) else None
