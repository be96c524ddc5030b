"""A full disk stops what needs room, and takes nothing of what was acknowledged."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
FILL: Final = f"{sys.executable} -m tests.crash.filling"


def can_mount(folder: Path) -> bool:
    """Whether a small disk can be mounted that nobody else sees."""
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=1m", "comity", str(folder)]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


def run(command: list[str]) -> str:
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_full_disk(tmp_path: Path) -> None:
    """On a disk of 14 MB of its own, in a private mount namespace; else with a database that may not grow."""
    if can_mount(tmp_path):
        lines = f"mount -t tmpfs -o size=14m comity '{tmp_path}' && {FILL} '{tmp_path}' && {FILL} '{tmp_path}' again"
        said: dict[str, Any] = json.loads(run(["unshare", "-m", "sh", "-c", lines]))
        assert "could not be written" in said["export"]
        assert not list(tmp_path.iterdir())
    else:
        said = filled_to(tmp_path, 1_000)
    assert said["taken"] > 0
    assert "nothing of this act was recorded" in said["import"]


def filled_to(folder: Path, pages: int) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(run([*FILL.split(), str(folder), str(pages)]))
    run([*FILL.split(), str(folder), "again"])
    return said


def test_a_database_that_may_not_grow(tmp_path: Path) -> None:
    said = filled_to(tmp_path, 1_000)
    assert said["taken"] > 0
    assert "nothing of this act was recorded" in said["import"]
