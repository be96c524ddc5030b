"""The index that a process keeps: brought up to exactly the snapshot of whoever asks, before each use.

Whatever an index answers by is changed by acts that raise the policy epoch, and by time. So the epoch of a snapshot
says whether the index is that snapshot's, and the index itself between which moments it stays as it is. From another
epoch it takes over what has been recorded since: the policy, new items, and the labels that were set, which the acts
themselves have computed.

INVARIANT: nobody is answered from another snapshot than its own. One thread uses the index at a time; what it has taken
from it (verdicts, bitmaps that nobody changes) it may keep.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Final, NamedTuple

from pyroaring import BitMap

from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.index.engine import Arrival, Index
from comity.index.holding import Ordinal
from comity.service.labels import numbered
from comity.service.ports import Reader
from comity.service.release import open_index
from comity.service.shown import Segments, Shown, shown, unkept

MANY: Final = 50_000
"""Items of which it is worth asking whether to build the index anew takes less than to label them anew."""


class Behind(Exception):
    """The reader's snapshot is older than the index, which never goes back: take a new one."""


class Listing(NamedTuple):
    """What a recipient was shown up to now: as it is kept, as it is in the index, and what of that is not kept."""

    kept: Shown
    segments: Segments | None
    fresh: Mapping[Instant, bytes]


class Standing:
    """The index over one store, for all threads of a process. It is built when it is first asked for."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._lock = Lock()
        self._index: Index | None = None
        self._epoch = -1
        self._classes = 0
        self._numbers: dict[int, int] = {}
        self._listings: dict[Recipient, Listing] = {}

    @contextmanager
    def at(self, reader: Reader) -> Iterator[Index]:
        """The index as of the reader's snapshot and time, for the length of the block. Raises Behind."""
        with self._lock:
            yield self._caught_up(reader)

    def resume(self, reader: Reader, index: Index, to: Recipient) -> None:
        """Within `at`, before anything is listed: go on from what is kept of what the recipient was shown."""
        known, here = self._listings.get(to), _listed(index, to)
        if known and not known.fresh and known.segments is here and known.kept.version == reader.listing(to):
            return
        kept = shown(reader, to)
        index.resume(to, kept.segments())
        self._listings[to] = Listing(kept, _listed(index, to), {})

    def listing(self, index: Index, to: Recipient) -> Listing:
        """Within `at`, after whatever was listed: what the recipient was shown. To be kept together with the answer."""
        listing, segments = self._listings[to], _listed(index, to)
        if segments is not None and segments is not listing.segments:
            listing = self._listings[to] = Listing(listing.kept, segments, unkept(segments, listing.kept))
        return listing

    def keep(self, to: Recipient, listing: Listing) -> None:
        """What was not kept of a listing is so now, and durable."""
        with self._lock:
            known = self._listings.get(to)
            if listing.fresh and known is not None and known.segments is listing.segments:
                kept = Shown(listing.kept.version + 1, {**listing.kept.packed, **listing.fresh})
                self._listings[to] = Listing(kept, listing.segments, {})

    def _caught_up(self, reader: Reader) -> Index:
        epoch, clock = reader.epoch(), reader.clock()
        now = max(clock, reader.latest())
        if epoch < self._epoch:
            raise Behind
        index, self._index = self._index, None  # what fails half-way is not used again
        if index is not None:
            index.holding = reader
            if epoch != self._epoch and not self._adopt(index, reader, now):
                index = None
        if index is None or now < index.span().start:  # a clock that was set back is no reason to answer for later
            index = self._built(reader, now)
        index.advance(now, clock)
        self._index, self._epoch = index, epoch
        return index

    def _built(self, reader: Reader, now: Instant) -> Index:
        index = open_index(reader, now)
        self._classes = len(index.book)
        self._numbers.clear()
        self._listings.clear()
        return index

    def _adopt(self, index: Index, reader: Reader, now: Instant) -> bool:
        """Take over what was recorded since; False where to build anew takes less."""
        changed = reader.relabelled(self._epoch)
        if len(changed) > MANY and 2 * len(changed) > len(index.carriers.everything):
            return False
        self._numbers |= numbered(reader, index.book, self._classes)
        self._classes = max(self._numbers, default=self._classes)
        labels = {
            item: tuple(sorted(self._numbers.get(number, number) for number in label))
            for item, label in reader.labels(map(Ordinal, changed)).items()
        }
        index.adopt(reader.policy(), _arrived(index, reader, changed), labels, now, reader.labelled())
        return True


def _listed(index: Index, to: Recipient) -> Segments | None:
    """What the recipient was shown, None if nothing was ever listed; another list whenever it has changed."""
    listed = index.shown(to)
    return None if listed is None else listed.segments


def _arrived(index: Index, reader: Reader, changed: BitMap) -> list[Arrival]:
    """Those of the items that the index has not yet."""
    fresh = changed - index.carriers.everything
    return [Arrival(item.ordinal, item.received, item.type) for item in reader.held(map(Ordinal, fresh)).values()]
