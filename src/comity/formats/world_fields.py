"""One mapping of a world file, read key by key: every value is of its kind, or is a fault and a stand-in.

Kept here: a fault never stops the reading, so that all faults are found at once, and a key that nobody has asked for is
one. The stand-ins never leave the formats: what has a fault is refused whole.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Final, TypeVar

from comity.core.errors import Fault, MalformedInput
from comity.core.instant import ALWAYS, NEVER, Instant, Window
from comity.formats import duration, instant
from comity.formats.world_faults import UNPRINTABLE, Place, shown
from comity.formats.world_objects import FLAGS, plain_object
from comity.formats.world_tree import Bare, not_text

Choice = TypeVar("Choice", bound=Enum)
_WHOLE: Final = re.compile("-?(0|[1-9][0-9]{0,17})")


class Entry:
    """A cursor over one mapping at `place`; faults are added to the list that all entries of a file share."""

    __slots__ = ("_asked", "_faults", "_fields", "_whole", "place")

    def __init__(self, value: object, place: Place, faults: list[Fault]) -> None:
        """Start reading `value`, which should be a mapping."""
        self.place, self._faults = place, faults
        self._whole = isinstance(value, Mapping)
        self._fields: Mapping[object, object] = value if isinstance(value, Mapping) else {}
        self._asked: set[str] = set()
        if not self._whole:
            self.fault((), f"{_kind(value)}, where a mapping belongs", "write `key: value` pairs")

    def fault(self, steps: Place, message: str, mend: str) -> None:
        """Note a fault at `steps` from here."""
        self._faults.append(Fault(place=(*self.place, *steps), message=message, mend=mend))

    def has(self, key: str) -> bool:
        """Whether the key is written."""
        return key in self._fields

    def name(self, key: str) -> str:
        """The text at a key that must be there; empty where it is faulty."""
        if not self._required(key):
            return ""
        return self._text(self._fields[key], (key,))

    def optional_name(self, key: str) -> str | None:
        """The text at a key that may be left out."""
        self._asked.add(key)
        return self._text(self._fields[key], (key,)) if key in self._fields else None

    def names(self, key: str, *, required: bool = False) -> tuple[str, ...] | None:
        """The list of texts at the key; None where it is left out."""
        values = self._list(key, required=required)
        if values is None:
            return None
        return tuple(self._text(value, (key, number)) for number, value in enumerate(values))

    def register(self, key: str) -> tuple[str, ...] | None:
        """As `names`, for a list that others refer to: a name whose one fault is to lack quotes still stands."""
        values = self._list(key)
        found = self.names(key)
        if values is None or found is None:
            return None
        return tuple(value.text if isinstance(value, Bare) else name for value, name in zip(values, found, strict=True))

    def time(self, key: str, *, required: bool = False) -> Instant | None:
        """The time at the key; None where it is left out or faulty."""
        self._asked.add(key)
        if key not in self._fields:
            if required:
                self._required(key)
            return None
        value = self._fields[key]
        if isinstance(value, Bare) and value.meaning != "nothing":
            value = value.text
        text = self._text(value, (key,))
        try:
            return instant.parse(text) if text else None
        except MalformedInput as error:
            message, _, mend = str(error).rpartition(": ")
            self.fault((key,), message, mend)
            return None

    def length(self, key: str, *, required: bool = False) -> int | None:
        """The microseconds of the length of time at the key; None where it is left out or faulty."""
        text = self.name(key) if required else self.optional_name(key)
        if not text:
            return None
        try:
            return duration.parse(text)
        except MalformedInput as error:
            message, _, mend = str(error).rpartition(": ")
            self.fault((key,), message, mend)
            return None

    def whole(self, key: str, *, required: bool = False) -> int | None:
        """The whole number at the key; None where it is left out or faulty."""
        self._asked.add(key)
        if key not in self._fields:
            if required:
                self._required(key)
            return None
        value = self._fields[key]
        if isinstance(value, Bare) and _WHOLE.fullmatch(value.text):
            return int(value.text)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.fault((key,), f"{_kind(value)}, where a whole number belongs", "write a whole number, without quotes")
        return None

    def window(self, start: str = "start", end: str = "end", *, started: bool = False) -> Window:
        """The interval between two keys; absent bounds are unbounded, but where `started` the first must be there."""
        first, last = self.time(start, required=started), self.time(end)
        return Window(ALWAYS if first is None else first, NEVER if last is None else last)

    def choice(self, key: str, kind: type[Choice]) -> Choice | None:
        """The member of `kind` that is named at the key; None where it is left out or faulty."""
        name = self.optional_name(key)
        if not name:
            return None
        try:
            return kind(name)
        except ValueError:
            allowed = ", ".join(f"`{member.value}`" for member in kind)
            self.fault((key,), f"`{shown(name)}` is none of the values of `{key}`", f"write one of {allowed}")
            return None

    def choices(self, key: str, kind: type[Choice]) -> tuple[Choice, ...] | None:
        """The members of `kind` that the list at the key names; None where it is left out."""
        names = self.names(key)
        if names is None:
            return None
        members = {member.value: member for member in kind}
        for number, name in enumerate(names):
            if name and name not in members:
                allowed = ", ".join(f"`{value}`" for value in members)
                self.fault(
                    (key, number), f"`{shown(name)}` is none of the values of `{key}`", f"write some of {allowed}"
                )
        return tuple(members[name] for name in names if name in members)

    def flag(self, key: str) -> bool:
        """True or false at the key; false where it is left out."""
        self._asked.add(key)
        value = self._fields.get(key, False)
        if isinstance(value, Bare):
            value = FLAGS.get(value.text, value)
        if isinstance(value, bool):
            return value
        self.fault((key,), f"{_kind(value)}, where true or false belongs", "write `true` or `false`")
        return False

    def free_object(self, key: str) -> Mapping[str, object] | None:
        """The free JSON object at the key; None where it is left out or faulty."""
        self._asked.add(key)
        if key not in self._fields:
            return None
        value = self._fields[key]
        if not isinstance(value, Mapping):
            self.fault((key,), f"{_kind(value)}, where a STIX object belongs", "write the object, or leave the key out")
            return None
        return plain_object(value, (*self.place, key), self._faults)

    def entries(self, key: str, *, required: bool = False) -> Iterator["Entry"]:
        """The mappings in the list at the key; none where it is left out."""
        for number, value in enumerate(self._list(key, required=required) or ()):
            yield Entry(value, (*self.place, key, number), self._faults)

    def members(self, key: str) -> Iterator["Entry | str"]:
        """The texts and mappings in the list at a key that must be there."""
        for number, value in enumerate(self._list(key, required=True) or ()):
            if isinstance(value, Mapping):
                yield Entry(value, (*self.place, key, number), self._faults)
            else:
                yield self._text(value, (key, number))

    def mapping(self, key: str, *, required: bool = False) -> "Entry":
        """The mapping at the key; an empty one where it is left out."""
        self._asked.add(key)
        if key in self._fields:
            return Entry(self._fields[key], (*self.place, key), self._faults)
        if required:
            self._required(key)
        return Entry({}, (*self.place, key), self._faults)

    def keys(self) -> list[str]:
        """The keys, when it is the author who names them."""
        found = []
        for key in self._fields:
            self._asked.add(str(key))
            if not isinstance(key, str) or self._text(key, (shown(key),)):
                found.append(key)
        return [key for key in found if isinstance(key, str)]

    def allow(self, keys: Iterable[str]) -> None:
        """Count the keys as known, though none is read."""
        self._asked.update(keys)

    def close(self) -> None:
        """Note the keys that nobody has asked for."""
        if self._fields.keys() <= self._asked:
            return
        for key in self._fields:
            if key not in self._asked:
                self._unknown(key)

    def _unknown(self, key: object) -> None:
        if not isinstance(key, str):
            self.fault((), f"the key `{shown(key)}` is no text", "write it as text; in YAML, quote it")
            return
        near = difflib.get_close_matches(key, self._asked, 1)
        known = ", ".join(sorted(self._asked))
        self.fault(
            (shown(key),),
            f"unknown key `{shown(key)}`",
            f"did you mean `{near[0]}`?" if near else f"take it out; known here: {known}",
        )

    def _required(self, key: str) -> bool:
        self._asked.add(key)
        if key in self._fields:
            return True
        if self._whole:
            self.fault((key,), f"no `{key}`", f"state `{key}`")
        return False

    def _list(self, key: str, *, required: bool = False) -> list[object] | tuple[object, ...] | None:
        self._asked.add(key)
        if key not in self._fields:
            if required:
                self._required(key)
            return None
        value = self._fields[key]
        if isinstance(value, (list, tuple)):
            return value
        self.fault((key,), f"{_kind(value)}, where a list belongs", "write a list, `[…]`; an empty one is `[]`")
        return None

    def _text(self, value: object, steps: Place) -> str:
        if isinstance(value, str) and value and value.isprintable() and value == value.strip():
            return value
        self.fault(steps, *_text_fault(value))
        return ""


def _text_fault(value: object) -> tuple[str, str]:
    if isinstance(value, Bare):
        return not_text(value)
    if not isinstance(value, str):
        return f"{_kind(value)}, where text belongs", "write text"
    if not value:
        return "an empty text", "write what is meant"
    if UNPRINTABLE.search(value) or not value.isprintable():
        return f"`{shown(value)}` holds a character that cannot be printed", "take it out"
    return f"`{shown(value)}` has blanks around it", "take them out"


def _kind(value: object) -> str:
    """What sort of thing is written."""
    match value:
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case None | Bare(meaning="nothing"):
            return "nothing"
        case Bare(text=text) | str(text):
            return f"`{shown(text)}`"
        case _:
            return f"`{shown(value)}`"
