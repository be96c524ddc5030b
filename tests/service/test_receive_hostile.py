"""Input that was made to hurt: the node opens, verifies, and has lost nothing of what it had acknowledged."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.compose import Node, open_node, verify
from comity.core.errors import MalformedInput
from comity.formats.fault import Flaw
from comity.service import quarantine
from comity.service.disclose import export
from tests.nodes import ME, Clock
from tests.sending import Object, acts, bundle, derived, ident, may, refs, send, send_bytes, thing

WHOLE = bundle(*(thing(f"n{number}", content='é\\"[{') for number in range(40)))


def whole_after(node: Node, tmp_path: Path, clock: Clock) -> None:
    """The node verifies, opens a second time, and goes on taking in."""
    verify(node)
    with open_node(node.directory, clock, patience=0.2) as again:
        assert send(again, "USA", thing("after")).read == 1
        assert may(again, ident("after"))
        made = export(again.store, "UKR", tmp_path / "after.json", ME, vault=again.vault)
        assert made.count > 0


@pytest.mark.parametrize("share", [0.5, 0.01, 0.13, 0.6180339, 0.999, 0.99999])
def test_a_bundle_cut_off(network: Node, tmp_path: Path, clock: Clock, share: float) -> None:
    send(network, "USA", thing("before"))
    cut = WHOLE[: int(len(WHOLE) * share)]
    try:
        receipt = send_bytes(network, "USA", cut)
    except MalformedInput:
        assert b"objects" not in cut or cut.endswith((b"objects", b'"', b" ", b":"))
    else:
        assert set(receipt.reasons) == {"truncated"}
        assert receipt.accepted == cut.count(b"\n") or receipt.accepted == cut.count(b"\n") + 1
    assert may(network, ident("before"))
    assert send_bytes(network, "USA", WHOLE).quarantined == 0
    assert all(may(network, ident(f"n{number}")) for number in (0, 20, 39))
    whole_after(network, tmp_path, clock)


DEEP = 100_000
NOT_FINE = {
    "deep lists": (b"[" * DEEP + b"]" * DEEP, Flaw.TOO_DEEP),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, Flaw.TOO_DEEP),
    "deep and never closed": (b"[" * DEEP, Flaw.TRUNCATED),
    "a huge integer": (b'{"n": ' + b"9" * 100_000 + b"}", Flaw.NUMBER_RANGE),
    "a huge exponent": (b'{"n": 1e999999999}', Flaw.NUMBER_RANGE),
    "a raw NUL": (b'{"id": "a\0b"}', Flaw.NOT_JSON),
    "a NUL between": (b"\0", Flaw.NOT_JSON),
    "half a pair": (b'{"name": "\\udfff"}', Flaw.LONE_SURROGATE),
    "half a pair as a key stated twice": (b'{"\\ud800": 1, "\\ud800": 2}', Flaw.DUPLICATE_KEY),
    "invalid UTF-8": (b'{"name": "\xc3\x28\xff"}', Flaw.NOT_UTF8),
    "an overlong slash": (b'{"name": "\xc0\xaf"}', Flaw.NOT_UTF8),
    "a key twice": (b'{"id": "a", "id": "b"}', Flaw.DUPLICATE_KEY),
    "not a number": (b'{"n": NaN}', Flaw.NOT_JSON),
    "an escaped NUL in an id": (b'{"type": "note", "id": "note--\\u0000"}', Flaw.BAD_ID),
}


@pytest.mark.parametrize("name", NOT_FINE)
def test_what_is_not_fine_is_quarantined_to_the_byte(network: Node, tmp_path: Path, clock: Clock, name: str) -> None:
    raw, flaw = NOT_FINE[name]
    receipt = send_bytes(network, "USA", bundle(thing("before"), raw, thing("behind")))
    assert flaw.value in receipt.reasons
    kept = [quarantine.show(network.store, row.id)[1] for row in quarantine.listing(network.store)]
    assert any(raw in each for each in kept)
    assert may(network, ident("before"))
    assert flaw is Flaw.TRUNCATED or may(network, ident("behind"))
    whole_after(network, tmp_path, clock)


def test_escaped_controls_are_text_and_harm_nothing(network: Node, tmp_path: Path, clock: Clock) -> None:
    odd = thing("x", name="a\0b\x1b[31m\u202e\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"))
    assert send(network, "USA", odd).accepted == 1
    with network.store.read() as reader:
        title = reader.one(ident("x")).title
    assert title is not None
    assert title.isprintable()
    whole_after(network, tmp_path, clock)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.just("x_ref"), inner, max_size=3)
    ),
    max_leaves=8,
)
VALID: list[Object] = [
    thing("n", kind="note", content="x", **refs(ident("m")), created_by_ref=ident("i", "identity"))
    | {"granular_markings": [{"marking_ref": ident("t", "marking-definition"), "selectors": ["name"]}]}
    | {"object_marking_refs": [ident("t", "marking-definition")], "revoked": False},
    derived("d", ident("m"), ident("n", "note")),
    thing("t", kind="marking-definition", definition_type="statement", definition={"statement": "x"}),
    {"type": "ipv4-addr", "id": ident("a", "ipv4-addr"), "value": "192.0.2.1"},
]


def positions(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any JSON value
    """Every position in a JSON value but the outermost."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, inner in steps for each in [(*path, key), *positions(inner, (*path, key))]]


def put(value: Any, path: tuple[Any, ...], new: object) -> Any:  # noqa: ANN401 - any JSON value
    """The value with something else at one position."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_wrong_types_everywhere(network: Node, data: st.DataObject) -> None:
    """Any JSON value in any position: accepted, known or quarantined, and never a fault of ours."""
    wrong = []
    for valid in VALID:
        path = data.draw(st.sampled_from(positions(valid)))
        wrong.append(put(valid, path, data.draw(JSON)))
    receipt = send(network, data.draw(st.sampled_from(["USA", "FRA"])), *wrong)
    assert receipt.read == len(VALID)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rng=st.randoms(use_true_random=True))
def test_damaged_bytes(network: Node, rng: random.Random) -> None:
    """Bytes changed, lost or doubled anywhere: a bundle still, or refused whole without a trace."""
    content = bytearray(bundle(*VALID, thing(f"n{rng.random()}")))
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(content))
        content[at : at + rng.randint(0, 3)] = rng.choice(
            [b"", b'"', b"{", b"]", b"\\", b"\0", b"\xff", b",", b"9" * 30]
        )
    before = acts(network)
    try:
        send_bytes(network, "USA", bytes(content))
    except MalformedInput:
        assert acts(network) == before
