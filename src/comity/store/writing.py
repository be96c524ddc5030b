"""One act under way: every row that it adds carries its number, and with it its recorded time, actor and epoch.

Every row is noted as it is written, so that `seal`, the last thing that an act does, can append its register entry.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from pyroaring import BitMap
from sqlalchemy import Connection, func, select

from comity.core.agreement import Agreement, Delegation, Grant, Suspension
from comity.core.consent import Consent
from comity.core.errors import UnknownName
from comity.core.instant import Instant, Window
from comity.core.ledger import leaf_hash
from comity.core.partner import Code, Membership
from comity.formats.marking import DefaultTerms
from comity.index.holding import Ordinal, ordinal
from comity.service.records import (
    Act,
    Disclosed,
    Ended,
    Leaf,
    Named,
    NewAttestation,
    NewClaim,
    NewItem,
    NewQuarantine,
    NewSource,
    Outcome,
    Partner,
    Reference,
    SigningKey,
)
from comity.store import schema, seal
from comity.store.account_acts import AccountActs
from comity.store.act_rows import insertion
from comity.store.database import add_rows, chunks, spoken
from comity.store.facts import NAMED
from comity.store.lasting import Lasting
from comity.store.need_acts import NeedActs
from comity.store.register import pack
from comity.store.rows import code
from comity.store.snapshot import Clock


class SqlWriter(AccountActs, NeedActs):
    """See `service.ports.Writer`."""

    def __init__(self, connection: Connection, clock: Clock, act: Act, lasting: Lasting | None = None) -> None:
        """Write for `act`, whose row is there already."""
        super().__init__(connection, clock, act, lasting)
        self._disclosed: seal.Disclosure | None = None
        self._first: Ordinal | None = None
        self._linked = self._quarantined = False
        self._relabelled = BitMap()
        self._linked_late: set[Ordinal] = set()
        self._submitters: set[Code] = set()
        self._attested: set[tuple[Ordinal, Ordinal]] = set()
        self._let_go: set[tuple[Ended, str]] = set()

    @property
    def act(self) -> Act:
        """See Writer."""
        return self._act

    def seal(self) -> Leaf:
        """Append the act's entry to the register; nothing may be added after it."""
        if self._relabelled:
            row = {"epoch": self._act.epoch, "items": self._relabelled.serialize()}
            self._connection.execute(insertion(schema.relabelled), row)
        for rows in chunks(self._new_sources()):
            self._seal.note("source", rows)
        content = seal.entry(self._act, self._seal.sums(), self._disclosed)
        leaf = Leaf(self._act.leaf, content, leaf_hash(content), self._act.id)
        self._later.append((schema.leaf, leaf._fields, [leaf]))
        spoken(self._connection).end_act(self._connection, self._later, self._act.id, self._act.epoch)
        return leaf

    def set_labels(self, labels: Mapping[Ordinal, tuple[int, ...]]) -> None:
        """See Deriver."""
        super().set_labels(labels)
        self._relabelled.update(labels)

    # The policy

    def fresh_id(self, kind: Named) -> str:
        """See Writer."""
        number = self._number(select(func.count()).select_from(NAMED[kind])) + 1
        while self.knows(kind, f"{kind[0]}-{number}"):
            number += 1
        return f"{kind[0]}-{number}"

    def set_setting(self, name: str, value: object) -> None:
        """See Writer."""
        self._add(schema.setting, name=name, value=value)

    def add_partner(self, partner: Partner) -> None:
        """See Writer."""
        self._codes = None
        self._add(schema.partner, code=partner.code, name=partner.name, identity=partner.identity)

    def add_default_terms(self, partner: Code, terms: DefaultTerms) -> None:
        """See Writer."""
        audience = None if terms.audience is None else sorted(terms.audience)
        self._add(
            schema.default_terms, partner=partner, level=terms.level, domains=sorted(terms.domains), audience=audience
        )

    def add_domain(self, name: str) -> None:
        """See Writer."""
        self._add(schema.domain, name=name)

    def add_condition(self, name: str) -> None:
        """See Writer."""
        self._add(schema.condition, name=name)

    def add_community(self, name: str) -> None:
        """See Writer."""
        self._add(schema.community, name=name)

    def add_member(self, community: str, member: Membership) -> None:
        """See Writer."""
        self._add(schema.membership, community=community, partner=member.partner, **_window(member.window))

    def add_agreement(self, agreement: Agreement) -> None:
        """See Writer."""
        rules = {"onward": agreement.onward.value, "derivation": agreement.derivation.value}
        self._add(schema.agreement, **_grant(agreement), **rules, accepts=sorted(agreement.accepts))

    def add_delegation(self, delegation: Delegation) -> None:
        """See Writer."""
        self._add(schema.delegation, **_grant(delegation))

    def add_suspension(self, suspension: Suspension) -> None:
        """See Writer."""
        self._add(
            schema.suspension,
            id=suspension.id,
            frm=suspension.frm,
            to=suspension.to,
            domains=sorted(suspension.domains),
            reach=suspension.reach.value,
            recall=suspension.recall,
            given=suspension.given,
            **_window(suspension.window),
        )

    def add_consent(self, consent: Consent) -> None:
        """See Writer."""
        self._add(
            schema.consent,
            id=consent.id,
            by=consent.by,
            item=ordinal(consent.item),
            to=sorted(consent.to),
            use=consent.use.value,
            given=consent.given,
            **_window(consent.window),
        )

    def add_ending(self, kind: Ended, subject: str | int, at: Instant) -> None:
        """See Writer."""
        self._endings.clear()
        self._known = None
        self._let_go.add((kind, str(subject)))
        self._add(schema.ending, kind=kind, subject=str(subject), at=at)

    # The items

    def next_ordinal(self) -> Ordinal:
        """See Writer."""
        return Ordinal(self._number(select(func.max(schema.item.c.id))) + 1)

    def add_items(self, rows: Iterable[NewItem]) -> None:
        """See Writer."""
        self._begun()
        listed, first = list(rows), self.next_ordinal()
        if [row.ordinal for row in listed] != list(range(first, first + len(listed))):
            raise ValueError(f"items are numbered on from {first} without a gap")
        self._add_many(schema.item, ("id", *NewItem._fields[1:]), listed)
        self._seal.note("item", listed)

    def add_contents(self, rows: Iterable[tuple[Ordinal, bytes]]) -> None:
        """See Writer."""
        add_rows(self._connection, schema.content, ("item", "bytes"), rows, again=False)

    def add_claims(self, rows: Iterable[NewClaim]) -> None:
        """See Writer."""
        first = self._number(select(func.max(schema.claim.c.id))) + 1
        written, noted = [], []
        for number, (item, place, claim) in enumerate(rows, first):
            terms, window = self._terms(claim), claim.window
            written.append((number, item, place, terms, window.start, window.end))
            noted.append((number, item, place, self._said[terms], window.start, window.end))
        self._add_many(schema.claim, ("id", "item", "place", "terms", "start", "end"), written)
        self._seal.note("claim", noted)

    def add_sources(self, rows: Iterable[NewSource]) -> None:
        """See Writer."""
        first, late = self._begun(), self._linked_late

        def listed() -> Iterator[tuple[object, ...]]:
            for row in rows:
                if row.item < first:
                    late.add(row.item)
                yield row.item, row.source, row.use.value, row.edge, row.inherited

        self._add_many(schema.source, ("item", "source", "use", "edge", "inherited"), listed(), again=True)
        self._linked = True

    def add_attestation(self, new: NewAttestation) -> int:
        """See Writer."""
        self._attested.add((new.item, new.source))
        span = {"attested": new.window.start, "withdrawn": new.window.end}
        return self._add(schema.attestation, item=new.item, source=new.source, edge=new.edge, **span)

    def add_references(self, rows: Iterable[Reference]) -> None:
        """See Writer."""
        stated: list[Reference] = []

        def listed() -> Iterator[Reference]:
            for row in rows:
                if row.kind == seal.STATED:
                    stated.append(row)
                yield row

        add_rows(self._connection, schema.reference, Reference._fields, listed(), again=True)
        self._seal.note(schema.reference.name, list(dict.fromkeys(stated)))

    # Quarantine and register

    def add_quarantine(self, rows: Iterable[NewQuarantine]) -> list[int]:
        """See Writer."""
        self._quarantined = True
        return [
            self._add(
                schema.quarantine, **{"bytes" if key == "content" else key: value for key, value in stated.items()}
            )
            for stated in (row._asdict() for row in rows)
        ]

    def resolve(self, quarantine: int, outcome: Outcome) -> None:
        """See Writer."""
        if self._connection.execute(self._open().where(schema.quarantine.c.id == quarantine)).first() is None:
            raise UnknownName(f"no open quarantine `{quarantine}`: list them with `comity quarantine list`")
        self._add(schema.resolution, quarantine=quarantine, outcome=outcome)

    def add_disclosure(self, disclosed: Disclosed) -> None:
        """See Writer."""
        if self._disclosed is not None:
            raise ValueError("an act hands over one response")
        recipient, at, items, nonce, root, portions = disclosed[1:]
        row = (recipient, at, struct.pack(f"<{len(items)}I", *items), nonce, root, pack(portions))
        self._add_later(schema.disclosure, [row])
        self._disclosed = seal.Disclosure(recipient, len(items), root)

    def add_signing_key(self, key: SigningKey) -> None:
        """See Writer."""
        self._add(schema.signing_key, id=key.id, public=key.public, endorsement=key.endorsement)

    def begin_flight(self) -> None:
        """See Writer."""
        row = {"act": self._act.id, "epoch": self._act.epoch, "began": self._act.at}
        self._connection.execute(insertion(schema.in_flight), row)

    def take_in_from(self, submitter: Code) -> None:
        """See Writer."""
        self._submitters.add(submitter)

    def parties(self) -> tuple[str | None, frozenset[Code]]:
        """See Writer."""
        recipient = None if self._disclosed is None else self._disclosed.recipient
        waiting, item = schema.quarantine.c, schema.item.c
        wanted = [select(waiting.submitter).where(waiting.act == self._act.id)] if self._quarantined else []
        if self._first is not None:
            wanted.append(select(item.submitter).where(item.id >= self._first))
        written = (code(row[0]) for each in wanted for row in self._rows(each.distinct()))
        return recipient, frozenset((*self._submitters, *written))

    def newly_attested(self) -> frozenset[tuple[Ordinal, Ordinal]]:
        """See Writer."""
        return frozenset(self._attested)

    def newly_ended(self, kind: Ended) -> frozenset[str]:
        """See Writer."""
        return frozenset(subject for each, subject in self._let_go if each == kind)

    def _begun(self) -> Ordinal:
        """The number of the first item that this act adds, if it adds any."""
        if self._first is None:
            self._first = self.next_ordinal()
        return self._first

    def _new_sources(self) -> Iterator[tuple[object, ...]]:
        """The edges that this act has added, read back in the order of their key: some were there already."""
        if not self._linked:
            return
        table = schema.source.c
        wanted = select(*(table[name] for name in seal.COLUMNS["source"])).where(table.act == self._act.id)
        wanted = wanted.order_by(*schema.source.primary_key.columns)
        late = self._rows_of(wanted.where(table.item < self._begun()), table.item, sorted(self._linked_late))
        yield from map(tuple, chain(late, self._rows(wanted.where(table.item >= self._begun()))))


def _window(window: Window) -> dict[str, Instant]:
    return {"start": window.start, "end": window.end}


def _grant(grant: Grant) -> dict[str, object]:
    return {
        "id": grant.id,
        "frm": grant.frm,
        "to": grant.to,
        "ceiling": grant.ceiling,
        "domains": sorted(grant.domains),
        **_window(grant.window),
    }
