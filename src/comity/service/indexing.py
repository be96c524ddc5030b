"""Fills the search index: which words and labels items have.

It is filled where somebody searches, a part at a time, and not where something is taken in: to read the words of an
object takes as long as all else that an import does with it. Whoever searches meanwhile reads what is not indexed yet
itself, so that an answer never depends on how far the index is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from pyroaring import BitMap

from comity.core.errors import NodeBusy
from comity.formats.words import RULES, Entry, entry
from comity.index.holding import Ordinal
from comity.service.copies import doubled
from comity.service.ports import Deriver, Reader, Store

CHUNK: Final = 2000
"""Items that are indexed in one transaction: others write in between."""
AHEAD: Final = 500
"""Items that whoever searches reads itself, rather than index them first."""
DOUBLED: Final = "copies"
"""The field of the items of whose version there is another copy."""
LABEL: Final = "label"
"""The field of what `labels` say."""

Marks = dict[str, dict[str, BitMap]]
"""By field and value: items."""
Progress = Callable[[int, int], None]
"""Is told how many items are indexed, and of how many."""


def unheard(_: int, __: int) -> None:
    """Nobody wants to know how far it is."""


def catch_up(store: Store, ahead: int = AHEAD, progress: Progress = unheard) -> int:
    """Index what is not, unless it is no more than `ahead` items; how many were. Raises as `Store.write` does."""
    done = 0
    while True:
        with store.read() as reader:
            left = len(reader.unindexed(RULES))
        progress(done, done + left)
        if left <= ahead:
            return done
        with store.derive() as deriver:
            done += _fill(deriver)


def catch_up_if_free(store: Store) -> None:
    """As `catch_up`; nothing, where somebody else keeps writing: a search then reads more by itself."""
    try:
        catch_up(store)
    except NodeBusy:
        return


def rebuild(store: Store, progress: Progress = unheard) -> int:
    """Index everything anew; how many items."""
    with store.derive() as deriver:
        deriver.keep_index(None)
    return catch_up(store, 0, progress)


def entries(reader: Reader, items: Iterable[Ordinal]) -> Iterator[tuple[Ordinal, Entry]]:
    """What these items are found by, in their order."""
    return ((item, entry(raw)) for item, raw in reader.content(items))


def stale(reader: Reader) -> list[str]:
    """What is wrong with the index, one line each; empty where it is what is held makes of it.

    Its words are summed up, for they may be more than memory holds.
    """
    marks: Marks = {LABEL: {}, DOUBLED: {}}
    done = BitMap(range(1, reader.indexed(RULES) + 1))
    made = 0
    for chunk in _chunks(done):
        made += sum(hash((word, item)) for item, words in _gathered(marks, reader, chunk) for word in words)
    wrong = [] if made == sum(map(hash, map(tuple, reader.spelled()))) else ["words"]
    if _among(reader.marked(LABEL), done) != marks[LABEL]:
        wrong.append("labels")
    kept = reader.marked(DOUBLED).get("", BitMap()) & done
    if not marks[DOUBLED].get("", BitMap()) & done >= kept >= _doubled_within(reader, done):
        wrong.append(DOUBLED)
    said = f"the search index is not what is held: {', '.join(wrong)}; `comity reindex` makes it anew"
    return [said] if wrong else []


def _doubled_within(reader: Reader, done: BitMap) -> BitMap:
    """The items with another copy among these: one that is not indexed yet will mark those before it."""
    found = BitMap()
    for chunk in _chunks(done):
        ids = {item.stix_id for item in reader.held(chunk).values()}
        for copies in reader.copies(ids).values():
            found.update(doubled(copy for copy in copies if copy.ordinal in done))
    return found


def _fill(deriver: Deriver) -> int:
    """Index one part of what is not indexed; how many items."""
    deriver.keep_index(RULES)
    part = [Ordinal(item) for item in deriver.unindexed(RULES)[:CHUNK]]
    if not part:
        return 0
    marks: Marks = {LABEL: {}, DOUBLED: {}}
    deriver.add_words(list(_gathered(marks, deriver, part)))
    for field, values in marks.items():
        deriver.mark(field, values)
    deriver.set_indexed(part[-1], RULES)
    return len(part)


def _gathered(marks: Marks, reader: Reader, items: Sequence[Ordinal]) -> Iterator[tuple[Ordinal, tuple[str, ...]]]:
    """The words of these items; by what else they are found is put into `marks`."""
    for item, found in entries(reader, items):
        for label in found.labels:
            marks[LABEL].setdefault(label, BitMap()).add(item)
        yield item, found.words
    _gather_doubled(marks, reader, items)


def _gather_doubled(marks: Marks, reader: Reader, items: Iterable[Ordinal]) -> None:
    held = reader.held(items)
    for copies in reader.copies({item.stix_id for item in held.values()}).values():
        if len(copies) > 1:
            marks[DOUBLED].setdefault("", BitMap()).update(doubled(copies))


def _chunks(items: BitMap) -> Iterator[list[Ordinal]]:
    for start in range(0, len(items), CHUNK):
        yield [Ordinal(item) for item in items[start : start + CHUNK]]


def _among(values: Mapping[str, BitMap], items: BitMap) -> dict[str, BitMap]:
    return {value: found for value, marked in values.items() if (found := marked & items)}
