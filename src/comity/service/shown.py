"""What a reader was shown, and in which order: kept, so that every process goes on where another has left off."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pyroaring import BitMap

from comity.core.instant import Instant
from comity.service.ports import Deriver, Reader

Segments = list[tuple[Instant, BitMap]]


class Shown(NamedTuple):
    """What is kept of a reader's list: how often it was kept, and its segments as they are kept."""

    version: int
    packed: Mapping[Instant, bytes]

    def segments(self) -> Iterator[tuple[Instant, BitMap]]:
        """The segments that have items, in order."""
        return ((since, items) for since, packed in self.packed.items() if (items := BitMap.deserialize(packed)))


def shown(reader: Reader, to: str) -> Shown:
    """What is kept of the reader's list."""
    return Shown(reader.listing(to), dict(reader.shown(to)))


def unkept(listed: Segments, kept: Shown) -> dict[Instant, bytes]:
    """What has to be kept: segments that are new or changed, and emptied ones."""
    segments = {since: items.serialize() for since, items in listed}
    emptied = {
        since: BitMap().serialize()
        for since, packed in kept.packed.items()
        if since not in segments and BitMap.deserialize(packed)
    }
    return emptied | {since: packed for since, packed in segments.items() if kept.packed.get(since) != packed}


def keep(deriver: Deriver, to: str, fresh: Mapping[Instant, bytes]) -> None:
    """Keep what was not kept."""
    for since, items in fresh.items():
        deriver.keep_shown(to, since, items)
