"""The laws of the formats: what partners send, what people type, and what is stated in files."""

import io
import json
from contextlib import suppress
from functools import cache
from typing import Any, Final

from comity.core.contrast import contrast
from comity.core.errors import MalformedInput
from comity.core.partner import ANYONE, Code, Recipient
from comity.core.world import Policy
from comity.formats import bundle, instant, marking, plan_reading, search_query, strict_json, words, world, world_text
from comity.formats.fault import Fault
from comity.formats.marking import Context, DefaultTerms, Kind, NoTerms
from comity.formats.plan_document import contrast_json
from comity.formats.salvage import salvage
from comity.formats.stix import StixObject, examine, is_id, moment
from comity.formats.world_tree import Bare, Plain
from comity.web.rest import parts
from tests.fuzz.target import Target
from tests.nodes import small

_JSON: Final = (
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b'"',
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"\\udc00",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    ),
    *(b"true", b"null", b"NaN", b"-0", b"1e400", b"9007199254740993", b"0.1", b"\x00", b"\xc3", b"\xed\xa0\x80"),
)
_STIX: Final = (
    *(b'"objects":[', b'"type":', b'"bundle"', b'"id":', b'"spec_version":"2.1"', b'"created":', b'"modified":'),
    *(b'"revoked":true', b'"object_marking_refs":[', b'"granular_markings":[', b'"_ref":', b'"object_refs":['),
    *(b'"relationship_type":"derived-from"', b'"source_ref":', b'"target_ref":', b'"definition_type":"statement"'),
    b'"indicator--11111111-1111-4111-8111-111111111111"',
    *(b'"2025-01-01T00:00:00Z"', b'"2025-13-01T00:00:00.000000001Z"', b'"extensions":{', b'"labels":[', b'"name":'),
)
_PLAN: Final = (
    *(
        b'"plan":{',
        b'"needs":[',
        b'"supplies":[',
        b'"assigned":[',
        b'"points":',
        b'"bound":',
        b'"gap":',
        b'"ended":"best"',
    ),
    *(b'"limits":null', b'"weight":', b'"wanted":', b'"held":', b'"independent":', b'"roots":[', b'"fresh":null'),
    *(b'"capacity":', b'"quality":', b'"lead":', b'"origin":', b'"units":', b'"need":"n"', b'"supply":"s"'),
)
_LINES: Final = 64
"""Markings that are looked at."""


class _Trickle(io.BytesIO):
    """Gives a few bytes at a time, so that every piece is cut somewhere."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3 if size else size)


def of_bundle(content: bytes) -> None:
    """Every element keeps its bytes and its place, however the file comes; the rest of it goes on."""
    try:
        found = list(bundle.split(io.BytesIO(content)))
    except MalformedInput as problem:
        str(problem).encode()
        return
    assert found == list(bundle.split(_Trickle(content)))
    end = 0
    for number, element in enumerate(found):
        assert (element.ordinal, content[element.offset : element.offset + len(element.raw)]) == (number, element.raw)
        end = max(end, element.offset)
        _of_element(element.raw, element.value)
    assert end <= len(content)


def _of_element(raw: bytes, value: dict[str, Any] | Fault) -> None:
    _searched(raw)
    salvaged = salvage(raw)
    if isinstance(value, Fault):
        str(value).encode()  # it is kept, and shown
        return
    assert value == json.loads(raw)
    examined = examine(value, raw)
    assert examined == examine(value)
    if isinstance(examined, Fault):
        str(examined).encode()
        return
    _said(examined)
    assert salvaged is not None
    assert salvaged.id == examined.id
    assert set(examined.refs) <= set(salvaged.refs)
    assert salvaged.derived == examined.derived


def _said(found: StixObject) -> None:
    """What it says of itself can be kept, and names what is named."""
    assert is_id(found.id)
    assert all(map(is_id, (*found.refs, *found.markings, *found.granular)))
    assert {*found.markings, *found.granular} - {found.id} <= set(found.refs)
    (found.title or "").encode()
    found.modified.encode()


def of_json(content: bytes) -> None:
    """What is accepted is what every reader takes it for, and stays so when it is written anew."""
    value = strict_json.parse(content)
    value = value if isinstance(value, Fault) else strict_json.vet(content, value)
    if isinstance(value, Fault):
        str(value).encode()
        return
    assert json.dumps(value) == json.dumps(json.loads(content))
    again = json.dumps(value, ensure_ascii=False).encode()
    assert json.dumps(strict_json.vet(again, strict_json.parse(again))) == json.dumps(value)


def of_object(content: bytes) -> None:
    """Any object whatever is examined, also one that no JSON reader of ours has vetted."""
    with suppress(ValueError, RecursionError):  # no JSON: that is for others
        value = json.loads(content)
        if isinstance(value, dict):
            found = examine(value)
            if isinstance(found, Fault):
                str(found).encode("utf-8", "surrogatepass")
            else:
                _said(found)


def _searched(raw: bytes) -> None:
    """What is found of an object can be kept, is folded, and is found in it again."""
    entry = words.entry(raw)
    for word in entry.words:
        word.encode()
        assert words.words(word) == [word]
    for label in entry.labels:
        assert words.compared(label) == label
    for word in entry.words[:3]:
        sought = (words.Sought((word,)),)
        assert words.says(raw, sought)
        assert word in words.completions(raw, word[:2])
        _marked(words.snippet(raw, sought))
    _marked(words.snippet(raw, ()))


def _marked(found: words.Snippet | None) -> None:
    if found is not None:
        found.text.encode()  # it is answered
        assert all(0 <= start < end <= len(found.text) for start, end in found.marks)


def of_words(content: bytes) -> None:
    """Any bytes whatever, as they may wait in quarantine, are looked up by their words."""
    _searched(content)


def of_markings(content: bytes) -> None:
    """Nobody who is not admitted by each marking is admitted by all; what is not known admits nobody."""
    whole, _, parts_ = content.decode(errors="replace").partition("\n\n")
    marks, granular = whole.split("\n")[:_LINES], parts_.split("\n")[:_LINES]
    found = marking.claims(marks, granular, kinds=_kind, context=_CONTEXT)
    assert not isinstance(found, NoTerms)
    assert found
    unknown = [name for name in (*marks, *granular) if _kind(name) is not Kind.STATEMENT and name not in marking._TLP]
    admitted = [claim.audience for claim in found]
    if unknown:
        assert () in admitted
    if marking.RED in (*marks, *granular):
        assert any(each is not None and ANYONE not in each for each in admitted)
    assert marking.unmarked(marks, _kind) == (not marking._binding(marks, _kind))


def _kind(name: str) -> Kind | None:
    return {"s": Kind.STATEMENT, "o": Kind.OTHER}.get(name[:1])


_CONTEXT: Final = Context(
    holder=Code(Recipient("GBR")),
    submitter=Code(Recipient("USA")),
    originator=Code(Recipient("USA")),
    community="E2",
    persons=(Recipient("GBR/alice"),),
    terms=DefaultTerms(level="RESTRICTED"),
    lowest="UNCLASSIFIED",
    received=None,
)


def of_times(content: bytes) -> None:
    """A time is one moment, and is written so that it is read again."""
    text = content.decode(errors="replace")
    with suppress(MalformedInput):
        found = instant.parse(text)
        with suppress(ValueError):  # in UTC it is before the year 1
            assert instant.parse(instant.show(found)) == found
    with suppress(MalformedInput):
        found_ = moment(text)
        assert found_ is None or text.endswith("Z")


def of_query(content: bytes) -> None:
    """A query asks for the same when it is stated again, and more blanks make no other."""
    text = content.decode(errors="replace")
    with suppress(MalformedInput):
        found = search_query.parse(text)
        assert len(text) <= search_query.LONGEST
        assert search_query.parse(f"  {text}\n") == found or len(text) + 3 > search_query.LONGEST
        assert all(sought.words for sought in found.sought)
        assert all(name in search_query.FIELDS and values for name, values in found.fields)
        json.loads(found.canonical)
        again = " ".join(f'"{" ".join(each.words)}"{"*" * each.prefix}' for each in found.sought)
        if len(again) <= search_query.LONGEST:
            assert search_query.parse(again).sought == found.sought
    with suppress(MalformedInput):
        beginning = search_query.beginning(text)
        assert search_query.beginning(beginning) == beginning


def of_parts(content: bytes) -> None:
    """What is read of a form is what is read again when it is written by its parts."""
    boundary, _, body = content.partition(b"\n")
    mark = boundary.decode("latin-1")
    with suppress(MalformedInput):
        found = parts.read(body, mark, ("bundle", "sidecar"))
        assert sorted(found) == ["bundle", "sidecar"]
        head = 'Content-Disposition: form-data; name="%s"\r\n\r\n'
        made = [f"--{mark}\r\n{head % name}".encode("latin-1") + each for name, each in found.items()]
        again = b"\r\n".join([*made, f"--{mark}--\r\n".encode("latin-1")])
        assert parts.read(again, mark, ("bundle", "sidecar")) == found


def of_world(content: bytes) -> None:
    """A world file is refused with every fault at a line of it, or is the same world when it is written as JSON."""
    try:
        text = world_text.decode(content)
        found = world.read(text)
    except world.InvalidWorldFile as problem:
        _faulted(problem, content)
        return
    plain, _ = world_text.load(text)
    assert world.read(json.dumps(_unmarked(plain))) == found


def of_sidecar(content: bytes) -> None:
    """So is a sidecar."""
    try:
        text = world_text.decode(content)
        found = world.read_sidecar(text, _policy())
    except world.InvalidWorldFile as problem:
        _faulted(problem, content)
        return
    assert all(world.canonical(name) == name for name in found.items)
    plain, _ = world_text.load(text)
    assert world.read_sidecar(json.dumps(_unmarked(plain)), _policy()) == found


def _faulted(problem: world.InvalidWorldFile, content: bytes) -> None:
    assert problem.faults
    lines = content.count(b"\n") + 1
    for fault in problem.faults:
        assert 1 <= fault.line <= lines, fault
        assert fault.message
        assert fault.mend
        f"{fault.message} {fault.mend}".encode()


def _unmarked(value: Plain) -> Any:  # noqa: ANN401 - JSON
    """The same as JSON has it."""
    if isinstance(value, Bare):
        return {"truth": value.text in {"true", "True", "TRUE"}, "nothing": None}.get(value.meaning, value.text)
    if isinstance(value, dict):
        return {key: _unmarked(each) for key, each in value.items()}
    return [_unmarked(each) for each in value] if isinstance(value, list) else value


@cache
def _policy() -> Policy:
    return small().world.policy


def of_plan(content: bytes) -> None:
    """What is read as an exported plan keeps its limits, its points are those of its items, and it can be compared."""
    try:
        made = plan_reading.read(content)
    except MalformedInput:
        return
    assert all(0 <= share <= 1 for share in made.covered().values())
    assert all(each.units <= made.case.supplies[each.supply].capacity for each in made.assigned)
    assert contrast(made, made).gained == 0
    json.loads(contrast_json(contrast(made, made)).encode())


TARGETS: Final = (
    Target(name="bundle", law=of_bundle, words=(*_JSON, *_STIX)),
    Target(name="json", law=of_json, words=_JSON),
    Target(name="plan", law=of_plan, words=(*_JSON, *_PLAN)),
    Target(name="object", law=of_object, words=(*_JSON, *_STIX)),
    Target(name="words", law=of_words, words=(*_JSON, "é".encode(), "ﬃ".encode(), "漢".encode(), "ǰ".encode())),
    Target(
        name="markings",
        law=of_markings,
        words=(b"\n", b"\n\n", b"s", b"o", b"x", *(name.encode() for name in sorted(marking._TLP))),
    ),
    Target(name="times", law=of_times, words=(b"T", b"Z", b"+23:59", b".000000", b":60", b"0000-", b"9999-12-31")),
    Target(
        name="query",
        law=of_query,
        words=(b'"', b"*", b" ", b",", *(f"{name}:".encode() for name in search_query.FIELDS), "ß".encode()),
    ),
    Target(
        name="parts",
        law=of_parts,
        words=(
            b"\r\n",
            b"--",
            b"\r\n--b\r\n",
            b"--b--",
            b'Content-Disposition: form-data; name="sidecar"',
            b"\r\n\r\n",
        ),
    ),
    Target(
        name="world",
        law=of_world,
        words=(
            *(
                b"holder: ",
                b"partners: ",
                b"items:\n",
                b"  - {id: ",
                b"&a ",
                b"*a",
                b"<<: ",
                b"!!python/object ",
                b"---\n",
            ),
            *(
                b"|\n",
                b">\n",
                b"? ",
                b"\t",
                b"#",
                b"{",
                b"}",
                b"[",
                b"]",
                b'"',
                b"'",
                b"\\x",
                b"~",
                b"yes",
                b"0x1F",
                b"1:30",
            ),
            *(b"agreements:\n", b"level: ", b"domains: ", b"checks:\n", b"\xef\xbb\xbf", b"\x85", b"\xe2\x80\xa8"),
        ),
    ),
    Target(
        name="sidecar",
        law=of_sidecar,
        words=(
            *(b"items:\n", b"  - id: ", b"indicator--11111111-1111-4111-8111-111111111111", b"@2025-01-01T00:00:00Z"),
            *(b"originator: USA", b"level: SECRET", b"releasable_to: ", b"further_claims:\n", b"sources: [{item: "),
            *(b"{", b"}", b"[", b"]", b'"', b"&a ", b"*a", b"\t"),
        ),
    ),
)
