"""What every part of a reader starts from: a connection on one snapshot, and the few facts that others build on."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Result, Row, Select, bindparam, func, select

from comity.core.instant import ALWAYS, NEVER, Instant
from comity.store import schema
from comity.store.bound import BY, bounded
from comity.store.database import TOLD, Dialect, Told, spoken
from comity.store.lasting import Lasting
from comity.store.prepared import fetched

_NEWEST: Final = select(schema.act.c.epoch, schema.act.c.at).order_by(schema.act.c.id.desc()).limit(1)
_SETTING: Final = (
    select(schema.setting.c.value)
    .where(schema.setting.c.name == bindparam("name"))
    .order_by(schema.setting.c.id.desc())
    .limit(1)
)

Clock = Callable[[], Instant]
_PART: Final = 1000
"""Rows of a long answer that are in memory at once."""
Found = Row[*tuple[Any, ...]]
"""A row of the database, by name or place."""


class Snapshot:
    """A connection on one snapshot. What it finds out for others is in `lasting`."""

    _reads_only = True

    def __init__(
        self, connection: Connection, clock: Clock, until: int | None = None, lasting: Lasting | None = None
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._until = until
        self._lasting = lasting if until is None else None
        self._endings: dict[str, dict[str, Instant]] = {}
        self._latest: tuple[int, Instant] | None = None

    def epoch(self) -> int:
        """See Reader."""
        return self._newest()[0]

    def latest(self) -> Instant:
        """See Reader."""
        return self._newest()[1]

    def now(self) -> Instant:
        """See Reader."""
        return max(self._clock(), self.latest())

    def clock(self) -> Instant:
        """See Reader."""
        return self._clock()

    def _newest(self) -> tuple[int, Instant]:
        """The epoch and the time of the latest act: the same for as long as anybody reads here, and the act itself."""
        if self._latest is None:
            told, rows = self._ahead, () if self._ahead else self._fetched(_NEWEST)
            newest = (told.epoch, told.at) if told else rows[0] if rows else (0, 0)
            self._latest = newest[0], Instant(newest[1])
        return self._latest

    def remembered(self, key: Hashable) -> object | None:
        """See Reader."""
        return None if self._lasting is None else self._lasting.found(self.epoch(), key)

    def remember(self, key: Hashable, value: object) -> None:
        """See Reader."""
        if self._lasting is not None and self._reads_only:
            self._lasting.keep(self.epoch(), key, value)

    def setting(self, name: str) -> object | None:
        """See Reader."""
        value: object | None = self._execute(_SETTING, {"name": name}).scalar()
        return value

    def labelled(self) -> Instant:
        """See Reader."""
        return Instant(self._number(select(func.max(schema.labelled.c.moment))))

    def latest_receipt(self) -> Instant:
        """See Reader."""
        latest = self._execute(select(func.max(schema.item.c.received))).scalar()
        return ALWAYS if latest is None else Instant(latest)

    def _execute(
        self, statement: Select[*tuple[Any, ...]], named: Mapping[str, object] | None = None
    ) -> Result[*tuple[Any, ...]]:
        """INVARIANT: whatever a reader asks is asked here, so that it knows nothing recorded after `until`."""
        if self._until is None:
            return self._connection.execute(statement, named)
        return self._connection.execute(bounded(statement), {**(named or {}), BY: self._until})

    @property
    def _ahead(self) -> Told | None:
        """What the database has said of this snapshot already."""
        return self._connection.info.get(TOLD) if self._until is None else None

    def _number(self, statement: Select[*tuple[Any, ...]]) -> int:
        return self._execute(statement).scalar() or 0

    @property
    def _dialect(self) -> Dialect:
        return spoken(self._connection)

    def _fetched(self, statement: Select[*tuple[Any, ...]], **named: object) -> Sequence[tuple[Any, ...]]:
        """All rows of a statement that is asked again and again: see `store.prepared`."""
        if self._until is None:
            return fetched(self._connection, statement, named)
        return [tuple(row) for row in self._execute(statement, named)]

    def _among(self, statement: Select[*tuple[Any, ...]], **values: Sequence[object]) -> Sequence[tuple[Any, ...]]:
        """As `_fetched`, of a statement that was written with `Dialect.one_of`, for these values."""
        packed = self._dialect.packed
        return self._fetched(statement, **{name: packed(listed) for name, listed in values.items()})

    def _rows(self, statement: Select[*tuple[Any, ...]]) -> Iterator[Found]:
        return iter(self._execute(statement))

    def _streamed(self, statement: Select[*tuple[Any, ...]]) -> Iterator[Found]:
        """The rows of what may be long, a part in memory at once; whoever stops early lets go of the rest."""
        with self._execute(statement.execution_options(yield_per=_PART)) as rows:
            yield from rows

    def _rows_of(
        self, statement: Select[*tuple[Any, ...]], column: ColumnElement[Any], values: Iterable[object]
    ) -> Iterator[Found]:
        """The rows whose `column` is one of `values`, in as few queries as may be."""
        for among in spoken(self._connection).among(column, list(values)):
            for part in self._execute(statement.where(among)).partitions(_PART):
                yield from part

    def _ended(self, kind: str, subject: str | int, end: int = NEVER) -> Instant:
        """The earliest of `end` and the endings of a fact."""
        if kind not in self._endings:
            table = schema.ending
            earliest = select(table.c.subject, func.min(table.c.at)).where(table.c.kind == kind)
            self._endings[kind] = {row[0]: row[1] for row in self._rows(earliest.group_by(table.c.subject))}
        return Instant(min(end, self._endings[kind].get(str(subject), NEVER)))
