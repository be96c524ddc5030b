"""A document of plain values as text for people: one line for each value, indented as it is nested.

It is for reading, and nothing reads it back: whoever computes with it has the document itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_STEP: Final = "  "


def outline(document: Mapping[str, object]) -> str:
    """The text: `name: value`, with `- ` before each member of a list; lists of plain values stand on one line."""
    return "\n".join(_members(document))


def _members(value: Mapping[str, object]) -> Iterator[str]:
    for name, each in value.items():
        yield from _named(name.replace("_", " "), each)


def _named(name: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield f"{name}:"
        yield from (f"{_STEP}{line}" for line in _members(value))
    elif isinstance(value, list | tuple) and any(isinstance(each, Mapping | list | tuple) for each in value):
        yield f"{name}:"
        yield from _listed(value)
    else:
        yield f"{name}: {_shown(value)}"


def _listed(values: Sequence[object]) -> Iterator[str]:
    for each in values:
        first, *rest = list(_members(each)) if isinstance(each, Mapping) and each else [_shown(each)]
        yield f"- {first}"
        yield from (f"{_STEP}{line}" for line in rest)


def _shown(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        return ", ".join(map(_shown, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
