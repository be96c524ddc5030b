"""Handing over: exactly what is permitted, recorded before the file appears.

The steps of `export`, and why nothing can slip in between:

1. one transaction, under the node's write lock, decides (by the index, then by the law itself, item by item) and
   records: the response with all its items (see `recording`), and that a release is under way;
2. the bytes are joined as they were received into a file that has no name yet;
3. under the lock again, the release ends and the file takes its name; if a change of policy has aborted the release
   meanwhile, the file is taken away.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from comity.core.errors import ComityError, NodeDamaged
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.index.holding import Ordinal, ordinal
from comity.service.copies import earliest
from comity.service.handover import Handover
from comity.service.ports import Reader, Store, Writer
from comity.service.recording import prepared, record
from comity.service.records import Held, Word
from comity.service.release import Permitted, judged, named, open_index, releasable
from comity.service.vault import Randomness, Vault

Value = TypeVar("Value")

CHUNK: Final = 1000
"""Items whose rows and bytes are in memory at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was handed over: the leaf that records it, and the file with its size in bytes and SHA-256."""

    leaf: int
    recipient: Recipient
    at: Instant
    epoch: int
    count: int
    destination: Path
    size: int
    digest: bytes


class Disclosure(NamedTuple):
    """One recorded disclosure, with the name by which people know the item."""

    leaf: int
    at: Instant
    recipient: str
    name: str
    title: str | None
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    """A recorded release on its way."""

    leaf: int
    recipient: Recipient
    at: Instant
    epoch: int
    permits: list[Permitted]


def export(store: Store, recipient: str, destination: Path, word: Word, *, vault: Vault) -> Exported:
    """Write a STIX bundle of everything that `recipient` may see now, one copy of each version.

    What is held in memory grows with the number of items (some 300 bytes each), never with their size. Raises
    UnknownName for a recipient without a partner, ComityError when a change of policy came in between.
    """
    with Handover(destination, vault.randomness(8).hex()) as file:
        with store.write("export", word, policy=False) as writer:
            release = _record(writer, recipient, vault)
        try:
            _fill(store, file, release, vault.randomness)
            _finish(store, file, release)
        except BaseException:
            _abandon(store, release)
            raise
        return Exported(
            leaf=release.leaf,
            recipient=release.recipient,
            at=release.at,
            epoch=release.epoch,
            count=len(release.permits),
            destination=destination,
            size=file.size,
            digest=file.digest,
        )


class Told(NamedTuple):
    """How far the disclosures were told: up to this entry of the register, and so many items of that itself."""

    leaf: int = 0
    items: int = 0


START: Final = Told()
"""Before everything."""


def disclosures(
    store: Store, *, to: str | None = None, of: str | None = None, after: Told = START, limit: int | None = None
) -> list[Disclosure]:
    """What was disclosed, in order; to one recipient, of one item. Raises UnknownName and AmbiguousItem.

    What is asked for of it, from `after` on and `limit` at most, is all that is read.
    """
    with store.read() as reader:
        item = None if of is None else reader.one(of).ordinal
        recipient = None if to is None else named(reader.policy(), to)
        found: list[Disclosure] = []
        for row in reader.disclosures(to=recipient, start=after.leaf):
            if item is not None and item not in row.items:
                continue
            concerned, told = row.items if item is None else (item,), after.items if row.leaf == after.leaf else 0
            left = None if limit is None else told + limit - len(found)
            for numbers in _chunks(concerned[told:left]):
                names, held = reader.handles(numbers), reader.held(numbers)
                found += [
                    Disclosure(row.leaf, row.at, row.recipient, names[one], held[one].title, held[one].digest)
                    for one in numbers
                ]
            if len(found) == limit:
                break
        return found


def _record(writer: Writer, recipient: str, vault: Vault) -> _Release:
    """Step 1: decide and record, in one transaction."""
    to, at, epoch = named(writer.policy(), recipient), writer.act.at, writer.act.epoch
    permits: list[Permitted] = []
    chosen: list[Held] = []
    index = open_index(writer, at)
    visible = index.visible(to)
    for numbers in _chunks(map(Ordinal, visible)):
        rows = earliest(writer, numbers, visible)
        permits += _permitted(writer, rows, to, at)
        chosen += rows
    record(writer, to, prepared(chosen, index.originators, vault))
    writer.begin_flight()
    return _Release(leaf=writer.act.leaf, recipient=to, at=at, epoch=epoch, permits=permits)


def _permitted(reader: Reader, rows: Sequence[Held], to: Recipient, at: Instant) -> Iterator[Permitted]:
    """What the index shows, decided again by the law. That the two differ is a fault of the node: nothing leaves."""
    for verdict in judged(reader, [row.ordinal for row in rows], to, at):
        if not isinstance(verdict, Permitted):
            name = reader.handle(ordinal(verdict.item))
            raise NodeDamaged(f"the kept labels do not agree with the decision on `{name}`: nothing was exported")
        yield verdict


def _fill(store: Store, file: Handover, release: _Release, randomness: Randomness) -> None:
    """Step 2: the bundle, its objects' bytes joined and never written anew."""
    file.write(f'{{"type":"bundle","id":"bundle--{uuid.UUID(bytes=randomness(16), version=4)}","objects":['.encode())
    separator = b"\n"
    with store.read() as reader:
        for permits in _chunks(release.permits):
            for _, content in releasable(reader, permits):
                file.write(separator + content)
                separator = b",\n"
    file.write(b"\n]}\n")
    file.settle()


def _finish(store: Store, file: Handover, release: _Release) -> None:
    """Step 3: under the lock, the release ends and the file appears, unless a change of policy came first."""
    with store.derive() as deriver:
        if not deriver.end_flight(release.leaf):
            raise ComityError(
                f"the policy changed while the export to `{release.recipient}` was under way: no file was written, "
                "and the register keeps the attempt; export again"
            )
        file.appear()


def _abandon(store: Store, release: _Release) -> None:
    with suppress(ComityError), store.derive() as deriver:
        deriver.end_flight(release.leaf)


def _chunks(values: Iterable[Value]) -> Iterator[list[Value]]:
    chunk: list[Value] = []
    for value in values:
        chunk.append(value)
        if len(chunk) >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
