"""What can still be made out of an object that is refused."""

import pytest

from comity.formats.salvage import Salvaged, salvage

A, B, C = (f"note--00000000-0000-4000-8000-00000000000{digit}" for digit in "abc")


def test_the_id_the_version_and_everything_it_names() -> None:
    raw = f"""{{"id": "{A}", "modified": "now", "x_ref": "{B}", "in": [{{"y_refs": ["{C}", {{"z": "{B}"}}, 3, "{A}"]}}],
        "name": "{C}", "n": {"9" * 9_999}, "twice": 1, "twice": 2, "half": "\\ud800"}}"""
    assert salvage(raw.encode()) == Salvaged(id=A, modified="now", refs=(B, C), derived=None)


def test_the_ends_of_a_derivation() -> None:
    raw = f'{{"id": "{A}", "relationship_type": "derived-from", "source_ref": "{B}", "target_ref": "%s"}}'
    found = salvage((raw % C).encode())
    assert found is not None
    assert found.derived == (B, C)
    half = salvage((raw % "x").encode())
    assert half is not None
    assert (half.derived, half.refs) == (None, (B,))


@pytest.mark.parametrize(
    ("types", "derives"),
    [('"type": "relationship", ', True), ('"type": 1, ', True), ('"type": "relationship", "type": "report", ', True),
     ('"type": "indicator", ', False)],
)  # fmt: skip
def test_what_says_that_it_is_something_else_is_no_derivation(types: str, derives: bool) -> None:
    ends = f'"relationship_type": "derived-from", "source_ref": "{B}", "target_ref": "{C}"'
    found = salvage(f'{{{types}"id": "{A}", {ends}}}'.encode())
    assert found is not None
    assert (found.derived, found.refs) == ((B, C) if derives else None, (B, C))


@pytest.mark.parametrize(
    ("text", "modified"),
    [('"modified": 1', ""), ('"modified": "\\u0000"', ""), ('"modified": "a", "modified": "b"', "")],
)
def test_a_version_is_plain_text_stated_once(text: str, modified: str) -> None:
    found = salvage(f'{{"id": "{A}", {text}}}'.encode())
    assert found is not None
    assert found.modified == modified


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"7",
        b"[]",
        b"{}",
        b'{"id": "\xff"}',
        b"[" * 100_000,
        b'{"id": "x"}',
        f'{{"id": "{A}"'.encode(),
        f'{{"id": "{A}", "id": "{B}"}}'.encode(),
        f'{{"in": {{"id": "{A}"}}}}'.encode(),
    ],
)
def test_without_one_proper_id_there_is_nothing_to_hold(raw: bytes) -> None:
    assert salvage(raw) is None
