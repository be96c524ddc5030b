"""Rewriting what is derived: labels and their classes, what was shown, and the releases under way."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, func, insert, select

from comity.core.claim import Claim
from comity.core.instant import Instant
from comity.index.holding import Ordinal
from comity.service.records import ClassRow
from comity.store import schema
from comity.store.accounts import Accounts, Attempts
from comity.store.database import add_rows, spoken
from comity.store.lineage import Lineage
from comity.store.lookup import Lookup
from comity.store.needs import Needs
from comity.store.noticing import Noticing
from comity.store.register import Register
from comity.store.repeats import KeepingRepeats, Repeats
from comity.store.rows import encode_class, encode_label, encode_terms, terms_digest, terms_key
from comity.store.searching import Filling, Finding
from comity.store.signing import Keeping, Signing
from comity.store.submissions import KeepingSubmissions, Submissions


class SqlReader(Needs, Lookup, Lineage, Register, Signing, Accounts, Submissions, Repeats, Finding, Noticing):
    """See `service.ports.Reader`."""


class SqlDeriver(SqlReader, Keeping, Attempts, KeepingSubmissions, KeepingRepeats, Filling):
    """See `service.ports.Deriver`."""

    _reads_only = False
    _interned: dict[tuple[object, ...], int] | None = None
    _listed: frozenset[str] = frozenset()
    _said: dict[int, str]
    """By the number of interned terms: what stands for them in the register."""

    def intern_classes(self, rows: Iterable[ClassRow]) -> None:
        """See Deriver."""
        last = self._number(select(func.max(schema.klass.c.id)))
        kept = []
        for place, row in enumerate(rows, last + 1):
            if row.number != place:
                raise ValueError(f"class {row.number} where {place} is next")
            terms = self._terms(row.claim)
            kept.append((row.number, terms, encode_class(row, terms)))
        add_rows(self._connection, schema.klass, ("id", "terms", "value"), kept, again=False)

    def set_labels(self, labels: Mapping[Ordinal, tuple[int, ...]]) -> None:
        """See Deriver."""
        encoded = {classes: encode_label(classes) for classes in set(labels.values())}
        numbers = self._label_numbers(set(encoded.values()))
        values = ((item, numbers[encoded[classes]]) for item, classes in labels.items())
        spoken(self._connection).set_column(self._connection, schema.item.c.label, values)

    def set_labelled(self, moment: Instant) -> None:
        """See Deriver."""
        spoken(self._connection).put(self._connection, schema.labelled, {"id": 1}, {"moment": moment})

    def keep_shown(self, reader: str, since: Instant, items: bytes) -> None:
        """See Deriver."""
        put, key = spoken(self._connection).put, {"reader": reader}
        if reader not in self._listed:
            put(self._connection, schema.listing, key, {"version": self.listing(reader) + 1})
            self._listed |= {reader}
        put(self._connection, schema.shown, {**key, "since": since}, {"items": items})

    def end_flight(self, leaf: int) -> bool:
        """See Deriver."""
        ended = self._connection.execute(delete(schema.in_flight).where(schema.in_flight.c.act == leaf + 1))
        return ended.rowcount == 1

    def _label_numbers(self, wanted: set[bytes]) -> dict[bytes, int]:
        """The number of each label, new if it has none yet."""
        table = schema.label
        add_rows(self._connection, table, ("classes",), ((classes,) for classes in sorted(wanted)), again=True)
        found = self._rows_of(select(table.c.classes, table.c.id), table.c.classes, wanted)
        return {row.classes: row.id for row in found}

    def _terms(self, claim: Claim) -> int:
        """The number of the claim's terms, new if they have none yet."""
        if self._interned is None:
            self._interned, self._said = {}, {}
        key = terms_key(claim)
        if key not in self._interned:
            value, table = encode_terms(claim), schema.terms
            number = self._connection.execute(select(table.c.id).where(table.c.value == value)).scalar()
            if number is None:
                number = self._connection.execute(insert(table).values(value=value).returning(table.c.id)).scalar_one()
            self._interned[key], self._said[number] = number, terms_digest(value)
        return self._interned[key]
