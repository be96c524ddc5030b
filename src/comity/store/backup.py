"""A backup: a whole node in a folder, or in one tar file, its record in SQLite wherever the node keeps its own.

It is made from one snapshot while others write, with every key: it is as secret as the node. It can be opened as the
node that it is, to look at it; its seal keeps everybody from writing to it. To go on from it, it is restored
(`opened`), which makes another folder, without the seal, and says so in the register.

INVARIANT: a backup has its name only when it is whole and durable. Until then it grows in `.NAME.new` beside its place,
which is locked by whoever writes it; what a killed one has left is taken away by the next of that name.
"""

import errno
import fcntl
import os
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from comity.core.errors import Forbidden, MalformedInput, NodeBusy, NodeDamaged, NodeUnwritable
from comity.store import copying, folder, gate, migrate
from comity.store.copying import Progress
from comity.store.database import Database
from comity.store.pages import copy_pages
from comity.store.sqlite import LOCK, SEAL, Sqlite

TAR: Final = ".tar"
"""How the name of a backup ends that is one file."""
_ARCHIVES: Final = (TAR, ".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz", ".zst", ".tzst", ".zip", ".7z", ".rar")
"""How the names of files end that a backup is not."""
_SEALED: Final = b"This is a backup of a node of Comity. To go on from it: comity restore FOLDER --node NEW --why WHY\n"
_FULL: Final = "database or disk is full"
_ON_TARGET: Final = (_FULL, "disk I/O error", "unable to open database file")
"""What SQLite says of the file that it writes."""
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
_CHUNK: Final = 2**20


def write(
    node: Path, database: Database, place: Path, check: Callable[[Path], None], progress: Progress = copying.unheard
) -> None:
    """Back the node up to `place`, a folder, or a file if its name ends in `.tar`; nothing may stand there.

    `check` is shown the copy before it has its name, and raises when it is not good. Whatever fails leaves nothing.
    """
    _must_be_place(place)
    if os.path.lexists(place):
        raise Forbidden(f"`{place}` is there already: name another place for the backup")
    with _said(place), _workshop(place) as work:
        copy = work / "node"
        copy.mkdir(mode=0o700)
        copy.chmod(0o700)
        for name in (LOCK, *gate.FILES):
            folder.write_new(copy / name, b"")
        with database.reading() as connection:
            _copy_record(database, connection, copy / folder.DATABASE, progress)
        copy_keys(node / folder.KEYS, copy / folder.KEYS)  # after the record: none that it names may be missing
        folder.write_new(copy / SEAL, _SEALED)
        check(copy)
        folder.sync(copy)
        if place.suffix == TAR:
            _pack(copy, work / "tar", place.stem)
            os.link(work / "tar", place)
        else:
            copy.rename(place)
        folder.sync(place.parent)


def _must_be_place(place: Path) -> None:
    """MalformedInput for a name that promises another kind of file: what is made would be a folder of that name."""
    if place.suffix != TAR and place.suffix.lower() in _ARCHIVES:
        raise MalformedInput(
            f"`{place}` would be a folder: a backup is one file if its name ends in {TAR}, and is never compressed; "
            f"name it `{place.name.partition('.')[0]}{TAR}`, or a folder"
        )


def copy_keys(source: Path, target: Path) -> None:
    """Copy the folder of keys, and the folders in it, for us alone."""
    target.mkdir(mode=0o700, exist_ok=True)
    target.chmod(0o700)
    for each in sorted(source.iterdir()):
        if each.is_dir() and not each.is_symlink():
            copy_keys(each, target / each.name)
        else:
            folder.write_new(target / each.name, each.read_bytes())
    folder.sync(target)


@contextmanager
def opened(place: Path, beside: Path) -> Iterator[Path]:
    """The folder of a backup; a tar file is unpacked beside `beside`, for as long as this lasts.

    NodeDamaged unless every part is there and nobody else's to look at, and where it is no backup.
    """
    if place.is_dir():
        _look(place)
        yield place
        return
    folder.check_part(place, stat.S_ISREG, "name a backup: a folder, or a file that `comity backup` has made")
    with _said(beside), _workshop(beside) as work:
        copy = work / "node"
        try:
            _unpack(place, copy)
        except (tarfile.TarError, EOFError) as problem:
            raise NodeDamaged(f"`{place}` is no whole backup: {problem}; restore from another one") from problem
        _look(copy)
        yield copy


def _look(place: Path) -> None:
    if folder.check(place) is not None:
        raise Forbidden(f"`{place}` is a node whose record is on PostgreSQL, not a backup: make one of it first")


def _copy_record(database: Database, source: Connection, file: Path, progress: Progress) -> None:
    if isinstance(database, Sqlite):
        try:
            copy_pages(source, file, progress)
        except sqlite3.Error as problem:
            if str(problem) in _ON_TARGET:
                raise _failed(problem) from problem
            said = f"the node's database cannot be copied: {problem}; see what `comity verify` says of it"
            raise NodeDamaged(said) from problem
        file.chmod(0o600)
        return
    folder.write_new(file, b"")
    target = Sqlite(file, create=True)
    try:
        with target.writing() as connection:
            migrate.create(connection, migrate.revision(source))
            copying.check(connection, copying.copy(source, connection, progress), progress)
    except (NodeUnwritable, NodeDamaged) as problem:
        if isinstance(problem.__cause__, DBAPIError) and isinstance(problem.__cause__.orig, sqlite3.Error):
            raise _failed(problem.__cause__.orig) from problem
        raise
    finally:
        target.close()


def _failed(problem: sqlite3.Error) -> OSError:
    """What SQLite says of the file that it writes, as the system would."""
    return OSError(errno.ENOSPC if str(problem) == _FULL else errno.EIO, str(problem))


@contextmanager
def _workshop(place: Path) -> Iterator[Path]:
    """A folder of our own beside `place`, locked, empty, and gone afterwards. NodeBusy when somebody works in it."""
    work = place.parent / f".{place.name}.new"
    lock = _locked(work)
    try:
        for left in work.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(lock)


def _locked(work: Path) -> int:
    """The folder, made if it is not there, and locked; the lock ends with the process."""
    while True:
        work.mkdir(mode=0o700, exist_ok=True)
        try:
            lock = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            if _is_ours(lock, work):
                return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)


def _is_ours(lock: int, work: Path) -> bool:
    """Take the lock. False where somebody has just finished with the folder, and taken it away."""
    if os.fstat(lock).st_uid != os.geteuid():
        raise Forbidden(f"`{work}` is not yours: take it away")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise NodeBusy(f"another process is writing `{work}`: wait until it has finished") from None
    os.fchmod(lock, 0o700)
    return work.exists() and work.stat().st_ino == os.fstat(lock).st_ino


@contextmanager
def _said(place: Path) -> Iterator[None]:
    """The system's failures, in our words."""
    try:
        yield
    except OSError as problem:
        mend = "free some space on its disk" if problem.errno in _NO_ROOM else "name another place"
        raise NodeUnwritable(
            f"`{place}` could not be written: {problem.strerror}; nothing is left of it: {mend}"
        ) from problem


def _pack(copy: Path, file: Path, name: str) -> None:
    """The folder as one durable file; the record last, so that a file that was cut off lacks it."""
    folder.write_new(file, b"")
    keys = sorted(path for path in (copy / folder.KEYS).rglob("*") if path.is_file())
    with file.open("r+b") as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in (*keys, *(copy / each for each in (LOCK, *gate.FILES, SEAL, folder.DATABASE))):
                member = tarfile.TarInfo(str(PurePosixPath(name, path.relative_to(copy).as_posix())))
                member.size, member.mode = path.stat().st_size, 0o600
                with path.open("rb") as content:
                    tar.addfile(member, content)
        stream.flush()
        os.fsync(stream.fileno())


def _unpack(file: Path, copy: Path) -> None:
    """What `_pack` has written; nothing else in the file is followed."""
    copy.mkdir(mode=0o700)
    with tarfile.open(file, "r:") as tar:
        for member in tar:
            parts = PurePosixPath(member.name).parts[1:]
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or not parts or ".." in parts:
                raise tarfile.TarError(f"`{member.name}` does not belong into a backup")
            path = copy.joinpath(*parts)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.write_new(path, b"")
            with path.open("r+b") as written:
                shutil.copyfileobj(content, written, _CHUNK)
