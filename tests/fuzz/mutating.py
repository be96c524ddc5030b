"""Inputs near the seeds of a target: cut, repeated, crossed with one another and with the words they are made of."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.fuzz.target import Target

_EDITS = 6
_LENGTHS = (1, 1, 1, 1, 2, 60, 1000)


@st.composite
def near(draw: st.DrawFn, target: Target, seeds: Sequence[bytes]) -> bytes:
    """An input near one of the seeds, or any."""
    content = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, _EDITS))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 12)))
        piece = draw(_pieces(target.words, seeds))
        content[start:end] = piece * draw(st.sampled_from(_LENGTHS)) if len(piece) < end + 16 else piece
    return bytes(content[: target.longest])


def _pieces(words: Sequence[bytes], seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    crossed = st.tuples(st.sampled_from(seeds), st.integers(0, 4000), st.integers(0, 200)).map(
        lambda cut: cut[0][cut[1] : cut[1] + cut[2]]
    )
    listed = (st.sampled_from(words),) if words else ()
    return st.one_of(*listed, st.just(b""), st.binary(max_size=4), crossed)
