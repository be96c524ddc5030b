"""A large bundle: memory grows with the number of its objects, not with its bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from comity.compose import open_node, verify
from tests.crash.acting import clock
from tests.nodes import Clock
from tests.sending import found, ident, refs, thing

MEGABYTES: Final = int(os.environ.get("COMITY_LARGE_MB", "20"))
TEXT: Final = "x" * 2_000
PER_OBJECT: Final = 2_500
"""Bytes of memory that one object may cost while its bundle is taken in, beside what the program itself needs."""
ITSELF: Final = 150
"""Megabytes: the database's cache and mapping, a batch of elements, a chunk of the file."""


def write(file: Path, size: int) -> int:
    """A bundle of at least so many bytes, written as a stream; how many objects it holds."""
    count = 0
    with file.open("wb") as stream:
        stream.write(b'{"type": "bundle", "id": "%s", "objects": [' % ident("large", "bundle").encode())
        while stream.tell() < size:
            stated = thing(f"n{count}", kind="note", content=TEXT, **refs(ident(f"n{count // 2}", "note")))
            stream.write(b",\n" * (count > 0) + json.dumps(stated).encode())
            count += 1
        stream.write(b"]}")
    return count


def test_a_large_bundle_goes_in_at_bounded_memory(tmp_path: Path) -> None:
    count = write(tmp_path / "large.json", MEGABYTES * 2**20)
    found(tmp_path / "node", Clock()).close()
    command = [sys.executable, "-m", "tests.crash.taking", str(tmp_path / "node"), str(tmp_path / "large.json")]
    root = Path(__file__).parents[2]
    ended = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    said: dict[str, Any] = json.loads(ended.stdout)
    print(f"{MEGABYTES} MB, {count} objects: {said['seconds']:.1f} s, {said['grown']:.0f} MB more")  # noqa: T201 - the figure of the soak
    assert said["read"] == said["accepted"] == count
    assert said["grown"] <= ITSELF + count * PER_OBJECT / 2**20
    with open_node(tmp_path / "node", clock) as node:
        verify(node)
