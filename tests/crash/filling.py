"""A process that fills the disk of a node: `python -m tests.crash.filling FOLDER [PAGES]`, FOLDER on a small disk.

With PAGES, the database may have no more pages than that, for where no small disk can be had.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, event

from comity.compose import Node, open_node, verify
from comity.core.errors import ComityError, NodeBusy, NodeDamaged
from comity.service.disclose import export
from tests.crash.acting import clock
from tests.nodes import ME, Clock
from tests.sending import acts, found, ident, may, send, thing

TEXT: Final = "x" * 4_000
ENOUGH: Final = 2_000
ROOM: Final = 2**23
"""Bytes that are kept free, for later."""


def main(folder: Path, pages: int) -> None:
    """Print what was acknowledged before the disk was full, and what was said then."""
    found(folder / "node", Clock(clock())).close()
    (folder / "ballast").write_bytes(b"\0" * ROOM)
    if pages:
        event.listen(Engine, "connect", lambda link, _: link.execute(f"PRAGMA max_page_count = {pages}"))
    with open_node(folder / "node", clock) as node:
        taken, said = fill(node)
    if not pages:
        hog(folder)
    with open_node(folder / "node", clock) as node:
        verify(node)
        assert all(may(node, ident(f"n{number}-0")) for number in range(taken))
        before = acts(node)
        refused = refusal(node, folder)
        verify(node)
        assert acts(node) <= before + 1
        assert not list(folder.glob("out.json")) or not refused
    sys.stdout.write(json.dumps({"taken": taken, "import": said, "export": refused}))


def fill(node: Node) -> tuple[int, str]:
    """Import until there is no room; how many imports were acknowledged, and what the last one said."""
    for number in range(ENOUGH):
        try:
            send(node, "USA", *(thing(f"n{number}-{place}", content=TEXT) for place in range(25)))
        except (NodeBusy, NodeDamaged):
            raise
        except ComityError as problem:
            return number, str(problem)
    raise AssertionError("the disk did not fill up")


def hog(folder: Path) -> None:
    """Take what room is left beside the node."""
    with suppress(OSError), (folder / "ballast").open("ab", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


def refusal(node: Node, folder: Path) -> str:
    """What an export says that finds no room; nothing where it found some."""
    try:
        export(node.store, "UKR", folder / "out.json", ME, vault=node.vault)
    except ComityError as problem:
        return str(problem)
    return ""


def again(folder: Path) -> None:
    """With room again, everything goes on."""
    (folder / "ballast").unlink(missing_ok=True)
    with open_node(folder / "node", clock) as node:
        before = acts(node)
        assert send(node, "USA", thing("after")).accepted == 1
        assert refusal(node, folder) == ""
        assert acts(node) == before + 2
        verify(node)


if __name__ == "__main__":
    if sys.argv[2:] == ["again"]:
        again(Path(sys.argv[1]))
    else:
        main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 0)
