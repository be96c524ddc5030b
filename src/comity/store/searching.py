"""The search index: which words and labels items have. Derived, and filled by `service.indexing`.

It is of today, whatever a reader is bounded by, and says nothing of who may see what: whoever searches takes from it
what to look at, and the decision says what of that is answered.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pyroaring import BitMap
from sqlalchemy import delete, func, select

from comity.index.holding import Ordinal
from comity.store import schema
from comity.store.database import spoken
from comity.store.snapshot import Snapshot

_MARK = schema.search_mark.c
_STATE = schema.search_state.c
_PART = 2**16
"""Items of one row of marks: an import touches few of them."""


class Finding(Snapshot):
    """The part of a reader that looks items up."""

    def indexed(self, rules: str) -> Ordinal:
        """See Reader."""
        return Ordinal(self._number(select(_STATE["items"]).where(_STATE.rules == rules)))

    def unindexed(self, rules: str) -> BitMap:
        """See Reader."""
        newest = self._number(select(func.max(schema.item.c.id)))
        return BitMap(range(self.indexed(rules) + 1, newest + 1))

    def having(self, words: Collection[tuple[str, bool]]) -> BitMap:
        """See Reader."""
        return BitMap(spoken(self._connection).find_words(self._connection, sorted(set(words))))

    def marked(self, field: str, values: Collection[str] | None = None) -> Mapping[str, BitMap]:
        """See Reader."""
        wanted = select(_MARK.value, _MARK["items"]).where(_MARK.field == field)
        rows = self._rows(wanted) if values is None else self._rows_of(wanted, _MARK.value, sorted(set(values)))
        found: dict[str, BitMap] = {}
        for value, items in rows:
            read = BitMap.deserialize(items)
            found[value] = found[value] | read if value in found else read
        return {value: items for value, items in found.items() if items}

    def spelled(self) -> Iterator[tuple[str, int]]:
        """See Reader."""
        return spoken(self._connection).spelled_words(self._connection)


class Filling(Finding):
    """The part of a deriver that fills it."""

    def keep_index(self, rules: str | None) -> None:
        """See Deriver."""
        if rules is None or not self._number(select(func.count()).where(_STATE.rules == rules)):
            spoken(self._connection).forget_words(self._connection)
            for table in (schema.search_mark, schema.search_state):
                self._connection.execute(delete(table))

    def add_words(self, rows: Iterable[tuple[Ordinal, Sequence[str]]]) -> None:
        """See Deriver."""
        spoken(self._connection).add_words(self._connection, rows)

    def mark(self, field: str, values: Mapping[str, BitMap]) -> None:
        """See Deriver."""
        for value, items in values.items():
            kept = dict(self._parts(field, value))
            for part, added in _parted(items):
                key = {"field": field, "value": value, "part": part}
                row = {"items": (kept.get(part, BitMap()) | added).serialize()}
                spoken(self._connection).put(self._connection, schema.search_mark, key, row)

    def set_indexed(self, item: Ordinal, rules: str) -> None:
        """See Deriver."""
        row = {"items": item, "rules": rules}
        spoken(self._connection).put(self._connection, schema.search_state, {"id": 1}, row)

    def _parts(self, field: str, value: str) -> Iterator[tuple[int, BitMap]]:
        wanted = select(_MARK.part, _MARK["items"]).where(_MARK.field == field, _MARK.value == value)
        return ((part, BitMap.deserialize(items)) for part, items in self._rows(wanted))


def _parted(items: BitMap) -> Iterator[tuple[int, BitMap]]:
    """The items by the row that they are kept in."""
    rest = items
    while rest:
        part = rest.min() // _PART
        inside = BitMap(range(part * _PART, (part + 1) * _PART))
        yield part, rest & inside
        rest = rest - inside
