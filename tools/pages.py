"""Markdown, as the reference writes it and as the checks read it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The folder of the project."""
_FENCE: Final = re.compile(r"^(```+|~~~+).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_LINK: Final = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\(([^()\s]+)\)")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; `|` in a cell is escaped."""
    listed = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in listed)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def codes(words: Iterable[str]) -> str:
    """The words, each as code, with commas."""
    return ", ".join(f"`{word}`" for word in words)


def pages() -> list[Path]:
    """Every page of the project: those at its root, and all under docs and tests."""
    found = [*ROOT.glob("*.md"), *(path for folder in ("docs", "tests") for path in (ROOT / folder).rglob("*.md"))]
    return sorted(found)


def anchors(text: str) -> set[str]:
    """What a link to this page may name after `#`: the headings, as GitHub and its kin slug them."""
    found: set[str] = set()
    for match in _HEADING.finditer(without_code(text)):
        slug = _slug(match.group(1))
        found.add(slug if slug not in found else f"{slug}-{sum(each.startswith(slug) for each in found)}")
    return found


def _slug(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def links(text: str) -> Iterator[str]:
    """Where the page links to, images included; what stands in code is no link."""
    plain = re.sub(r"`[^`\n]*`", "`", without_code(text))
    for pattern in (_LINK, _IMAGE):
        yield from (match.group(1) for match in pattern.finditer(plain))


def without_code(text: str) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text)
