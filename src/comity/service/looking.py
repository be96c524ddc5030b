"""What the holder's own people look at: what somebody may get, what is held, and which markings there are.

Nothing is handed over by it, so that nothing is recorded. It is answered by the index that stands, and leaves no trace
in anybody's list: what a reader was shown, and when, is by the reader's own looks alone.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Final, NamedTuple

from pyroaring import BitMap

from comity.core.claim import Claim
from comity.core.errors import UnknownName
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.formats import marking
from comity.index.holding import Ordinal
from comity.service.ports import Reader
from comity.service.records import Held
from comity.service.release import named
from comity.service.releasing import Outlet
from comity.service.standing import Behind

_TLP: Final = {
    marking.CLEAR: "TLP:CLEAR",
    marking.GREEN: "TLP:GREEN",
    marking.AMBER: "TLP:AMBER",
    marking.AMBER_STRICT: "TLP:AMBER+STRICT",
    marking.RED: "TLP:RED",
    marking.WHITE_1: "TLP:WHITE",
    marking.GREEN_1: "TLP:GREEN (TLP 1)",
    marking.AMBER_1: "TLP:AMBER (TLP 1)",
    marking.RED_1: "TLP:RED (TLP 1)",
}
Check = Callable[[Reader], None]
"""Raises what refuses whoever looks."""


class Named(NamedTuple):
    """One item, by the shortest name that it is found by."""

    item: Held
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a recipient may get now: how many items, and a page of them in order of receipt; `more` follow."""

    recipient: Recipient
    at: Instant
    count: int
    items: tuple[Named, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One held item: its claims, the first claim first, and by what name an earlier copy that it differs from goes."""

    item: Held
    name: str
    claims: tuple[Claim, ...]
    apart_from: str | None
    waits: bool


class Marked(NamedTuple):
    """A marking, what it is called if anybody says, and how many of the items that one may see carry it."""

    id: str
    name: str | None
    items: int


class Carried:
    """Which items carry which marking, for all threads of a process; read on from where it was read to."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._lock = Lock()
        self._until = Ordinal(0)
        self._items: dict[str, BitMap] = {}

    def at(self, reader: Reader) -> dict[str, BitMap]:
        """The items by the ids of their markings; those of later snapshots may be among them. Not to be changed."""
        with self._lock:
            fresh: dict[str, BitMap] = {}
            for ref, item in reader.marked_since(self._until):
                fresh.setdefault(ref, BitMap()).add(item)
            for ref, items in fresh.items():
                self._items[ref] = self._items.get(ref, BitMap()) | items
                self._until = Ordinal(max(self._until, items.max()))
            return dict(self._items)


def seen(outlet: Outlet, check: Check, to: str | None, after: int | None, limit: int) -> Seen:
    """What a recipient, by default the holder, may get now; of the items numbered after `after`, so many."""
    with _looked(outlet, check, to) as (reader, sight):
        found = sight.visible.iter_equal_or_larger(0 if after is None else after + 1)
        numbers = [Ordinal(number) for number in islice(found, limit + 1)]
        page = numbers[:limit]
        held, names = reader.held(page), reader.handles(page)
    return Seen(
        recipient=sight.recipient,
        at=sight.at,
        count=len(sight.visible),
        items=tuple(Named(held[number], names[number]) for number in page),
        more=len(numbers) > limit,
    )


def described(reader: Reader, name: str) -> Described:
    """One held item. UnknownName, AmbiguousItem."""
    held = reader.one(name)
    return Described(
        item=held,
        name=reader.handle(held.ordinal),
        claims=reader.claims([held.ordinal])[held.ordinal],
        apart_from=None if held.apart_from is None else reader.handle(held.apart_from),
        waits=held.ordinal in reader.waiting([held.ordinal]),
    )


def content(outlet: Outlet, check: Check, name: str) -> bytes:
    """The bytes of an item, as received, if the holder itself may use it. UnknownName, as if it were not held."""
    with _looked(outlet, check, None) as (reader, sight):
        held = reader.one(name)
        if held.ordinal not in sight.visible:
            raise UnknownName(f"nothing that the holder may use is called `{name}`: see `comity decide`")
        ((_, found),) = reader.content([held.ordinal])
    return found


def markings(outlet: Outlet, carried: Carried, check: Check, to: str | None) -> tuple[Marked, ...]:
    """The markings on what a recipient, by default the holder, may see, by their ids. Of what it may not see, nothing.

    Those that the standards fix go by the names that they have there; others by none, which their definitions say.
    """
    with _looked(outlet, check, to) as (reader, sight):
        found = carried.at(reader)
    counted = {ref: len(items & sight.visible) for ref, items in found.items()}
    return tuple(Marked(ref, _TLP.get(ref), count) for ref, count in sorted(counted.items()) if count)


class _Sight(NamedTuple):
    recipient: Recipient
    at: Instant
    visible: BitMap


@contextmanager
def _looked(outlet: Outlet, check: Check, to: str | None) -> Iterator[tuple[Reader, _Sight]]:
    """A snapshot that whoever looks may see, and what the recipient, by default the holder, sees on it."""
    with ExitStack() as held:
        while True:
            with ExitStack() as tried, suppress(Behind):
                reader = tried.enter_context(outlet.store.read())
                check(reader)
                with outlet.standing.at(reader) as index:
                    recipient = index.policy.holder if to is None else named(index.policy, to)
                    sight = _Sight(recipient, index.now, index.visible(recipient))
                held.push(tried.pop_all())
                break
        yield reader, sight
