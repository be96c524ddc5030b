"""To search what a reader may see: hits with the piece of text that was found, counts, facets, the next page.

Whoever searches for a recipient – its own account, or somebody for it – is handed content: titles and pieces of text.
So that is a response as any other (see `releasing`): what it shows is recorded before it is shown, and the gate is held
while the block is not left. The holder's own people look at what is theirs; nothing of that is recorded.

A page begins with what became visible last. No item weighs more than another: how rare a word is would tell of items
that the reader may not see.

To a recipient an item is what its bytes say, and when it came. So it is not told whose an item is, by what name the
holder calls it, or what is in the labels of items that it was not shown.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar

from pyroaring import BitMap

from comity.core.errors import Forbidden, MalformedInput
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.core.role import Duty
from comity.formats import search_query
from comity.formats.search_query import Query
from comity.formats.words import Snippet, Sought, completions, snippet
from comity.index.appearances import DAWN, Appearances, Position
from comity.index.engine import Index
from comity.index.holding import Ordinal
from comity.service import authority, cursor, searching
from comity.service.indexing import catch_up_if_free
from comity.service.ports import Reader
from comity.service.records import Held, Word
from comity.service.release import named
from comity.service.releasing import Outlet, Request, Response, release
from comity.service.searching import Counted, Facets, Sight, facets, find, once, own_list, page, sight, within
from comity.service.standing import Behind

__all__ = ["Answer", "Asked", "Counted", "Hit", "Suggested", "Suggesting", "search", "suggest"]

Shown = TypeVar("Shown")

LIMIT: Final = 100
"""Hits of one page, at most."""
WORDS: Final = 20
"""Words that are suggested, at most."""
RECENT: Final = 200
"""Items that suggestions are taken from: those of them that became visible last."""
_DAWN_ENDS: Final = Instant(DAWN + 24 * 3600 * 1_000_000)
"""Earlier than this are the dates of items of a world that does not say when they were received, and of no others."""
OF_RECIPIENTS: Final = ("type", "domain")
"""The facets of a recipient: their values are no content."""
OF_THE_HOLDER: Final = ("type", "domain", "originator", "label")
"""The facets of the holder's own people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is searched for (see `formats.search_query`), by whom, and for which recipient.

    `to` is None for what whoever asks may see: a partner's account for its recipient, the holder's people everything.
    `after` is the cursor of the page before.
    """

    query: str
    word: Word
    to: str | None = None
    limit: int = 20
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One item that was found; `since` is its date in the reader's list, None where nobody knows when it came.

    `name` is the shortest name of the item for the holder's own people, and its id for a recipient.
    """

    name: str
    id: str
    version: str
    type: str
    title: str | None
    since: Instant | None
    snippet: Snippet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found: `count` items, of which `hits` are a page; `next` is the cursor of the page after it, if any.

    `response` is what was recorded and holds the gate; None where nothing was handed to a recipient.
    """

    to: Recipient
    count: int
    hits: tuple[Hit, ...]
    facets: Facets
    next: str | None
    response: Response | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggesting:
    """The beginning of a word, and of whom it is asked as in Asked."""

    beginning: str
    word: Word
    to: str | None = None
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """Words that begin so in what the reader sees, those in most of its latest items first."""

    to: Recipient
    words: tuple[str, ...]
    response: Response | None = field(default=None, repr=False)


@contextmanager
def search(outlet: Outlet, asked: Asked) -> Iterator[Answer]:
    """Search, and for a recipient record what the block hands over. See `releasing.release` for what else it raises.

    Raises MalformedInput for a query, a cursor or a number of hits that is none, Forbidden and NotAuthenticated.
    """
    _must_be_within(asked.limit, LIMIT, "hits")
    look = _Look(outlet=outlet, query=search_query.parse(asked.query), limit=asked.limit)
    to = _recipient(outlet, asked.word, asked.to)
    catch_up_if_free(outlet.store)
    if to is None:
        yield look.own(asked)
        return
    _must_be_told(look.query)
    look.facets, look.before = OF_RECIPIENTS, _opened(outlet, asked, look.query, to)
    request = Request(to=to, word=asked.word, choose=look.choose, check=look.checked(asked.word, to))
    with release(outlet, request) as said:
        shown = zip(said.items, said.positions, said.content, strict=True)
        hits = tuple(_hit(item, item.stix_id, place.since, raw, look.query) for item, place, raw in shown)
        yield look.answer(asked, said.recipient, hits, said)


@contextmanager
def suggest(outlet: Outlet, asked: Suggesting) -> Iterator[Suggested]:
    """Suggest words. For a recipient the items that they are from are recorded, one for each word. Else as `search`."""
    _must_be_within(asked.limit, WORDS, "words")
    beginning = search_query.beginning(asked.beginning)
    look = _Look(outlet=outlet, query=Query(sought=(Sought((beginning,), prefix=True),)), limit=RECENT)
    to = _recipient(outlet, asked.word, asked.to)
    catch_up_if_free(outlet.store)
    if to is None:
        yield look.own_words(asked, beginning)
        return
    words: list[str] = []

    def choose(index: Index, whom: Recipient) -> Sequence[Position]:
        places = look.choose(index, whom)
        found = _words(look.reader, places, beginning, asked.limit)
        words[:] = found
        vouching = set(found.values())
        return [place for place in places if place.item in vouching]

    request = Request(to=to, word=asked.word, choose=choose, check=look.checked(asked.word, to))
    with release(outlet, request) as said:
        yield Suggested(to=said.recipient, words=tuple(words), response=said)


@dataclass(slots=True, kw_only=True)
class _Look:
    """One look for what a query finds, again on another snapshot where one does not do; then what it has found."""

    outlet: Outlet
    query: Query
    limit: int
    facets: tuple[str, ...] = ()
    before: Instant | None = None
    reader: Reader = field(init=False)
    seen: Sight = field(init=False)
    items: BitMap = field(init=False)
    count_by: searching.Count = field(init=False)
    counted: Facets = field(init=False)
    count: int = 0
    following: Instant | None = None

    def checked(self, word: Word, to: str) -> Callable[[Reader], None]:
        """For a release: whoever asks may, and what the query finds on its snapshot."""
        may = authority.may_release(word, to)

        def check(reader: Reader) -> None:
            may(reader)
            self._look(reader, to, own=False)

        return check

    def choose(self, index: Index, to: Recipient) -> list[Position]:
        """For a release: the page. Raises Behind where time has changed what is visible since the look."""
        if index.visible(to) != self.seen.visible:
            raise Behind
        return self._page(index.appearances(to))

    def own(self, asked: Asked) -> Answer:
        """What the holder's own people find."""

        def shown(holder: Recipient) -> Answer:
            self.facets, self.before = OF_THE_HOLDER, _opened(self.outlet, asked, self.query, holder)
            places = self._own_page(holder)
            numbers = [place.item for place in places]
            held, names = self.reader.held(numbers), self.reader.handles(numbers)
            content = dict(self.reader.content(numbers))
            hits = (_hit(held[item], names[item], since, content[item], self.query) for since, item in places)
            return self.answer(asked, holder, tuple(hits))

        return self._owned(asked.word, shown)

    def own_words(self, asked: Suggesting, beginning: str) -> Suggested:
        """What is suggested to the holder's own people."""

        def shown(holder: Recipient) -> Suggested:
            words = _words(self.reader, self._own_page(holder), beginning, asked.limit)
            return Suggested(to=holder, words=tuple(words))

        return self._owned(asked.word, shown)

    def answer(self, asked: Asked, to: Recipient, hits: tuple[Hit, ...], response: Response | None = None) -> Answer:
        """The answer, with these hits."""
        bound = _bound(asked, self.query, to)
        following = None if self.following is None else cursor.sealed(self.outlet.vault, bound, self.following)
        return Answer(to=to, count=self.count, hits=hits, facets=self.counted, next=following, response=response)

    def _owned(self, word: Word, shown: Callable[[Recipient], Shown]) -> Shown:
        """What one of the holder's own people is shown of a snapshot."""
        while True:
            with self.outlet.store.read() as reader, suppress(Behind):
                authority.check(reader, word, Duty.CONTENT)
                self.reader = reader
                return shown(reader.policy().holder)

    def _own_page(self, holder: Recipient) -> list[Position]:
        self._look(self.reader, holder, own=True)
        with self.outlet.standing.at(self.reader) as index:
            listed = own_list(index)
        return self._page(listed)

    def _look(self, reader: Reader, to: str, *, own: bool) -> None:
        with self.outlet.standing.at(reader) as index:
            self.seen = sight(index, named(index.policy, to), own=own)
        found = find(reader, self.seen, self.query)
        self.reader, self.items = reader, once(reader, self.seen, found)
        self.count_by = facets(reader, self.seen, found, self.facets)

    def _page(self, listed: Appearances) -> list[Position]:
        items = within(listed, self.query, self.items)
        places = page(listed, items, self.before, self.limit + 1)
        self.count, self.counted = len(items), self.count_by(items)
        self.following = places[self.limit - 1].at if len(places) > self.limit else None
        return [Position(place.at, place.item) for place in places[: self.limit]]


def _recipient(outlet: Outlet, word: Word, to: str | None) -> str | None:
    """For whom the search is; None for the holder's own people. NotAuthenticated for whoever is not let in."""
    if to is not None:
        return to
    with outlet.store.read() as reader:
        return authority.identified(reader, word).recipient


def _must_be_within(limit: int, most: int, what: str) -> None:
    if not 1 <= limit <= most:
        raise MalformedInput(f"`{limit}` is no number of {what} that can be asked for: ask for 1 to {most}")


def _must_be_told(query: Query) -> None:
    """INVARIANT: by what a recipient is not told of an item it cannot search, or it could ask for it value by value."""
    if any(name == "originator" for name, _ in query.fields):
        raise Forbidden("`originator:` is for the holder's own people: search for what the objects themselves say")


def _bound(asked: Asked, query: Query, to: str) -> tuple[str, ...]:
    """What a cursor is good for: the account, the recipient, and the query, however it is typed."""
    return ("search", asked.word.actor, to, query.canonical)


def _opened(outlet: Outlet, asked: Asked, query: Query, to: str) -> Instant | None:
    return None if asked.after is None else cursor.opened(outlet.vault, _bound(asked, query, to), asked.after)


def _hit(item: Held, name: str, since: Instant, raw: bytes, query: Query) -> Hit:
    return Hit(
        name=name,
        id=item.stix_id,
        version=item.version,
        type=item.type,
        title=item.title,
        since=since if since > _DAWN_ENDS else None,
        snippet=snippet(raw, query.sought),
    )


def _words(reader: Reader, places: Sequence[Position], beginning: str, limit: int) -> dict[str, Ordinal]:
    """The words that begin so in most of these items, and for each the first of the items that has it."""
    found: Counter[str] = Counter()
    first: dict[str, Ordinal] = {}
    for item, raw in reader.content([place.item for place in places]):
        for word in completions(raw, beginning):
            found[word] += 1
            first.setdefault(word, item)
    best = sorted(found, key=lambda word: (-found[word], word))[:limit]
    return {word: first[word] for word in best}
