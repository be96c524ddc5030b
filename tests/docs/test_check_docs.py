"""`make check` runs these checks as well; here each is a test with a name, and held to find what it should."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comity.web.problem import Unserved
from tools import check_docs, pages, reference


@pytest.mark.parametrize("check", check_docs.CHECKS, ids=lambda check: check.__name__)
def test_documents_are_in_order(check: Callable[[], Iterator[str]]) -> None:
    assert list(check()) == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two pages and a module."""
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(check_docs, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "README.md").write_text("# Title\n\n[docs](docs/index.md#head-of-it)\n", "utf-8")
    (tmp_path / "docs" / "index.md").write_text("# `Head` of it\n", "utf-8")
    return tmp_path


@pytest.mark.usefixtures("project")
def test_a_sound_project_has_no_faults() -> None:
    assert [
        *check_docs.dead_links(),
        *check_docs.lost_pages(),
        *check_docs.places(),
        *check_docs.silent_modules(),
    ] == []


@pytest.mark.parametrize("link", ["docs/none.md", "docs/index.md#none", "#none"])
def test_dead_links_are_found(project: Path, link: str) -> None:
    (project / "README.md").write_text(f"# Title\n[x]({link})\n", "utf-8")
    assert [line for line in check_docs.dead_links() if f"`{link}`" in line]


def test_links_in_code_are_none(project: Path) -> None:
    (project / "README.md").write_text("`[x](none)`\n\n```text\n[x](none)\n```\n", "utf-8")
    assert list(check_docs.dead_links()) == []


def test_lost_pages_are_found(project: Path) -> None:
    (project / "docs" / "lost.md").write_text("# Lost\n", "utf-8")
    assert [line for line in check_docs.lost_pages() if line.startswith("docs/lost.md")]


def test_files_that_are_not_there_are_found(project: Path) -> None:
    (project / "README.md").write_text("See `docs/index.md`, `src/` and `tests/none.py`.\n", "utf-8")
    assert list(check_docs.missing_places()) == ["README.md: names `tests/none.py`, which is not there"]


@pytest.mark.parametrize("text", ["see /home/" + "alice/x", "from http" + "://packages.acme.io/simple"])
def test_machines_and_their_paths_are_found(project: Path, text: str) -> None:
    (project / "docs" / "index.md").write_text(f"# Head of it\n{text}\n", "utf-8")
    assert len(list(check_docs.places())) == 1


def test_modules_without_a_word_are_found(project: Path) -> None:
    (project / "src" / "silent.py").write_text("x = 1\n", "utf-8")
    assert [line for line in check_docs.silent_modules() if line.startswith("src/silent.py")]


def test_every_error_class_is_in_the_reference() -> None:
    """What ends the program, by its name; what only a server says, by its meaning."""
    ends, served = reference.errors(), reference.problems()
    for kind in set(reference.error_classes()) - {Unserved}:
        meaning = (kind.__doc__ or "").partition("\n")[0]
        assert meaning
        assert f"`{kind.__name__}`" in ends or meaning in served, kind
