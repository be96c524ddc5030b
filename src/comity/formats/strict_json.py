"""One JSON value as every reader reads it, or the reason why readers would differ (RFC 8259, and RFC 7493 §2).

Two readers that take the same bytes for different values are how a marking is lost: one sees `RED`, the other `CLEAR`.
So a duplicate key, an integer that a double cannot hold, a number that is not finite, a lone surrogate and nesting that
some stacks do not bear are faults here, not matters of taste.
"""

import json
from collections import Counter
from typing import Any, Final

from comity.formats.fault import Fault, Flaw

DEEPEST: Final = 100
"""How deep objects and lists may nest, the outermost included."""
QUOTED: Final = 80
"""Characters of what the submitter wrote that a message repeats."""
_SAFE_INTEGER: Final = 2**53 - 1
_LONGEST_INTEGER: Final = 20
_INFINITY: Final = float("inf")


def scan(text: str, at: int) -> tuple[Any, int] | None:
    """The JSON value that begins at `at`, not yet vetted, and where it ends; None unless whole and well formed."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def parse(raw: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """The JSON value that `raw` is, not yet vetted, or a Fault."""
    try:
        return _DECODER.decode(raw.decode())
    except _Refused as refusal:
        return refusal.fault
    except UnicodeDecodeError as error:
        return Fault(code=Flaw.NOT_UTF8, detail=f"byte {error.start}: {error.reason}")
    except RecursionError:
        return _too_deep()
    except json.JSONDecodeError as error:
        return Fault(code=Flaw.NOT_JSON, detail=f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.pos}")


def vet(raw: bytes, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The `value` parsed from `raw`, or a Fault for what parsing alone does not see."""
    # Few values have so many brackets at all; counting their bytes is all that the others cost. So with escapes.
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and _nests(value, DEEPEST):
        return _too_deep()
    if b"\\" in raw and (b"\\ud" in raw or b"\\uD" in raw) and _has_lone_surrogate(value):
        return Fault(code=Flaw.LONE_SURROGATE, detail="a `\\ud800` … `\\udfff` without its other half")
    return value


class _Refused(ValueError):
    """JSON that is well formed and still does not mean the same to every reader."""

    def __init__(self, code: Flaw, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(code=code, detail=detail)


def _nests(value: Any, levels: int) -> bool:  # noqa: ANN401 - any JSON value
    """Whether objects and lists nest deeper in `value` than `levels`."""
    if not isinstance(value, dict | list):
        return False
    members = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_nests(member, levels - 1) for member in members if isinstance(member, dict | list))


def _has_lone_surrogate(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _too_deep() -> Fault:
    return Fault(code=Flaw.TOO_DEEP, detail=f"more than {DEEPEST} objects and lists within one another")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, whose keys must differ."""
    value = dict(pairs)
    if len(value) != len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key, number in times.items() if number > 1)
        shown = twice[:QUOTED].encode(errors="backslashreplace").decode()  # half a surrogate pair is no text to keep
        raise _Refused(Flaw.DUPLICATE_KEY, f"`{shown}` is stated twice")
    return value


def _integer(digits: str) -> int:
    """An integer that every reader of JSON holds exactly (RFC 7493 §2.2)."""
    if len(digits) > _LONGEST_INTEGER or abs(number := int(digits)) > _SAFE_INTEGER:
        raise _Refused(Flaw.NUMBER_RANGE, f"`{digits[:QUOTED]}` is beyond ±(2^53 − 1)")
    return number


def _float(digits: str) -> float:
    """A number that a double can hold."""
    number = float(digits)
    if abs(number) == _INFINITY:
        raise _Refused(Flaw.NUMBER_RANGE, f"`{digits[:QUOTED]}` is too large for a double")
    return number


def _constant(word: str) -> None:
    """Python's own additions to JSON."""
    raise _Refused(Flaw.NOT_JSON, f"`{word}` is no JSON value")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)
