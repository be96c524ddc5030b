"""Heads for whoever is outside: an append-only file that shows that no other history was ever told.

A line is a signed head and nothing else, so that the file tells neither sizes nor parties, and can be published. Once
somebody else keeps it, the node cannot take back, rewrite or fork what its heads were signed over: a statement made
with the file shows the way from every head in it to the party's log.
"""

import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from comity.core.errors import Forbidden, MalformedInput
from comity.formats.canonical import canonical
from comity.service import heads
from comity.service.heads import Notary, Signed
from comity.service.keys import good
from comity.service.ports import Reader
from comity.service.records import Head, SigningKey
from comity.service.vault import Vault

_PARTS: Final = {"at", "key", "main", "node", "parties", "signature"}
_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def append(notary: Notary, file: Path) -> Signed:
    """Sign a head and append it to the file, which is made if it is not there; durable when this returns.

    Raises Forbidden where a head in the file is not kept by this register, or does not fit it any more; MalformedInput
    where the file is not one of this node.
    """
    with _opened(file) as stream:
        signed = following(notary, stream.read(), str(file))
        stream.write(signed.head.document + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    return signed


def following(notary: Notary, content: bytes, file: str) -> Signed:
    """Sign the head that comes after those in a witness file of this content. Raises as `append` does."""
    with notary.store.read() as reader:
        of_register(reader, notary.vault, _lines(file, content), file)
    return heads.sign(notary)


def read(file: Path) -> list[bytes]:
    """The heads in the file, as they stand there. MalformedInput where it is none, or its last line is broken off."""
    try:
        return _lines(str(file), file.read_bytes())
    except OSError as problem:
        raise MalformedInput(f"`{file}` cannot be read: {problem.strerror}; name the witness file") from None


def of_register(reader: Reader, vault: Vault, lines: Sequence[bytes], file: str) -> list[Head]:
    """The heads of these lines, as the register kept them. Forbidden, with what is wrong, where it did not.

    MalformedInput where the file is not one of this node: nothing is said of a register that it is not about.
    """
    kept = {head.document: head for head in reader.heads()}
    judged = judge(reader, lines, file)
    if judged.later or judged.unjudged:
        number = next(number for number, line in enumerate(lines, 1) if line not in kept)
        raise Forbidden(
            f"line {number} of `{file}` is no head of this register, and others there are of this node: the register "
            "was rolled back, or this head forged; keep the file, and see `comity register verify`"
        )
    found = [kept[line] for line in lines]
    for fault in _faults(reader, vault, found):
        raise Forbidden(f"`{file}` does not fit the register: {fault}; keep the file, and see `comity register verify`")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Of heads of this node, how many the register has not kept.

    `later` are signed by keys that it knows; `unjudged` by others, which may have come after these.
    """

    later: int
    unjudged: int


def judge(reader: Reader, lines: Sequence[bytes], file: str) -> Judged:
    """Whose heads these are. MalformedInput where a line is no head, or of another node, or not signed by its key.

    Also where no line is known to be of this node: as long as one is, those that follow may be signed by later keys.
    """
    keys, kept = {key.id: key for key in reader.signing_keys()}, {head.document for head in reader.heads()}
    holder, later, unjudged = str(reader.setting("holder")), 0, 0
    for number, line in enumerate(lines, 1):
        head = _head(line)
        if head is None:
            raise MalformedInput(f"line {number} of `{file}` is no signed head: name the witness file")
        if head["node"] != holder:
            other = f"is a head of the node of {head['node']}, and this one is of {holder}"
            raise MalformedInput(f"line {number} of `{file}` {other}: name the witness file of this one")
        if line in kept:
            continue
        if (key := keys.get(head["key"])) is None:
            unjudged += 1
        elif _signed_by(key, head):
            later += 1
        else:
            changed = f"line {number} of `{file}` is not as it was signed: it was changed"
            raise MalformedInput(f"{changed}; get the file from your witness anew")
    if lines and unjudged == len(lines):
        raise MalformedInput(
            f"no head in `{file}` is signed by a key of this register: it is another node's, or was begun after a key "
            "that this one does not have; name the witness file of this one"
        )
    return Judged(later=later, unjudged=unjudged)


def _signed_by(key: SigningKey, head: Mapping[str, str]) -> bool:
    stated = canonical({part: said for part, said in head.items() if part != "signature"})
    try:
        return good(key.public, "head", stated, bytes.fromhex(head["signature"]))
    except ValueError:
        return False


def _head(line: bytes) -> dict[str, str] | None:
    """What a head says, None for what is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.keys() != _PARTS:
        return None
    return found if all(isinstance(part, str) for part in found.values()) and canonical(found) == line else None


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


def _lines(file: str, content: bytes) -> list[bytes]:
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
