"""What signed heads rest on: the hashes of all logs, who was concerned when, the keys and the heads themselves."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from sqlalchemy import func, insert, select

from comity.core.partner import Code
from comity.index.holding import Ordinal
from comity.service.records import Disclosed, Head, SigningKey
from comity.store import schema
from comity.store.register import disclosures_of
from comity.store.rows import code
from comity.store.snapshot import Found, Snapshot

_HEADS: Final = select(schema.head.c.size, schema.head.c.root, schema.head.c.document)


class Signing(Snapshot):
    """The part of a reader that answers for heads."""

    def size(self) -> int:
        """See Reader."""
        return self._number(select(func.count()).select_from(schema.leaf))

    def hashes(self) -> Iterator[bytes]:
        """See Reader."""
        return (bytes(row[0]) for row in self._streamed(select(schema.leaf.c.hash).order_by(schema.leaf.c.seq)))

    def disclosed(self, leaves: Iterable[int]) -> Mapping[int, Disclosed]:
        """See Reader."""
        acts = [leaf + 1 for leaf in leaves]
        found = disclosures_of(self._rows_of(schema.disclosure.select(), schema.disclosure.c.act, acts))
        return {each.leaf: each for each in found}

    def enrolled(self) -> Mapping[Code, int]:
        """See Reader."""
        return {code(row[0]): row[1] - 1 for row in self._rows(select(schema.partner.c.code, schema.partner.c.act))}

    def edges(self, items: Iterable[Ordinal]) -> Iterator[tuple[Ordinal, Ordinal, int]]:
        """See Reader."""
        table = schema.source.c
        # The same edge may be recorded for another use later: it counts from the first time on.
        first = select(table.item, table.source, func.min(table.act)).group_by(table.item, table.source)
        for item, source, act in self._rows_of(first, table.item, items):
            yield item, source, act - 1

    def stated(self, items: Iterable[Ordinal]) -> Iterator[tuple[Ordinal, int, Code, int]]:
        """See Reader."""
        table = schema.claim.c
        joined = select(table.item, table.place, schema.terms.c.value, table.act)
        joined = joined.join(schema.terms, schema.terms.c.id == table.terms).order_by(table.id)
        for item, place, terms, act in self._rows_of(joined, table.item, items):
            yield item, place, _originator(terms), act - 1

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """See Reader."""
        table = schema.signing_key.c
        rows = self._rows(select(table.id, table.public, table.endorsement, table.act).order_by(table.act))
        return tuple(SigningKey(row[0], bytes(row[1]), _plain(row[2]), row[3] - 1) for row in rows)

    def heads(self) -> Iterator[Head]:
        """See Reader."""
        return map(_head, self._rows(_HEADS.order_by(schema.head.c.id)))

    def newest_head(self) -> Head | None:
        """See Reader."""
        row = self._execute(_HEADS.order_by(schema.head.c.id.desc()).limit(1)).first()
        return None if row is None else _head(row)


class Keeping(Signing):
    """The part of a deriver that keeps heads."""

    def keep_head(self, head: Head) -> None:
        """See Deriver."""
        self._connection.execute(insert(schema.head).values(head._asdict()))


@lru_cache(maxsize=4096)
def _originator(terms: str) -> Code:
    """Whose claim these terms are of; most rows say what another says."""
    return code(json.loads(terms)["originator"])


def _head(row: Found) -> Head:
    return Head(row[0], bytes(row[1]), bytes(row[2]))


def _plain(value: bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
