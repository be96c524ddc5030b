"""Text that is safe to print. What partners wrote is not trusted with anybody's terminal."""

from typing import Final

_LONGEST: Final = 300


def safe(text: str, longest: int = _LONGEST) -> str:
    r"""`text` on one line without controls, terminal escapes and signs that turn the direction of writing.

    They are shown as Python writes them (`\x1b`, `\u202e`), so that nothing is hidden; what is longer is cut.
    """
    shown = "".join(char if char.isprintable() else _escaped(char) for char in text[: longest + 1])
    return shown if len(text) <= longest else f"{shown[:longest]}…"


def plural(count: int, noun: str) -> str:
    """`1 item`, `2 items`, `3 entries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{count} {noun}s"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
