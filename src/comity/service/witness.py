"""Heads for whoever is outside: an append-only file that shows that no other history was ever told.

A line is a signed head and nothing else, so that the file tells neither sizes nor parties, and can be published. Once
somebody else keeps it, the node cannot take back, rewrite or fork what its heads were signed over: a statement made
with the file shows the way from every head in it to the party's log.
"""

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from comity.core.errors import Forbidden, MalformedInput
from comity.service import heads
from comity.service.heads import Notary, Signed
from comity.service.ports import Reader
from comity.service.records import Head
from comity.service.vault import Vault

_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def append(notary: Notary, file: Path) -> Signed:
    """Sign a head and append it to the file, which is made if it is not there; durable when this returns.

    Raises Forbidden where a head in the file is none of this register, or does not fit it any more.
    """
    with _opened(file) as stream:
        with notary.store.read() as reader:
            of_register(reader, notary.vault, _lines(file, stream.read()), file)
        signed = heads.sign(notary)
        stream.write(signed.head.document + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    return signed


def read(file: Path) -> list[bytes]:
    """The heads in the file, as they stand there. MalformedInput where it is none, or its last line is broken off."""
    try:
        return _lines(file, file.read_bytes())
    except OSError as problem:
        raise MalformedInput(f"`{file}` cannot be read: {problem.strerror}; name the witness file") from None


def of_register(reader: Reader, vault: Vault, lines: Sequence[bytes], file: Path) -> list[Head]:
    """The heads of these lines, as the register kept them. Forbidden, with what is wrong, where it did not."""
    kept = {head.document: head for head in reader.heads()}
    found = []
    for number, line in enumerate(lines, 1):
        if line not in kept:
            raise Forbidden(
                f"line {number} of `{file}` is no head of this register: it is another node's, or this one was rolled "
                "back; keep the file, and see `comity register verify`"
            )
        found.append(kept[line])
    for fault in _faults(reader, vault, found):
        raise Forbidden(f"`{file}` does not fit the register: {fault}; keep the file, and see `comity register verify`")
    return found


def _faults(reader: Reader, vault: Vault, found: Sequence[Head]) -> Iterator[str]:
    by_size: dict[int, list[Head]] = {}
    for head in found:
        by_size.setdefault(head.size, []).append(head)
    keys, sizes = reader.signing_keys(), sorted(by_size)
    for state in heads.states(reader, sizes):
        for head in by_size.pop(state.size):
            yield from heads.faults(vault, head, state, heads.signers(keys, state.size))
    if by_size:
        yield f"the register is cut off: a head speaks of {max(by_size)} entries, and fewer are there"


def _lines(file: Path, content: bytes) -> list[bytes]:
    if content and not content.endswith(b"\n"):
        raise MalformedInput(f"the last line of `{file}` is broken off: take it away, and nothing else")
    return content.splitlines()


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """The file, for us alone."""
    try:
        descriptor = os.open(file, _FLAGS, 0o644)
    except OSError as problem:
        why = "it is a symbolic link: name the file itself" if file.is_symlink() else f"{problem.strerror}"
        raise MalformedInput(f"`{file}` cannot be opened: {why}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise MalformedInput(f"`{file}` is no plain file: name another")
    with open(descriptor, "r+b") as stream:  # noqa: PTH123 - of a descriptor, so that what was looked at is what is used
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield stream
