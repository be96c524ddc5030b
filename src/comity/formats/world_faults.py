"""What is wrong with a world file, line by line."""

import re
from dataclasses import dataclass
from typing import Final

from comity.core.errors import Fault, MalformedInput

Place = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that no text of a world file may hold: controls, halves of surrogate pairs, non-characters."""
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """One fault: `line` counts from 1, 0 where there is no text; `key` is a dotted path such as `items.3.level`."""

    line: int
    key: str
    message: str
    mend: str

    def __str__(self) -> str:
        """Line and key, where there are any, message and mend on one line."""
        places = (f"line {self.line}" if self.line else "", self.key, f"{self.message}; {self.mend}")
        return ": ".join(place for place in places if place)


class InvalidWorldFile(MalformedInput):
    """A world file that is refused whole, with every fault, in the order of its lines."""

    def __init__(self, faults: tuple[FileFault, ...]) -> None:
        """Keep `faults`, of which there is at least one."""
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def shown(value: object) -> str:
    """What the author wrote, short and printable, for a message."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) > _SHOWN:
        text = f"{text[: _SHOWN - 1]}…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


_REGISTERS: Final[set[Place]] = {
    (),
    *((key,) for key in ("partners", "levels", "domains", "conditions", "communities")),
}
"""Where one of these cannot be read, names of its kind would all seem unknown: only faults of form are told."""


def add_untold(faults: list[Fault], judged: list[Fault]) -> None:
    """Add to `faults` those of the core's that are not the mere consequence of one that is already told."""
    told = {fault.place for fault in faults}
    if told & _REGISTERS:
        return
    around = {place[:-1] for place in told}
    faults += [fault for fault in judged if not _told(fault.place, told, around)]


def _told(place: Place, told: set[Place], around: set[Place]) -> bool:
    return place in around or any(place[:length] in told for length in range(len(place) + 1))
