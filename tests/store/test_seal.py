"""What stands in the register for the rows of an act."""

from hypothesis import given
from hypothesis import strategies as st

from comity.store import seal

VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.binary(), st.lists, max_leaves=5)


@given(st.lists(VALUES))
def test_a_row_is_written_as_json_has_it_with_bytes_in_hex(row: list[object]) -> None:
    assert seal._line(row) == seal._encode(row)
