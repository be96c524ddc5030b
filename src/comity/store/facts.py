"""The policy, partners and terms as recorded: endings close windows early, what never came into force is left out."""

from collections.abc import Callable, Iterator
from typing import Final, TypeVar, cast

from sqlalchemy import Table, func, select

from comity.core.agreement import Agreement, Delegation, Reach, Suspension
from comity.core.claim import LEVELS, Derivation, Onward
from comity.core.consent import Consent
from comity.core.errors import NodeDamaged
from comity.core.instant import Instant, Window
from comity.core.lineage import Use
from comity.core.partner import Code, Community, Membership
from comity.core.world import Policy
from comity.formats.marking import DefaultTerms
from comity.index.holding import Ordinal, item_id
from comity.service.records import Act, AttestationRow, MembershipRow, Named, Partner, Word
from comity.store import schema
from comity.store.rows import code
from comity.store.snapshot import Found, Snapshot

Fact = TypeVar("Fact")

NAMED: Final[dict[Named, Table]] = {
    "agreement": schema.agreement,
    "delegation": schema.delegation,
    "suspension": schema.suspension,
    "consent": schema.consent,
    "requirement": schema.requirement,
    "tag": schema.tag,
    "pool": schema.pool,
    "offer": schema.offer,
}
"""Where what has an id that people use is kept."""


class Facts(Snapshot):
    """The part of a reader that answers for everything that is not an item."""

    _policy: Policy | None = None

    def policy(self) -> Policy:
        """See Reader."""
        if self._policy is None:
            self._policy = self._read_policy()
        return self._policy

    def partners(self) -> tuple[Partner, ...]:
        """See Reader."""
        rows = self._rows(select(schema.partner).order_by(schema.partner.c.code))
        return tuple(Partner(code=code(row.code), name=row.name, identity=row.identity) for row in rows)

    def default_terms(self, partner: Code) -> DefaultTerms | None:
        """See Reader."""
        table = schema.default_terms
        newest = select(table).where(table.c.partner == partner).order_by(table.c.id.desc()).limit(1)
        row = self._execute(newest).first()
        if row is None:
            return None
        audience = None if row.audience is None else tuple(row.audience)
        return DefaultTerms(level=row.level, domains=frozenset(row.domains), audience=audience)

    def memberships(self) -> tuple[MembershipRow, ...]:
        """See Reader."""
        return tuple(self._in_force(schema.membership, "membership", _membership))

    def attestations(self, item: Ordinal, source: Ordinal) -> tuple[AttestationRow, ...]:
        """See Reader."""
        table = schema.attestation
        rows = self._rows(select(table).where(table.c.item == item, table.c.source == source).order_by(table.c.id))
        return tuple(
            AttestationRow(
                row.id, item, source, row.attested, self._ended("attestation", row.id, row.withdrawn), row.edge
            )
            for row in rows
        )

    def knows(self, kind: Named, name: str) -> bool:
        """See Reader."""
        table = NAMED[kind]
        return self._number(select(func.count()).where(table.c.id == name)) > 0

    def acts(self, after: int = 0) -> Iterator[Act]:
        """See Reader."""
        table = schema.act
        return (act_of(row) for row in self._rows(select(table).where(table.c.id > after).order_by(table.c.id)))

    def _read_policy(self) -> Policy:
        levels, holder = self.setting("levels"), self.setting("holder")
        if not isinstance(holder, str):
            raise NodeDamaged("the node's record names no holder: restore the node from its last copy")
        return Policy(
            holder=code(holder),
            partners=frozenset(code(name) for name in self._names(schema.partner)),
            levels=LEVELS if levels is None else tuple(cast("list[str]", levels)),
            domains=frozenset(self._names(schema.domain)),
            conditions=frozenset(self._names(schema.condition)),
            communities=self._communities(),
            agreements=tuple(self._in_force(schema.agreement, "agreement", _agreement)),
            suspensions=tuple(self._in_force(schema.suspension, "suspension", _suspension)),
            delegations=tuple(self._in_force(schema.delegation, "delegation", _delegation)),
            consents=tuple(self._in_force(schema.consent, "consent", _consent)),
        )

    def _names(self, table: Table) -> list[str]:
        """The first column of a register."""
        return [row[0] for row in self._rows(select(table.columns[0]))]

    def _communities(self) -> dict[str, Community]:
        members: dict[str, list[Membership]] = {name: [] for name in sorted(self._names(schema.community))}
        for row in self.memberships():
            members[row.community].append(row.member)
        return {name: Community(name=name, members=tuple(rows)) for name, rows in members.items()}

    def _in_force(self, table: Table, kind: str, decode: Callable[[Found, Window], Fact]) -> Iterator[Fact]:
        """The facts of a table that are, were or will be in force, in the order recorded."""
        for row in self._rows(select(table).order_by(table.c.act, table.c.id)):
            window = Window(row.start, self._ended(kind, row.id, row.end))
            if window.start < window.end:
                yield decode(row, window)


def _membership(row: Found, window: Window) -> MembershipRow:
    return MembershipRow(row.id, row.community, Membership(partner=code(row.partner), window=window))


def _agreement(row: Found, window: Window) -> Agreement:
    return Agreement(
        id=row.id,
        frm=code(row.frm),
        to=code(row.to),
        ceiling=row.ceiling,
        domains=frozenset(row.domains),
        window=window,
        onward=Onward(row.onward),
        derivation=Derivation(row.derivation),
        accepts=frozenset(row.accepts),
    )


def _delegation(row: Found, window: Window) -> Delegation:
    return Delegation(
        id=row.id,
        frm=code(row.frm),
        to=code(row.to),
        ceiling=row.ceiling,
        domains=frozenset(row.domains),
        window=window,
    )


def _suspension(row: Found, window: Window) -> Suspension:
    return Suspension(
        id=row.id,
        frm=code(row.frm),
        to=code(row.to),
        window=window,
        given=Instant(row.given),
        domains=frozenset(row.domains),
        reach=Reach(row.reach),
        recall=row.recall,
    )


def _consent(row: Found, window: Window) -> Consent:
    return Consent(
        id=row.id,
        by=code(row.by),
        item=item_id(row.item),
        to=tuple(row.to),
        window=window,
        given=Instant(row.given),
        use=Use(row.use),
    )


def act_of(row: Found) -> Act:
    """The act of a row with its columns."""
    by = None if row.by is None else code(row.by)
    word = Word(actor=row.actor, by=by, evidence=row.evidence, why=row.why)
    return Act(id=row.id, at=Instant(row.at), kind=row.kind, word=word, epoch=row.epoch)
