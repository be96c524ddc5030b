"""The record of one node: `service.ports.Store` on one SQLite file with its lock beside it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, insert, select

from comity.core.instant import Instant
from comity.service.policy import known
from comity.service.records import Act, Word
from comity.store import schema, verify
from comity.store.database import reading, writing
from comity.store.derived import SqlDeriver, SqlReader
from comity.store.snapshot import Clock
from comity.store.writing import SqlWriter


class Record:
    """See `service.ports.Store`. Opened by `store.folder`; to be closed."""

    def __init__(self, engine: Engine, locked: Callable[[], AbstractContextManager[None]], clock: Clock) -> None:
        """Keep the engine; `clock` gives the time of acts, `locked` keeps every other writer out."""
        self._engine = engine
        self._locked = locked
        self._clock = clock

    @contextmanager
    def read(self) -> Iterator[SqlReader]:
        """See `service.ports.Store`."""
        with reading(self._engine) as connection:
            yield SqlReader(connection, self._clock)

    @contextmanager
    def write(self, kind: str, word: Word, *, policy: bool) -> Iterator[SqlWriter]:
        """See `service.ports.Store`."""
        with self._locked(), writing(self._engine) as connection:
            writer = SqlWriter(connection, self._clock, _recorded(connection, kind, word, self._clock(), policy=policy))
            founding = writer.act.id == 1  # which registers the partners itself
            if not founding:
                _check_word(writer)
            yield writer
            if founding:
                _check_word(writer)
            writer.seal()

    @contextmanager
    def derive(self) -> Iterator[SqlDeriver]:
        """See `service.ports.Store`."""
        with self._locked(), writing(self._engine) as connection:
            yield SqlDeriver(connection, self._clock)

    def faults(self) -> list[str]:
        """Everything that is wrong with the record as far as it can tell by itself; empty when it is whole."""
        with reading(self._engine) as connection:
            return list(verify.faults(connection))

    def close(self) -> None:
        """Close every connection; the last one to go folds the write-ahead log into the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check_word(writer: SqlWriter) -> None:
    """No act is on the word of a stranger: UnknownName."""
    if (by := writer.act.word.by) is not None:
        known("partner", by, {partner.code for partner in writer.partners()})


def _recorded(connection: Connection, kind: str, word: Word, now: Instant, *, policy: bool) -> Act:
    """The act, as its row now says: its time is after that of every act before it, whatever the clock says."""
    table = schema.act
    newest = select(table.c.id, table.c.at, table.c.epoch).order_by(table.c.id.desc()).limit(1)
    last = connection.execute(newest).first()
    number, at, epoch = (1, now, 0) if last is None else (last.id + 1, max(now, last.at + 1), last.epoch)
    epoch += policy
    row = {"at": at, "kind": kind, "actor": word.actor, "by": word.by, "evidence": word.evidence, "why": word.why}
    connection.execute(insert(table).values(id=number, **row, epoch=epoch))
    return Act(id=number, at=Instant(at), kind=kind, word=word, epoch=epoch)
