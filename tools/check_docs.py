"""Checks the documents: `python -m tools.check_docs`, part of `make check`. Prints what is wrong, one thing a line.

- links lead somewhere, anchors included, and every page can be reached from docs/index.md or the README;
- files and folders of the project that a page names are there;
- docs/reference is what the code says now, and nothing in it lacks its line of explanation;
- no file names a machine, or a path on one; addresses are those of standards only;
- every module says what it is.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from comity.cli.app import COMMANDS
from tools import commands, pages, reference, verifier
from tools.pages import ROOT

_KEPT: Final = ("src", "tests", "tools", "bench", "docs", ".ci")
_TEXTS: Final = frozenset({".md", ".py", ".toml", ".yaml", ".yml", ".json", ".cfg", ".mako", ".in", ""})
_ADDRESS: Final = re.compile(r"\bhttps?://([A-Za-z0-9.-]+)")
_STANDARDS: Final = frozenset({"json-schema.org", "docs.oasis-open.org"})
"""Whose addresses may be written: names of formats, which nothing is fetched from."""
_EXAMPLES: Final = (".example", ".invalid", ".test", "example.com", "example.org", "localhost", "127.0.0.1")
_PLACE: Final = re.compile(r"(?<![\w./~-])/(?:home|Users|root|work|mnt|srv|opt)/[A-Za-z0-9._-]+")
_NAMED: Final = re.compile(r"`((?:src|tests|tools|bench|docs|core|formats|index|service|store|cli)/[\w./-]*)`")
_VARIABLE: Final = re.compile(r'"(COMITY_[A-Z_]+)"')
_ENTRANCES: Final = ("README.md", "docs/index.md")


def dead_links() -> Iterator[str]:
    """Links to files and headings that are not there."""
    for page in pages.pages():
        for link in pages.links(page.read_text("utf-8")):
            if ":" in link.partition("#")[0]:
                continue
            target = _target(page, link)
            anchor = link.partition("#")[2]
            if not target.exists():
                yield f"{_name(page)}: the link to `{link}` leads nowhere"
            elif anchor and unquote(anchor) not in pages.anchors(target.read_text("utf-8")):
                yield f"{_name(page)}: the link to `{link}` leads to no heading"


def lost_pages() -> Iterator[str]:
    """Pages under docs that no way leads to."""
    front = [ROOT / name for name in _ENTRANCES]
    found = set(front)
    while front:
        page = front.pop()
        for link in pages.links(page.read_text("utf-8")):
            target = _target(page, link)
            if target.suffix == ".md" and target.exists() and target not in found:
                found.add(target)
                front.append(target)
    for page in sorted((ROOT / "docs").rglob("*.md")):
        if page not in found:
            yield f"{_name(page)}: no page that can be reached links to it; add it to docs/index.md"


def missing_places() -> Iterator[str]:
    """Files and folders that a page names and that are not there."""
    for page in pages.pages():
        for named in _NAMED.findall(pages.without_code(page.read_text("utf-8"))):
            if not any((folder / named).exists() for folder in (ROOT, ROOT / "src" / "comity")):
                yield f"{_name(page)}: names `{named}`, which is not there"


def stale_reference() -> Iterator[str]:
    """Pages of the reference that are not what the code says."""
    for name in reference.stale():
        yield f"docs/reference/{name}: not what the code says; run `python -m tools.reference`"


def silent_commands() -> Iterator[str]:
    """Commands without an example, options without help, JSON and settings that the reference does not show."""
    known = {entry.name for entry in COMMANDS}
    for command in commands.commands():
        if command.name.partition(" ")[0] not in known or not command.about:
            yield f"comity {command.name}: says nothing of itself"
        if command.example is None:
            yield f"comity {command.name}: has no example"
        for option in command.options:
            if not option.help and not option.positional:
                yield f"comity {command.name}: `{option.names[0]}` has no help"
    shown = set(re.findall("^## comity (.+)$", reference.json_shapes(), re.MULTILINE))
    for command in commands.commands():
        if command.name not in shown and any("--json" in option.names for option in command.options):
            yield f"comity {command.name}: its JSON is not documented; play it in tools/shapes.py"
    settings = reference.settings()
    named = {name for path in (ROOT / "src").rglob("*.py") for name in _VARIABLE.findall(path.read_text("utf-8"))}
    for name in sorted(named):
        if f"`{name}`" not in settings:
            yield f"docs/reference/settings.md: the variable `{name}` is not in tools/reference.py"


def silent_verifier() -> Iterator[str]:
    """Options of `comity-verify` without help."""
    return (f"{verifier.NAME}: `{each.names[0]}` has no help" for each in verifier.options() if not each.help)


def places() -> Iterator[str]:
    """Names of machines, and paths on them."""
    for path in _files():
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            hosts = [host.lower() for host in _ADDRESS.findall(line)]
            for host in hosts:
                if host not in _STANDARDS and not host.endswith(_EXAMPLES):
                    yield f"{_name(path)}:{number}: names the host `{host}`"
            for place in _PLACE.findall(line):
                yield f"{_name(path)}:{number}: names the path `{place}` of some machine"


def silent_modules() -> Iterator[str]:
    """Modules of the product and its tools without a docstring."""
    for folder in ("src", "tools"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not ast.get_docstring(ast.parse(path.read_text("utf-8"))):
                yield f"{_name(path)}: says nothing of itself; begin it with a docstring"


CHECKS: Final[tuple[Callable[[], Iterator[str]], ...]] = (
    dead_links,
    lost_pages,
    missing_places,
    stale_reference,
    silent_commands,
    silent_verifier,
    places,
    silent_modules,
)


def _target(page: Path, link: str) -> Path:
    name = unquote(link.partition("#")[0])
    return (page.parent / name).resolve() if name else page


def _files() -> Iterator[Path]:
    """Every text file of the project but the licence, which is not ours to word."""
    for path in sorted([*ROOT.glob("*"), *(path for name in _KEPT for path in (ROOT / name).rglob("*"))]):
        if path.is_file() and path.suffix in _TEXTS and path.name != "LICENSE" and "__pycache__" not in path.parts:
            yield path


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def main() -> int:
    """Print everything that is wrong; 1 if anything is."""
    found = [line for check in CHECKS for line in check()]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
