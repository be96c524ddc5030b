"""Since when a reader sees what it sees: each reader has its own time of becoming visible for each item.

What appears is put after everything that the reader was shown before, whenever the item was received; so a cursor never
passes by an item that a consent or a lift makes visible later. What a reader no longer sees goes, and what is left
keeps its place; what comes back comes last.

Each item also has a *date* of its own, in whole microseconds: the time of its segment, and one more for each item that
was first shown before it in the same one. Segments leave room for one another, so that of one reader no two items ever
have the same date, and dates follow the order of the list.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

from pyroaring import BitMap

from comity.core.instant import ALWAYS, NEVER, Instant
from comity.index.holding import Ordinal

DAWN: Final = Instant(0)
"""The date of what was received at no stated time, 1970: earlier than whatever states one."""


class Position(NamedTuple):
    """A place in a reader's list: when the item became visible to it, and the item."""

    since: Instant
    item: Ordinal


class Dated(NamedTuple):
    """An item of a reader's list, and its date there."""

    at: Instant
    item: Ordinal


class _Segment(NamedTuple):
    """What became visible together: all of it, which gives each item its date, and what of it is still listed here."""

    since: Instant
    items: BitMap
    live: BitMap

    @property
    def start(self) -> Instant:
        """The date of its first item."""
        return DAWN if self.since == ALWAYS else self.since

    @property
    def end(self) -> Instant:
        """The date after that of its last item."""
        return Instant(self.start + len(self.items))


class Appearances:
    """One reader's list, in order of becoming visible.

    `segments` is what has to be kept: what became visible and when, in order; what of it is not listed any more stands
    last, at NEVER. An item is where it became visible last. It is another list whenever it has changed.
    """

    def __init__(self, kept: Iterable[tuple[Instant, BitMap]] = ()) -> None:
        """Go on from what was kept, in any order."""
        self.segments: list[tuple[Instant, BitMap]] = []
        self._parts: list[_Segment] = []
        self._listed, self._gone, parts = BitMap(), BitMap(), dict(kept)
        gone = parts.pop(NEVER, BitMap())
        for since, items in sorted(parts.items(), reverse=True):
            self._parts.insert(0, _Segment(since, items, items - self._listed - gone))
            self._listed |= items
        self._gone = self._listed & gone
        self._listed -= gone
        self._changed()

    def begin(self, visible: BitMap, receipts: Mapping[Instant | None, BitMap]) -> None:
        """The first look: what is visible has been so, as far as anyone has seen, since it was received."""
        merged: dict[Instant, BitMap] = {}
        for at, items in receipts.items():
            if seen := items & visible:
                since = ALWAYS if at is None else at
                merged[since] = merged[since] | seen if since in merged else seen
        self._parts, self._listed, self._gone = [], BitMap(), BitMap()
        for since, items in sorted(merged.items(), key=lambda part: part[0]):
            self._append(since, items)
        self._changed()

    def follow(self, visible: BitMap, now: Instant) -> None:
        """What is no longer visible goes; what is newly visible comes last, since `now`, when it is first looked at."""
        lost, gained = self._listed - visible, visible - self._listed
        if lost:
            parts = [part._replace(live=part.live - lost) if part.live & lost else part for part in self._parts]
            self._parts = [part for part in parts[:-1] if part.live] + parts[-1:]  # the last one says where dates end
            self._listed -= lost
            self._gone = (self._gone | lost) & BitMap().union(*(part.items for part in self._parts))
        if gained:
            self._gone -= gained
            self._append(now, gained)
        if lost or gained:
            self._changed()

    def since(self, item: Ordinal) -> Instant | None:
        """When `item` became visible, None if it is not."""
        return next((part.since for part in self._parts if item in part.live), None)

    def page(self, after: Position | None, limit: int) -> list[Position]:
        """Up to `limit` places of the list, from `after` (exclusive) on."""
        return list(islice(self._from(after), limit))

    def dated(self, after: Instant | None = None, among: BitMap | None = None) -> Iterator[Dated]:
        """What is listed with a date later than `after`, in order; only what is in `among`, if that is given.

        Not to be gone on with after the list has changed.
        """
        first = 0 if after is None else max(bisect_right(self._parts, after, key=lambda part: part.start) - 1, 0)
        for part in self._parts[first:]:
            passed = 0 if after is None else max(after - part.start + 1, 0)
            if passed < len(part.items):
                found = part.live if among is None else part.live & among
                for item in found.iter_equal_or_larger(part.items[passed]):
                    yield Dated(Instant(part.start + part.items.rank(item) - 1), Ordinal(item))

    def latest(self, before: Instant | None, among: BitMap) -> Iterator[Dated]:
        """What is listed with a date earlier than `before` and is in `among`, the last one first. As `dated`."""
        for part in reversed(self._parts):
            if before is None or before > part.start:
                found = part.live & among
                ahead = len(part.items) if before is None else min(before - part.start, len(part.items))
                for place in range(found.rank(part.items[ahead - 1]) - 1, -1, -1):
                    item = found[place]
                    yield Dated(Instant(part.start + part.items.rank(item) - 1), Ordinal(item))

    def between(self, start: Instant, end: Instant) -> BitMap:
        """What is listed with a date from `start` (inclusive) to `end` (exclusive)."""
        found = BitMap()
        for part in self._parts:
            first, last = max(start - part.start, 0), min(end - part.start, len(part.items))
            if first == 0 and last == len(part.items):
                found |= part.live
            elif first < last:
                found |= part.live & part.items[first:last]
        return found

    def _from(self, after: Position | None) -> Iterator[Position]:
        first = 0 if after is None else max(bisect_right(self._parts, after.since, key=lambda part: part.since) - 1, 0)
        for part in self._parts[first:]:
            if after is None or part.since > after.since:
                found: Iterable[int] = part.live
            else:
                found = part.live.iter_equal_or_larger(after.item + 1) if part.since == after.since else ()
            yield from (Position(part.since, Ordinal(item)) for item in found)

    def _append(self, since: Instant, items: BitMap) -> None:
        """One segment more, after the dates of all others."""
        if self._parts:
            since = max(since, self._parts[-1].end)
        self._parts.append(_Segment(since, items, items))
        self._listed |= items

    def _changed(self) -> None:
        gone = [(NEVER, self._gone)] if self._gone else []
        self.segments = [*((part.since, part.items) for part in self._parts), *gone]
