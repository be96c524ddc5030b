"""Which held items a name means, and the shortest name of an item. Pure: rows in, rows and names out.

ITEM is `id`, `id@version`, `PARTNER:id` or `PARTNER:id@version`, each with `#ordinal` appended or not. An id may itself
hold any of these signs, so that a name can be read in several ways; every reading counts, and none wins over another.
Only `#ordinal` by itself is always read as the number, so that every item has a name that means it alone.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from comity.service.records import Held

_LONGEST: Final = 19
"""Digits in the largest number that a row can have."""


class Reading(NamedTuple):
    """One way to read a name; what is None is not asked for."""

    id: str | None
    version: str | None
    submitter: str | None
    ordinal: int | None

    def means(self, item: Held) -> bool:
        """Whether the item is one that the name means, read in this way."""
        return (
            self.id in (None, item.name, item.stix_id)
            and self.version in (None, item.version)
            and self.submitter in (None, item.submitter)
            and self.ordinal in (None, item.ordinal)
        )


def readings(name: str, partners: Collection[str]) -> Iterator[Reading]:
    """Every way to read `name`."""
    if name[:1] == "#" and (number := _number(name[1:])) is not None:
        yield Reading(None, None, None, number)
        return
    for whole, number in _numbered(name):
        for submitter, rest in _submitted(whole, partners):
            yield Reading(rest, None, submitter, number)
            before, sign, version = rest.rpartition("@")
            if sign and before:
                yield Reading(before, version, submitter, number)


def meant(name: str, partners: Collection[str], items: Iterable[Held]) -> list[Held]:
    """The items that `name` means, by ordinal."""
    ways = list(readings(name, partners))
    return sorted((item for item in items if any(way.means(item) for way in ways)), key=lambda item: item.ordinal)


def forms(item: Held) -> Iterator[str]:
    """The names of an item, shortest first; the last is the longest that there is."""
    version = f"@{item.version}" if item.version else ""
    full = f"{item.submitter}:{item.name}{version}"
    yield from dict.fromkeys((item.name, f"{item.name}{version}", f"{item.submitter}:{item.name}", full))
    yield f"{full}#{item.ordinal}"
    yield f"#{item.ordinal}"


def shortest(item: Held, partners: Collection[str], items: Collection[Held]) -> str:
    """The shortest name that means this item alone among `items`."""
    name = ""
    for name in forms(item):
        if [other.ordinal for other in meant(name, partners, items)] == [item.ordinal]:
            break
    return name


def ids(items: Iterable[Held], partners: Collection[str]) -> set[str]:
    """Every id that some name of one of the items could be read to speak of."""
    return {way.id for item in items for form in forms(item) for way in readings(form, partners) if way.id is not None}


def _numbered(name: str) -> Iterator[tuple[str, int | None]]:
    yield name, None
    before, _, digits = name.rpartition("#")
    if before and (number := _number(digits)) is not None:
        yield before, number


def _number(digits: str) -> int | None:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _LONGEST else None


def _submitted(name: str, partners: Collection[str]) -> Iterator[tuple[str | None, str]]:
    yield None, name
    submitter, sign, rest = name.partition(":")
    if sign and rest and submitter in partners:
        yield submitter, rest
