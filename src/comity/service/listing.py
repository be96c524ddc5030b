"""A page of one collection, by the caller's own list: chosen from what it may see, and released as one response.

1. What the caller may not see is left out before anything is filtered, counted or limited. So `more` is exact, and
   tells nothing of others.
2. Of the copies of one version the caller gets one (`service.copies`). `last` and `first` are of the versions that one
   partner has sent, of those that the caller may see: nobody makes another's older by sending a newer one of that id.
3. The order is that of the caller's own dates (`index.appearances`); a cursor is such a date, and nothing else.
4. What waits in quarantine is not listed, also to the partner who has sent it.

Whatever tells of items is a response: a manifest is recorded as what hands over their bytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from pyroaring import BitMap

from comity.core.errors import MalformedInput, UnknownName
from comity.core.instant import NEVER, Instant
from comity.core.partner import Code, Recipient, base
from comity.formats import stix
from comity.index.appearances import Dated, Position
from comity.index.engine import Index
from comity.index.holding import Ordinal
from comity.index.view import union
from comity.service.collections import NO_COLLECTION, Asker, Collection, collections, held, one
from comity.service.copies import earliest
from comity.service.ports import Reader
from comity.service.records import Held, Word
from comity.service.releasing import LIMIT, Request
from comity.service.vault import Vault

UNVERSIONED: Final = "1970-01-01T00:00:00.000Z"
"""The version of what has none."""
SPEC: Final = "2.1"
"""The version of STIX of all that is held."""
_MICROSECONDS: Final = len("2025-03-05T12:00:00.000000")

Version = tuple[Instant, str]
"""What orders versions, and tells whether two are one: the time, and what of it is finer than a microsecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Which versions are asked for: all, or the union of the last, the first and those of these times."""

    every: bool = False
    last: bool = False
    first: bool = False
    exactly: frozenset[Version] = frozenset()


LAST: Final = Versions(last=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a collection, by its id or alias. What is None does not matter.

    `item` is the one object that is asked for: UnknownName is raised where the caller sees nothing of it. `after` is a
    date of the caller's own list.
    """

    collection: str
    item: str | None = None
    ids: frozenset[str] | None = None
    types: frozenset[str] | None = None
    specs: frozenset[str] | None = None
    versions: Versions = LAST
    after: Instant | None = None
    limit: int = LIMIT


class Page:
    """One question as it is asked: `request` is for `releasing.release`, and what is found stands here afterwards.

    `more` is whether there is more than the page has. `dates` are those of the items that were chosen.
    """

    def __init__(self, vault: Vault, asker: Asker, question: Question) -> None:
        """Nothing is asked yet."""
        self.more = False
        self.dates: dict[Ordinal, Instant] = {}
        self._vault = vault
        self._asker = asker
        self._question = question
        self._reader: Reader | None = None

    def request(self, word: Word) -> Request:
        """The release of this page, on this word."""
        return Request(to=self._asker.to, word=word, choose=self._choose, check=self._check)

    def _check(self, reader: Reader) -> None:
        self._asker.check(reader)
        self._reader = reader

    def _choose(self, index: Index, to: Recipient) -> list[Position]:
        """The places of the page, in the snapshot that was checked last."""
        question, reader = self._question, self._reader
        if reader is None:
            raise ValueError("a page is chosen in a snapshot that was checked")
        collection = readable(one(collections(index, self._vault, self._asker), question.collection))
        among = _among(index, reader, collection, question)
        if question.item is not None and not among & index.visible(to):
            raise UnknownName("no such object: it is not in this collection")
        limit = min(question.limit, LIMIT)
        listed = index.appearances(to).dated(question.after, None if _unbounded(collection, question) else among)
        kept = _kept(reader, listed, to, index.visible(to), _Wanted(question.versions, limit + 1))
        found = list(islice(kept, limit + 1))
        self.more, page = len(found) > limit, found[:limit]
        self.dates = {place.item: place.at for place in page}
        return [Position(place.at, place.item) for place in page]


class _Wanted(NamedTuple):
    """The versions asked for, and how many items are looked into at once."""

    asked: Versions
    part: int


def readable(collection: Collection) -> Collection:
    """The collection, unless it is one that nobody reads: as unknown as any other."""
    if not collection.can_read:
        raise UnknownName(NO_COLLECTION)
    return collection


def version_of(item: Held) -> str:
    """The version of an item, as it states it."""
    return item.version or UNVERSIONED


def version(text: str) -> Version:
    """The version that a time names. MalformedInput where it is none."""
    found = stix.moment(text)
    if found is None:
        raise MalformedInput(f"`{text[:40]}` is no time in UTC: write it as `2025-03-05T12:00:00.000Z`")
    return found, text.removesuffix("Z")[_MICROSECONDS:].rstrip("0")


def wanted(copies: Iterable[Held], asked: Versions) -> frozenset[Version]:
    """The versions asked for of one object, among these copies of it: rule 2, where `every` is not asked for."""
    sent: dict[Code, list[Version]] = {}
    for copy in copies:
        sent.setdefault(copy.submitter, []).append(stated(copy))
    last = {max(versions) for versions in sent.values()} if asked.last else set()
    first = {min(versions) for versions in sent.values()} if asked.first else set()
    return asked.exactly | last | first


def stated(item: Held) -> Version:
    """The version of an item; what states no proper time comes last."""
    text = version_of(item)
    try:
        return version(text)
    except MalformedInput:
        return NEVER, text


def _unbounded(collection: Collection, question: Question) -> bool:
    """Whether everything is asked for, so that no bitmap need be met with another."""
    narrowed = (question.item, question.ids, question.types, question.specs, collection.domain)
    return all(each is None for each in narrowed)


def _among(index: Index, reader: Reader, collection: Collection, question: Question) -> BitMap:
    """What is asked for, versions apart, whoever may see it."""
    parts = [held(index, collection)]
    if question.types is not None:
        parts.append(union(index.carriers.by_kind.get(kind, BitMap()) for kind in question.types))
    if question.ids is not None:
        parts.append(_called(reader, question.ids))
    if question.item is not None:
        parts.append(_called(reader, frozenset({question.item})))
    if question.specs is not None and SPEC not in question.specs:
        parts.append(BitMap())
    found = index.carriers.everything
    for part in parts:
        found = found if part is None else found & part
    return found


def _called(reader: Reader, ids: frozenset[str]) -> BitMap:
    """Every copy of these ids."""
    return BitMap(copy.ordinal for copies in reader.copies(ids).values() for copy in copies)


def _kept(reader: Reader, listed: Iterator[Dated], to: Recipient, visible: BitMap, page: _Wanted) -> Iterator[Dated]:
    """What of the list is of the versions asked for, and no later copy of another; looked into part by part."""
    while places := list(islice(listed, page.part)):
        rows = earliest(reader, [place.item for place in places], visible)
        known = reader.copies({row.stix_id for row in rows})
        copies = [copy for found in known.values() for copy in found]
        own = [copy.ordinal for copy in copies if copy.submitter == base(to)]
        waiting = reader.waiting(own) if own and reader.awaits(base(to)) else set()
        seen = [copy for copy in copies if copy.ordinal in visible and copy.ordinal not in waiting]
        if page.asked == LAST and len(places) == len(rows) == len(known) == len(seen):  # each the only one of its id
            yield from places
            continue
        left = _of_versions(rows, seen, page.asked)
        yield from (place for place in places if place.item in left)


def _of_versions(rows: list[Held], seen: list[Held], asked: Versions) -> set[Ordinal]:
    """Those of the rows that are seen and of the versions asked for; `seen` has every copy of their ids that is."""
    by_id: dict[str, list[Held]] = {}
    for copy in seen:
        by_id.setdefault(copy.stix_id, []).append(copy)
    known = {copy.ordinal for copy in seen}
    rows = [row for row in rows if row.ordinal in known]
    if asked.every:
        return {row.ordinal for row in rows}
    versions = {name: wanted(copies, asked) for name, copies in by_id.items() if len(copies) > 1 or asked != LAST}
    return {row.ordinal for row in rows if row.stix_id not in versions or stated(row) in versions[row.stix_id]}
