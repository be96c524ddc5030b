"""Requests that may come again are kept until somebody forgets them, and are no part of the register."""

from comity.core.instant import Instant
from comity.service.ports import Store
from comity.service.records import Repeat

ONE = Repeat("aa", b"\x01" * 32, "c1", Instant(5))
OTHER = Repeat("bb", b"\x02" * 32, "c2", Instant(9), 7, b"\x00sealed")


def test_a_request_is_kept_put_in_its_place_and_forgotten(store: Store) -> None:
    with store.read() as reader:
        size = reader.size()
    with store.derive() as deriver:
        deriver.keep_repeat(ONE)
        deriver.keep_repeat(OTHER)
        deriver.keep_repeat(ONE._replace(did=3))
    with store.read() as reader:
        assert (reader.repeat("aa"), reader.repeat("bb")) == (ONE._replace(did=3), OTHER)
        assert reader.repeat("cc") is None
        assert reader.size() == size
    with store.derive() as deriver:
        deriver.forget_repeats_before(Instant(9))
        assert (deriver.repeat("aa"), deriver.repeat("bb")) == (None, OTHER)
        deriver.forget_repeat("bb")
        assert deriver.repeat("bb") is None
