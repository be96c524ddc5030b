"""What a caller is told as it comes to pass, and where whoever has been told goes on: the same on every way out.

Rules kept here:
1. what is told of an item is a response: it is decided and recorded, and the gate is held until it is handed over. It
   is what a manifest of all versions lists (`service.listing`), in the same order and with the same dates;
2. what it had and may have no more is told by `service.gone`, and acts that concern it by `service.notices`: neither is
   a response, and the gate is held for them, too;
3. who is told is asked in each snapshot: whose token was revoked, or whose account was disabled, is told nothing more;
4. a place is made of dates of the caller's own lists, and of times of acts that it was told of. So it is as good after
   a change, in another process and in another year, and the same whatever happens that does not concern the caller.

INVARIANT: what is told depends on when it is looked, and never on what made somebody look.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from pyroaring import BitMap

from comity.core.instant import ALWAYS, NEVER, Instant
from comity.core.partner import Recipient
from comity.core.role import Duty
from comity.formats import instant
from comity.index.appearances import Appearances, Dated, Position
from comity.index.engine import Index
from comity.service import authority, cursor
from comity.service.authority import Principal, identified
from comity.service.collections import Asker
from comity.service.gone import Had, agreements, gone, is_told
from comity.service.listing import Page, Question, Versions, version_of
from comity.service.notices import concerns, words
from comity.service.ports import Reader
from comity.service.records import Held, Notice, Word
from comity.service.releasing import Outlet, Request, Response, looked, release
from comity.service.standing import Behind
from comity.service.tide import Level, Tide

LIMIT: Final = 100
"""Events that are told at once, at most: one response."""
_BEFORE: Final = Instant(-1)
_ALL: Final = Instant(2**32)
"""So many notices of one act are all of it."""
_EVERYTHING: Final = "all"


class Place(NamedTuple):
    """Where a caller goes on: after these dates of its lists of items and of what is gone, and after a notice.

    `told` counts the notices of the act recorded at `noted` that it was told of.
    """

    item: Instant = _BEFORE
    gone: Instant = _BEFORE
    noted: Instant = _BEFORE
    told: Instant = Instant(0)


BEGINNING: Final = Place()
"""Before everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that a caller is told: `item`, `withdrawn` or a subject, what is said, and where it goes on then."""

    kind: str
    said: Mapping[str, object]
    place: Place


class Batch(NamedTuple):
    """What is told at once. With events, `release` says whether it may still be handed over."""

    events: tuple[Event, ...] = ()
    release: Response | None = None


_T = TypeVar("_T")
_Way = Callable[[], AbstractContextManager[Batch]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What a process tells events from, for all its threads."""

    outlet: Outlet
    tide: Tide
    had: Had = field(default_factory=Had)


def wire(outlet: Outlet) -> Wire:
    """The one wire of a process."""
    return Wire(outlet=outlet, tide=Tide(outlet.store))


def sealed(wire: Wire, account: str, place: Place) -> str:
    """A place as an id of an event: for this account alone."""
    return cursor.sealed(wire.outlet.vault, ("events", account), *place)


def opened(wire: Wire, account: str, text: str) -> Place:
    """The place of an id. MalformedInput for one that this account was not given."""
    return Place(*cursor.opened_all(wire.outlet.vault, ("events", account), text, len(Place._fields)))


@dataclass(slots=True)
class _Seen:
    """What was seen at the last look: as long as it is so, nothing need be told."""

    level: Level | None = None
    until: Instant = ALWAYS
    every_act: bool = False
    visible: BitMap | None = None
    listing: int = -1
    telling: bool = False


class Feed:
    """What one caller is told, from one place on. For one thread at a time."""

    def __init__(self, wire: Wire, word: Word, place: Place | None = None) -> None:
        """Go on from this place; without one, from what `begin` finds."""
        self.place = place or BEGINNING
        self._begun = place is not None
        self._wire = wire
        self._outlet = wire.outlet
        self._word = word
        self._seen = _Seen()
        self._more = False

    def begin(self) -> None:
        """See that the caller may ask, and go on from now where no place was given. NotAuthenticated."""
        with self._outlet.store.read() as reader:
            principal = identified(reader, self._word)
            last = [reader.last_notice(*each) for each in concerns(principal)]
        if self._begun:
            return
        noted = max((each for each in last if each is not None), default=_BEFORE)
        item = self._last_item(principal)
        away = self._last_gone(principal)
        self.place, self._begun = Place(item, away, noted, _ALL), True

    def due(self, level: Level, now: Instant) -> bool:
        """Whether something may have changed since the last look."""
        seen = self._seen
        if seen.level is None or now >= seen.until or (level.noted, level.epoch) != seen.level[1:]:
            return True
        return seen.every_act and level.act != seen.level.act

    def look(self, level: Level) -> Iterator[AbstractContextManager[Batch]]:
        """Everything that there is to tell by now, batch by batch; each is handed over in its block.

        The place goes on as each block ends. Raises NotAuthenticated, NodeBusy; ComityError where the handing over
        must stop. What was not told is told at the next look.
        """
        for tell in self._waiting():
            self._more = True
            while self._more:
                yield tell()
        self._seen.level = level

    def _waiting(self) -> list[_Way]:
        """What is worth a batch: by one snapshot, and without the gate, since nothing is told of it."""
        while True:
            with self._outlet.store.read() as reader:
                principal = identified(reader, self._word)
                ways: list[_Way] = [self._notices] if self._noticed(reader, principal) else []
                to = _to(reader, principal)
                try:
                    seen = self._look(reader, principal, to)
                except Behind:
                    continue
            before, self._seen = self._seen, replace(seen, level=None)
            if to is None or _same(before, seen):
                return ways
            return [*ways, *([self._gone] if seen.telling else []), self._items]

    def _look(self, reader: Reader, principal: Principal, to: Recipient | None) -> _Seen:
        until = NEVER if principal.expires is None else principal.expires
        seen = _Seen(until=until, every_act=Duty.RECORD in principal.duties and principal.recipient is None)
        if to is None:
            return seen
        with self._outlet.standing.at(reader) as index:
            seen.visible, policy, seen.until = index.visible(to), index.policy, min(until, index.span().end)
        seen.listing = reader.listing(to)
        told = principal.recipient is not None and is_told(agreements(reader), policy, to, reader.now())
        seen.telling = told
        return seen

    @contextmanager
    def _held(self) -> Iterator[tuple[Reader, Principal, Callable[[Recipient], Response]]]:
        """The gate, and the caller in one snapshot; the last makes what says whether the gate is still held."""
        outlet = self._outlet
        with ExitStack() as held:
            gate = held.enter_context(outlet.watchdog.over(held.enter_context(outlet.store.gate())))
            reader = held.enter_context(outlet.store.read())
            at, empty = reader.now(), iter(())

            def response(to: Recipient) -> Response:
                return Response(entry=None, recipient=to, at=at, items=(), positions=(), content=empty, gate=gate)

            yield reader, identified(reader, self._word), response

    @contextmanager
    def _notices(self) -> Iterator[Batch]:
        with self._held() as (reader, principal, response):
            found = self._noticed(reader, principal)
            self._more = len(found) > LIMIT
            events, place = [], self.place
            for notice in found[:LIMIT]:
                told = place.told + 1 if notice.at == place.noted else 1
                place = place._replace(noted=notice.at, told=Instant(told))
                events.append(Event(kind=notice.subject, said=words(notice, principal), place=place))
            yield Batch(tuple(events), response(principal.recipient or reader.policy().holder))
        self.place = place

    def _noticed(self, reader: Reader, principal: Principal) -> list[Notice]:
        """The notices that were not told, one more than are told at once."""
        place = self.place
        since, skipped = (Instant(place.noted + 1), 0) if place.told >= _ALL else (place.noted, place.told)
        asked = concerns(principal)
        found = [each for one in asked for each in reader.notices(*one, since, LIMIT + 1 + skipped)]
        return sorted(found, key=lambda notice: notice.at)[skipped : skipped + LIMIT + 1]

    @contextmanager
    def _gone(self) -> Iterator[Batch]:
        with self._held() as (reader, principal, response):
            found = self._away(lambda seen, listed: _rows(seen, islice(listed.dated(self.place.gone), LIMIT + 1)))
            self._more = len(found) > LIMIT
            events, place = [], self.place
            for dated, row in found[:LIMIT]:
                place = place._replace(gone=dated.at)
                said = {"id": row.stix_id, "version": version_of(row)}
                events.append(Event(kind="withdrawn", said=said, place=place))
            yield Batch(tuple(events), response(principal.recipient or reader.policy().holder))
        self.place = place

    def _away(self, take: Callable[[Reader, Appearances], _T]) -> _T:
        """What is taken of the list of what is gone, in its own snapshot; of an empty one if none is told."""
        while True:
            with self._outlet.store.read() as reader, suppress(Behind):
                to = _to(reader, identified(reader, self._word))
                told = to is not None and is_told(agreements(reader), reader.policy(), to, reader.now())
                return take(reader, gone(self._outlet, self._wire.had, reader, to) if to and told else Appearances())

    @contextmanager
    def _items(self) -> Iterator[Batch]:
        with self._outlet.store.read() as reader:
            principal = identified(reader, self._word)
            to = _to(reader, principal)
        if to is None:
            self._more = False
            yield Batch()
            return
        page = self._page(principal, to)
        with self._listed(principal, page) as (items, released):
            self._more = page.more
            events, place = [], self.place
            for item in items:
                place = place._replace(item=page.dates[item.ordinal])
                events.append(Event(kind="item", said=_item(item, place.item), place=place))
            yield Batch(tuple(events), released)
        self.place = place

    def _page(self, principal: Principal, to: Recipient) -> Page:
        """Every version after the place: rule 1."""
        check = authority.may_release(self._word, to) if principal.recipient else self._reads
        asker = Asker(to=to, duties=frozenset({Duty.RELEASE}), check=check)
        every = Versions(every=True)
        asked = Question(collection=_EVERYTHING, versions=every, after=self.place.item, limit=LIMIT)
        return Page(self._outlet.vault, asker, asked)

    def _reads(self, reader: Reader) -> None:
        authority.check(reader, self._word, Duty.CONTENT)

    @contextmanager
    def _listed(self, principal: Principal, page: Page) -> Iterator[tuple[Sequence[Held], Response]]:
        """A page as it is handed over: to a partner as a response, to the holder's own as what they may look at."""
        request = page.request(self._word)
        if principal.recipient is not None:
            with release(self._outlet, request) as released:
                yield released.items, released
            return
        with self._held() as (_, _, response):
            decided = looked(self._outlet, request)
            yield decided.items, response(decided.recipient)

    def _last_item(self, principal: Principal) -> Instant:
        """The date of the last item of the caller's list, as it is now."""
        with self._outlet.store.read() as reader:
            to = _to(reader, principal)
        if to is None:
            return _BEFORE
        last = _BEFORE

        def choose(index: Index, to: Recipient) -> Sequence[Position]:
            nonlocal last
            newest = next(index.appearances(to).latest(None, index.visible(to)), None)
            last = _BEFORE if newest is None else newest.at
            return ()

        check = authority.may_release(self._word, to) if principal.recipient else self._reads
        looked(self._outlet, Request(to=to, word=self._word, choose=choose, check=check))
        return last

    def _last_gone(self, principal: Principal) -> Instant:
        """The date of the last of what is gone for the caller, as it is now."""
        if principal.recipient is None or Duty.RELEASE not in principal.duties:
            return _BEFORE
        last = self._away(lambda _, listed: next(listed.latest(None, listed.between(Instant(0), NEVER)), None))
        return _BEFORE if last is None else last.at


def _to(reader: Reader, principal: Principal) -> Recipient | None:
    """As whom the caller is told of items: a partner's account as its recipient, the holder's people as the holder."""
    if principal.recipient is not None:
        return principal.recipient if Duty.RELEASE in principal.duties else None
    return Recipient(reader.policy().holder) if Duty.CONTENT in principal.duties else None


def _rows(reader: Reader, found: Iterable[Dated]) -> list[tuple[Dated, Held]]:
    places = list(found)
    held = reader.held(place.item for place in places)
    return [(place, held[place.item]) for place in places]


def _same(before: _Seen, seen: _Seen) -> bool:
    """Whether there is nothing new to list: what was left untold at the last look is told at this one."""
    if before.level is None:
        return False
    same = (before.listing, before.telling) == (seen.listing, seen.telling)
    return same and before.visible == seen.visible


def _item(item: Held, date: Instant) -> dict[str, object]:
    return {"id": item.stix_id, "version": version_of(item), "type": item.type, "date_added": instant.show(date)}
