"""What became of submissions. It is of the moment, and no part of the register: what was taken in has its own act."""

from sqlalchemy import delete, insert, select

from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.service.records import Became, Submitted
from comity.store import schema
from comity.store.snapshot import Snapshot


class Submissions(Snapshot):
    """The part of a reader that knows of submissions."""

    def submission(self, name: str) -> Submitted | None:
        """See Reader."""
        table = schema.submission
        row = self._execute(select(table).where(table.c.id == name)).first()
        if row is None:
            return None
        outcomes = tuple(Became(*stated) for stated in row.outcomes)
        return Submitted(row.id, Recipient(row.recipient), Instant(row.at), outcomes)


class KeepingSubmissions(Submissions):
    """The part of a deriver that keeps them."""

    def keep_submission(self, new: Submitted) -> None:
        """See Deriver."""
        outcomes = [list(stated) for stated in new.outcomes]
        self._connection.execute(insert(schema.submission), {**new._asdict(), "outcomes": outcomes})

    def forget_submissions_before(self, moment: Instant) -> None:
        """See Deriver."""
        self._connection.execute(delete(schema.submission).where(schema.submission.c.at < moment))
