"""Accounts, what they come in with, and what waits for a second person.

The ids of tokens begin with a `t`, those of sessions do not.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, bindparam, delete, func, insert, or_, select

from comity.core.instant import NEVER, Instant
from comity.core.partner import Recipient
from comity.core.role import Kind, Role
from comity.service.records import Access, Account, Credential, Proof, Proposal, Word
from comity.store import schema
from comity.store.rows import code
from comity.store.snapshot import Found, Snapshot

_STANDING: Final = schema.standing.c
_NEWEST: Final = select(func.max(_STANDING.id)).correlate(None)
_ACCOUNT: Final = select(
    schema.account.c.name,
    schema.account.c.kind,
    schema.account.c.recipient,
    _STANDING.roles,
    _STANDING.active,
).join(schema.standing, _STANDING.account == schema.account.c.name)
# What every act and every request asks is compiled once.
_BY_NAME: Final = _ACCOUNT.where(
    schema.account.c.name == bindparam("name"),
    _STANDING.id == _NEWEST.where(_STANDING.account == bindparam("name")).scalar_subquery(),
)


def _access(table: Table) -> Select[*tuple[Any, ...]]:
    """The row with an id, and when it was ended, if it was."""
    ending = schema.ending.c
    ended = select(func.min(ending.at)).where(ending.kind == table.name, ending.subject == bindparam("id"))
    return _made(table, ended.correlate(None).scalar_subquery().label("ended")).where(table.c.id == bindparam("id"))


def _made(table: Table, *more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """The rows, each with who made it."""
    return select(table, schema.act.c.actor, *more).join(schema.act, schema.act.c.id == table.c.act)


_TOKEN: Final = _access(schema.token)
_SESSION: Final = _access(schema.session)
_PROPOSAL: Final = (
    select(
        schema.proposal,
        schema.answer.c.outcome,
        *(schema.act.c[name] for name in ("at", "actor", "by", "evidence", "why")),
    )
    .join(schema.act, schema.act.c.id == schema.proposal.c.act)
    .join(schema.answer, schema.answer.c.proposal == schema.proposal.c.id, isouter=True)
)


class Accounts(Snapshot):
    """The part of a reader that answers for accounts."""

    def account(self, name: str) -> Account | None:
        """See Reader."""
        row = self._execute(_BY_NAME, {"name": name}).first()
        return None if row is None else _account(row)

    def accounts(self) -> tuple[Account, ...]:
        """See Reader."""
        newest = _ACCOUNT.where(_STANDING.id.in_(_NEWEST.group_by(_STANDING.account)))
        return tuple(map(_account, self._rows(newest.order_by(schema.account.c.name))))

    def credentials(self, account: str) -> tuple[Credential, ...]:
        """See Reader."""
        return self._usable(select(schema.credential).where(schema.credential.c.account == account))

    def credential(self, kind: Proof, value: str) -> Credential | None:
        """See Reader."""
        table = schema.credential
        found = self._usable(select(table).where(table.c.kind == kind, table.c.value == value))
        return found[-1] if found else None

    def access(self, name: str) -> Access | None:
        """See Reader."""
        row = self._execute(_TOKEN if name.startswith("t") else _SESSION, {"id": name}).first()
        return None if row is None else _as_access(row, min(row.expires, NEVER if row.ended is None else row.ended))

    def accesses(self, account: str | None = None) -> tuple[Access, ...]:
        """See Reader."""
        found = []
        for table in (schema.token, schema.session):
            wanted = _made(table).order_by(table.c.act, table.c.id)
            if account is not None:
                wanted = wanted.where(table.c.account == account)
            found += [_as_access(row, self._ended(table.name, row.id, row.expires)) for row in self._rows(wanted)]
        return tuple(found)

    def attempts(self, subject: str) -> tuple[Instant, ...]:
        """See Reader."""
        table = schema.attempt.c
        rows = self._rows(select(table.at).where(table.subject == subject).order_by(table.at, table.id))
        return tuple(Instant(row.at) for row in rows)

    def proposals(self) -> tuple[Proposal, ...]:
        """See Reader."""
        return tuple(map(_proposal, self._rows(_PROPOSAL.order_by(schema.proposal.c.act))))

    def proposal(self, name: str) -> Proposal | None:
        """See Reader."""
        row = self._execute(_PROPOSAL.where(schema.proposal.c.id == name)).first()
        return None if row is None else _proposal(row)

    def _usable(self, wanted: Select[*tuple[Any, ...]]) -> tuple[Credential, ...]:
        """Those that are not ended and not expired, in the order recorded."""
        found: Iterator[Credential] = (
            Credential(row.id, row.account, row.kind, row.value, Instant(row.expires))
            for row in self._rows(wanted.order_by(schema.credential.c.id))
        )
        now = self.now()
        return tuple(each for each in found if now < self._end_of("credential", each.id, each.expires))

    def _end_of(self, kind: str, subject: str | int, end: int) -> Instant:
        """As `_ended`, without reading the endings of all others."""
        table = schema.ending.c
        ended = self._execute(select(func.min(table.at)).where(table.kind == kind, table.subject == str(subject)))
        return Instant(min(end, ended.scalar() or NEVER))


class Attempts(Snapshot):
    """The part of a deriver that counts attempts to come in. They are of the moment, and no part of the register."""

    def note_attempt(self, subject: str, at: Instant) -> int:
        """See Deriver."""
        table = schema.attempt
        noted = insert(table).values(subject=subject, at=at).returning(table.c.id)
        return int(self._connection.execute(noted).scalar_one())

    def forget_attempt(self, number: int) -> None:
        """See Deriver."""
        self._connection.execute(delete(schema.attempt).where(schema.attempt.c.id == number))

    def forget_attempts(self, subject: str, *, under: bool = False) -> None:
        """See Deriver."""
        named = schema.attempt.c.subject
        meant = or_(named == subject, named.startswith(f"{subject}/", autoescape=True)) if under else named == subject
        self._connection.execute(delete(schema.attempt).where(meant))

    def forget_attempts_before(self, moment: Instant) -> None:
        """See Deriver."""
        self._connection.execute(delete(schema.attempt).where(schema.attempt.c.at < moment))


def _as_access(row: Found, expires: int) -> Access:
    scopes = tuple(row.scopes) if hasattr(row, "scopes") else None
    name = row.way if scopes is None else row.name
    return Access(row.id, row.account, bytes(row.digest), Instant(expires), name, scopes, row.actor)


def _account(row: Found) -> Account:
    recipient = None if row.recipient is None else Recipient(row.recipient)
    return Account(row.name, Kind(row.kind), recipient, frozenset(map(Role, row.roles)), bool(row.active))


def _proposal(row: Found) -> Proposal:
    by = None if row.by is None else code(row.by)
    word = Word(actor=row.actor, by=by, evidence=row.evidence, why=row.why)
    return Proposal(row.id, row.kind, dict(row.arguments), Instant(row.at), word, row.outcome)
