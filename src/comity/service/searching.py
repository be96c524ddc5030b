"""What of a reader's list a query finds: the text index narrows, the decision says what is there at all.

Candidates come from the search index, which knows nothing of readers. Everything else – what is found, counted,
ordered, suggested, and by which values it is counted – is made of what the index of visibility gives this reader, and
of nothing more: no word and no number of what is hidden takes part in it.

INVARIANT: all candidates are asked for and met with all that is visible, whatever is found on the way; nothing ends
earlier because of what a reader may not see.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from pyroaring import BitMap

from comity.core.instant import ALWAYS, NEVER, Instant
from comity.core.partner import Recipient
from comity.formats.search_query import Query
from comity.formats.words import RULES, Entry, Sought, entry, says
from comity.index.appearances import Appearances, Dated
from comity.index.engine import Index
from comity.index.holding import Ordinal
from comity.service.copies import earliest
from comity.service.indexing import DOUBLED, LABEL
from comity.service.ports import Reader

VALUES: Final = 50
"""Values of one facet, at most."""
_PART: Final = 500
"""Items whose bytes are looked into between two looks at anything else."""


class Sight(NamedTuple):
    """What one reader sees on one snapshot, and by field which items have which value. Bitmaps that nobody changes.

    `own`: the reader is the holder itself, who has names of its own for items.
    """

    visible: BitMap
    marks: Mapping[str, Mapping[str, BitMap]]
    own: bool = False


class Counted(NamedTuple):
    """A value of a facet, and how many of the items found have it."""

    value: str
    number: int


Facets = Mapping[str, tuple[Counted, ...]]
"""By field: its values, by how many have them."""
Count = Callable[[BitMap], Facets]
"""Counts items by their values."""


class Found(NamedTuple):
    """What a query finds among what is seen, bounds of time apart; `tail` are those that are not indexed yet.

    `doubtful` are those of which an earlier copy may be seen.
    """

    items: BitMap
    tail: Mapping[Ordinal, Entry]
    doubtful: BitMap


def sight(index: Index, to: Recipient, *, own: bool) -> Sight:
    """What the reader sees, to be kept after the index is let go of.

    Domains and originators are those of the claims that items state themselves and that are in force: what an item
    carries from others may be of what the reader may not see. To a recipient an item is of the domains of its first
    claim alone: the holder's hold on it, or a claim of a later version, may name one that the reader may not know of.
    """
    visible = index.visible(to)
    types = {kind: items & visible for kind, items in index.carriers.by_kind.items()}
    if own:
        return Sight(visible, {"type": types, **_claimed(index, visible)}, own)
    domains = {domain: seen for domain, items in index.domains().items() if (seen := items & visible)}
    return Sight(visible, {"type": types, "domain": domains, "originator": {}})


def _claimed(index: Index, visible: BitMap) -> dict[str, dict[str, BitMap]]:
    """What is visible, by the originators and the domains of the claims that items state themselves, now."""
    found: dict[str, dict[str, BitMap]] = {"domain": {}, "originator": {}}
    for number, items in index.carriers.by_class.items():
        case = index.book.cases[number]
        if case.own and index.now in case.claim.window and (seen := items & visible):
            _add(found["originator"], case.claim.originator, seen)
            for domain in case.claim.domains:
                _add(found["domain"], domain, seen)
    return found


def _add(marks: dict[str, BitMap], value: str, items: BitMap) -> None:
    marks[value] = marks[value] | items if value in marks else items


def own_list(index: Index) -> Appearances:
    """The holder's own list: everything held, since it was received."""
    found = Appearances()
    found.begin(index.carriers.everything, index.carriers.by_receipt)
    return found


def find(reader: Reader, seen: Sight, query: Query) -> Found:
    """What the query finds among what is seen."""
    exact = _called(reader, _having(seen, query), query, own=seen.own)
    behind = reader.unindexed(RULES)
    indexed = exact - behind
    for candidates in _candidates(reader, query):
        indexed &= candidates
    if phrases := [each for each in query.sought if len(each.words) > 1]:
        indexed = BitMap(_saying(reader, indexed, phrases))
    tail = _tail(reader, exact & behind, query)
    items = indexed | BitMap(tail)
    doubled = reader.marked(DOUBLED).get("", BitMap())
    return Found(items, tail, items & doubled | BitMap(tail))


def once(reader: Reader, seen: Sight, found: Found) -> BitMap:
    """What is found, and of the copies of one version only the one that the reader gets."""
    kept = earliest(reader, map(Ordinal, found.doubtful), seen.visible)
    return found.items - found.doubtful | BitMap(item.ordinal for item in kept)


def within(listed: Appearances, query: Query, items: BitMap) -> BitMap:
    """Those of the items whose dates in this list are within the bounds of the query."""
    if query.after is None and query.before is None:
        return items
    after, before = query.after, query.before
    return items & listed.between(ALWAYS if after is None else after, NEVER if before is None else before)


def page(listed: Appearances, items: BitMap, before: Instant | None, limit: int) -> list[Dated]:
    """Up to `limit` of the items, the last of the list first, earlier than `before`."""
    return [dated for dated, _ in zip(listed.latest(before, items), range(limit), strict=False)]


def facets(reader: Reader, seen: Sight, found: Found, fields: Iterable[str]) -> Count:
    """By which values of these fields what is found can be counted: those of most first, then by value."""
    values = {field: seen.marks.get(field) or _labelled(reader, found) for field in fields}

    def count(items: BitMap) -> Facets:
        return {field: _counted(marks, items) for field, marks in values.items()}

    return count


def _labelled(reader: Reader, found: Found) -> dict[str, BitMap]:
    """What is found by its labels."""
    values = dict(reader.marked(LABEL))
    for item, said in found.tail.items():
        for label in said.labels:
            _add(values, label, BitMap((item,)))
    return values


def _counted(values: Mapping[str, BitMap], items: BitMap) -> tuple[Counted, ...]:
    found = [Counted(value, number) for value, marked in values.items() if (number := len(marked & items))]
    return tuple(sorted(found, key=lambda each: (-each.number, each.value))[:VALUES])


def _having(seen: Sight, query: Query) -> BitMap:
    """What is seen and has what is asked for of the fields that the index of visibility knows."""
    found = seen.visible
    for field, values in query.fields:
        if (marks := seen.marks.get(field)) is not None:
            found = found & _union(marks[value] for value in values if value in marks)
    return found


def _called(reader: Reader, found: BitMap, query: Query, *, own: bool) -> BitMap:
    """Those of the items that have the ids that are asked for; by the holder's names for it itself alone."""
    for field, values in query.fields:
        if field == "id":
            held = [item for copies in reader.copies(values).values() for item in copies]
            if own:
                held += [item for value in values for item in reader.find(value) if value == item.name]
            found = found & BitMap(item.ordinal for item in held)
    return found


def _candidates(reader: Reader, query: Query) -> Iterator[BitMap]:
    """Of the indexed items, whosesoever they are: those that have what is asked for, one thing after the other."""
    if query.sought:
        yield reader.having([pair for each in query.sought for pair in _pairs(each)])
    for field, values in query.fields:
        if field == LABEL:
            yield _union(reader.marked(field, values).values())


def _pairs(sought: Sought) -> Iterator[tuple[str, bool]]:
    last = len(sought.words) - 1
    return ((word, sought.prefix and place == last) for place, word in enumerate(sought.words))


def _saying(reader: Reader, items: BitMap, phrases: list[Sought]) -> Iterator[int]:
    for start in range(0, len(items), _PART):
        part = map(Ordinal, items[start : start + _PART])
        yield from (item for item, raw in reader.content(part) if says(raw, phrases))


def _tail(reader: Reader, items: BitMap, query: Query) -> dict[Ordinal, Entry]:
    """What is not indexed and is found all the same, with what it would be indexed by."""
    return {
        item: found
        for item, raw in reader.content(map(Ordinal, items))
        if _indexed_as(found := entry(raw), query) and says(raw, query.sought)
    }


def _indexed_as(found: Entry, query: Query) -> bool:
    """Whether an item that is found by this has the words and labels that are asked for, as the index would say."""
    words = set(found.words)
    pairs = [pair for sought in query.sought for pair in _pairs(sought)]
    said = all(any(each.startswith(word) for each in words) if prefix else word in words for word, prefix in pairs)
    wanted = (values for field, values in query.fields if field == LABEL)
    return said and all(not set(found.labels).isdisjoint(values) for values in wanted)


def _union(found: Iterable[BitMap]) -> BitMap:
    return BitMap().union(*found)
