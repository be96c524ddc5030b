import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.errors import MalformedInput
from comity.core.instant import ALWAYS, NEVER, Instant
from comity.formats.instant import parse, show

FIRST = parse("0001-01-01T00:00:00Z")
LAST = parse("9999-12-31T23:59:59.999999Z")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2025-03-05T12:00:00Z", "2025-03-05T12:00:00Z"),
        ("2025-03-05t12:00:00z", "2025-03-05T12:00:00Z"),
        ("2025-03-05T12:00:00+02:30", "2025-03-05T09:30:00Z"),
        ("2025-03-05T12:00:00-12:30", "2025-03-06T00:30:00Z"),
        ("2025-03-05T12:00:00-00:00", "2025-03-05T12:00:00Z"),
        ("2025-03-05T12:00:00.5Z", "2025-03-05T12:00:00.5Z"),
        ("2025-03-05T12:00:00.000001Z", "2025-03-05T12:00:00.000001Z"),
        ("2025-03-05T12:00:00.1234560000Z", "2025-03-05T12:00:00.123456Z"),
        ("2025-03-05T12:00:00.000Z", "2025-03-05T12:00:00Z"),
        ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_times_are_read_as_utc_and_shown_so(text: str, shown: str) -> None:
    assert show(parse(text)) == shown


def test_the_unit_is_the_microsecond_since_1970() -> None:
    assert parse("1970-01-01T00:00:01.000002Z") == 1_000_002


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-03-05",
        "2025-03-05T12:00:00",
        "2025-03-05 12:00:00Z",
        "2025-03-05T12:00Z",
        "2025-3-5T12:00:00Z",
        "2025-03-05T24:00:00Z",
        "2025-03-05T12:60:00Z",
        "2025-03-05T23:59:60Z",
        "2025-02-29T12:00:00Z",
        "2025-13-01T12:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2025-03-05T12:00:00+24:00",
        "2025-03-05T12:00:00+01:60",
        "2025-03-05T12:00:00+0100",
        "2025-03-05T12:00:00.Z",
        "2025-03-05T12:00:00.1234567Z",
        "2025-03-05T12:00:00Z\n",
        "٢٠٢٥-03-05T12:00:00Z",
        "now",
    ],
)
def test_what_is_no_time_in_utc_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        parse(text)


@pytest.mark.parametrize("moment", [ALWAYS, NEVER, Instant(FIRST - 1), Instant(LAST + 1)])
def test_what_is_no_time_is_not_shown(moment: Instant) -> None:
    with pytest.raises(ValueError, match="show"):
        show(moment)


@given(st.integers(FIRST, LAST).map(Instant))
def test_what_is_shown_reads_the_same(moment: Instant) -> None:
    assert parse(show(moment)) == moment
