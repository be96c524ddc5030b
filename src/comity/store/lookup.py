"""Items by name, by number and by STIX id; their bytes and the references that they make."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, literal_column, select

from comity.core.errors import AmbiguousItem, UnknownName
from comity.index.holding import Ordinal
from comity.service.records import Held, Reference
from comity.store import names, schema
from comity.store.database import chunks
from comity.store.rows import code
from comity.store.snapshot import Found, Snapshot

_ITEM = schema.item.c
_HELD = select(
    *(_ITEM[name] for name in ("id", *Held._fields[1:])),
)


_MARKING: Final = "marking-definition--"
_DERIVED = schema.reference.c.kind == literal_column("'derived'")  # as the index has it, and no parameter


class Lookup(Snapshot):
    """The part of a reader that finds items."""

    _codes: frozenset[str] | None = None

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
        return {item.ordinal: item for item in map(_held, self._rows_of(_HELD, _ITEM.id, items))}

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
        found: dict[str, list[Held]] = {}
        for row in self._rows_of(_HELD.order_by(_ITEM.id), _ITEM.stix_id, stix_ids):
            found.setdefault(row.stix_id, []).append(_held(row))
        return found

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
        table = schema.content.c
        for chunk in chunks(items, 100):  # their bytes are in memory at once
            found = {row.item: row.bytes for row in self._rows_of(select(table.item, table.bytes), table.item, chunk)}
            yield from ((item, found[item]) for item in chunk if item in found)

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
        return list({row.id: _held(row) for row in rows}.values())

    def _shortest(self, item: Held, codes: frozenset[str], rivals: Mapping[str, list[Held]]) -> str:
        near = {rival.ordinal: rival for name in names.ids((item,), codes) for rival in rivals.get(name, ())}
        return names.shortest(item, codes, list(near.values()))

    def _partner_codes(self) -> frozenset[str]:
        if self._codes is None:
            self._codes = frozenset(row.code for row in self._rows(select(schema.partner.c.code)))
        return self._codes


def _held(row: Found) -> Held:
    item = Held(*row)
    return item._replace(submitter=code(item.submitter))
