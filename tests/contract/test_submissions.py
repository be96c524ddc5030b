"""What became of submissions is kept for as long as nobody forgets it, and is no part of the register."""

from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.service.ports import Store
from comity.service.records import Became, Submitted

ONE = Submitted(
    "6e1ca33a-9cf7-4a24-9d32-0a1c6a0c3e4e",
    Recipient("UKR/soc"),
    Instant(5),
    (Became("indicator--1", "2025-03-05T12:00:00Z", None), Became("", "", "no-terms: none")),
)
OTHER = Submitted("0b5a7c1e-53a1-4b6c-8a0a-93d1a5f4a8f7", Recipient("UKR"), Instant(9), ())


def test_what_became_of_a_submission_is_kept_and_forgotten(store: Store) -> None:
    with store.read() as reader:
        size = reader.size()
    with store.derive() as deriver:
        deriver.keep_submission(ONE)
        deriver.keep_submission(OTHER)
    with store.read() as reader:
        assert (reader.submission(ONE.id), reader.submission(OTHER.id)) == (ONE, OTHER)
        assert reader.submission("another") is None
        assert reader.size() == size
    with store.derive() as deriver:
        deriver.forget_submissions_before(Instant(9))
        assert (deriver.submission(ONE.id), deriver.submission(OTHER.id)) == (None, OTHER)
