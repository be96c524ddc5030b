"""Lengths of time: what is read, what is written, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.errors import MalformedInput
from comity.formats.duration import LONGEST, parse, show

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("text", "seconds", "shown"),
    [
        ("P7D", 604_800, "P7D"),
        ("P1W", 604_800, "P7D"),
        ("PT36H", 129_600, "P1DT12H"),
        ("PT90M", 5_400, "PT1H30M"),
        ("P1DT2H3M4S", 93_784, "P1DT2H3M4S"),
        ("PT0S", 0, "PT0S"),
        ("P0D", 0, "PT0S"),
        ("PT10S", 10, "PT10S"),
    ],
)
def test_lengths_are_read_and_shown(text: str, seconds: int, shown: str) -> None:
    assert parse(text) == seconds * SECOND
    assert show(parse(text)) == shown


def test_nothing_is_cut() -> None:
    assert parse("PT0.000001S") == 1
    assert parse("PT1.5S") == 1_500_000
    assert show(1_500_000) == "PT1.5S"
    assert show(10_000_000) == "PT10S"


@given(st.integers(0, LONGEST))
def test_what_is_shown_reads_as_what_it_was(length: int) -> None:
    assert parse(show(length)) == length


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "7d", "P1Y", "P1M", "-P1D", "P-1D", "P1.5D", "PT1.0000001S", "p7d", "P7D ", "PT1M1H"],
)
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput, match="no length of time: write it as"):
        parse(text)


def test_what_is_longer_than_a_hundred_years_is_refused() -> None:
    assert parse("P36525D") == LONGEST
    with pytest.raises(MalformedInput, match="longer than a hundred years"):
        parse("P36525DT1S")
