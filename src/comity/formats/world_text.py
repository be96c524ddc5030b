"""The text of a world file as one nested value, and its faults with their lines."""

from collections.abc import Iterable, Iterator
from typing import Final

from comity.core.errors import Fault
from comity.formats.world_faults import UNPRINTABLE, FileFault, InvalidWorldFile, Place
from comity.formats.world_tokens import SyntaxFault, tokens
from comity.formats.world_tree import Plain, Tree, locate

_BOM: Final = "\ufeff"


def decode(raw: bytes) -> str:
    """The text that `raw` is in UTF-8. Raises InvalidWorldFile."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"the byte 0x{raw[error.start]:02x} is not UTF-8"
        raise InvalidWorldFile(
            (FileFault(line=line, key="", message=message, mend="save the file as UTF-8"),)
        ) from None


def load(text: str) -> tuple[Plain, list[tuple[int, Fault]]]:
    """The value that `text` holds, and the faults of its form, each with its position.

    Raises InvalidWorldFile where the text cannot be read to its end.
    """
    text = without_mark(text)
    tree = Tree()
    try:
        _refuse_unprintable(text)
        for token in tokens(text):
            tree.take(token)
        root = tree.whole()
    except SyntaxFault as fault:
        last = (fault.position, Fault(place=(), message=fault.message, mend=fault.mend))
        raise InvalidWorldFile(with_lines(text, [*tree.faults, last], [])) from None
    return root, tree.faults


def without_mark(text: str) -> str:
    """`text` without the byte order mark that some editors put before it."""
    return text.removeprefix(_BOM)


def _refuse_unprintable(text: str) -> None:
    if match := UNPRINTABLE.search(text):
        raise SyntaxFault(match.start(), f"the control character U+{ord(match.group()):04X}", "take it out")


def with_lines(text: str, positioned: Iterable[tuple[int, Fault]], placed: Iterable[Fault]) -> tuple[FileFault, ...]:
    """All the faults by line: those of known position, and those of a place, found again in `text`.

    Where the place itself is not written, its line is that of the nearest thing around it.
    """
    text, placed = without_mark(text), list(placed)
    wanted = {prefix for fault in placed for prefix in _prefixes(fault.place)}
    found = locate(tokens(text), wanted) if wanted else {}
    found.setdefault((), 0)
    nearest = ((next(found[place] for place in _prefixes(fault.place) if place in found), fault) for fault in placed)
    ordered = sorted([*positioned, *nearest], key=lambda each: each[0])
    return tuple(
        FileFault(line=line, key=dotted(fault.place), message=fault.message, mend=fault.mend)
        for line, fault in _lines(text, ordered)
    )


def dotted(place: Place) -> str:
    """`items.3.level`."""
    return ".".join(str(step) for step in place)


def _prefixes(place: Place) -> Iterator[Place]:
    """The place, then what is around it, the nearest first, the whole last."""
    return (place[:length] for length in range(len(place), -1, -1))


def _lines(text: str, ordered: list[tuple[int, Fault]]) -> Iterator[tuple[int, Fault]]:
    """The faults, ordered by position, with their lines; the text is counted through once."""
    line, reached = 1, 0
    for index, fault in ordered:
        line, reached = line + text.count("\n", reached, index), index
        yield line, fault
