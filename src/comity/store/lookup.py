"""Items by name, by number and by STIX id; their bytes and the references that they make."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, literal_column, select

from comity.core.errors import AmbiguousItem, UnknownName
from comity.index.holding import Ordinal
from comity.service.records import Held, Reference
from comity.store import names, schema
from comity.store.database import Dialect, chunks
from comity.store.snapshot import Snapshot

_ITEM = schema.item.c
_HELD = select(
    *(_ITEM[name] for name in ("id", *Held._fields[1:])),
)


_MARKING: Final = "marking-definition--"
_REMEMBERED: Final = 5000
"""Rows that a reader remembers, at most: what one answer looks at, again and again."""
_DERIVED = schema.reference.c.kind == literal_column("'derived'")  # as the index has it, and no parameter


class _Asked(NamedTuple):
    """What every page asks, written once: it takes longer to write a statement than to have it answered."""

    numbered: Select[*tuple[Any, ...]]
    others: Select[*tuple[Any, ...]]
    along: Select[*tuple[Any, ...]]
    content: Select[*tuple[Any, ...]]


@lru_cache(maxsize=4)
def _asked(dialect: Dialect) -> _Asked:
    others = _HELD.where(dialect.one_of(_ITEM.stix_id, "names"), ~dialect.one_of(_ITEM.id, "known"))
    asked = schema.item.alias("asked").c
    named = select(asked.stix_id).where(dialect.one_of(asked.id, "items"))
    content = select(schema.content.c.item, schema.content.c.bytes)
    return _Asked(
        numbered=_HELD.where(dialect.one_of(_ITEM.id, "items")),
        others=others.order_by(_ITEM.id),
        along=_HELD.where(dialect.found_by(_ITEM.stix_id, named)),
        content=content.where(dialect.one_of(schema.content.c.item, "items")),
    )


class Lookup(Snapshot):
    """The part of a reader that finds items.

    It remembers the last items that it was asked for, and their copies: its snapshot stays as it is. Who writes
    remembers nothing.
    """

    _codes: frozenset[str] | None = None
    _rows_known: dict[Ordinal, Held]
    _copies_known: dict[str, list[Held]]

    def find(self, name: str) -> list[Held]:
        """See Reader."""
        codes = self._partner_codes()
        ways = list(names.readings(name, codes))
        numbered = self.held(Ordinal(way.ordinal) for way in ways if way.id is None and way.ordinal is not None)
        near = self._answering({way.id for way in ways if way.id is not None})
        return names.meant(name, codes, [*numbered.values(), *near])

    def one(self, name: str) -> Held:
        """See Reader."""
        match self.find(name):
            case []:
                raise UnknownName(f"no item `{name}`: it is not held")
            case [item]:
                return item
            case several:
                raise AmbiguousItem(name, tuple(self.handles(item.ordinal for item in several).values()))

    def held(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, Held]:
        """See Reader."""
        listed = list(items)
        known, _ = self._memory(len(listed))
        found = {item: known[item] for item in listed if item in known} if known else {}
        if len(found) < len(listed):
            wanted = [item for item in listed if item not in found] if found else listed
            fresh = {row[0]: Held._make(row) for row in self._among(_asked(self._dialect).numbered, items=wanted)}
            known.update(fresh)
            found |= fresh
        return found

    def handle(self, item: Ordinal) -> str:
        """See Reader."""
        found = self.handles((item,))
        if item not in found:
            raise UnknownName(f"no item with the number `{item}`")
        return found[item]

    def handles(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, str]:
        """See Reader."""
        codes, asked = self._partner_codes(), self.held(items)
        rivals: dict[str, list[Held]] = {}
        for rival in self._answering(names.ids(asked.values(), codes)):
            for name in {rival.name, rival.stix_id}:
                rivals.setdefault(name, []).append(rival)
        return {number: self._shortest(item, codes, rivals) for number, item in sorted(asked.items())}

    def copies(self, stix_ids: Iterable[str]) -> Mapping[str, list[Held]]:
        """See Reader."""
        names = set(stix_ids)
        rows, known = self._memory(len(names))
        found = {name: known[name] for name in names if name in known} if known else {}
        if wanted := names - found.keys():
            fresh: dict[str, list[Held]] = {}
            here = [row for row in rows.values() if row.stix_id in wanted]
            asked, numbers = _asked(self._dialect).others, [row.ordinal for row in here]
            for row in (*here, *map(Held._make, self._among(asked, names=list(wanted), known=numbers))):
                fresh.setdefault(row.stix_id, []).append(row)
            for copies in fresh.values():
                copies.sort(key=_number)
            known.update(fresh)
            found |= fresh
        return {name: [*copies] for name, copies in found.items()}

    def held_and_copies(self, items: Iterable[Ordinal]) -> tuple[Mapping[Ordinal, Held], Mapping[str, list[Held]]]:
        """See Reader."""
        listed = list(items)
        rows, copies = self._memory(2 * len(listed))
        fresh: dict[str, list[Held]] = {}
        if wanted := [item for item in listed if item not in rows or rows[item].stix_id not in copies]:
            for row in map(Held._make, self._among(_asked(self._dialect).along, items=wanted)):
                rows[row.ordinal] = row
                fresh.setdefault(row.stix_id, []).append(row)
            for found in fresh.values():
                found.sort(key=_number)
            copies.update(fresh)
        held = {item: rows[item] for item in listed if item in rows}
        return held, {name: [*copies[name]] for name in {row.stix_id for row in held.values()}}

    def referrers(self, stix_ids: Iterable[str], *, before: Ordinal) -> list[Reference]:
        """See Reader."""
        return self._references(schema.reference.c.ref, stix_ids, schema.reference.c.item < before)

    def derivations(self, items: Iterable[Ordinal]) -> list[Reference]:
        """See Reader."""
        return self._references(schema.reference.c.item, items, _DERIVED)

    def marked_since(self, item: Ordinal) -> Iterator[tuple[str, Ordinal]]:
        """See Reader."""
        table = schema.reference.c
        wanted = select(table.ref, table.item).where(table.ref.startswith(_MARKING), table.item > item)
        return ((row.ref, Ordinal(row.item)) for row in self._rows(wanted.distinct()))

    def content(self, items: Iterable[Ordinal]) -> Iterator[tuple[Ordinal, bytes]]:
        """See Reader."""
        for chunk in chunks(items, 100):  # their bytes are in memory at once
            found = dict(self._among(_asked(self._dialect).content, items=chunk))
            yield from ((item, found[item]) for item in chunk if item in found)

    def _memory(self, more: int) -> tuple[dict[Ordinal, Held], dict[str, list[Held]]]:
        """What is remembered: rows by number, and all copies of an id. Both may be added to."""
        if not self._reads_only or more > _REMEMBERED:
            return {}, {}
        try:
            known = self._rows_known, self._copies_known
        except AttributeError:
            known = self._rows_known, self._copies_known = {}, {}
        if len(known[0]) + len(known[1]) + more > _REMEMBERED:
            known[0].clear()
            known[1].clear()
        return known

    def _references(
        self, column: ColumnElement[Any], values: Iterable[object], *which: ColumnElement[bool]
    ) -> list[Reference]:
        table = schema.reference.c
        rows = self._rows_of(select(table.ref, table.item, table.kind).where(*which), column, values)
        return sorted((Reference(*row) for row in rows), key=lambda row: (row.item, row.ref, row.kind))

    def _answering(self, ids: Iterable[str]) -> list[Held]:
        """The items whose name or STIX id is one of `ids`."""
        listed = list(ids)
        named = _HELD.where(_ITEM.name != _ITEM.stix_id)
        rows = [*self._rows_of(named, _ITEM.name, listed), *self._rows_of(_HELD, _ITEM.stix_id, listed)]
        return list({row.id: Held._make(row) for row in rows}.values())

    def _shortest(self, item: Held, codes: frozenset[str], rivals: Mapping[str, list[Held]]) -> str:
        near = {rival.ordinal: rival for name in names.ids((item,), codes) for rival in rivals.get(name, ())}
        return names.shortest(item, codes, list(near.values()))

    def _partner_codes(self) -> frozenset[str]:
        if self._codes is None:
            self._codes = frozenset(row.code for row in self._rows(select(schema.partner.c.code)))
        return self._codes


def _number(item: Held) -> Ordinal:
    return item.ordinal
