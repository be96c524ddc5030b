"""What a reader sees now, in its own order of becoming visible."""

from dataclasses import dataclass
from typing import NamedTuple

from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.index.appearances import Position
from comity.service.ports import Reader, Store
from comity.service.records import Held
from comity.service.release import named, open_index
from comity.service.shown import keep, shown, unkept


class Seen(NamedTuple):
    """One item that a reader sees, and since when (ALWAYS: since before anything was recorded)."""

    item: Held
    name: str
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a reader sees at `at`: how many items, and the page that was asked for."""

    recipient: Recipient
    at: Instant
    count: int
    items: tuple[Seen, ...]


def visible(store: Store, recipient: str, *, limit: int = 0, after: Position | None = None) -> Sight:
    """What `recipient` may see now: the number of items, and up to `limit` of them from `after` on.

    The reader's own order is kept, so that what becomes visible later is listed later.
    """
    with store.read() as reader:
        found, fresh = _sight(reader, recipient, limit, after)
    if limit and fresh:
        with store.derive() as deriver:
            found, fresh = _sight(deriver, recipient, limit, after)
            keep(deriver, found.recipient, fresh)
    return found


def _sight(reader: Reader, recipient: str, limit: int, after: Position | None) -> tuple[Sight, dict[Instant, bytes]]:
    """What is seen, and the segments of the reader's list that differ from those kept."""
    to, index = named(reader.policy(), recipient), open_index(reader)
    kept = shown(reader, to)
    index.advance(index.now, reader.clock())
    index.resume(to, kept.segments())
    count = len(index.visible(to))
    page = index.page(to, after, limit) if limit else []
    fresh = unkept(index.appearances(to).segments, kept) if limit else {}
    return Sight(recipient=to, at=index.now, count=count, items=_seen(reader, page)), fresh


def _seen(reader: Reader, page: list[Position]) -> tuple[Seen, ...]:
    numbers = [position.item for position in page]
    held, names = reader.held(numbers), reader.handles(numbers)
    return tuple(Seen(held[place.item], names[place.item], place.since) for place in page)
