"""A free JSON object inside a world file, such as the STIX object of an item, as plain Python."""

from collections.abc import Mapping
from typing import Final

from comity.core.errors import Fault
from comity.formats.world_faults import UNPRINTABLE, Place, shown
from comity.formats.world_tree import MAX_DEPTH, Bare

_DIGITS: Final = 1_000
_INFINITE: Final = float("inf")
FLAGS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
"""The words that every reader of YAML takes for true or false."""


def plain_object(value: Mapping[object, object], place: Place, faults: list[Fault]) -> dict[str, object]:
    """`value` with all its scalars as JSON means them; what JSON cannot say is a fault and left out."""
    found: dict[str, object] = {}
    for key, each in value.items():
        if not isinstance(key, str) or UNPRINTABLE.search(key):
            faults.append(_fault(place, f"the key `{shown(key)}` is no plain text", "write the key as text"))
        else:
            found[key] = _plain(each, (*place, key), faults)
    return found


def _plain(value: object, place: Place, faults: list[Fault]) -> object:
    if len(place) > MAX_DEPTH:
        faults.append(_fault(place, f"nested deeper than {MAX_DEPTH} levels", "nest less deeply"))
        return None
    match value:
        case Mapping():
            return plain_object(value, place, faults)
        case list() | tuple():
            return [_plain(each, (*place, number), faults) for number, each in enumerate(value)]
        case Bare():
            return _resolved(value, place, faults)
        case _:
            return _scalar(value, place, faults)


def _scalar(value: object, place: Place, faults: list[Fault]) -> object:
    if isinstance(value, str) and UNPRINTABLE.search(value):
        faults.append(_fault(place, f"`{shown(value)}` holds a control character", "take it out"))
    elif not isinstance(value, (str, int, float, type(None))) or (
        isinstance(value, float) and not abs(value) < _INFINITE
    ):
        faults.append(_fault(place, f"`{shown(value)}` is nothing that JSON knows", "write text or a number"))
    return value


def _resolved(word: Bare, place: Place, faults: list[Fault]) -> object:
    """What `word` means in JSON and YAML 1.2 alike. Only YAML 1.1 reads `no`, `0x1f` or `12:30` as no text: a fault."""
    if word.meaning in ("a time", "a sign of its own"):
        return word.text
    if word.meaning == "nothing":
        return None
    if word.text in FLAGS:
        return FLAGS[word.text]
    number = _number(word.text)
    if number is None:
        faults.append(
            _fault(
                place,
                f"`{shown(word.text)}` without quotes is not read alike by all readers",
                f'quote it: "{shown(word.text)}", or write it as JSON does',
            )
        )
    return number


def _number(text: str) -> int | float | None:
    """The number that JSON, too, would read in `text`, None if there is none."""
    if "_" in text or ":" in text or len(text) > _DIGITS:
        return None
    digits = text.lstrip("+-")
    if digits.isdigit():
        leading = len(digits) > 1 and digits[0] == "0"
        return None if leading else int(text)
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < _INFINITE else None


def _fault(place: Place, message: str, mend: str) -> Fault:
    return Fault(place=place, message=message, mend=mend)
