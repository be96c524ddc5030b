"""Since when a reader sees what it sees: each reader has its own time of becoming visible for each item.

What appears is put after everything that the reader was shown before, whenever the item was received; so a cursor never
passes by an item that a consent or a lift makes visible later. What a reader no longer sees leaves no gap: it is as if
it had never been listed.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pyroaring import BitMap

from comity.core.instant import ALWAYS, Instant
from comity.index.holding import Ordinal


class Position(NamedTuple):
    """A place in a reader's list: when the item became visible to it, and the item."""

    since: Instant
    item: Ordinal


class Appearances:
    """One reader's list, in order of becoming visible. `segments` is another list whenever it has changed."""

    def __init__(self, kept: Iterable[tuple[Instant, BitMap]] = ()) -> None:
        """Go on from what was kept, in any order."""
        self.segments: list[tuple[Instant, BitMap]] = sorted(kept, key=lambda segment: segment[0])

    def begin(self, visible: BitMap, receipts: Mapping[Instant | None, BitMap]) -> None:
        """The first look: what is visible has been so, as far as anyone has seen, since it was received."""
        found = ((ALWAYS if at is None else at, items & visible) for at, items in receipts.items())
        merged: dict[Instant, BitMap] = {}
        for at, items in found:
            if items:
                merged[at] = merged.get(at, BitMap()) | items
        self.segments = sorted(merged.items(), key=lambda segment: segment[0])

    def follow(self, visible: BitMap, now: Instant) -> None:
        """What is no longer visible goes; what is newly visible comes last, since `now`."""
        listed = BitMap().union(*(items for _, items in self.segments)) if self.segments else BitMap()
        if lost := listed - visible:
            kept = ((since, items - lost) for since, items in self.segments)
            self.segments = [(since, items) for since, items in kept if items]
        if gained := visible - listed:
            last = self.segments[-1][0] if self.segments else ALWAYS
            since = now if now > last else Instant(last + 1)
            self.segments = [*self.segments, (since, gained)]

    def since(self, item: Ordinal) -> Instant | None:
        """When `item` became visible, None if it is not."""
        return next((since for since, items in self.segments if item in items), None)

    def page(self, after: Position | None, limit: int) -> list[Position]:
        """Up to `limit` places of the list, from `after` (exclusive) on."""
        found: list[Position] = []
        for since, items in self.segments:
            if after is not None and since < after.since:
                continue
            first = items.rank(after.item) if after is not None and since == after.since else 0
            page = items[first : first + limit - len(found)]
            found.extend(Position(since, Ordinal(item)) for item in page)
            if len(found) >= limit:
                break
        return found
