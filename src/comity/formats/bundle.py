"""Splits the bytes of a STIX bundle into its elements, one at a time, with the exact bytes of each.

What is kept here, whatever the bytes:

- Bytes are never altered: an element carries what stood in the file, from its first byte to its last.
- Nothing is dropped: what cannot be read is an element with a fault, and the rest of the bundle goes on.
- Nothing is guessed: an element ends where its brackets close, strings respected. If they never close, the rest of
  the file is one `truncated` element. Damage to the bundle around its elements ends the reading in the same way.
- Readers must not differ: duplicate keys, integers beyond ±(2^53 − 1), numbers that are not finite, lone surrogates
  and whatever else RFC 8259 or RFC 7493 leaves open are faults.
- Memory is bounded by one element and a chunk, save where what is wrong is itself larger: its bytes are kept.

Left to others: whether an element is a proper STIX object (comity.formats.stix), and bounding the file's size.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from comity.core.errors import MalformedInput
from comity.formats import strict_json
from comity.formats.byte_source import ByteSource
from comity.formats.fault import Fault, Flaw
from comity.formats.json_bounds import Bounds

LIMIT: Final = 32 * 2**20
"""Bytes of the largest element that is parsed, unless the caller says otherwise."""
_PROPERTIES: Final = frozenset({"type", "id", "spec_version", "more", "next"})
"""Of a bundle in STIX 2.1 and 2.0, and of a TAXII envelope, which holds `objects` in the same way."""
_NEXT: Final = re.compile(r"[ \t\n\r]*+,[ \t\n\r]*+(?=\{)")
"""The one comma between two objects."""
_KINDS: Final = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}


class Element(NamedTuple):
    """One element of `objects`, or what stands in its place.

    `ordinal` counts from 0 in the order of the file, `offset` is where `raw` begins in it, `value` is the parsed object
    or the reason why there is none. Where a file ends between two elements, `raw` may be empty.
    """

    ordinal: int
    offset: int
    raw: bytes
    value: dict[str, Any] | Fault


def split(stream: BinaryIO, *, limit: int = LIMIT, progress: Callable[[int], None] | None = None) -> Iterator[Element]:
    """Every element of the bundle in `stream`; `progress` is told the bytes read so far.

    Raises MalformedInput where `stream` holds no bundle. Where that shows only late (a `type` that comes after
    `objects`), elements have been yielded before.
    """
    source = ByteSource(stream, progress)
    source.enter()
    bundle = _Bundle(source, limit)
    try:
        yield from bundle.elements()
        if not source.peek():
            return
        damage = _Damaged(Fault(code=Flaw.TRAILING, detail="the bundle ends before this"), source.offset)
    except _Damaged as found:
        if not bundle.listed:
            raise MalformedInput(
                f"no STIX bundle can be read: {found.fault.detail} (byte {found.offset}): fetch or export it again"
            ) from None
        damage = found
    yield bundle.element(damage.offset, damage.raw + source.rest(), damage.fault)


class _Damaged(Exception):
    """The bundle around the elements cannot be read on from `offset`; `raw` is what was already taken there."""

    def __init__(self, fault: Fault, offset: int, raw: bytes = b"") -> None:
        super().__init__(str(fault))
        self.fault, self.offset, self.raw = fault, offset, raw


class _Bundle:
    """The grammar of a bundle: a JSON object with a list `objects`, wherever it stands in it, even twice."""

    __slots__ = ("_limit", "_ordinal", "_source", "_unknown", "listed")

    def __init__(self, source: ByteSource, limit: int) -> None:
        self._source, self._limit = source, limit
        self._ordinal = 0
        self._unknown: list[tuple[int, bytes, str]] = []
        self.listed = False
        """Whether a list `objects` has been entered."""

    def element(self, offset: int, raw: bytes, value: dict[str, Any] | Fault) -> Element:
        """The next element."""
        self._ordinal += 1
        return Element(self._ordinal - 1, offset, raw, value)

    def elements(self) -> Iterator[Element]:
        """Every element of every `objects`, from the bundle's opening brace through its closing one."""
        source, typed = self._source, False
        source.at += 1
        ended = source.peek() == "}"
        while not ended:
            key = self._key()
            if key == "objects":
                self._pass("[")
                self.listed = True
                yield from self._strays()
                yield from self._list()
            else:
                typed |= self._property(key)
                if self.listed:
                    yield from self._strays()
            ended = source.peek() == "}"
            if not ended:
                self._pass(",")
        source.at += 1
        if not self.listed and not typed:
            raise MalformedInput('the JSON object has no `objects` and no `"type": "bundle"`: give a STIX 2.1 bundle')
        yield from self._strays()

    def _strays(self) -> Iterator[Element]:
        """The properties that no bundle has; they wait until it is clear that this is one."""
        for offset, raw, key in self._unknown:
            fault = Fault(code=Flaw.UNKNOWN_PROPERTY, detail=f"`{key[: strict_json.QUOTED]}`, and this is its value")
            yield self.element(offset, raw, fault)
        self._unknown.clear()

    def _list(self) -> Iterator[Element]:
        """Every element of a list, from behind its opening bracket through its closing one."""
        source, separated = self._source, True
        while (first := source.peek()) != "]":
            if first == ",":
                offset = source.offset
                source.at += 1
                if separated or source.peek() == "]":
                    yield self.element(offset, b",", _not_json("a comma with no element beside it"))
                separated = True
                continue
            if not first:
                raise _Damaged(_truncated("between two elements"), source.offset)
            offset, raw, value = self._piece("]")
            if not separated and not isinstance(value, Fault):
                value = _not_json("no comma before this element")
            separated = source.pass_over(_NEXT)
            yield self.element(offset, raw, value if isinstance(value, dict | Fault) else _no_object(value))
        source.at += 1

    def _key(self) -> str:
        """A key and its colon."""
        if self._source.peek() != '"':
            raise self._unexpected("a key in quotes")
        offset, raw, key = self._piece(":")
        if isinstance(key, Fault):
            raise _Damaged(key, offset, raw)
        self._pass(":")
        return str(key)

    def _property(self, key: str) -> bool:
        """Pass the value of a key that is not `objects`; whether it says that this is a bundle."""
        if not self._source.peek():
            raise self._unexpected("a value")
        offset, raw, value = self._piece("}")
        if isinstance(value, Fault):
            raise _Damaged(value, offset, raw)
        if key == "type" and value != "bundle":
            said = json.dumps(value)[: strict_json.QUOTED]
            raise MalformedInput(f"`type` is `{said}`, not `bundle`: put single objects in the `objects` of a bundle")
        if key not in _PROPERTIES:
            self._unknown.append((offset, raw, key))
        return key == "type"

    def _pass(self, char: str) -> None:
        """Pass the one character that may stand here."""
        if self._source.peek() != char:
            raise self._unexpected(f"`{char}`")
        self._source.at += 1

    def _unexpected(self, wanted: str) -> _Damaged:
        source = self._source
        fault = (
            _not_json(f"expected {wanted} in the bundle, outside of its elements")
            if source.peek()
            else _truncated(f"where {wanted} is expected")
        )
        return _Damaged(fault, source.offset)

    def _piece(self, closer: str) -> tuple[int, bytes, Any]:
        """The JSON value that comes next: its offset, its bytes, and what it is or a Fault."""
        source = self._source
        offset = source.offset
        first = source.text[source.at]
        # Where a number or a word ends, only what follows can tell; brackets and quotes close themselves.
        scanned = strict_json.scan(source.text, source.at) if first in '{["' else None
        if scanned is None:
            raw, closed = source.through(Bounds(first, closer))
            if not closed:
                raise _Damaged(_truncated(f"after {len(raw)} bytes of this"), offset, raw)
            raw = raw.rstrip(b" \t\n\r")
            return offset, raw, self._value(raw)
        raw = source.take(scanned[1])
        if raw.isascii() and len(raw) <= self._limit:
            return offset, raw, strict_json.vet(raw, scanned[0])
        return offset, raw, self._value(raw)

    def _value(self, raw: bytes) -> Any:  # noqa: ANN401 - any JSON value
        """What `raw` is, or a Fault."""
        if len(raw) > self._limit:
            return Fault(code=Flaw.TOO_LARGE, detail=f"{len(raw)} bytes, and at most {self._limit} are parsed")
        value = strict_json.parse(raw)
        return value if isinstance(value, Fault) else strict_json.vet(raw, value)


def _not_json(detail: str) -> Fault:
    return Fault(code=Flaw.NOT_JSON, detail=detail)


def _truncated(where: str) -> Fault:
    return Fault(code=Flaw.TRUNCATED, detail=f"the file ends {where}")


def _no_object(value: object) -> Fault:
    return Fault(code=Flaw.NOT_AN_OBJECT, detail=f"it is {_KINDS.get(type(value), 'a number')}")
