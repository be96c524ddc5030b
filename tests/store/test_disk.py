"""A disk that is full, or may only be read: said as that, for reads, acts and `init` alike; a dying one is another."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from comity.core.errors import ComityError, NodeDamaged, NodeUnwritable
from comity.store.sqlite import translated
from tests.nodes import Clock, make

WORDS = {
    sqlite3.SQLITE_IOERR_SHMSIZE: (NodeUnwritable, "seems full: even to read"),
    sqlite3.SQLITE_FULL: (NodeUnwritable, "nothing of this act was recorded.*free some space"),
    sqlite3.SQLITE_READONLY: (NodeUnwritable, "make its disk writable"),
    sqlite3.SQLITE_READONLY_DIRECTORY: (NodeUnwritable, "make its disk writable"),
    sqlite3.SQLITE_IOERR_READ: (NodeDamaged, "the disk failed.*comity verify"),
    sqlite3.SQLITE_IOERR_FSYNC: (NodeDamaged, "the disk failed.*comity verify"),
}

RUN = (
    f'run() {{ {sys.executable} -c "import sys; from comity.cli.app import run; sys.exit(run(sys.argv[1:]))" "$@";'
    " echo rc $?; }; "
)
FULL = (
    "run decide note --to UKR --node node; run domain add new --node node; run init --holder GBR --node two;"
    " rm hog; run domain add new --node node; ls"
)
READABLE = "run decide note --to UKR --node node; run domain add new --node node; run init --holder GBR --node two"


@pytest.mark.parametrize("code", WORDS)
def test_what_the_database_says_of_its_disk(code: int) -> None:
    kind, words = WORDS[code]
    problem = sqlite3.OperationalError("disk I/O error")
    problem.sqlite_errorcode = code
    with pytest.raises(kind, match=words), translated():
        raise problem


def on_a_disk(folder: Path, prepare: str, lines: str) -> str:
    """What commands print on a small disk that holds a node of the small world."""
    make(folder / "made", Clock()).close()
    (folder / "disk").mkdir()
    script = (
        f"set -e; mount -t tmpfs -o size=3m comity {folder}/disk; cp -a {folder}/made {folder}/disk/node;"
        f" cd {folder}/disk; {RUN} set +e; {prepare}; {lines}"
    )
    ended = subprocess.run(["unshare", "-m", "sh", "-c", script], check=False, capture_output=True, text=True)
    if "mount" in ended.stderr or "unshare" in ended.stderr:
        pytest.skip("no disk can be mounted here")
    return ended.stdout + ended.stderr


@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="no disk can be mounted here")
def test_a_full_disk_is_said_to_be_full_and_all_goes_on_with_room(tmp_path: Path) -> None:
    said = on_a_disk(tmp_path, "cat /dev/zero > hog 2>/dev/null", FULL)
    assert [line for line in said.splitlines() if line.startswith("rc")] == ["rc 3", "rc 3", "rc 3", "rc 0"], said
    assert said.count("seems full: even to read") == 2, said
    assert "the node `two` could not be made: No space left on device" in said
    assert "fault of comity" not in said
    assert "\ntwo" not in said


@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="no disk can be mounted here")
def test_a_disk_that_may_only_be_read_is_said_to_be_one(tmp_path: Path) -> None:
    said = on_a_disk(tmp_path, "mount -o remount,ro comity .", READABLE)
    assert [line for line in said.splitlines() if line.startswith("rc")] == ["rc 3", "rc 3", "rc 3"], said
    assert said.count("is on a disk that can only be read, and even to read it makes files") == 2
    assert "could not be made: Read-only file system; nothing is left of it: name another folder" in said


def test_a_folder_where_nothing_may_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ComityError, match=r"could not be made: Not a directory.*name another folder"):
        make(tmp_path / "file" / "node", Clock())
