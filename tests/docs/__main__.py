"""Writes into pages what their sessions print now: `python -m tests.docs [PAGE…]`, all of them if none is named.

What already holds is left as it is. Times of today, random ids of bundles and one-time codes become `…`. Read what has
changed before you commit it, for this is what readers will believe.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.docs.sessions import BLOCK, Played, play, steps
from tools.pages import ROOT, pages

WORLDS: Final = ROOT / "tests" / "worlds"
_FAULT: Final = "this is a fault of comity"
"""What no page should show."""
_LOTS: Final = re.compile(r'(?<="id":"bundle--)[0-9a-f-]{36}|(?<=#)[\w-]{43}|(?<="code": ")[\w-]{43}')


def renewed(page: str) -> str:
    """The page with what its sessions print now."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(WORLDS, Path(folder) / "tests" / "worlds")
        played = iter(play(page, Path(folder)))
    return BLOCK.sub(lambda match: _renewed_block(match, played), page)


def _renewed_block(match: re.Match[str], played: Iterator[Played]) -> str:
    info, text = match.groups()
    if info.split()[:1] != ["console"]:
        return match.group()
    return f"```{info}\n{''.join(_lines(text, played))}```"


def _lines(text: str, played: Iterator[Played]) -> Iterator[str]:
    typing = False
    for line in text.splitlines(keepends=True):
        if not (typing or line.startswith("$ ")):
            continue
        yield line
        typing = line.endswith("\\\n")
        if not typing:
            step = next(played)
            if _FAULT in step.printed:
                raise SystemExit(f"{step.command.typed}: {step.printed}")
            yield step.command.expected if step.holds else _timeless(step.printed)


def _timeless(printed: str) -> str:
    """What is printed, without what is different each time; the columns of tables keep their places."""
    today = re.compile(rf"{datetime.now(UTC):%Y-%m-%d}T[0-9:.]+Z")
    lines = []
    for line in _LOTS.sub("…", printed).splitlines():
        wide = "   " in line.strip() or "│" in line
        for moment in today.findall(line):
            line = line.replace(moment, "…".ljust(len(moment) if wide else 1))  # noqa: PLW2901 - step by step
        lines.append(line.rstrip())
    return "".join(f"{line}\n" for line in lines)


def main(names: list[str]) -> None:
    """Renew the named pages."""
    for path in map(Path, names) if names else pages():
        before = path.read_text("utf-8")
        if steps(before) and (after := renewed(before)) != before:
            path.write_text(after, "utf-8")
            print(path)  # noqa: T201 - run by hand: what it prints is its result


if __name__ == "__main__":
    main(sys.argv[1:])
