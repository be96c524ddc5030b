"""A file that appears whole under its name, or not at all.

The bytes go to a new file beside the destination, which nobody else can have prepared; only a whole and durable one
takes the name. A program that is killed half-way leaves at most the hidden `.NAME.….part`.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from comity.core.errors import ComityError

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Handover:
    """The file on its way: `write` to it, then `appear`; leaving the block without that takes it away."""

    def __init__(self, destination: Path, mark: str) -> None:
        """Open the new file; `mark` tells it apart from others. ComityError where the destination cannot be one."""
        self._name, self._part = destination.name, f".{destination.name}.{mark}.part"
        self._destination = destination
        self._digest = hashlib.sha256()
        self.size = 0
        if not self._name:
            raise ComityError(f"`{destination}` is no file name: name the file to write")
        with _said(destination):
            self._folder = os.open(destination.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._refuse_others()
            with _said(destination):
                descriptor = os.open(self._part, _NEW, 0o600, dir_fd=self._folder)
        except BaseException:
            os.close(self._folder)
            raise
        self._file: BinaryIO = open(descriptor, "wb", buffering=2**20)  # noqa: PTH123, SIM115 - closed in __exit__
        self._there = True

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what was written so far."""
        return self._digest.digest()

    def write(self, content: bytes) -> None:
        """Append to the file."""
        with _said(self._destination):
            self._file.write(content)
        self._digest.update(content)
        self.size += len(content)

    def settle(self) -> None:
        """Make what was written durable, still without its name."""
        with _said(self._destination):
            self._file.flush()
            os.fsync(self._file.fileno())

    def appear(self) -> None:
        """Take the name, in place of a plain file that may have it."""
        self._refuse_others()
        with _said(self._destination):
            os.replace(self._part, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            self._there = False
            os.fsync(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._file.close()
        if self._there:
            with suppress(OSError):
                os.unlink(self._part, dir_fd=self._folder)
        os.close(self._folder)

    def _refuse_others(self) -> None:
        """Refuse a destination that is there and is no plain file: a link, a folder, a pipe."""
        try:
            mode = os.lstat(self._name, dir_fd=self._folder).st_mode
        except FileNotFoundError:
            return
        if stat.S_ISLNK(mode):
            raise ComityError(
                f"`{self._destination}` is a symbolic link: nothing is written through one, name the file"
            )
        if not stat.S_ISREG(mode):
            raise ComityError(f"`{self._destination}` is there and is no plain file: name another")


@contextmanager
def _said(destination: Path) -> Iterator[None]:
    """The system's failures in our words."""
    try:
        yield
    except OSError as problem:
        raise ComityError(f"`{destination}` could not be written: {problem.strerror}; name another place") from problem
