"""What is made under a key is HMAC-SHA256, as the library makes it."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from comity.core.keyed import keyed

_BYTES = st.binary(max_size=200)


@given(_BYTES, _BYTES, st.lists(_BYTES, max_size=3))
def test_it_is_the_librarys_and_one_says_nothing_of_the_next(key: bytes, begun: bytes, rests: list[bytes]) -> None:
    digest = keyed(key, begun)
    assert [digest(rest) for rest in rests] == [hmac.digest(key, begun + rest, "sha256") for rest in rests]
