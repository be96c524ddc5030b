"""The secret by which a provider of identity knows this node: `keys/oidc/NAME.secret` in the node's folder, 0600."""

import os
from pathlib import Path
from typing import Final

from comity.core.errors import NodeDamaged, NodeUnwritable
from comity.store.folder import KEYS

_PLACE: Final = f"{KEYS}/oidc"
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def keep(folder: Path, name: str, secret: str) -> None:
    """Keep a provider's secret, in place of the one before. `name` has been checked to be a file's."""
    place = folder / _PLACE
    new = place / f"{name}.new"
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        place.chmod(0o700)
        new.unlink(missing_ok=True)
        with open(os.open(new, _NEW, 0o600), "wb") as file:  # noqa: PTH123 - of a descriptor
            os.fchmod(file.fileno(), 0o600)
            file.write(secret.encode())
            file.flush()
            os.fsync(file.fileno())
        new.replace(place / f"{name}.secret")
    except OSError as problem:
        said = f"the secret could not be written to `{place}`: {problem.strerror}; make room, and do it again"
        raise NodeUnwritable(said) from problem


def read(folder: Path, name: str) -> str | None:
    """A provider's secret, None where it has none. NodeDamaged when others may look at it."""
    path = folder / _PLACE / f"{name}.secret"
    try:
        descriptor = os.open(path, _OLD)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise NodeDamaged(f"`{path}` cannot be read: {problem.strerror}; restore it from its last copy") from problem
    with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise NodeDamaged(f"others may look at `{path}`: see who did, then `chmod 0600 {path}`")
        return file.read().decode().strip()
