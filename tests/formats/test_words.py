"""Which words an object has, and which piece of it shows them."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.words import LONGEST, ROOM, Entry, Sought, completions, entry, says, snippet, words

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def raw(**members: object) -> bytes:
    return json.dumps({"type": "report", "id": "report--x", **members}).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Launch of MISSILES", ["launch", "of", "missiles"]),
        (
            "CVE-2025-1234 evil.example.com 10.0.0.1",
            ["cve", "2025", "1234", "evil", "example", "com", *("10", "0", "0", "1")],
        ),
        ("snake_case and can't", ["snake", "case", "and", "can", "t"]),
        ("Café CAFÉ cafe\u0301", ["cafe", "cafe", "cafe"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("\uff2dissile ﬁnance", ["missile", "finance"]),
        ("ΣΊΣΥΦΟΣ σίσυφος", ["σισυφοσ", "σισυφοσ"]),
        ("東京tower", ["東", "京", "tower"]),
        ("हिन्दी", ["हिन्दी"]),
        ("™ ½ 1\u20442", ["1", "2", "1", "2"]),
        ("co\u0140lecci\u00f3 col\u00b7lecci\u00f3", ["col", "leccio", "col", "leccio"]),
        ("\uff76\uff9e\uff7d \u30ac\u30b9", ["\u30ac", "\u30b9", "\u30ac", "\u30b9"]),
        ("a" * (LONGEST + 5), ["a" * LONGEST]),
        ("!? – …", []),
    ],
)
def test_the_words_of_a_text(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected


@given(st.text())
def test_a_word_is_one_word_to_every_database(text: str) -> None:
    for word in words(text):
        assert word
        assert len(word) <= LONGEST
        assert not any(sign.isascii() and not (sign.isdigit() or sign.islower()) for sign in word)
        assert not any(sign.isspace() for sign in word)


def test_a_word_is_its_own_only_word_whatever_it_is_folded_from() -> None:
    for sign in map(chr, range(128, sys.maxunicode + 1)):
        if sign.isalnum():
            assert all(words(word) == [word] for text in (sign, f"a{sign}b") for word in words(text)), ascii(sign)


@given(st.text())
def test_case_does_not_matter(text: str) -> None:
    if text.isascii():
        assert list(words(text.upper())) == list(words(text.lower()))


@given(st.text(st.characters(max_codepoint=127)), st.text(st.characters(max_codepoint=127)))
def test_other_signs_elsewhere_do_not_change_how_a_text_is_cut(one: str, other: str) -> None:
    """The short way for ASCII says what the long way does."""
    assert list(words(f"{one} {other} é")) == [*words(one), *words(other), "e"]


def test_what_an_object_says_and_not_what_it_is_called_or_refers_to() -> None:
    found = entry(
        raw(
            name="Name",
            spec_version="2.1",
            created="2025-03-01T00:00:00Z",
            valid_from="2025-03-01T00:00:00.000Z",
            object_refs=["indicator--secret"],
            created_by_ref="identity--secret",
            object_marking_refs=["marking-definition--secret"],
            payload_bin="c2VjcmV0",
            number=64496,
            flag=True,
            score=0.5,
            hashes={"SHA-256": "ABCDEF"},
            kill_chain_phases=[{"phase_name": "deliver"}],
            extensions={"x": {"nested": ["Deep"]}},
        )
    )
    assert set(found.words) == {"name", "64496", "abcdef", "deliver", "deep"}


def test_labels_are_compared_without_case_and_in_one_form() -> None:
    assert entry(raw(labels=["Threat  Report", "threat report", " ", 7, "CAFE\u0301"])).labels == (
        "threat report",
        "café",
    )
    assert entry(raw(labels="x")).labels == ()


def test_what_is_no_object_is_one_text() -> None:
    assert entry(b'{"name": "cut of') == Entry(("name", "cut", "of"), ())
    assert entry(b'["a list"]').words == ("a", "list")
    assert entry(b"\xff plain").words == ("plain",)


def test_there_is_room_for_so_many_words() -> None:
    found = entry(raw(name=" ".join(f"w{number:07}" for number in range(ROOM // 8))))
    assert sum(len(word) + 8 for word in found.words) <= ROOM
    assert len(found.words) == ROOM // 16


@given(VALUES)
def test_whatever_an_object_is_made_of_it_has_words(value: object) -> None:
    content = raw(member=value)
    found = entry(content)
    for word in found.words[:5]:
        assert says(content, [Sought((word,))])
        assert completions(content, word) >= {word}
        piece = snippet(content, [Sought((word,))])
        assert piece is not None
        assert piece.marks


def test_words_in_this_order_stand_in_one_text() -> None:
    content = raw(name="early warning", description="of a missile launch", labels=["warning of"])
    assert says(content, [Sought(("early", "warning")), Sought(("missile", "lau"), prefix=True)])
    assert says(content, [Sought(("warning", "of"))])
    assert not says(content, [Sought(("warning", "early"))])
    assert not says(content, [Sought(("warning", "of", "a"))])
    assert not says(content, [Sought(("missile", "lau"))])


def test_a_snippet_shows_where_it_was_found() -> None:
    long = f"{'word ' * 100}here is the missile launch {'more ' * 100}"
    found = snippet(raw(name="a title", description=long), [Sought(("missile", "launch"))])
    assert found is not None
    assert found.text.startswith("…word")
    assert found.text.endswith("more…")
    assert len(found.text) < 200
    assert [found.text[start:end] for start, end in found.marks] == ["missile launch"]


def test_a_snippet_is_of_the_text_where_most_stands() -> None:
    content = raw(name="launch", description="a launch of missiles", abstract="missiles at launch")
    found = snippet(content, [Sought(("launch",)), Sought(("missiles",))])
    assert found is not None
    assert found.text == "a launch of missiles"


def test_a_snippet_without_words_is_the_beginning() -> None:
    assert snippet(raw(name="a title", description="text"), []) == ("a title", ())
    assert snippet(raw(), []) is None


def test_a_sign_that_is_two_words_is_marked_whole() -> None:
    content = raw(name="half: ½, and more")
    for sought in (Sought(("1",)), Sought(("2",)), Sought(("1", "2"))):
        found = snippet(content, [sought])
        assert found is not None
        assert [found.text[start:end] for start, end in found.marks] == ["½"]


def test_marks_do_not_overlap() -> None:
    found = snippet(raw(name="aa bb cc"), [Sought(("aa", "bb")), Sought(("bb", "cc")), Sought(("aa",))])
    assert found is not None
    assert [found.text[start:end] for start, end in found.marks] == ["aa bb"]


def test_half_a_surrogate_pair_is_no_part_of_a_snippet() -> None:
    found = snippet(b'{"name":"half \\ud800 of it"}', [Sought(("half",))])
    assert found is not None
    assert (found.text, found.marks) == ("half ? of it", ((0, 4),))
