"""What is written is read back the same, and equal values are equal texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.claim import Claim, Derivation, Onward
from comity.core.instant import ALWAYS, NEVER, Instant, Window
from comity.service.partners import as_code
from comity.service.records import ClassRow
from comity.store import rows

MOMENTS = st.integers(ALWAYS, NEVER).map(Instant)
NAMES = st.text(min_size=1, max_size=5)
CLAIMS = st.builds(
    Claim,
    originator=NAMES.map(as_code),
    level=NAMES,
    domains=st.frozensets(NAMES, max_size=3),
    audience=st.none() | st.frozensets(NAMES, max_size=3).map(lambda names: tuple(sorted(names))),
    onward=st.none() | st.sampled_from(Onward),
    derivation=st.none() | st.sampled_from(Derivation),
    not_before=MOMENTS,
    not_after=MOMENTS,
    conditions=st.frozensets(NAMES, max_size=3),
    window=st.builds(Window, MOMENTS, MOMENTS),
    received=st.none() | MOMENTS,
)
IDS = st.frozensets(NAMES, max_size=3)
CLASSES = st.builds(
    ClassRow,
    number=st.integers(1, 2**31),
    claim=CLAIMS,
    own=st.booleans(),
    assessable=st.booleans(),
    analysed=st.booleans(),
    waivers=IDS,
    passes=IDS,
)


@given(CLAIMS)
def test_terms_are_read_back_as_they_were_written(claim: Claim) -> None:
    assert rows.decode_terms(rows.encode_terms(claim), claim.window, claim.received) == claim


@given(CLAIMS, CLAIMS)
def test_the_same_terms_are_the_same_text(one: Claim, two: Claim) -> None:
    same = rows.terms_key(one) == rows.terms_key(two)
    assert (rows.encode_terms(one) == rows.encode_terms(two)) == same


def test_the_order_of_an_audience_is_none_of_its_terms() -> None:
    claims = [
        Claim(originator=as_code("USA"), level="SECRET", audience=names) for names in (("A", "B"), ("B", "A", "B"))
    ]
    assert len({rows.encode_terms(claim) for claim in claims}) == 1


@given(CLASSES)
def test_a_class_is_read_back_as_it_was_written(row: ClassRow) -> None:
    assert rows.decode_class(row.number, rows.encode_class(row, 7), rows.encode_terms(row.claim)) == row


@given(st.sets(st.integers(1, 2**32 - 1)))
def test_a_label_is_read_back_sorted(numbers: set[int]) -> None:
    assert rows.decode_label(rows.encode_label(numbers)) == tuple(sorted(numbers))


def test_a_class_that_does_not_fit_a_label_is_an_error() -> None:
    with pytest.raises(OverflowError):
        rows.encode_label([2**32])
