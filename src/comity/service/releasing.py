"""To release one response: a page of what a recipient may see, recorded before its first byte leaves.

The steps of `release`, all of them while the gate is held, so that no change of the policy comes in between:

1. one snapshot: whoever asks is checked, the index that stands decides, and of the copies of each version the earliest
   received is taken;
2. one durable transaction records the response (see `recording`), if it was decided under the epoch, and at a time with
   the verdicts, of that transaction; else it is decided again;
3. the bytes are handed over one item after the other, as long as no change of the policy has waited for too long.

INVARIANT: recorded before released. An answer without items hands over nothing, so that it is no response: it is not
recorded, and has no entry.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, NamedTuple

from comity.core.errors import ComityError, NodeBusy
from comity.core.instant import Instant, Window
from comity.core.partner import Code, Recipient
from comity.index.appearances import Position
from comity.index.engine import Index
from comity.index.holding import Ordinal
from comity.service.copies import earliest
from comity.service.ports import Deriver, Reader, Store, Turn, Writer
from comity.service.recorder import Recorder
from comity.service.recording import prepared, record
from comity.service.records import Held, Word
from comity.service.release import Permitted, named, releasable
from comity.service.shown import keep
from comity.service.standing import Behind, Listing, Standing
from comity.service.vault import Vault
from comity.service.watchdog import FRESH, Watchdog, Watched

LIMIT: Final = 1000
"""Items of one response, at most."""

TRUST: Final = 0.05
"""Seconds for which it is trusted that the release may go on. To ask is a message to the server, where there is one."""

_AT_ONCE: Final = 100
"""Items whose bytes are read at once."""

_LOOKS: Final = 5
"""Looks that come too late before a release gives up."""

Choose = Callable[[Index, Recipient], Sequence[Position]]
"""Which places of its list a recipient asks for. What it may not see is left out afterwards, whatever was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """What a process releases from: the record of its node, what is secret, and what all its threads share."""

    store: Store
    vault: Vault
    standing: Standing
    recorder: Recorder
    watchdog: Watchdog


def outlet(store: Store, vault: Vault) -> Outlet:
    """The one outlet of a process, for all its threads."""
    return Outlet(store=store, vault=vault, standing=Standing(), recorder=Recorder(store), watchdog=Watchdog())


def _nobody_asks(_: Reader) -> None:
    """For whoever may read the node's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for: by and for whom, and which page.

    `check` is given the snapshot that is decided on, and raises whatever refuses the one who asks (an ended token).
    """

    to: str
    word: Word
    choose: Choose
    check: Callable[[Reader], None] = _nobody_asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What leaves: `content` has the bytes of `items`, one by one and in order, while the block is not left.

    `entry` is its place in the register, None where there are no items. `at` is the time that was decided on;
    `positions` are the items' places in the recipient's list.
    """

    entry: int | None
    recipient: Recipient
    at: Instant
    items: tuple[Held, ...]
    positions: tuple[Position, ...]
    content: Iterator[bytes]
    gate: Watched

    def go_on(self) -> float:
        """Since when (monotonic, seconds) it is known that the release may go on. ComityError when it must stop.

        To be asked by whoever takes time between taking a piece of `content` and handing it over. What is known is good
        for `FRESH` seconds.
        """
        return _looked(self.gate)

    def cut_by(self, cut: Callable[[], None]) -> None:
        """Call `cut` before the gate is let go of for a release that was stopped and did not get to it.

        It throws away what was handed over and is still in this process; any thread may call it, and again.
        """
        self.gate.cut = cut


class Decided(NamedTuple):
    """A page as decided on one snapshot; the verdicts hold at every moment of `span`, under this epoch."""

    recipient: Recipient
    epoch: int
    span: Window
    at: Instant
    items: list[Held]
    positions: list[Position]
    permits: list[Permitted]
    originators: dict[Ordinal, frozenset[Code]]
    listing: Listing


class _Changed(Exception):
    """What was decided does not hold in the transaction that would record it: decide again."""


def page(after: Position | None, limit: int) -> Choose:
    """Up to `limit` items in the recipient's own order of becoming visible, from `after` (exclusive) on."""
    return lambda index, to: index.page(to, after, limit)


@contextmanager
def release(outlet: Outlet, request: Request) -> Iterator[Response]:
    """Hand over one page of what the recipient may see, recorded and durable when the block begins.

    Raises UnknownName for a recipient without a partner, whatever `request.check` raises, NodeBusy when a change of the
    policy is under way for too long, and, while bytes are handed over, ComityError when the release must stop.
    """
    turn = outlet.store.turn()
    with ExitStack() as held:
        with turn:
            gate = held.enter_context(outlet.watchdog.over(held.enter_context(outlet.store.gate(request.to))))
            reader, decided, entry, at = _recorded(outlet, request, gate, held)
            pages = _pages(turn, releasable(reader, decided.permits), len(decided.permits))
            first = next(pages, [])
        yield Response(
            entry=entry,
            recipient=decided.recipient,
            at=at,
            items=tuple(decided.items),
            positions=tuple(decided.positions),
            content=held.enter_context(closing(_content(gate, chain([first], pages)))),
            gate=gate,
        )


def looked(outlet: Outlet, request: Request) -> Decided:
    """A page for somebody of the holder's own: decided, and put on the holder's list. It is no response.

    Raises as `release` does.
    """
    while True:
        with outlet.store.read() as reader, suppress(_Changed, Behind):
            decided = decide(outlet.standing, reader, request)
            _list(outlet, decided)
            return decided


def _recorded(
    outlet: Outlet, request: Request, gate: Watched, held: ExitStack
) -> tuple[Reader, Decided, int | None, Instant]:
    """Steps 1 and 2, again until what was decided is what was recorded; the snapshot stays open in `held`."""
    while True:
        _looked(gate)
        with suppress(_Changed, Behind), ExitStack() as tried:
            reader = tried.enter_context(outlet.store.read())
            decided = decide(outlet.standing, reader, request)
            entry, at = _record(outlet, request.word, decided) if decided.items else _list(outlet, decided)
            held.push(tried.pop_all())
            return reader, decided, entry, at


def decide(standing: Standing, reader: Reader, request: Request) -> Decided:
    """Step 1: the page as decided on the reader's snapshot. Nothing is recorded, so that nothing of it may leave yet.

    Raises Behind where the standing index is of a later snapshot.
    """
    request.check(reader)
    with standing.at(reader) as index:
        to = named(index.policy, request.to)
        standing.resume(reader, index, to)
        seen = index.visible(to)
        chosen = [place for place in request.choose(index, to) if place.item in seen]
        if len(chosen) > LIMIT:
            raise ComityError(f"a response has at most {LIMIT} items: ask for fewer at once")
        verdicts = ((place.item, index.decide(place.item, to)) for place in chosen)
        permits = {item: found for item, found in verdicts if isinstance(found, Permitted)}
        originators = {item: index.originators(item) for item in permits}
        visible, span, at, listing = seen, index.span(), index.now, standing.listing(index, to)
    items = earliest(reader, permits, visible)
    left = {item.ordinal for item in items}
    return Decided(
        recipient=to,
        epoch=reader.epoch(),
        span=span,
        at=at,
        items=items,
        positions=[place for place in chosen if place.item in left],
        permits=[permits[item.ordinal] for item in items],
        originators=originators,
        listing=listing,
    )


def _record(outlet: Outlet, word: Word, decided: Decided) -> tuple[int, Instant]:
    """Step 2: the entry, and the time that it states."""
    response = prepared(decided.items, decided.originators.__getitem__, outlet.vault)

    def write(writer: Writer) -> tuple[int, Instant]:
        at = writer.act.at
        if writer.act.epoch != decided.epoch or at not in decided.span:
            raise _Changed
        record(writer, decided.recipient, response)
        _keep(writer, decided)
        return writer.act.leaf, at

    recorded = outlet.recorder.record("release", word, write)
    outlet.standing.keep(decided.recipient, decided.listing)
    return recorded


def _list(outlet: Outlet, decided: Decided) -> tuple[None, Instant]:
    """Step 2 for an answer without items: what the recipient sees no more is taken off its list."""
    if decided.listing.fresh:
        with outlet.store.derive() as deriver:
            if deriver.epoch() != decided.epoch:
                raise _Changed
            _keep(deriver, decided)
        outlet.standing.keep(decided.recipient, decided.listing)
    return None, decided.at


def _keep(deriver: Deriver, decided: Decided) -> None:
    """Keep what the recipient was shown, in which order, unless somebody has kept another list of it meanwhile."""
    if decided.listing.fresh and deriver.listing(decided.recipient) != decided.listing.kept.version:
        raise _Changed
    keep(deriver, decided.recipient, decided.listing.fresh)


def _pages(turn: Turn, contents: Iterator[tuple[Ordinal, bytes]], count: int) -> Iterator[list[bytes]]:
    """The bytes of so many items, a part of them at once. Whoever takes them waits for readers, and has no turn."""
    for first in range(0, count, _AT_ONCE):
        with turn:
            ready = [content for _, content in islice(contents, min(_AT_ONCE, count - first))]
        yield ready


def _content(gate: Watched, pages: Iterable[list[bytes]]) -> Generator[bytes]:
    """Step 3. A change that waits for too long gives a release time to stop, so that it need not look each time."""
    for content in chain.from_iterable(pages):
        _looked(gate)
        yield content


def _looked(gate: Watched) -> float:
    """Since when it is known that the release may go on. ComityError when it must stop.

    A look that took long, or a process that stood still after it, may have missed the change: then it is looked again.
    """
    for _ in range(_LOOKS):
        if gate.stopped_at is None and time.monotonic() < gate.known + TRUST:
            return gate.known
        gate.go_on()
        if time.monotonic() < gate.known + FRESH:
            return gate.known
    raise NodeBusy("the node answers too slowly for it to be known that this release may go on: try again")
