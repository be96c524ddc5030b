"""What stands in the register for the rows of an act."""

from hypothesis import given
from hypothesis import strategies as st

from comity.store import schema, seal

VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.binary(), st.lists, max_leaves=5)


@given(st.lists(VALUES))
def test_a_row_is_written_as_json_has_it_with_bytes_in_hex(row: list[object]) -> None:
    assert seal._line(row) == seal._encode(row)


COMPUTED = {"content", "reference", "terms", "labelled", "relabelled", "shown", "listing", "class", "label"}
COMPUTED |= {"search_mark", "search_state"}
OF_THE_MOMENT = {"in_flight", "attempt", "submission", "repeat"}
THE_REGISTER = {"act", "leaf", "head"}


def test_every_table_is_covered_or_computed_again_or_of_the_moment_or_the_register_itself() -> None:
    known = [*seal.COVERED, *COMPUTED, *OF_THE_MOMENT, *THE_REGISTER]
    assert sorted(known) == sorted(schema.metadata.tables)
