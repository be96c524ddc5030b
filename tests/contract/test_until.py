"""A reader that knows what was recorded by an act answers as one did when that act was the latest."""

import inspect
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select

from comity.compose import Node
from comity.core.claim import Claim
from comity.core.instant import ALWAYS, NEVER, Instant
from comity.core.lineage import Use
from comity.index.holding import Ordinal
from comity.service.attesting import Edge, attest, withdraw_attestation
from comity.service.consenting import NewConsent, grant_consent, withdraw_consent
from comity.service.disclose import export
from comity.service.grants import NewGrant, add_agreement, add_delegation, end_agreement
from comity.service.partners import NewMember, NewPartner, add_community, add_domain, add_partner, as_code, end_member
from comity.service.ports import Reader, Store
from comity.service.records import NewClaim, NewQuarantine, NewSource, Reference
from comity.service.suspending import NewSuspension, lift, suspend
from comity.store import schema
from comity.store.bound import BY, UNBOUNDED, bounded
from comity.store.derived import SqlReader
from tests.contract.test_items import hold
from tests.nodes import ME, Clock, lots, word_of

ITEMS: Final = tuple(map(Ordinal, range(1, 12)))
IDS: Final = ("report--1", "report--2")
USA: Final = as_code("USA")
BAD: Final = sha256(b"bad").digest()

ASKED: Final[dict[str, Callable[[Reader], Any]]] = {
    "epoch": lambda reader: reader.epoch(),
    "latest": lambda reader: reader.latest(),
    "latest_receipt": lambda reader: reader.latest_receipt(),
    "setting": lambda reader: [reader.setting("holder"), reader.setting("colour")],
    "policy": lambda reader: reader.policy(),
    "partners": lambda reader: reader.partners(),
    "default_terms": lambda reader: [reader.default_terms(each.code) for each in reader.partners()],
    "memberships": lambda reader: reader.memberships(),
    "attestations": lambda reader: reader.attestations(Ordinal(3), Ordinal(1)),
    "turned": lambda reader: reader.turned(ALWAYS, NEVER),
    "knows": lambda reader: [reader.knows("suspension", "s-1"), reader.knows("consent", "c-1")],
    "find": lambda reader: [reader.find(name) for name in ("imagery", "new", *IDS, "#5")],
    "held": lambda reader: reader.held(ITEMS),
    "handles": lambda reader: reader.handles(ITEMS),
    "copies": lambda reader: reader.copies(IDS),
    "held_and_copies": lambda reader: reader.held_and_copies(ITEMS),
    "referrers": lambda reader: reader.referrers(IDS, before=Ordinal(100)),
    "derivations": lambda reader: reader.derivations(ITEMS),
    "content": lambda reader: list(reader.content(ITEMS)),
    "open_quarantine": lambda reader: reader.open_quarantine(),
    "waiting": lambda reader: reader.waiting(ITEMS),
    "awaits": lambda reader: [reader.awaits(each.code) for each in reader.partners()],
    "quarantined_digests": lambda reader: reader.quarantined_digests(USA, [BAD]),
    "disclosures": lambda reader: list(reader.disclosures()),
    "disclosures of": lambda reader: list(reader.disclosures(of="USA")),
    "leaves": lambda reader: list(reader.leaves()),
    "acts": lambda reader: [list(reader.acts()), list(reader.acts(3))],
    "notices": lambda reader: [
        (reader.notices(each, party, Instant(0), 100), reader.last_notice(each, party))
        for each in ("suspension", "consent", "agreement", "quarantine", "proposal", "account", "act")
        for party in (None, USA)
    ],
    "claims": lambda reader: reader.claims(ITEMS),
    "sources": lambda reader: reader.sources(ITEMS),
    "dependants": lambda reader: reader.dependants(ITEMS),
    "closure": lambda reader: [reader.closure(item) for item in ITEMS],
    "attested": lambda reader: sorted(reader.attested()),
    "census": lambda reader: [item for *_, items in reader.census() for item in items],
}
"""What a reader answers by what was recorded."""


def take_in(store: Store) -> None:
    with store.write("import", ME, policy=True) as writer:
        one, two = hold(writer, [("new", IDS[0], "1", "USA"), (IDS[1], IDS[1], "1", "USA")])
        writer.add_sources([NewSource(two, one, Use.DRAWS_ON), NewSource(two, Ordinal(1), Use.REPRODUCES)])
        writer.add_references([Reference(IDS[0], two, "ref"), Reference(IDS[0], two, "derived")])
        writer.add_quarantine([NewQuarantine(one, USA, 0, "bad", "bad", BAD, None)])
        writer.set_labels({one: (1,), two: (1,)})


def raise_claims(store: Store) -> None:
    with store.write("import", ME, policy=True) as writer:
        writer.add_claims([NewClaim(Ordinal(2), 1, Claim(originator=USA, level="SECRET", audience=()))])
        writer.add_sources([NewSource(Ordinal(1), Ordinal(2), Use.REPRODUCES)])
        writer.set_setting("colour", "red")
    with store.write("accept", ME, policy=True) as writer:
        writer.resolve(1, "accepted")
        writer.add_claims([NewClaim(Ordinal(5), 0, Claim(originator=USA, level="RESTRICTED"))])


def history(node: Node, out: str) -> list[Callable[[], object]]:
    """Acts of every kind that adds rows."""
    store, edge = node.store, Edge(item="analysis", source="imagery")
    consent = NewConsent(by="USA", item="imagery", to=("UKR",))
    grant = NewGrant(frm="GBR", to="FRA", ceiling="SECRET", domains=frozenset({"*"}))
    return [
        lambda: add_partner(store, NewPartner(code="POL", level="RESTRICTED"), ME),
        lambda: add_domain(store, "weather", ME),
        lambda: add_community(store, "E3", ("GBR", "POL"), ME),
        lambda: attest(store, edge, ME),
        lambda: export(store, "UKR", node.directory.parent / out, ME, vault=lots()),
        lambda: take_in(store),
        lambda: suspend(store, NewSuspension(frm="USA", to="UKR"), word_of("USA"), drain=0),
        lambda: grant_consent(store, consent, word_of("USA")),
        lambda: add_agreement(store, grant, ME),
        lambda: add_delegation(store, grant, ME),
        lambda: lift(store, "s-1", word_of("USA")),
        lambda: raise_claims(store),
        lambda: withdraw_consent(store, "c-1", word_of("USA"), drain=0),
        lambda: withdraw_attestation(store, edge, ME, drain=0),
        lambda: end_agreement(store, "a-3", ME, drain=0),
        lambda: end_member(store, NewMember(community="E3", partner="POL"), ME, drain=0),
        lambda: export(store, "FRA", node.directory.parent / out, ME, vault=lots()),
    ]


def test_a_bounded_reader_answers_as_it_did_then(node: Node, clock: Clock) -> None:
    known: dict[int, dict[str, Any]] = {}
    for act in history(node, "out.json"):
        with node.store.read() as reader:
            known[max(each.id for each in reader.acts())] = {name: ask(reader) for name, ask in ASKED.items()}
        clock.pass_by(1)
        act()
    before: dict[str, Any] = {}
    changed = set()
    for number, answers in known.items():
        with node.store.read(number) as reader:
            for name, ask in ASKED.items():
                assert ask(reader) == answers[name], (number, name)
        changed |= {name for name, answer in answers.items() if before.get(name, answer) != answer}
        before = answers
    assert changed == set(ASKED)


def test_every_table_is_bounded_unless_it_says_nothing_by_itself(node: Node) -> None:
    """A new table is bounded, or stands in UNBOUNDED with its reason, or this fails."""
    with node.store.read() as reader:
        assert isinstance(reader, SqlReader)
        for table in schema.metadata.tables.values():
            if table in UNBOUNDED:
                assert "act" not in table.c
                reader._connection.execute(bounded(select(table)), {BY: 0})
            else:
                assert reader._connection.execute(bounded(select(table)), {BY: 0}).all() == []


def test_every_question_of_a_reader_is_bounded() -> None:
    """A statement that goes to the connection by another way would know what came later."""
    sources = [inspect.getsource(part) for part in SqlReader.__mro__ if part.__module__.startswith("comity.store")]
    uses = [line.strip() for text in sources for line in text.splitlines() if "_connection" in line]
    assert sorted(use for use in uses if "spoken(" not in use) == [
        "return fetched(self._connection, statement, named)",
        "return self._connection.execute(bounded(statement), {**(named or {}), BY: self._until})",
        "return self._connection.execute(statement, named)",
        "return self._connection.info.get(TOLD) if self._until is None else None",
        "self._connection = connection",
    ]
