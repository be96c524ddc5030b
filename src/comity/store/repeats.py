"""Requests that may come again. They are of the moment, and no part of the register: what was done has its own act."""

from sqlalchemy import delete, insert, select

from comity.core.instant import Instant
from comity.service.records import Repeat
from comity.store import schema
from comity.store.snapshot import Snapshot


class Repeats(Snapshot):
    """The part of a reader that knows of them."""

    def repeat(self, name: str) -> Repeat | None:
        """See Reader."""
        row = self._execute(select(schema.repeat).where(schema.repeat.c.name == name)).first()
        if row is None:
            return None
        answer = None if row.answer is None else bytes(row.answer)
        return Repeat(row.name, bytes(row.request), row.claim, Instant(row.at), row.did, answer)


class KeepingRepeats(Repeats):
    """The part of a deriver that keeps them."""

    def keep_repeat(self, new: Repeat) -> None:
        """See Deriver."""
        self.forget_repeat(new.name)
        self._connection.execute(insert(schema.repeat), new._asdict())

    def forget_repeat(self, name: str) -> None:
        """See Deriver."""
        self._connection.execute(delete(schema.repeat).where(schema.repeat.c.name == name))

    def forget_repeats_before(self, moment: Instant) -> None:
        """See Deriver."""
        self._connection.execute(delete(schema.repeat).where(schema.repeat.c.at < moment))
