"""The sessions of whoever uses the command line: a file of theirs, outside every node, that only they can read."""

import json
import os
import stat
from pathlib import Path
from typing import Final

from comity.core.errors import NodeUnwritable
from comity.settings import Settings

_FILE: Final = "sessions.json"
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def session(told: Settings) -> str | None:
    """The session that is kept for the node, whether or not it still lets in."""
    return _read(told.state).get(_name(told))


def keep(told: Settings, secret: str) -> None:
    """Keep a session for the node, in place of the one before."""
    _write(told.state, {**_read(told.state), _name(told): secret})


def forget(told: Settings) -> None:
    """Keep no session for the node."""
    found = _read(told.state)
    if found.pop(_name(told), None) is not None:
        _write(told.state, found)


def _name(told: Settings) -> str:
    return str(told.node.resolve())


def _read(folder: Path) -> dict[str, str]:
    """What is kept; nothing where the file is not there, not ours alone, or not what we wrote."""
    try:
        descriptor = os.open(folder / _FILE, _READ)
    except OSError:
        return {}
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        os.close(descriptor)
        return {}
    with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor, so that what was looked at is what is read
        try:
            kept = json.loads(file.read())
        except ValueError:
            return {}
    return {str(node): str(secret) for node, secret in kept.items()} if isinstance(kept, dict) else {}


def _write(folder: Path, sessions: dict[str, str]) -> None:
    new = folder / f"{_FILE}.{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        with open(os.open(new, _NEW, 0o600), "wb") as file:  # noqa: PTH123 - of a descriptor that nobody else has
            file.write(json.dumps(sessions).encode())
        new.replace(folder / _FILE)
    except OSError as problem:
        raise NodeUnwritable(
            f"your session could not be kept in `{folder}`: {problem.strerror}; make room, or set XDG_STATE_HOME"
        ) from problem
