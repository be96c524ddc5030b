import io
import json
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comity.core.errors import MalformedInput
from comity.formats import byte_source
from comity.formats.bundle import LIMIT, Element, split
from comity.formats.fault import Fault, Flaw

A, B, C = b'{"type":"a"}', b'{"type": "b" }', b'{"type":\t"c"}'


def parted(data: bytes, limit: int = LIMIT, progress: Callable[[int], None] | None = None) -> list[Element]:
    return list(split(io.BytesIO(data), limit=limit, progress=progress))


def bundle(*raws: bytes) -> bytes:
    return b'{"type":"bundle","id":"x","objects":[' + b" ,\n".join(raws) + b"]}"


def flaws(elements: list[Element]) -> list[Flaw | None]:
    return [element.value.code if isinstance(element.value, Fault) else None for element in elements]


def around(raw: bytes) -> tuple[bytes, Flaw | None]:
    """What becomes of `raw` between two good elements, which must come through."""
    before, found, after = parted(bundle(A, raw, B))
    assert (before.raw, after.raw) == (A, B)
    assert flaws([before, after]) == [None, None]
    assert isinstance(found.value, dict) == (flaws([found]) == [None])
    return found.raw, flaws([found])[0]


class Trickle(io.BytesIO):
    """A stream that gives one byte at a time, so that every piece is cut everywhere."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(1 if size else size)


# Elements that can be read


def test_elements_keep_their_bytes_values_and_places() -> None:
    data = bundle(A, B, C)
    elements = parted(data)
    assert [element.raw for element in elements] == [A, B, C]
    assert [element.value for element in elements] == [{"type": "a"}, {"type": "b"}, {"type": "c"}]
    assert [element.ordinal for element in elements] == [0, 1, 2]
    assert all(data[e.offset : e.offset + len(e.raw)] == e.raw for e in elements)


@pytest.mark.parametrize(
    "data",
    [
        b'{"objects":[%s]}' % A,
        b'{"objects":[%s],"type":"bundle","more":false}' % A,
        b'\xef\xbb\xbf{"type":"bundle","objects":[%s]}' % A,
        b' \r\n\t{ "type" : "bundle" , "spec_version" : [1, {"y": -2.5e3}] , "objects" : [ %s ] } \n' % A,
        b'{"type":"bundle","objects":[],"objects":[%s],"objects":[]}' % A,
        b'{"\\u006fbjects":[%s]}' % A,
    ],
)
def test_objects_may_stand_anywhere_in_a_bundle(data: bytes) -> None:
    assert [element.raw for element in parted(data)] == [A]


@pytest.mark.parametrize("data", [b'{"type":"bundle"}', b'{"objects":[]}', b'{"type":"bundle","objects":[ ]}'])
def test_a_bundle_may_be_empty(data: bytes) -> None:
    assert parted(data) == []


def test_both_lists_are_read_when_objects_is_stated_twice() -> None:
    assert [e.raw for e in parted(b'{"objects":[%s],"type":"bundle","objects":[%s]}' % (A, B))] == [A, B]


def test_properties_that_no_bundle_has_are_kept() -> None:
    elements = parted(b'{"x":[1],"type":"bundle","y":2,"objects":[%s],"Objects":[%s]}' % (A, B))
    assert [element.raw for element in elements] == [b"[1]", b"2", A, b"[%s]" % B]
    assert flaws(elements) == [Flaw.UNKNOWN_PROPERTY, Flaw.UNKNOWN_PROPERTY, None, Flaw.UNKNOWN_PROPERTY]
    assert flaws(parted(b'{"type":"bundle","objets":[%s]}' % A)) == [Flaw.UNKNOWN_PROPERTY]


def test_escapes_and_text_in_any_language_are_read() -> None:
    raw = '{"name":"Київ 🛰 \\u0000 \\ud83d\\udef0 \\"}]","n":9007199254740991}'.encode()
    (element,) = parted(bundle(raw))
    assert element.raw == raw
    assert element.value == {"name": 'Київ 🛰 \x00 🛰 "}]', "n": 2**53 - 1}


def test_progress_is_told_up_to_the_last_byte() -> None:
    told: list[int] = []
    data = bundle(*[A] * 60_000)
    assert len(parted(data, progress=told.append)) == 60_000
    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] == len(data)


# Elements that cannot


@pytest.mark.parametrize(
    ("raw", "flaw"),
    [
        (b'{"a":tru}', Flaw.NOT_JSON),
        (b'{"a":1,}', Flaw.NOT_JSON),
        (b'{"a" 1}', Flaw.NOT_JSON),
        (b"{'a':1}", Flaw.NOT_JSON),
        (b'{"a":01}', Flaw.NOT_JSON),
        (b'{"a":NaN}', Flaw.NOT_JSON),
        (b'{"a":-Infinity}', Flaw.NOT_JSON),
        (b'{"a":"\\x41"}', Flaw.NOT_JSON),
        (b'{"a":"nul \x00"}', Flaw.NOT_JSON),
        (b'{"a":"line\n"}', Flaw.NOT_JSON),
        (b'{"a":"} , ] \\" \x01"}', Flaw.NOT_JSON),
        (b"\x00", Flaw.NOT_JSON),
        (b"oops", Flaw.NOT_JSON),
        (b'oops{"a":[1,2]}', Flaw.NOT_JSON),
        (b"}", Flaw.NOT_JSON),
        (b"", Flaw.NOT_JSON),
        (b'{"a":"\xff"}', Flaw.NOT_UTF8),
        (b'{"a":"\xc3"}', Flaw.NOT_UTF8),
        (b'{"a":"\xed\xa0\x80"}', Flaw.NOT_UTF8),
        (b'{"\xe2\x82":"\xac"}', Flaw.NOT_UTF8),
        (b'{"a":"\\ud800"}', Flaw.LONE_SURROGATE),
        (b'{"\\uDFFF":1}', Flaw.LONE_SURROGATE),
        (b'{"a":[{"b":"x\\udc00\\ud800"}]}', Flaw.LONE_SURROGATE),
        (b'{"a":1,"a":1}', Flaw.DUPLICATE_KEY),
        (b'{"a":1,"\\u0061":2}', Flaw.DUPLICATE_KEY),
        (b'{"a":[{"b":1,"c":2,"b":3}]}', Flaw.DUPLICATE_KEY),
        (b'{"a":9007199254740992}', Flaw.NUMBER_RANGE),
        (b'{"a":-9007199254740992}', Flaw.NUMBER_RANGE),
        (b'{"a":' + b"9" * 5_000 + b"}", Flaw.NUMBER_RANGE),
        (b'{"a":1e400}', Flaw.NUMBER_RANGE),
        (b'{"a":-1.5E+999}', Flaw.NUMBER_RANGE),
        (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", Flaw.TOO_DEEP),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", Flaw.TOO_DEEP),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, Flaw.TOO_DEEP),
        (b"1", Flaw.NOT_AN_OBJECT),
        (b"-0.5", Flaw.NOT_AN_OBJECT),
        (b"null", Flaw.NOT_AN_OBJECT),
        (b"true", Flaw.NOT_AN_OBJECT),
        (b'"text, ]"', Flaw.NOT_AN_OBJECT),
        (b'[{"type":"a"}]', Flaw.NOT_AN_OBJECT),
    ],
)
def test_a_faulty_element_is_kept_whole_and_the_rest_goes_on(raw: bytes, flaw: Flaw) -> None:
    assert around(raw) == (raw or b",", flaw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":' + b"[" * 99 + b"]" * 99 + b"}",
        b'{"a":[' + b",".join([b"{}"] * 500) + b"]}",
        b'{"a":"' + b"[" * 500 + b'"}',
        b'{"a":1e-400,"b":-0}',
    ],
)
def test_what_merely_looks_too_deep_or_too_small_is_read(raw: bytes) -> None:
    assert around(raw) == (raw, None)


def test_a_fault_says_where_and_what() -> None:
    (element,) = parted(bundle(b'{"a":1,"a":2}'))
    assert str(element.value) == "duplicate-key: `a` is stated twice"


def test_a_key_that_stands_twice_is_found_among_very_many() -> None:
    """In linear time: it was in quadratic, and one element of the largest size kept a processor busy for hours."""
    keys = b",".join(b'"%d":0' % number for number in range(200_000))
    began = time.process_time()
    (element,) = parted(bundle(b'{%s,"199999":0}' % keys))
    assert str(element.value) == "duplicate-key: `199999` is stated twice"
    assert time.process_time() - began < 20  # of the processor, where quadratic takes minutes


def test_an_element_larger_than_the_limit_is_kept_and_not_read() -> None:
    big = b'{"a":"' + b"x" * 1_000 + b'"}'
    assert flaws(parted(bundle(A, big, B), limit=len(big))) == [None, None, None]
    elements = parted(bundle(A, big, B), limit=len(big) - 1)
    assert flaws(elements) == [None, Flaw.TOO_LARGE, None]
    assert elements[1].raw == big


def test_an_element_larger_than_the_limit_and_many_chunks_is_kept() -> None:
    big = b'{"a":["' + b'\\\\" ,"x' * 300_000 + b'"]}'
    elements = parted(bundle(A, big, B), limit=1_000_000)
    assert flaws(elements) == [None, Flaw.TOO_LARGE, None]
    assert elements[1].raw == big


def test_commas_are_neither_invented_nor_lost() -> None:
    elements = parted(b'{"objects":[,%s%s,,%s,]}' % (A, B, C))
    assert [element.raw for element in elements] == [b",", A, B, b",", C, b","]
    assert flaws(elements) == [Flaw.NOT_JSON, None, Flaw.NOT_JSON, Flaw.NOT_JSON, None, Flaw.NOT_JSON]


# A bundle that is damaged around its elements


def test_a_bundle_cut_anywhere_gives_its_whole_elements_and_one_truncated() -> None:
    raws = [A, B, '{"name":"Київ","x":[1,"\\""]}'.encode(), C]
    data = b'{"type":"bundle","objects":[' + b",".join(raws) + b'],"id":"bundle--1"}'
    start = data.index(b"[") + 1
    for end in range(start, len(data)):
        *whole, last = parted(data[:end])
        assert flaws([last]) == [Flaw.TRUNCATED]
        assert [element.raw for element in whole] == raws[: len(whole)]
        assert all(element.offset + len(element.raw) <= end for element in whole)
        assert last.offset + len(last.raw) == end
        assert data[last.offset : end] == last.raw
    for end in range(start):
        with pytest.raises(MalformedInput):
            parted(data[:end])


@pytest.mark.parametrize(
    ("tail", "flaw"),
    [
        (b"]} x", Flaw.TRAILING),
        (b']}{"type":"bundle","objects":[]}', Flaw.TRAILING),
        (b"]}\x00", Flaw.TRAILING),
        (b'],"id":"bundle--1"', Flaw.TRUNCATED),
        (b'],"id":', Flaw.TRUNCATED),
        (b'],"i', Flaw.TRUNCATED),
        (b"],", Flaw.TRUNCATED),
        (b"]", Flaw.TRUNCATED),
        (b'] "id":"x"}', Flaw.NOT_JSON),
        (b'],"id" "x"}', Flaw.NOT_JSON),
        (b'],{"type":"c"}]}', Flaw.NOT_JSON),
        (b'],"objects":{}}', Flaw.NOT_JSON),
        (b'],"id":tru}', Flaw.NOT_JSON),
        (b'],"id":"\xff"}', Flaw.NOT_UTF8),
        (b"],}", Flaw.NOT_JSON),
    ],
)
def test_damage_behind_the_elements_is_one_more_faulty_element(tail: bytes, flaw: Flaw) -> None:
    data = b'{"objects":[' + A + tail
    first, last = parted(data)
    assert (first.raw, flaws([last])) == (A, [flaw])
    assert data[last.offset :] == last.raw


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"oops", "does not begin"),
        (b"[" + A + b"]", "does not begin"),
        (b'"objects"', "does not begin"),
        (b"{}", "no `objects`"),
        (b'{"id":"bundle--1"}', "no `objects`"),
        (b'{"Event":{"id":"1"}}', "no `objects`"),
        (b'{"type":"indicator","id":"x"}', "not `bundle`"),
        (b'{"type":["bundle"]}', "not `bundle`"),
        (b'{"type":"bundle","type":"report"}', "not `bundle`"),
        (b'{"type":"bundle","objects":null}', "expected `[`"),
        (b'{"type":"bundle","objects":{}}', "expected `[`"),
        (b'{"type":"bundle"', "the file ends"),
        (b'{"type":"bundle",', "the file ends"),
        (b'{"type":', "the file ends"),
        (b'{"type":"bund', "the file ends"),
        (b'{"type":"bundle" "objects":[]}', "expected `,`"),
        (b'{"x":1,"x":tru,"objects":[]}', "expecting value"),
        ('{"type":"bundle","objects":[]}'.encode("utf-16"), "UTF-8"),
        ('{"type":"bundle","objects":[]}'.encode("utf-16-le"), "UTF-8"),
        ('{"type":"bundle","objects":[]}'.encode("utf-16-be"), "UTF-8"),
        ('{"type":"bundle","objects":[]}'.encode("utf-32"), "UTF-8"),
    ],
)
def test_what_is_no_bundle_is_refused_with_what_to_do(data: bytes, says: str) -> None:
    with pytest.raises(MalformedInput, match=re.escape(says)):
        parted(data)


def test_a_type_that_comes_late_is_still_judged() -> None:
    elements = split(io.BytesIO(b'{"objects":[%s],"type":"report"}' % A))
    assert next(elements).raw == A
    with pytest.raises(MalformedInput, match="not `bundle`"):
        next(elements)


# Any bytes


def spaced(value: object, draw: st.DrawFn) -> str:
    """`value` as JSON with odd white space and escapes."""

    def gap() -> str:
        return draw(st.sampled_from(["", "", " ", "\n\t", "\r\n  "]))

    if isinstance(value, dict):
        members = [
            f"{gap()}{spaced(key, draw)}{gap()}:{gap()}{spaced(held, draw)}{gap()}" for key, held in value.items()
        ]
        return "{" + (",".join(members) or gap()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(f"{gap()}{spaced(held, draw)}{gap()}" for held in value) or gap()) + "]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(['"', "\\", '\\"', "]}", "{[", '",', "\x00", "\x1f", "\u2028", "🛰"]),
    lambda held: st.lists(held, max_size=3) | st.dictionaries(st.text('ab\\"{}[],:é', max_size=3), held, max_size=3),
    max_leaves=8,
)
OBJECT = st.dictionaries(st.text(max_size=4), JSON, max_size=4)


@st.composite
def written(draw: st.DrawFn) -> tuple[list[tuple[bytes, Any]], bytes]:
    """The elements of a bundle, and the bundle."""
    values = draw(st.lists(OBJECT, max_size=5))
    raws = [(spaced(value, draw).encode(), value) for value in values]
    between = draw(st.sampled_from([b",", b" ,", b",\n    "]))
    listed = b'"objects":[' + between.join(raw for raw, _ in raws) + b"]"
    keys = draw(st.permutations([listed, b'"type":"bundle"', b'"id": "bundle--\xc3\xa9"']))
    return raws, b"{" + b",".join(keys) + b"}" + draw(st.sampled_from([b"", b"\n"]))


def streams(data: bytes) -> Iterator[io.BytesIO]:
    yield io.BytesIO(data)
    yield Trickle(data)


@given(written())
def test_every_element_comes_out_as_it_was_written(made: tuple[list[tuple[bytes, Any]], bytes]) -> None:
    raws, data = made
    for stream in streams(data):
        assert [(element.raw, element.value) for element in split(stream)] == raws


@given(written(), st.data())
def test_no_damage_loses_an_element_before_it_or_silently_one_behind_it(
    made: tuple[list[tuple[bytes, Any]], bytes], data: st.DataObject
) -> None:
    raws, whole = made
    at = data.draw(st.integers(0, len(whole)))
    gone = data.draw(st.integers(0, 3))
    put = data.draw(st.sampled_from([b"", b'"', b"{", b"}", b"[", b"]", b",", b"\\", b"\x00", b"\xff", b"1", b" "]))
    damaged = whole[:at] + put + whole[at + gone :]
    before, after, place = [], [], whole.index(b'"objects":[')
    for raw, value in raws:
        place = whole.index(raw, place)
        if place + len(raw) < at:  # and what follows the element is unharmed too
            before.append((place, raw, value))
        elif place >= at + gone:
            start = place - gone + len(put)
            after.append(range(start, start + len(raw)))
        place += len(raw)
    for stream in streams(damaged):
        found, refused = _until_refused(split(stream))
        assert all(damaged[e.offset : e.offset + len(e.raw)] == e.raw for e in found)
        if not refused:
            assert [(e.offset, e.raw, e.value) for e in found if e.offset < at][: len(before)] == before
            kept = [e.offset for e in found if e.value in [value for _, value in raws]]
            assert all(raw[0] in kept for raw in after) or any(flaw is not None for flaw in flaws(found))


def _until_refused(elements: Iterator[Element]) -> tuple[list[Element], bool]:
    found: list[Element] = []
    try:
        found.extend(elements)
    except MalformedInput:
        return found, True
    return found, False


@given(st.binary(max_size=40).map(lambda tail: b'{"objects":[' + tail) | st.text('{}[]",:\\ \x01a1é').map(str.encode))
@example(b'{"objects":["\\')
@example(b'{"objects":[1')
@example(b'{"objects":[{"a":"\\')
def test_no_bytes_raise_anything_but_malformed_input(data: bytes) -> None:
    results = [_until_refused(split(stream)) for stream in streams(data)]
    assert results[0] == results[1]
    ends = [(e.offset, e.offset + len(e.raw)) for e in results[0][0]]
    assert all(data[start:end] == e.raw for (start, end), e in zip(ends, results[0][0], strict=True))
    assert sorted(ends) == ends


# Real and large material


def test_real_bundles_come_apart_without_a_fault(comity_data: Path) -> None:
    files = sorted((comity_data / "stix").rglob("*.json"))
    assert len(files) > 30
    for file in files:
        with file.open("rb") as stream:
            elements = list(split(stream))
        objects = json.loads(file.read_bytes())["objects"]
        assert [element.value for element in elements] == objects
        assert all(json.loads(element.raw) == element.value for element in elements)


class Endless(io.RawIOBase):
    """A bundle that is made while it is read."""

    def __init__(self, element: bytes, count: int) -> None:
        self._parts = iter([b'{"type":"bundle","objects":[', *[element + b","] * (count - 1), element, b"]}"])
        self._left = b""

    def read(self, size: int = -1, /) -> bytes:
        while len(self._left) < size and (part := next(self._parts, b"")):
            self._left += part
        given, self._left = self._left[:size], self._left[size:]
        return given


def test_a_large_bundle_needs_no_more_memory_than_a_chunk_and_an_element() -> None:
    element = b'{"type":"x","text":"' + b"y" * 100_000 + b'"}'
    stream = cast("io.BytesIO", Endless(element, 400))
    tracemalloc.start()
    try:
        count = sum(1 for _ in split(stream))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 400
    assert peak < 20 * byte_source._CHUNK
