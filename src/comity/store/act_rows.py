"""The rows that one act adds: each carries the act's number, and is noted for its entry as it is written."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from sqlalchemy import Connection, Table, insert

from comity.service.records import Act
from comity.store import seal
from comity.store.database import Rows, add_rows
from comity.store.derived import SqlDeriver
from comity.store.lasting import Lasting
from comity.store.snapshot import Clock

insertion: Final = cache(insert)
"""The statement of a table: one that is made once is compiled once."""


class ActRows(SqlDeriver):
    """What every part of a writer adds rows with."""

    def __init__(self, connection: Connection, clock: Clock, act: Act, lasting: Lasting | None = None) -> None:
        """Write for `act`, whose row is there already."""
        super().__init__(connection, clock, lasting=lasting)
        self._act = act
        self._latest = act.epoch, act.at
        self._later: list[Rows] = []
        self._seal = seal.Seal()

    def _add(self, table: Table, **values: object) -> int:
        """One row of this act; the number that it got, where its key is one."""
        self._policy = None
        added = self._connection.execute(insertion(table), {**values, "act": self._act.id})
        key = added.inserted_primary_key
        number = key[0] if key is not None and isinstance(key[0], int) else 0
        self._seal.note_one(table.name, {"id": number, **values} if "id" in table.c else values)
        return number

    def _add_later(self, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
        """Rows of this act that nothing in it reads: they are written with its entry."""
        columns, act = table.c.keys(), self._act.id
        place = columns.index("act")
        self._later.append((table, columns, [(*row[:place], act, *row[place:]) for row in rows]))
        self._seal.note(table.name, rows)

    def _add_many(
        self, table: Table, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]], *, again: bool = False
    ) -> None:
        """Rows of this act that are noted by whoever adds them."""
        act = (self._act.id,)
        add_rows(self._connection, table, (*columns, "act"), ((*row, *act) for row in rows), again=again)
