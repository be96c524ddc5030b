import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.instant import Instant
from comity.formats import strict_json
from comity.formats.bundle import split
from comity.formats.fault import Fault, Flaw
from comity.formats.instant import parse
from comity.formats.marking import RED, Kind
from comity.formats.stix import OBSERVABLES, STANDARD, StixObject, examine

NEW = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
IDENTITY = f"identity--{OTHER}"
BORN = "2025-03-01T00:00:00.000Z"
ARABIC_ZERO = "\N{ARABIC-INDIC DIGIT ZERO}"
CHANGED = "2025-03-05T12:00:00.5Z"

INDICATOR: dict[str, Any] = {
    "type": "indicator",
    "spec_version": "2.1",
    "id": f"indicator--{NEW}",
    "created": BORN,
    "modified": CHANGED,
}
MARKING: dict[str, Any] = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": f"marking-definition--{NEW}",
    "created": BORN,
    "definition_type": "statement",
    "definition": {"statement": "Copyright"},
}
RELATIONSHIP: dict[str, Any] = INDICATOR | {
    "type": "relationship",
    "id": f"relationship--{NEW}",
    "relationship_type": "derived-from",
    "source_ref": f"indicator--{NEW}",
    "target_ref": f"indicator--{OTHER}",
}
ADDRESS: dict[str, Any] = {"type": "ipv4-addr", "id": f"ipv4-addr--{NEW}", "value": "198.51.100.3"}
CUSTOM: dict[str, Any] = INDICATOR | {"type": "x-thing", "id": f"x-thing--{NEW}"}
CUSTOM_OBSERVABLE: dict[str, Any] = {"type": "x-thing", "id": f"x-thing--{NEW}"}


def examined(value: dict[str, Any], **changes: object) -> StixObject:
    found = examine({key: held for key, held in (value | changes).items() if held is not ...})
    assert isinstance(found, StixObject), found
    return found


def flaw(value: dict[str, Any], **changes: object) -> Flaw | None:
    """The flaw of `value` with changes, `...` taking a key away."""
    found = examine({key: held for key, held in (value | changes).items() if held is not ...})
    return found.code if isinstance(found, Fault) else None


@pytest.mark.parametrize("value", [INDICATOR, MARKING, RELATIONSHIP, ADDRESS, CUSTOM, CUSTOM_OBSERVABLE])
def test_the_smallest_objects_pass(value: dict[str, Any]) -> None:
    found = examined(value)
    assert (found.id, found.type, found.revoked, found.title) == (value["id"], value["type"], False, None)


def test_the_types_are_those_of_the_standard() -> None:
    assert len(OBSERVABLES) == 18
    assert len(STANDARD) == 18 + 19 + 2 + 3


# type and id


@pytest.mark.parametrize(
    "value", [..., None, "", 7, ["indicator"], "Indicator", "a b", "a--b", "-a", "a-", "é", "x\x00", "a\n"]
)
def test_a_type_is_a_stix_name(value: object) -> None:
    assert flaw(INDICATOR, type=value) is Flaw.BAD_TYPE


def test_a_type_has_at_most_250_characters() -> None:
    assert flaw(CUSTOM, type="x" * 250, id=f"{'x' * 250}--{NEW}") is None
    assert flaw(CUSTOM, type="x" * 251, id=f"{'x' * 251}--{NEW}") is Flaw.BAD_TYPE


def test_a_bundle_is_no_object() -> None:
    assert flaw(CUSTOM_OBSERVABLE, type="bundle", id=f"bundle--{NEW}") is Flaw.BAD_TYPE


@pytest.mark.parametrize(
    "value",
    [
        ...,
        None,
        1,
        "",
        NEW,
        "indicator--",
        f"malware--{NEW}",
        f"x-indicator--{NEW}",
        f"indicator-{NEW}",
        f"indicator---{NEW}",
        f"indicator--{NEW}0",
        f"indicator--{NEW}\n",
        f"indicator--{NEW}\x00",
        f"indicator--{NEW.replace('-', '')}",
        f"indicator--{{{NEW}}}",
        "indicator--AAAAAAAA-0000-4000-8000-000000000001",
        "indicator--gggggggg-0000-4000-8000-000000000001",
        f"indicator--{ARABIC_ZERO * 8}-0000-4000-8000-000000000001",
    ],
)
def test_an_id_is_its_own_type_and_a_lower_case_uuid(value: object) -> None:
    assert flaw(INDICATOR, id=value) is Flaw.BAD_ID


def test_any_version_of_uuid_passes() -> None:
    assert flaw(INDICATOR, id="indicator--6116b44e-a7e9-11e3-a82f-000c29b241af") is None
    assert flaw(ADDRESS, id="ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4") is None


# spec_version, versions and times


@pytest.mark.parametrize("value", [INDICATOR, MARKING, RELATIONSHIP, CUSTOM])
@pytest.mark.parametrize("spec", [..., None, "2.0", "2.2", "", 2.1, ["2.1"]])
def test_what_has_versions_states_stix_2_1(value: dict[str, Any], spec: object) -> None:
    assert flaw(value, spec_version=spec) is Flaw.NOT_STIX_21


@pytest.mark.parametrize("value", [ADDRESS, CUSTOM_OBSERVABLE])
def test_an_observable_may_state_stix_2_1_and_nothing_else(value: dict[str, Any]) -> None:
    assert flaw(value, spec_version="2.1") is None
    assert flaw(value, spec_version="2.0") is Flaw.NOT_STIX_21
    assert flaw(value, spec_version=None) is Flaw.NOT_STIX_21


def test_the_version_is_the_text_and_the_time_of_modified() -> None:
    found = examined(INDICATOR)
    assert (found.modified, found.modified_at) == (CHANGED, parse(CHANGED))


def test_a_marking_definition_is_told_apart_by_created_and_an_observable_by_nothing() -> None:
    assert examined(MARKING).modified == BORN
    assert examined(MARKING).modified_at == parse(BORN)
    assert examined(ADDRESS).modified == ""
    assert examined(ADDRESS).modified_at is None
    assert examined(CUSTOM_OBSERVABLE).modified_at is None


def test_times_finer_than_microseconds_keep_their_text() -> None:
    found = examined(INDICATOR, modified="2025-03-05T12:00:00.123456789Z")
    assert found.modified == "2025-03-05T12:00:00.123456789Z"
    assert found.modified_at == parse("2025-03-05T12:00:00.123456Z")
    assert isinstance(found.modified_at, int)


@pytest.mark.parametrize("key", ["created", "modified"])
@pytest.mark.parametrize(
    "stated",
    [
        ...,
        None,
        1,
        "",
        "2025-03-05",
        "2025-03-05 12:00:00Z",
        "2025-03-05T12:00:00",
        "2025-03-05T12:00:00+00:00",
        "2025-03-05t12:00:00z",
        "2025-03-05T12:00:00.Z",
        "2025-02-30T12:00:00Z",
        "2025-03-05T24:00:00Z",
        "2025-03-05T12:00:60Z",
        "0000-03-05T12:00:00Z",
        "2025-03-05T12:00:00Z\n",
        f"202{ARABIC_ZERO}-03-05T12:00:00Z",
    ],
)
def test_times_are_utc_as_stix_writes_them(key: str, stated: object) -> None:
    assert flaw(INDICATOR, **{key: stated}) is Flaw.BAD_TIME
    assert flaw(CUSTOM, **{key: stated}) is Flaw.BAD_TIME


def test_times_stand_only_where_stix_has_them() -> None:
    assert flaw(MARKING, created=...) is Flaw.BAD_TIME
    assert flaw(MARKING, modified=BORN) is Flaw.BAD_TIME
    assert flaw(ADDRESS, modified=BORN) is Flaw.BAD_TIME
    assert flaw(ADDRESS, created=BORN) is Flaw.BAD_TIME
    assert flaw(CUSTOM, created=..., modified=...) is None
    assert flaw(INDICATOR, created=..., modified=...) is Flaw.BAD_TIME


def test_nothing_is_modified_before_it_is_created() -> None:
    assert flaw(INDICATOR, modified=BORN) is None
    assert flaw(INDICATOR, modified="2025-02-28T23:59:59.999999Z") is Flaw.TIME_ORDER


@pytest.mark.parametrize("revoked", [None, 0, 1, "true", []])
def test_revoked_is_true_or_false(revoked: object) -> None:
    assert examined(INDICATOR, revoked=True).revoked is True
    assert examined(INDICATOR, revoked=False).revoked is False
    assert flaw(INDICATOR, revoked=revoked) is Flaw.BAD_REVOKED


# References


def test_references_are_found_at_any_depth_in_order_and_once() -> None:
    ids = [f"x{n}--{OTHER}" for n in range(7)]
    found = examined(
        INDICATOR,
        created_by_ref=ids[0],
        object_refs=[ids[1], ids[0], INDICATOR["id"]],
        extensions={f"extension-definition--{OTHER}": {"deep": [[{"x_ref": ids[2]}], {"ys_refs": [ids[3], ids[1]]}]}},
        contents={"de": {"name": "ids[9]", "ö_ref": ids[4]}},
        granular_markings=[{"selectors": ["name"], "marking_ref": RED}],
        _ref=ids[5],
        _refs=[ids[6]],
    )
    assert found.refs == (*ids[:4], ids[4], RED, *ids[5:])


@pytest.mark.parametrize("key", ["created_by_ref", "x_ref", "_ref"])
@pytest.mark.parametrize(
    "stated", [None, "", 1, {}, [], [f"identity--{NEW}"], NEW, f"identity--{NEW}\n", f"Identity--{NEW}", "identity--X"]
)
def test_a_ref_holds_one_id(key: str, stated: object) -> None:
    assert flaw(INDICATOR, **{key: stated}) is Flaw.BAD_REFERENCE
    assert flaw(INDICATOR, extensions={"x": [{key: stated}]}) is Flaw.BAD_REFERENCE


@pytest.mark.parametrize("key", ["object_refs", "x_refs", "_refs"])
@pytest.mark.parametrize(
    "stated", [None, "", 1, {}, [], f"identity--{NEW}", [NEW], [f"identity--{NEW}", None], [[f"identity--{NEW}"]]]
)
def test_refs_hold_a_list_of_ids_that_is_not_empty(key: str, stated: object) -> None:
    assert flaw(INDICATOR, **{key: stated}) is Flaw.BAD_REFERENCE
    assert flaw(ADDRESS, extensions={"x": {"y": {key: stated}}}) is Flaw.BAD_REFERENCE


def test_an_id_in_capitals_is_no_reference() -> None:
    capital = f"identity--{'A' * 8}-0000-4000-8000-000000000001"
    assert flaw(INDICATOR, created_by_ref=capital.lower()) is None
    assert flaw(INDICATOR, created_by_ref=capital) is Flaw.BAD_REFERENCE


@pytest.mark.parametrize(
    "held",
    ["\ud800", ["\udfff"], {"\ud800": 1}, {"x": [{"y": "a\ud800"}]}, {1: 2}, {None: 2}, object(), ("a",), {"a"}, b"a"],
)
def test_what_json_cannot_hold_is_a_fault(held: object) -> None:
    assert flaw(INDICATOR, x=held) is Flaw.NOT_JSON_VALUE


def test_any_json_value_passes() -> None:
    assert flaw(INDICATOR, x=[None, True, 1, -0.5, "ü", "🛰", "\x00", [], {}, {"": [[]]}]) is None


def test_nesting_is_limited() -> None:
    deep: list[Any] = []
    for _ in range(98):
        deep = [deep]
    assert flaw(INDICATOR, x=deep) is None
    assert flaw(INDICATOR, x=[deep]) is Flaw.TOO_DEEP
    loop: dict[str, Any] = {}
    loop["x"] = [loop]
    assert flaw(INDICATOR, x=loop) is Flaw.TOO_DEEP


# Markings


def test_markings_of_the_whole_and_of_parts_are_told_apart() -> None:
    second = f"marking-definition--{OTHER}"
    found = examined(
        INDICATOR,
        object_marking_refs=[second, second],
        granular_markings=[
            {"selectors": ["name", "labels.[0]"], "marking_ref": RED},
            {"selectors": ["description"], "lang": "uk"},
            {"selectors": ["pattern"], "marking_ref": RED},
        ],
    )
    assert (found.markings, found.granular) == ((second,), (RED,))
    assert set(found.refs) == {second, RED}


def test_only_the_objects_own_markings_count() -> None:
    found = examined(INDICATOR, extensions={"x": {"object_marking_refs": [RED], "marking_ref": RED}})
    assert (found.markings, found.granular, found.refs) == ((), (), (RED,))


def test_markings_name_marking_definitions() -> None:
    assert flaw(INDICATOR, object_marking_refs=[RED, f"identity--{NEW}"]) is Flaw.BAD_MARKING
    assert flaw(INDICATOR, object_marking_refs=[]) is Flaw.BAD_REFERENCE
    assert flaw(INDICATOR, object_marking_refs=RED) is Flaw.BAD_REFERENCE


@pytest.mark.parametrize(
    "stated",
    [
        None,
        [],
        {},
        RED,
        [None],
        [[]],
        [{}],
        [{"marking_ref": RED}],
        [{"selectors": [], "marking_ref": RED}],
        [{"selectors": "name", "marking_ref": RED}],
        [{"selectors": [1], "marking_ref": RED}],
        [{"selectors": ["name"]}],
        [{"selectors": ["name"], "lang": 1}],
        [{"selectors": ["name"], "lang": "en", "marking_ref": RED}],
        [{"selectors": ["name"], "marking_ref": f"identity--{NEW}"}],
        [{"selectors": ["name"], "marking_ref": RED}, {"selectors": ["name"]}],
    ],
)
def test_granular_markings_select_something_and_say_one_thing(stated: object) -> None:
    assert flaw(INDICATOR, granular_markings=stated) is Flaw.BAD_MARKING


def test_only_what_says_so_and_carries_no_extension_is_a_statement() -> None:
    assert examined(MARKING).kind is Kind.STATEMENT
    assert examined(MARKING, definition_type="Statement").kind is Kind.OTHER
    assert examined(MARKING, definition_type=["statement"]).kind is Kind.OTHER
    assert examined(MARKING, definition_type=...).kind is Kind.OTHER
    assert examined(MARKING, definition_type="tlp").kind is Kind.OTHER
    assert examined(MARKING, extensions={}).kind is Kind.OTHER
    assert examined(INDICATOR, definition_type="statement").kind is None


# Relationships and display


def test_the_ends_of_derived_from_are_given() -> None:
    assert examined(RELATIONSHIP).derived == (f"indicator--{NEW}", f"indicator--{OTHER}")
    assert examined(RELATIONSHIP, relationship_type="indicates").derived is None
    assert examined(CUSTOM, relationship_type="derived-from").derived is None


@pytest.mark.parametrize(
    "changes",
    [
        {"relationship_type": ...},
        {"relationship_type": None},
        {"relationship_type": ["derived-from"]},
        {"relationship_type": "Derived-From"},
        {"relationship_type": "derived_from"},
        {"relationship_type": "derived-from "},
        {"source_ref": ...},
        {"target_ref": ...},
    ],
)
def test_a_relationship_has_a_type_and_two_ends(changes: dict[str, object]) -> None:
    assert flaw(RELATIONSHIP, **changes) is Flaw.BAD_RELATIONSHIP


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("APT 1", "APT 1"),
        (" two\n\tlines\x1b[31m ", "two lines [31m"),
        ("\u202eevil", "evil"),
        ("Київ", "Київ"),
        ("x" * 500, "x" * 120),
        ("", None),
        ("\x00", None),
        (7, None),
        (None, None),
    ],
)
def test_a_title_is_short_and_harmless(name: object, title: str | None) -> None:
    assert examined(INDICATOR, name=name).title == title


def test_messages_are_harmless_too() -> None:
    found = examine(INDICATOR | {"id": "\x1b[31m\u202e" + "x" * 10_000})
    assert isinstance(found, Fault)
    assert str(found).isprintable()
    assert len(str(found)) < 1_000


# Anything

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([RED, BORN, "2.1", "indicator"]),
    lambda held: st.lists(held, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("x_ref"), held, max_size=3),
)


@given(st.sampled_from([INDICATOR, MARKING, RELATIONSHIP, ADDRESS]), st.data())
def test_no_object_raises(value: dict[str, Any], data: st.DataObject) -> None:
    keys = [*value, "revoked", "name", "object_marking_refs", "granular_markings", "x_refs", "extensions"]
    changes = data.draw(st.dictionaries(st.sampled_from(keys), VALUES, max_size=4))
    found = examine(value | changes)
    assert isinstance(found, StixObject | Fault)
    if isinstance(found, StixObject):
        assert found.id not in found.refs
        assert {*found.markings, *found.granular} <= {*found.refs, found.id}


@given(
    st.sampled_from([INDICATOR, MARKING, RELATIONSHIP, ADDRESS]),
    st.dictionaries(st.sampled_from(["name", "x_ref", "x_refs", "granular_markings", "extensions"]), VALUES),
    st.sampled_from([("", ""), ('_ref"', '\\u005fref"'), ('_ref"', '_re\\u0066"'), ('_refs"', '_ref\\u0073"')]),
    st.booleans(),
)
def test_what_the_bytes_tell_changes_nothing(
    value: dict[str, Any], changes: dict[str, object], escaped: tuple[str, str], ascii_only: bool
) -> None:
    raw = json.dumps(value | changes, ensure_ascii=ascii_only).replace(*escaped).encode(errors="surrogatepass")
    read = strict_json.parse(raw)
    if isinstance(read, dict) and not isinstance(strict_json.vet(raw, read), Fault):
        assert examine(read, raw) == examine(read)


@pytest.mark.parametrize(
    "deeper",
    [
        '{"x_ref":"%s"}',
        '[[{"y":1,"x_refs" : ["%s"]}]]',
        '{"\\u0078_ref":"%s"}',
        '{"x_r\\u0065f":"%s"}',
        '{"x\\"_ref":"%s"}',
    ],
)
def test_the_bytes_hide_no_reference(deeper: str) -> None:
    raw = (json.dumps(ADDRESS)[:-1] + f', "extensions": {deeper % RED}, "created_by_ref": "{IDENTITY}"}}').encode()
    found = examine(strict_json.parse(raw), raw)
    assert isinstance(found, StixObject)
    assert found.refs == (RED, IDENTITY)


def test_real_objects_are_accepted_or_refused_with_a_reason(comity_data: Path) -> None:
    found: Counter[str] = Counter()
    files = sorted((comity_data / "stix").rglob("*.json"))
    for file in files:
        with file.open("rb") as stream:
            for element in split(stream):
                assert isinstance(element.value, dict)
                verdict = examine(element.value, element.raw)
                found[verdict.code.value if isinstance(verdict, Fault) else "accepted"] += 1
                if isinstance(verdict, StixObject):
                    assert verdict.modified_at is None or verdict.modified_at > Instant(0)
                    assert set(verdict.refs) == _refs(element.value) - {verdict.id}
    assert found.total() == sum(len(json.loads(file.read_bytes())["objects"]) for file in files)
    assert found["accepted"] > 0.99 * found.total()


def _refs(value: object) -> set[str]:
    """The references of `value`, found in another way: every pair of a key and a value, wherever it stands."""
    pairs: list[tuple[str, Any]] = []
    json.loads(json.dumps(value), object_pairs_hook=pairs.extend)
    ones = {held for key, held in pairs if key.endswith("_ref")}
    return ones.union(*(held for key, held in pairs if key.endswith("_refs")))
