"""The private halves of the keys that sign heads: `keys/signing/ID.pem` in a node's folder, 0600, not encrypted.

What stands there is not read when others may look at it: whoever has the key can sign for the node.
"""

import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from comity.core.errors import NodeDamaged, NodeUnwritable
from comity.service.keys import Signer
from comity.store.folder import SIGNING

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FolderKeyring:
    """See `service.keys.Keyring`."""

    def __init__(self, folder: Path) -> None:
        """Keep keys in the node's folder; nothing is read yet."""
        self._place = folder / SIGNING

    def make(self) -> Signer:
        """See Keyring."""
        signer = Signer(Ed25519PrivateKey.generate())
        content = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            self._place.mkdir(mode=0o700, exist_ok=True)
            self._place.chmod(0o700)
            with open(os.open(self._file(signer.id), _NEW, 0o600), "wb") as file:  # noqa: PTH123 - of a descriptor
                os.fchmod(file.fileno(), 0o600)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            for folder in (self._place, self._place.parent):
                _sync(folder)
        except OSError as problem:
            raise NodeUnwritable(
                f"a key could not be written to `{self._place}`: {problem.strerror}; nothing was recorded: make room, "
                "or make it writable, and do it again"
            ) from problem
        return signer

    def open(self, key: str) -> Signer:
        """See Keyring."""
        path = self._file(key)
        try:
            with open(os.open(path, _OLD), "rb") as file:  # noqa: PTH123 - so that what was looked at is what is read
                _check(path, os.fstat(file.fileno()))
                content = file.read()
        except OSError as problem:
            said = f"`{path}` cannot be read: {problem.strerror}; restore it from the node's last copy"
            raise NodeDamaged(said) from problem
        try:
            found = load_pem_private_key(content, None)
        except ValueError:
            found = None
        if not isinstance(found, Ed25519PrivateKey) or Signer(found).id != key:
            raise NodeDamaged(f"`{path}` is not the key that its name says: restore it from the node's last copy")
        return Signer(found)

    def keep_only(self, keys: Collection[str]) -> None:
        """See Keyring."""
        for path in self._place.glob("*.pem"):
            if path.stem not in keys:
                path.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self._place / f"{key}.pem"


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        raise NodeDamaged(f"`{path}` is no plain file of yours: restore it from the node's last copy")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise NodeDamaged(f"others may look at `{path}`: see who did, then `chmod 0600 {path}`, and rotate the key")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
