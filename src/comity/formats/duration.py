"""Lengths of time as ISO 8601 writes them (`P7D`, `PT36H`), to and from the core's whole microseconds.

Kept here: only units that always last as long are read, so no months and years; nothing is rounded or cut.
"""

import re
from typing import Final

from comity.core.errors import MalformedInput

_SECOND: Final = 1_000_000
_UNITS: Final = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}
"""Seconds of each."""
_LENGTH: Final = re.compile(
    r"P(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})(?:\.([0-9]{1,6}))?S)?)?"
)
LONGEST: Final = 36_525 * 86_400 * _SECOND
"""A hundred years, in microseconds: whatever is longer was mistyped, and no column would hold all of it."""


def parse(text: str) -> int:
    """The microseconds of a duration in weeks, days, hours, minutes and seconds. Raises MalformedInput."""
    match = _LENGTH.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        raise MalformedInput(f"`{text}` is no length of time: write it as `P7D`, `PT36H` or `PT30M`")
    *whole, fraction = match.groups()
    seconds = sum(int(count) * each for count, each in zip(whole, _UNITS.values(), strict=True) if count)
    length = seconds * _SECOND + int((fraction or "").ljust(6, "0"))
    if length > LONGEST:
        raise MalformedInput(f"`{text}` is longer than a hundred years: write a shorter one")
    return length


def show(length: int) -> str:
    """`length` in days, hours, minutes and seconds, `P7D`; what is none is left out, and nothing at all is `PT0S`."""
    seconds, micros = divmod(length, _SECOND)
    days, rest = divmod(seconds, _UNITS["D"])
    hours, rest = divmod(rest, _UNITS["H"])
    minutes, rest = divmod(rest, _UNITS["M"])
    clock = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M")) if count)
    if rest or micros:
        clock += f"{rest}.{micros:06}".rstrip("0").rstrip(".") + "S" if micros else f"{rest}S"
    return f"P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}" if days or clock else "PT0S"
