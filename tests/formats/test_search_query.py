"""What is typed is read as it was meant, or refused with what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.errors import MalformedInput
from comity.formats import instant
from comity.formats.search_query import FIELDS, LONGEST, MOST, Query, beginning, parse
from comity.formats.words import Sought
from tests.refusing import refused


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("  ", Query()),
        ("Missile", Query(sought=(Sought(("missile",)),))),
        ("missile launch missile", Query(sought=(Sought(("missile",)), Sought(("launch",))))),
        ('"Early Warning"', Query(sought=(Sought(("early", "warning")),))),
        ('"early warn"*', Query(sought=(Sought(("early", "warn"), prefix=True),))),
        ("laun*", Query(sought=(Sought(("laun",), prefix=True),))),
        ("CVE-2025-12*", Query(sought=(Sought(("cve", "2025", "12"), prefix=True),))),
        ("10.0.0.1", Query(sought=(Sought(("10", "0", "0", "1")),))),
        ("½", Query(sought=(Sought(("1", "2")),))),
        ("fe80::1", Query(sought=(Sought(("fe80", "1")),))),
        ("type:report,indicator", Query(fields=(("type", ("indicator", "report")),))),
        ("TYPE:report type:report", Query(fields=(("type", ("report",)),))),
        ('label:"Threat  Report"', Query(fields=(("label", ("threat report",)),))),
        ("id:report--1 domain:a,b", Query(fields=(("id", ("report--1",)), ("domain", ("a", "b"))))),
        ("after:2025-03-01", Query(after=instant.parse("2025-03-01T00:00:00Z"))),
        ('before:"2025-03-01T12:00:00+01:00"', Query(before=instant.parse("2025-03-01T11:00:00Z"))),
    ],
)
def test_what_is_typed_is_read(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"open', "close its quotes"),
        ('a "b"c', "close its quotes"),
        ('x"y"', "close its quotes"),
        ('""', "nothing to search for"),
        ("--", "nothing to search for"),
        ("*", "nothing to search for"),
        ("a*b", r"`\*` only at the end"),
        ("la**", r"`\*` only at the end"),
        ("l*", "begins too many words"),
        ("word-*", "begins too many words"),
        ("colour:red", "`colour:` is no field: use `type:`"),
        ("http:x", "put what holds a colon in quotes"),
        ("type:", "`type:` has no value"),
        ("type: report", "`type:` has no value"),
        ("type:,", "`type:` has no value"),
        ('id:" "', "`id:` has no value"),
        ("after:yesterday", "`after:yesterday`: .*is no time"),
        ("after:2025-13-01", "after:2025-13-01"),
        ("before:2025-01-01 before:2025-01-01", "stands twice"),
        ("x" * (LONGEST + 1), f"at most {LONGEST}"),
        (" ".join(f"w{number}" for number in range(MOST + 1)), f"more than {MOST}"),
        ("-".join("abcdefghijklmnopqrstuvwxyz0123456789"), f"more than {MOST} words"),
        ("type:" + ",".join(f"t{number}" for number in range(MOST + 1)), f"more than {MOST} values"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, said: str) -> None:
    with refused(MalformedInput, match=said):
        parse(text)


def test_a_query_is_the_same_however_it_is_typed() -> None:
    one, other = parse('type:b,a label:X missile "early warning"'), parse('"EARLY  warning" label:x missile type:a,b')
    assert one.canonical == other.canonical
    assert parse("missile").canonical != parse("missile*").canonical


@given(st.text(max_size=40))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except MalformedInput:
        return
    assert {name for name, _ in found.fields} <= set(FIELDS)
    assert all(each.words and all(each.words) for each in found.sought)


def test_the_beginning_of_a_word_is_one() -> None:
    assert beginning(" Laun") == "laun"
    assert beginning("co\u0140") == beginning("col\u00b7") == "col"
    for text in ("", "l", "two words", "a-b", "!", "co\u0140le", "½"):
        with refused(MalformedInput, match="no beginning of a word"):
            beginning(text)
