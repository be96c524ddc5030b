"""Cursors: taken as they were given, letter by letter, and no otherwise."""

import pytest

from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.service.cursor import opened, opened_all, sealed
from tests.nodes import START, lots
from tests.refusing import refused

BOUND = ("taxii", "ukraine", "UKR")


def test_a_cursor_is_opened_as_it_was_sealed() -> None:
    assert opened(lots(), BOUND, sealed(lots(), BOUND, START)) == START
    dates = (START, Instant(-1), Instant(0))
    assert opened_all(lots(), BOUND, sealed(lots(), BOUND, *dates), 3) == dates


@pytest.mark.parametrize(
    "change", [lambda c: c + "!", lambda c: "=" + c, lambda c: c[:9] + "\n" + c[9:], lambda c: c + "=="]
)
def test_what_is_passed_by_in_base64_makes_it_no_other_spelling(change: object) -> None:
    assert callable(change)
    with refused(MalformedInput, match="begin without one"):
        opened(lots(), BOUND, change(sealed(lots(), BOUND, START)))


def test_the_bits_that_base64_leaves_over_are_none_of_it() -> None:
    given = sealed(lots(), BOUND, START, START)
    last = given.rstrip("=")
    other = last[:-1] + {"A": "B"}.get(last[-1], chr(ord(last[-1]) + 1)) + "=" * (len(given) - len(last))
    with refused(MalformedInput):
        opened_all(lots(), BOUND, other, 2)
