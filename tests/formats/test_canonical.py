"""What Comity states is written as RFC 8785 has it, and as `comity-verify` writes it again."""

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import comity_verify
from comity.formats.canonical import canonical

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES))
def test_it_is_what_rfc_8785_writes(stated: dict[str, object]) -> None:
    assert canonical(stated) == rfc8785.dumps(stated) == comity_verify.canonical(stated)  # type: ignore[arg-type]
