"""Bars, with blocks and without."""

from io import BytesIO, TextIOWrapper

import pytest
from rich.console import Console

from comity.cli.picture import bar, cells, plain, signs
from comity.cli.terminal import table


def drawn(encoding: str, *pictures: object) -> str:
    """What a terminal of this encoding shows of them, one on a line."""
    raw = BytesIO()
    file = TextIOWrapper(raw, encoding=encoding, errors="backslashreplace", write_through=True)
    console = Console(file=file, width=60)
    for each in pictures:
        console.print(each)
    return raw.getvalue().decode(encoding)


PICTURES = (bar(0.5), bar(1), bar(0), bar(7), cells(2, added=1, gone=3), plain(4, "magenta"))


def test_a_terminal_with_blocks_gets_blocks() -> None:
    lines = [line.strip() for line in drawn("utf-8", *PICTURES).splitlines()]
    assert lines == ["█" * 6, "█" * 12, "", "█" * 12, "██▓░░░", "████"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_blocks_gets_signs_that_it_has(encoding: str) -> None:
    lines = [line.strip() for line in drawn(encoding, *PICTURES).splitlines()]
    assert lines == ["#" * 6, "#" * 12, "", "#" * 12, "##+...", "####"]


def test_a_bar_is_as_wide_in_a_table_with_blocks_and_without() -> None:
    def found(encoding: str) -> str:
        raw = BytesIO()
        console = Console(file=TextIOWrapper(raw, encoding=encoding, write_through=True), width=60)
        table(("to", ""), [("UKR", bar(0.5))])(console)
        return raw.getvalue().decode(encoding)

    (row,) = [line for line in found("ascii").splitlines() if "UKR" in line]
    (other,) = [line for line in found("utf-8").splitlines() if "UKR" in line]
    assert row.count("#") == other.count("█") == 6


def test_what_explains_a_bar_names_the_signs_that_it_is_made_of() -> None:
    for encoding, there in (("utf-8", "█"), ("ascii", "#")):
        console = Console(file=TextIOWrapper(BytesIO(), encoding=encoding))
        assert signs(console).there == there
