import difflib
import shutil
from pathlib import Path

import pytest

from tests.docs.sessions import play, steps
from tools.pages import ROOT, pages

WORLDS = ROOT / "tests" / "worlds"
EXECUTED = (
    "README.md",
    "docs/tutorial/first-node.md",
    "docs/tutorial/when-a-partner-stops.md",
    "docs/how-to/check-a-policy.md",
    "docs/how-to/test-a-plan.md",
    "docs/how-to/plan.md",
)
PLAYED = [page for page in pages() if steps(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", PLAYED, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path) -> None:
    shutil.copytree(WORLDS, tmp_path / "tests" / "worlds")  # a reader has them, in the clone
    for step in play(page.read_text("utf-8"), tmp_path):
        if not step.holds:
            shown = difflib.ndiff(step.command.expected.splitlines(), step.printed.splitlines())
            pytest.fail(f"{page.name}:{step.command.line}: $ {step.command.typed}\n" + "\n".join(shown), pytrace=False)


def test_what_must_be_played_is_played() -> None:
    assert {page.relative_to(ROOT).as_posix() for page in PLAYED} >= set(EXECUTED)
