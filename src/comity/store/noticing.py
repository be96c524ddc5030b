"""What acts have said about suspensions, consents, agreements, quarantines and proposals, in the order of the acts.

Each kind has a table of what began, and one of what became of it: an ending, a resolution, an answer.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, Table, or_, select

from comity.core.instant import ALWAYS, NEVER, Instant
from comity.core.partner import Code
from comity.core.role import ACTS, Duty
from comity.service.records import Notice, Subject
from comity.store import schema
from comity.store.facts import act_of
from comity.store.snapshot import Snapshot

_GRANTED: Final[dict[Subject, Table]] = {
    "suspension": schema.suspension,
    "consent": schema.consent,
    "agreement": schema.agreement,
}
"""What begins, and can be ended."""
_LEFT: Final = frozenset({"act", "given", "item"})
"""Columns that no notice has: a number of an item tells how many there are."""
_TAKEN: Final = frozenset({"noted", "id", "state"})
_ACTS: Final = frozenset({"act", "account"})
_OF_ACCOUNTS: Final = sorted(kind for kind, duty in ACTS.items() if duty is Duty.ACCOUNTS)


class _Found(NamedTuple):
    """A statement of notices: what it reads beside the act's time, from where, whose they are, and in which order."""

    columns: tuple[ColumnElement[Any], ...]
    within: FromClause
    act: ColumnElement[int]
    concerns: ColumnElement[bool] | None
    number: ColumnElement[Any]
    state: str | None = None


class Noticing(Snapshot):
    """The part of a reader that knows what was said about something, and when."""

    def notices(self, subject: Subject, party: Code | None, since: Instant, limit: int) -> list[Notice]:
        """See Reader. What began stands before what became of it, each as it is numbered: in every part the same."""
        if subject in _ACTS:
            return self._acts_since(subject, since, limit)
        statements = self._statements(subject, party)
        found = [notice for each in statements for notice in self._noticed(subject, each, since, limit)]
        return sorted(found, key=lambda notice: notice.at)[:limit]

    def last_notice(self, subject: Subject, party: Code | None) -> Instant | None:
        """See Reader."""
        if subject in _ACTS:
            newest = _acts(subject).order_by(schema.act.c.id.desc()).limit(1)
            return next((act_of(row).at for row in self._rows(newest)), None)
        moments = [self._last(each) for each in self._statements(subject, party)]
        return max((Instant(at) for at in moments if at is not None), default=None)

    def _noticed(self, subject: Subject, found: _Found, since: Instant, limit: int) -> Iterator[Notice]:
        at = schema.act.c.at
        statement = _timed(found, at.label("noted"), *found.columns)
        rows = self._rows(statement.where(at >= since).order_by(at, found.number).limit(limit))
        return (_notice(subject, row._asdict(), found.state) for row in rows)

    def _last(self, found: _Found) -> int | None:
        at = schema.act.c.at
        moment: int | None = self._execute(_timed(found, at).order_by(at.desc()).limit(1)).scalar()
        return moment

    def _acts_since(self, subject: Subject, since: Instant, limit: int) -> list[Notice]:
        at = schema.act.c.at
        found = map(act_of, self._rows(_acts(subject).where(at >= since).order_by(at).limit(limit)))
        return [
            Notice(each.at, subject, str(each.leaf), "recorded", {"act": each.kind, "actor": each.word.actor})
            for each in found
        ]

    def _statements(self, subject: Subject, party: Code | None) -> tuple[_Found, _Found]:
        """What began, and what became of it."""
        if subject == "quarantine":
            return _quarantines(party)
        if subject == "proposal":
            return _proposals()
        table, ending = _GRANTED[subject], schema.ending
        concerns = None if party is None else _concerns(subject, party, str(self.setting("holder")))
        columns = tuple(column for column in table.c if column.key not in _LEFT)
        within: FromClause = table
        if subject == "consent":
            item = schema.item.c
            columns, within = (*columns, item.stix_id, item.version, item.submitter), table.join(schema.item)
        ended = within.join(ending, (ending.c.kind == subject) & (ending.c.subject == table.c.id))
        return (
            _Found(columns, within, table.c.act, concerns, table.c.id, "given"),
            _Found((*columns, ending.c.at.label("ends")), ended, ending.c.act, concerns, table.c.id, "ended"),
        )


def _acts(subject: Subject) -> Select[*tuple[Any, ...]]:
    """Every act, or those that say who may come in."""
    found = select(schema.act)
    return found if subject == "act" else found.where(schema.act.c.kind.in_(_OF_ACCOUNTS))


def _timed(found: _Found, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """The statement over these columns, with the act that each row is of."""
    statement = select(*columns).select_from(found.within.join(schema.act, found.act == schema.act.c.id))
    return statement if found.concerns is None else statement.where(found.concerns)


def _concerns(subject: Subject, party: Code, holder: str) -> ColumnElement[bool]:
    """Which facts are a partner's own word, or what the holder grants to it."""
    if subject == "consent":
        return schema.consent.c.by == party
    if subject == "suspension":
        return schema.suspension.c.frm == party
    table = schema.agreement.c
    return or_(table.frm == party, (table.to == party) & (table.frm == holder))


def _quarantines(party: Code | None) -> tuple[_Found, _Found]:
    table, item, answer = schema.quarantine, schema.item.c, schema.resolution
    concerns = None if party is None else table.c.submitter == party
    columns = (table.c.id, table.c.submitter, table.c.position, table.c.reason, item.stix_id, item.version)
    within = table.outerjoin(schema.item, table.c.item == item.id)
    answered = within.join(answer, answer.c.quarantine == table.c.id)
    return (
        _Found(columns, within, table.c.act, concerns, table.c.id, "waiting"),
        _Found((*columns, answer.c.outcome.label("state")), answered, answer.c.act, concerns, table.c.id),
    )


def _proposals() -> tuple[_Found, _Found]:
    table, answer = schema.proposal, schema.answer
    columns = (table.c.id, table.c.kind, table.c.arguments)
    answered = table.join(answer, answer.c.proposal == table.c.id)
    return (
        _Found(columns, table, table.c.act, None, table.c.id, "waiting"),
        _Found((*columns, answer.c.outcome.label("state")), answered, answer.c.act, None, table.c.id),
    )


def _notice(subject: Subject, row: Mapping[str, Any], state: str | None) -> Notice:
    """One row as a notice: what is none, and bounds that are none, are left out."""
    said = {name: value for name, value in row.items() if name not in _TAKEN and value not in (None, ALWAYS, NEVER)}
    return Notice(Instant(row["noted"]), subject, str(row["id"]), state or row["state"], said)
