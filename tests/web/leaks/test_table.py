"""The page of leaks is complete: each number has its line, each line says where, each test that it names is there."""

import re
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "explanation" / "leaks.md").read_text("utf-8")
NUMBERS = 67
"""Ways to leak that the standards show."""
OTHERS = 34
"""Ways in which others have leaked."""


def rows(heading: str) -> list[list[str]]:
    """The lines of the table below a heading, cell by cell."""
    lines = PAGE.partition(f"## {heading}\n")[2].lstrip().splitlines()
    table = list(takewhile(lambda line: line.startswith("|"), lines))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_each_number_has_one_line() -> None:
    assert [row[0] for row in rows("The catalogue")] == [str(number) for number in range(1, NUMBERS + 1)]
    assert len({row[0] for row in rows("What has happened to others")}) == OTHERS


def test_each_line_says_where_it_is_looked_for_or_why_it_is_not() -> None:
    assert all(all(row) for heading in ("The catalogue", "What has happened to others") for row in rows(heading))


def test_each_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
    assert named
    for path, name in named:
        text = (ROOT / path).read_text("utf-8")
        assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), f"{path}::{name}"
