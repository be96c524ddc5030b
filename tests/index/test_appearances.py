"""A reader's list: what appears comes last, what goes leaves the rest where it is, and no two items share a date."""

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from comity.core.instant import ALWAYS, Instant
from comity.index.appearances import Appearances

ITEMS = 24
LOOKS = st.lists(st.sets(st.integers(1, ITEMS)), min_size=1, max_size=12)
STEPS = st.lists(st.integers(0, 30), min_size=12, max_size=12)


def at(micros: int) -> Instant:
    return Instant(micros)


def dates(listed: Appearances) -> dict[int, int]:
    return {item: moment for moment, item in listed.dated()}


def shown(*looks: set[int], step: int = 100) -> Appearances:
    listed = Appearances()
    listed.begin(BitMap(looks[0]), {at(1000): BitMap(range(ITEMS + 1))})
    for place, look in enumerate(looks[1:], 1):
        listed.follow(BitMap(look), at(1000 + place * step))
    return listed


def test_items_of_one_time_have_dates_of_their_own() -> None:
    assert dates(shown({3, 5, 9})) == {3: 1000, 5: 1001, 9: 1002}


def test_times_of_receipt_leave_room_for_one_another() -> None:
    listed = Appearances()
    receipts = {None: BitMap([1, 2]), at(10): BitMap([3, 4, 5]), at(11): BitMap([6]), at(99): BitMap([7])}
    listed.begin(BitMap(range(10)), receipts)
    assert dates(listed) == {1: 0, 2: 1, 3: 10, 4: 11, 5: 12, 6: 13, 7: 99}
    assert listed.segments[0][0] == ALWAYS


def test_what_goes_leaves_the_rest_where_it_is() -> None:
    assert dates(shown({3, 5, 9}, {3, 9})) == {3: 1000, 9: 1002}


def test_what_comes_back_comes_last() -> None:
    listed = shown({3, 5, 9}, {3, 9}, {3, 5, 9})
    assert [item for _, item in listed.dated()] == [3, 9, 5]
    assert dates(listed)[5] == 1200


def test_a_clock_that_stands_still_or_goes_back_gives_no_date_twice() -> None:
    listed = shown({1, 2, 3}, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5, 6}, step=-1)
    assert [moment for moment, _ in listed.dated()] == [1000, 1001, 1002, 1003, 1004, 1005]


def test_dates_that_were_given_are_not_given_again_when_the_last_items_have_gone() -> None:
    listed = shown({1, 2, 3}, {1}, {1, 4}, step=0)
    assert dates(listed) == {1: 1000, 4: 1003}


def test_the_list_goes_on_after_any_date() -> None:
    listed = shown({3, 5, 9}, {3, 5, 9, 4, 6})
    everything = list(listed.dated())
    for moment in range(990, 1110):
        assert list(listed.dated(at(moment))) == [each for each in everything if each.at > moment]
    assert list(listed.dated(at(1000), BitMap([3, 9, 6]))) == [(1002, 9), (1101, 6)]


@given(LOOKS, STEPS)
def test_no_cursor_ever_passes_by_or_sees_twice(looks: list[set[int]], steps: list[int]) -> None:
    """Whoever asks on from the last date that it saw has, at the end of each look, all that is listed, each once."""
    listed, now, cursor = Appearances(), at(1000), None
    given_out: set[int] = set()
    for place, (look, step) in enumerate(zip(looks, steps, strict=False)):
        now = at(now + step)
        if place:
            listed.follow(BitMap(look), now)
        else:
            listed.begin(BitMap(look), {None: BitMap([1, 2, 3]), at(500): BitMap(range(4, ITEMS + 1))})
        found = list(listed.dated(cursor))
        moments = [moment for moment, _ in found]
        assert moments == sorted(set(moments))
        assert not given_out & set(moments)
        given_out |= set(moments)
        fresh = set(look) - (set(looks[place - 1]) if place else set())
        assert {item for _, item in found} == fresh
        cursor = moments[-1] if moments else cursor
        assert set(dates(listed)) == set(look)


@given(LOOKS, STEPS)
def test_what_is_kept_is_gone_on_from(looks: list[set[int]], steps: list[int]) -> None:
    """Also by whoever reads it in another order, and after any look."""
    listed, now = Appearances(), at(1000)
    for place, (look, step) in enumerate(zip(looks, steps, strict=False)):
        now = at(now + step)
        if place:
            listed.follow(BitMap(look), now)
        else:
            listed.begin(BitMap(look), {at(500): BitMap(range(ITEMS + 1))})
        other = Appearances(reversed(listed.segments))
        assert list(other.dated()) == list(listed.dated())
        assert other.page(None, ITEMS) == listed.page(None, ITEMS)
        assert other.segments == listed.segments
        listed = other
