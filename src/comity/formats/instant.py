"""Times as RFC 3339 writes them, to and from the core's whole microseconds.

Kept here: only times with a `Z` or an offset are read, so that no local time is ever guessed; nothing is rounded or
cut, because a moved boundary is a changed decision.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from comity.core.errors import MalformedInput
from comity.core.instant import ALWAYS, NEVER, Instant

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_HOUR_MINUTE: Final = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_TIME: Final = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[Tt]({_HOUR_MINUTE}:[0-5][0-9])(?:\.([0-9]+))?(?:[Zz]|([+-]){_HOUR_MINUTE})"
)
_DECIMALS: Final = 6


def parse(text: str) -> Instant:
    """The moment that an RFC 3339 `date-time` names; an offset is converted to UTC.

    Up to six decimals count, and further ones are read only if they are zeros. A leap second (`:60`) is refused: the
    core's clock has none. Raises MalformedInput.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise MalformedInput(f"`{text}` is no time: write it in UTC as `2025-03-05T12:00:00Z`")
    day, clock, _, _, fraction, sign, hours, minutes = match.groups()
    micros = (fraction or "").rstrip("0")
    if len(micros) > _DECIMALS:
        raise MalformedInput(f"`{text}` is finer than a microsecond: write at most {_DECIMALS} decimals")
    offset = timedelta(hours=int(hours), minutes=int(minutes)) if sign else timedelta()
    try:
        local = datetime.fromisoformat(f"{day}T{clock}.{micros.ljust(_DECIMALS, '0')}+00:00")
        moment = local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError) as error:
        raise MalformedInput(f"`{text}` is no time ({error}): write one that exists") from None
    return Instant((moment - _EPOCH) // _MICROSECOND)


def show(moment: Instant) -> str:
    """`moment` as RFC 3339 in UTC, `2025-03-05T12:00:00Z`; a fraction only if there is one, without closing zeros.

    The unbounded ends of intervals and years beyond 0001 to 9999 are no times to show: ValueError.
    """
    if moment in (ALWAYS, NEVER):
        raise ValueError("an unbounded end of an interval is no time to show")
    try:
        shown = (_EPOCH + moment * _MICROSECOND).replace(tzinfo=None).isoformat()
    except OverflowError:
        raise ValueError(f"{moment} µs is beyond the years that can be shown") from None
    return f"{shown.rstrip('0')}Z" if "." in shown else f"{shown}Z"
