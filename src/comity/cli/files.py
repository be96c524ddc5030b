"""Files that people name: plain files only, never through a symbolic link in the last place."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from comity.core.errors import MalformedInput
from comity.formats.world_text import decode

_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Not following a link, and not waiting for whoever might write into a pipe."""
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
"""A file that was not there, nor a link of its name."""


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes. MalformedInput unless it is a plain file that can be read."""
    try:
        descriptor = os.open(path, _OPEN)
    except OSError as problem:
        why = "it is a symbolic link: name the file itself" if path.is_symlink() else f"{problem.strerror}"
        raise MalformedInput(f"`{path}` cannot be read: {why}") from None
    except ValueError:
        raise MalformedInput("no file can have this name: name a file") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise MalformedInput(f"`{path}` is no plain file: name a file")
    with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor, so that what was looked at is what is read
        yield file


def read_text(path: Path) -> str:
    """The file's text. MalformedInput unless it is a plain file in UTF-8."""
    with reading(path) as file:
        return decode(file.read())


def write_new(path: Path, text: str, mode: int = 0o666) -> None:
    """A new file of this text. MalformedInput for one that is there, or cannot be written.

    Half a surrogate pair is written as a question mark.
    """
    try:
        with open(os.open(path, _NEW, mode), "wb") as file:  # noqa: PTH123 - of a descriptor
            file.write(text.encode(errors="replace"))
    except FileExistsError:
        raise MalformedInput(f"`{path}` is there already: name a new file") from None
    except OSError as problem:
        raise MalformedInput(f"`{path}` could not be written: {problem.strerror}; name another file") from None
    except ValueError:
        raise MalformedInput("no file can have this name: name another file") from None


def refuse_inside(node: Path, out: Path) -> None:
    """A file written over the node's own would be its end: MalformedInput."""
    if out.parent.resolve().is_relative_to(node.resolve()):
        raise MalformedInput(f"`{out}` is inside the node's folder: write it elsewhere")
