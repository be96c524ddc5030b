"""The record of one node: `service.ports.Store` on its database, whichever that is."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Final, Self

from sqlalchemy import BigInteger, Connection, String, bindparam, case, insert, select

from comity.core.instant import Instant
from comity.service import authority
from comity.service.policy import known
from comity.service.ports import Begin, Gate, Turn
from comity.service.records import Act, Word
from comity.store import migrate, schema, verify
from comity.store.database import Database
from comity.store.derived import SqlDeriver, SqlReader
from comity.store.lasting import Lasting
from comity.store.prepared import fetched
from comity.store.pulse import Pulse
from comity.store.snapshot import Clock
from comity.store.writing import SqlWriter

_ACT: Final = schema.act.c
_WORDS: Final = ("kind", "actor", "by", "evidence", "why")
_NOW: Final = bindparam("now", type_=BigInteger)
_NEXT: Final = (
    insert(schema.act)
    .from_select(
        ["id", "at", "epoch", *_WORDS],
        select(
            _ACT.id + 1,
            case((_ACT.at < _NOW, _NOW), else_=_ACT.at + 1),
            _ACT.epoch + bindparam("raised", type_=BigInteger),
            *(bindparam(name, type_=String) for name in _WORDS),
        )
        .order_by(_ACT.id.desc())
        .limit(1),
    )
    .returning(_ACT.id, _ACT.at, _ACT.epoch)
)
"""The act after the newest one: later than it, whatever the clock says. No row where there is none yet."""
_FIRST: Final = insert(schema.act).returning(_ACT.id, _ACT.at, _ACT.epoch)


class Record:
    """See `service.ports.Store`. Opened by `store.folder`; to be closed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the database; `clock` gives the time of acts."""
        self._database = database
        self._clock = clock
        self._lasting = Lasting()
        self._pulse = Pulse(database.hear)

    @contextmanager
    def read(self, until: int | None = None) -> Iterator[SqlReader]:
        """See `service.ports.Store`."""
        with self._database.reading() as connection:
            yield SqlReader(connection, self._clock, until, self._lasting)

    @contextmanager
    def write(self, kind: str, word: Word, *, policy: bool) -> Iterator[SqlWriter]:
        """See `service.ports.Store`."""
        with (
            self._database.writing(policy=policy) as connection,
            self.act(connection, kind, word, policy=policy) as writer,
        ):
            yield writer

    @contextmanager
    def several(self) -> Iterator[Begin]:
        """See `service.ports.Store`."""
        with self._database.writing() as connection:
            yield lambda kind, word: self.act(connection, kind, word, policy=False)

    @contextmanager
    def act(self, connection: Connection, kind: str, word: Word, *, policy: bool) -> Iterator[SqlWriter]:
        """One act in a write transaction that was begun already, sealed at the end of the block."""
        act = _recorded(connection, kind, word, self._clock(), policy=policy)
        writer = SqlWriter(connection, self._clock, act, self._lasting)
        # The first act registers the partners and the first account itself.
        principal = None if writer.act.id == 1 else authority.begin(writer)
        if principal is not None:
            _check_word(writer)
        yield writer
        if principal is None:
            _check_word(writer)
        else:
            authority.finish(writer, principal)
        writer.seal()

    @contextmanager
    def derive(self) -> Iterator[SqlDeriver]:
        """See `service.ports.Store`."""
        with self._database.writing() as connection:
            yield SqlDeriver(connection, self._clock)

    def gate(self, reader: str | None = None) -> AbstractContextManager[Gate]:
        """See `service.ports.Store`."""
        return self._database.gate(reader)

    def turn(self) -> Turn:
        """See `service.ports.Store`."""
        return self._database.turn()

    def wait(self, after: int, timeout: float) -> int:
        """See `service.ports.Store`."""
        return self._pulse.wait(after, timeout)

    def must_be_current(self) -> None:
        """NodeDamaged unless the record answers, and has this program's revision: somebody may have migrated it."""
        with self._database.reading() as connection:
            migrate.must_be_current(connection)

    def faults(self) -> list[str]:
        """Everything that is wrong with the record as far as it can tell by itself; empty when it is whole."""
        with self._database.reading() as connection:
            return list(verify.faults(connection))

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

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
    said = {"kind": kind, "actor": word.actor, "by": word.by, "evidence": word.evidence, "why": word.why}
    made = fetched(connection, _NEXT, {**said, "now": now, "raised": int(policy)})
    if not made:
        made = fetched(connection, _FIRST, {**said, "id": 1, "at": now, "epoch": int(policy)})
    ((number, at, epoch),) = made
    return Act(id=number, at=Instant(at), kind=kind, word=word, epoch=epoch)
