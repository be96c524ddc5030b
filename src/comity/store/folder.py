"""A node's folder: what stands in it, who may look at it, and making and opening it.

    NODE/                    0700
    ├── comity.sqlite        0600, with `-wal` and `-shm` beside it while the node is open
    ├── node.lock            0600, held by the one writer
    ├── gate.lock            0600, with `intent.lock` and `lapsed.lock`: see `store.gate`
    └── keys/                0700
        ├── register.key     0600, 32 random bytes: the secret from which salts and the like derive (`service.vault`)
        └── signing/         0700, the key that signs heads (`store.keyring`)

In a backup `is-a-backup` stands beside them, and nobody writes to the record: see `store.backup`.

Where the record is kept on PostgreSQL, `database` (0600) says where that is, and stands in place of all but the keys.
Whether it is there is all that decides.

INVARIANT: the database gets its name last, so that a folder with `comity.sqlite` or `database` in it is a whole node,
and one that was given up half-way is none.
"""

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from comity.core.errors import Forbidden, MalformedInput, NodeDamaged, NodeUnwritable
from comity.store import address as addresses
from comity.store import gate, migrate
from comity.store.address import Address
from comity.store.database import Database
from comity.store.lock import PATIENCE, Waiting
from comity.store.record import Record
from comity.store.snapshot import Clock
from comity.store.sqlite import ELSEWHERE, LOCK, Sqlite

DATABASE: Final = "comity.sqlite"
ADDRESS: Final = ELSEWHERE
KEYS: Final = "keys"
REGISTER_KEY: Final = "keys/register.key"
SIGNING: Final = "keys/signing"
KEY_SIZE: Final = 32

_UNFINISHED: Final = "comity.sqlite.new"
_UNFINISHED_ADDRESS: Final = "database.new"
_MARKS: Final = (KEYS, DATABASE, ADDRESS, _UNFINISHED, _UNFINISHED_ADDRESS)
"""A folder with none of these was never a node."""
_MAKE: Final = "make a node with `comity init`, or name its folder with --node"
BESIDE: Final = ("", "-wal", "-shm")
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a new node is made of: its keys, written into their folder; its tables, made at once; its first acts."""

    keys: Callable[[Path], None]
    tables: Callable[[Connection], None]
    acts: Callable[[Record], None]


def create(folder: Path, clock: Clock, fill: Callable[[Record], None], address: Address | None = None) -> None:
    """Make a node in `folder` with a secret of its own, and let `fill` record its first acts: see `make`."""
    make(folder, clock, Parts(keys=_new_key, tables=migrate.create, acts=fill), address)


def make(folder: Path, clock: Clock, parts: Parts, address: Address | None = None) -> None:
    """Make a node in `folder`, which must be empty or not there.

    With an `address` its record is kept there, in a database without tables. Raises Forbidden when something stands in
    either. Whatever fails leaves nothing behind.
    """
    with _said(folder):
        made = _claim(folder)
        try:
            (folder / KEYS).mkdir(mode=0o700)
            (folder / KEYS).chmod(0o700)  # set and not only asked for: a umask takes bits away
            parts.keys(folder / KEYS)
            if address is None:
                _fill(folder, clock, parts)
            else:
                _fill_server(folder, clock, parts, address)
        except BaseException:
            _clear(folder, made=made)
            raise


def open_record(
    folder: Path,
    clock: Clock,
    patience: float = PATIENCE,
    waiting: Waiting | None = None,
    address: Address | None = None,
) -> Record:
    """Open the node's record. NodeDamaged, with the mend, when it is not safe to, or of another revision.

    It is at `address`, else where the folder's file `database` says, else in `comity.sqlite`.
    """
    database = open_database(folder, patience, waiting, address)
    try:
        with database.reading() as connection:
            migrate.must_be_current(connection)
    except BaseException:
        database.close()
        raise
    return Record(database, clock)


def open_database(
    folder: Path, patience: float = PATIENCE, waiting: Waiting | None = None, address: Address | None = None
) -> Database:
    """The database of the node's record, of whatever revision. Raises as `check` does."""
    found = check(folder, address)
    if found is None:
        return Sqlite(folder / DATABASE, patience=patience, waiting=waiting)
    from comity.store.postgres import Postgres  # noqa: PLC0415 - its driver is loaded where it is used

    return Postgres(found, patience, waiting)


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    """The system's failures to make a node, in our words."""
    try:
        yield
    except OSError as problem:
        mend = "free some space on its disk" if problem.errno in _NO_ROOM else "name another folder with --node"
        raise NodeUnwritable(
            f"the node `{folder}` could not be made: {problem.strerror}; nothing is left of it: {mend}"
        ) from problem


def register_key(folder: Path) -> bytes:
    """The secret of the register, for whatever it will sign or derive. NodeDamaged when it is not whole."""
    try:
        key = (folder / REGISTER_KEY).read_bytes()
    except OSError as problem:
        said = f"`{folder / REGISTER_KEY}` cannot be read: {problem.strerror}; restore it from its last copy"
        raise NodeDamaged(said) from problem
    if len(key) != KEY_SIZE:
        raise NodeDamaged(f"`{folder / REGISTER_KEY}` does not hold {KEY_SIZE} bytes: restore it from its last copy")
    return key


def check(folder: Path, address: Address | None = None) -> Address | None:
    """Where the node's record is, if not in the folder.

    NodeDamaged unless every part of the node is there, is ours and is nobody else's to look at; Forbidden when two
    databases are named.
    """
    if folder.is_dir() and not any(os.path.lexists(folder / name) for name in _MARKS):
        raise NodeDamaged(f"`{folder}` is no node: {_MAKE}")
    check_part(folder, stat.S_ISDIR, _MAKE)
    restore = _restore(folder)
    check_part(folder / KEYS, stat.S_ISDIR, restore)
    check_part(folder / REGISTER_KEY, stat.S_ISREG, restore)
    if os.path.lexists(folder / SIGNING):
        check_part(folder / SIGNING, stat.S_ISDIR, restore)
    noted = _noted(folder)  # which a file of an earlier time may still stand beside: see `store.moving`
    found = address or noted
    if found is None:
        _check_file(folder, restore)
    elif noted is None and (folder / DATABASE).exists():
        raise Forbidden(
            f"the node `{folder}` keeps its record in its file `{DATABASE}`, and {found} is named: leave out"
            " --database, and see that $COMITY_DATABASE is not set"
        )
    elif noted is None and (folder / _UNFINISHED_ADDRESS).exists():
        raise NodeDamaged(f"`{folder / ADDRESS}` is not there: {restore}")
    return found


def _restore(folder: Path) -> str:
    """What to do when a part is missing."""
    if (folder / _UNFINISHED).exists():
        return "an init or a restore was given up half-way: remove the folder and run it again"
    if (folder / _UNFINISHED_ADDRESS).exists():
        return "an init or a restore was given up half-way: remove the folder, make its database anew and run it again"
    return "restore the node from its last copy"


def _noted(folder: Path) -> Address | None:
    """The address that the folder keeps, if any."""
    path = folder / ADDRESS
    if not os.path.lexists(path):
        return None
    check_part(path, stat.S_ISREG, "write the address of the database into it")
    try:
        return addresses.parse(path.read_text("utf-8"))
    except (MalformedInput, UnicodeDecodeError) as problem:
        raise NodeDamaged(f"`{path}` holds no address of a database: {problem}") from problem


def _check_file(folder: Path, restore: str) -> None:
    """The parts that a database in the folder has."""
    for name in (LOCK, DATABASE):
        check_part(folder / name, stat.S_ISREG, restore)
    for suffix in BESIDE[1:]:
        if os.path.lexists(folder / f"{DATABASE}{suffix}"):
            check_part(folder / f"{DATABASE}{suffix}", stat.S_ISREG, restore)
        elif os.statvfs(folder).f_flag & os.ST_RDONLY:
            raise NodeUnwritable(
                f"the node `{folder}` is on a disk that can only be read, and even to read it makes files beside its "
                "database: make the disk writable, or copy the node to another one"
            )


def check_part(path: Path, is_kind: Callable[[int], bool], mend: str) -> None:
    """NodeDamaged, with the mend, unless the path is of this kind, ours, and nobody else's to look at."""
    try:
        found = path.lstat()
    except OSError as problem:
        raise NodeDamaged(f"`{path}` is not there: {mend}") from problem
    if stat.S_ISLNK(found.st_mode):
        raise NodeDamaged(f"`{path}` is a symbolic link: put what it points to in its place")
    if not is_kind(found.st_mode):
        raise NodeDamaged(f"`{path}` is not what belongs there: {mend}")
    if found.st_uid != os.geteuid():
        raise NodeDamaged(f"`{path}` belongs to user {found.st_uid}: run comity as that user, or `chown` the node")
    if stat.S_IMODE(found.st_mode) & 0o077:
        mode = "0700" if stat.S_ISDIR(found.st_mode) else "0600"
        raise NodeDamaged(f"others may look at `{path}`: see who did, then `chmod {mode} {path}`")


def _claim(folder: Path) -> bool:
    """Take the folder for a new node; whether it was made for it."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        if folder.is_symlink() or not folder.is_dir():
            raise Forbidden(f"`{folder}` is no folder: name another with --node") from None
        if any(folder.iterdir()):
            raise Forbidden(f"`{folder}` is not empty: name another folder with --node") from None
        if folder.stat().st_uid != os.geteuid():
            raise Forbidden(f"`{folder}` is not yours: name another folder with --node") from None
        made = False
    else:
        made = True
    folder.chmod(0o700)
    return made


def _new_key(keys: Path) -> None:
    write_new(keys / Path(REGISTER_KEY).name, secrets.token_bytes(KEY_SIZE))


def _fill(folder: Path, clock: Clock, parts: Parts) -> None:
    for name in (LOCK, *gate.FILES, _UNFINISHED):
        write_new(folder / name, b"")
    database = Sqlite(folder / _UNFINISHED, create=True)
    with Record(database, clock) as record:
        with database.writing() as connection:
            parts.tables(connection)
        parts.acts(record)
    sync(folder / KEYS)
    (folder / _UNFINISHED).rename(folder / DATABASE)
    sync(folder)


def _fill_server(folder: Path, clock: Clock, parts: Parts, address: Address) -> None:
    from comity.store.postgres import Postgres  # noqa: PLC0415 - its driver is loaded where it is used

    write_new(folder / _UNFINISHED_ADDRESS, f"{address.noted}\n".encode())
    database = Postgres(address)
    with Record(database, clock) as record:
        with database.writing() as connection:
            must_be_empty(connection, address)
            parts.tables(connection)
        try:
            parts.acts(record)
            sync(folder / KEYS)
            (folder / _UNFINISHED_ADDRESS).rename(folder / ADDRESS)
            sync(folder)
        except BaseException:
            with database.writing() as connection:
                migrate.drop(connection)
            raise


def must_be_empty(connection: Connection, address: Address) -> None:
    """Forbidden when the database has tables."""
    if migrate.tables(connection):
        raise Forbidden(f"the database {address} holds tables already: name an empty one")


def write_new(path: Path, content: bytes) -> None:
    """Write a file of ours alone, durably; it must not be there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor, so that nobody can slip in another file
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path, *, made: bool) -> None:
    """Take away what `create` has made."""
    files = (LOCK, *gate.FILES, *(f"{_UNFINISHED}{suffix}" for suffix in BESIDE), _UNFINISHED_ADDRESS, ADDRESS)
    for name in (REGISTER_KEY, *files):
        (folder / name).unlink(missing_ok=True)
    if (folder / KEYS).is_dir():
        shutil.rmtree(folder / KEYS)
    if made:
        folder.rmdir()
