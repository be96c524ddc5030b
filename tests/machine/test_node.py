"""Whatever acts a node records, in whatever order, it answers as the oracle does on the plain world of these acts.

And whatever it has handed over in between, replay permits.
"""

import atexit
import json
import random
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from comity.compose import open_node, verify
from comity.core.agreement import Reach
from comity.core.claim import Derivation, Onward
from comity.core.decision import Permitted
from comity.core.instant import Instant
from comity.core.lineage import Use
from comity.core.partner import Recipient
from comity.formats.instant import show
from comity.index.holding import Ordinal
from comity.service.attesting import Edge, attest, withdraw_attestation
from comity.service.consenting import NewConsent, grant_consent, withdraw_consent
from comity.service.disclose import export
from comity.service.grants import NewGrant, add_agreement, end_agreement
from comity.service.partners import NewPartner, add_partner
from comity.service.records import Word
from comity.service.release import decide, judged
from comity.service.replay import replay
from comity.service.suspending import NewSuspension, lift, suspend
from comity.service.visible import visible
from tests.nodes import ME, SECOND, Clock, word_of
from tests.oracle import naive
from tests.postgres import shared
from tests.sending import found, ident, send, thing

HOLDER: Final = "GBR"
CODES: Final = ("GBR", "USA", "FRA", "UKR")
READERS: Final = ("UKR", "FRA", "UKR/unit", "GBR", "NEW-1")
LEVELS: Final = ("UNCLASSIFIED", "RESTRICTED", "SECRET")
WORLD: Final = """
holder: GBR
partners: {GBR: {name: UK}, USA: {name: US}, FRA: {name: France}, UKR: {name: Ukraine}}
domains: [intelligence]
agreements:
  - {id: a-1, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
  - {id: a-2, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free, derivation: own-analysis}
"""

Plain = dict[str, Any]
CODE = st.sampled_from(CODES)
DOMAINS = st.sampled_from([["*"], ["intelligence"], ["general"], ["general", "intelligence"]])
AUDIENCE = st.sampled_from([None, [], ["*"], ["UKR"], ["UKR/*"], ["FRA", "GBR"], ["GBR"]])
TO = st.sampled_from([["UKR"], ["UKR/*"], ["*"], ["FRA", "UKR"]])
LOT = st.integers(min_value=0, max_value=10_000)


@cache
def founded() -> Path:
    """The folder of a new node, to be copied."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    found(folder / "node", Clock(), WORLD).close()
    return folder / "node"


@cache
def founded_on_postgres() -> Path:
    """The same, with its database."""
    folder = founded().parent / "on-postgres"
    found(folder, Clock(), WORLD, database=shared().fresh()).close()
    return folder


def said_by(partner: str) -> Word:
    return ME if partner == HOLDER else word_of(partner)


class WholeNode(RuleBasedStateMachine):
    """Acts on a node, and the same facts in a plain world."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.copy(Path(self.folder.name) / "node")
        self.clock = Clock(Instant(Clock().now + 10 * SECOND))
        self.node = open_node(Path(self.folder.name) / "node", self.clock, patience=1)
        self.handed: list[int] = []
        self.world: Plain = {
            "holder": HOLDER,
            "partners": {code: {"name": code} for code in CODES},
            "domains": ["intelligence"],
            "agreements": [
                {"id": "a-1", "from": "GBR", "to": "UKR", "ceiling": "SECRET", "domains": ["*"]},
                {"id": "a-2", "from": "USA", "to": "GBR", "ceiling": "SECRET", "domains": ["*"], "onward": "free"}
                | {"derivation": "own-analysis"},
            ],
            "suspensions": [],
            "consents": [],
            "items": [],
        }

    def copy(self, to: Path) -> None:
        """A new node in the folder `to`."""
        shutil.copytree(founded(), to)

    def now(self) -> str:
        return show(self.clock.now)

    def tick(self) -> str:
        """A second passes before every act, so that the act's time is the clock's."""
        self.clock.pass_by(1)
        return self.now()

    def end(self, seconds: int) -> Plain:
        """An end in so many seconds, or none."""
        return {"end": show(Instant(self.clock.now + seconds * SECOND))} if seconds else {}

    def pick(self, kind: str, lot: int) -> Plain | None:
        """One fact of this kind that is open now, and still will be at the next act."""
        then = show(Instant(self.clock.now + SECOND))
        open_ = [fact for fact in self.world[kind] if "end" not in fact or fact["end"] > then]
        return open_[lot % len(open_)] if open_ else None

    @rule(lot=LOT, terms=st.booleans())
    def partner(self, lot: int, terms: bool) -> None:
        code = f"NEW-{len(self.world['partners']) - len(CODES) + 1}"
        if len(self.world["partners"]) > len(CODES) + 1:
            return
        self.tick()
        add_partner(self.node.store, NewPartner(code=code, level=LEVELS[lot % 3] if terms else None), ME)
        self.world["partners"][code] = {"name": code}

    @rule(
        frm=CODE,
        to=CODE,
        domains=DOMAINS,
        level=st.sampled_from(LEVELS),
        onward=st.sampled_from(Onward),
        own=st.booleans(),
        last=st.sampled_from([0, 0, 20]),
    )
    def agreement(  # noqa: PLR0913
        self, *, frm: str, to: str, domains: list[str], level: str, onward: Onward, own: bool, last: int
    ) -> None:
        if frm == to:
            return
        start = self.tick()
        derivation = Derivation.OWN_ANALYSIS if own else Derivation.INHERIT
        end = self.end(last)
        until = Instant(self.clock.now + last * SECOND) if last else None
        new = NewGrant(
            frm=frm, to=to, ceiling=level, domains=frozenset(domains), onward=onward, derivation=derivation, end=until
        )
        made = add_agreement(self.node.store, new, said_by(frm))
        fact = {"id": made.id, "from": frm, "to": to, "ceiling": level, "domains": domains, "start": start, **end}
        self.world["agreements"].append(fact | {"onward": onward.value, "derivation": derivation.value})

    @rule(lot=LOT)
    def end_agreement(self, lot: int) -> None:
        if fact := self.pick("agreements", lot):
            fact["end"] = self.tick()
            end_agreement(self.node.store, fact["id"], said_by(fact["from"]), drain=0)

    @rule(
        frm=CODE,
        originator=CODE,
        level=st.sampled_from(LEVELS),
        audience=AUDIENCE,
        onward=st.sampled_from([None, *Onward]),
        general=st.booleans(),
        lot=LOT,
    )
    def take_in(  # noqa: PLR0913
        self,
        *,
        frm: str,
        originator: str,
        level: str,
        audience: list[str] | None,
        onward: Onward | None,
        general: bool,
        lot: int,
    ) -> None:
        rng = random.Random(lot)
        name = ident(f"item {len(self.world['items'])}")
        claim: Plain = {"originator": originator, "level": level}
        claim |= {} if general else {"domains": ["intelligence"]}
        claim |= {} if audience is None else {"releasable_to": audience}
        claim |= {} if onward is None else {"onward": onward.value}
        held = [item["id"] for item in self.world["items"]]
        quoted = rng.sample(held, min(len(held), rng.choice([0, 0, 1])))
        drawn = rng.sample(held, min(len(held), rng.choice([0, 1, 2])))
        sources = [{"item": each, "use": "draws-on"} for each in drawn]
        received = self.tick()
        members: Plain = {"object_refs": quoted} if quoted else {}
        receipt = send(
            self.node,
            frm,
            thing(f"item {len(held)}", **members),
            sidecar=_text({"items": [{"id": name, **claim, "sources": sources}]}),
        )
        assert receipt.accepted == 1
        relayed = [] if originator == frm else [{"originator": frm, "level": "RESTRICTED"}]
        edges = [*sources, *({"item": each, "use": "reproduces"} for each in quoted)]
        self.world["items"].append(
            {"id": name, "received": received, **claim, "sources": edges, "further_claims": relayed}
        )

    @rule(
        frm=st.sampled_from(["USA", "USA", "GBR", "FRA"]),
        to=st.sampled_from(["UKR", "UKR", "GBR", "FRA"]),
        domains=DOMAINS,
        reach=st.sampled_from(Reach),
        recall=st.booleans(),
        last=st.sampled_from([0, 0, 0, 15]),
    )
    def suspend(  # noqa: PLR0913
        self, *, frm: str, to: str, domains: list[str], reach: Reach, recall: bool, last: int
    ) -> None:
        if frm == to:
            return
        start = self.tick()
        until = Instant(self.clock.now + last * SECOND) if last else None
        new = NewSuspension(frm=frm, to=to, domains=frozenset(domains), reach=reach, recall=recall, end=until)
        made = suspend(self.node.store, new, said_by(frm), drain=0)
        fact = {"id": made.id, "from": frm, "to": to, "domains": domains, "start": start, **self.end(last)}
        self.world["suspensions"].append(fact | {"reach": reach.value, "recall": recall, "given": start})

    @rule(lot=LOT)
    def lift(self, lot: int) -> None:
        if fact := self.pick("suspensions", lot):
            fact["end"] = self.tick()
            lift(self.node.store, fact["id"], said_by(fact["from"]))

    @precondition(lambda self: self.world["items"])
    @rule(by=CODE, lot=LOT, to=TO, use=st.sampled_from(Use), last=st.sampled_from([0, 0, 15]))
    def consent(self, *, by: str, lot: int, to: list[str], use: Use, last: int) -> None:
        start, item = self.tick(), self.world["items"][lot % len(self.world["items"])]["id"]
        until = Instant(self.clock.now + last * SECOND) if last else None
        made = grant_consent(
            self.node.store, NewConsent(by=by, item=item, to=tuple(to), use=use, end=until), said_by(by)
        )
        fact = {"id": made.id, "by": by, "item": item, "to": to, "use": use.value, "start": start, "given": start}
        self.world["consents"].append(fact | self.end(last))

    @rule(lot=LOT)
    def withdraw(self, lot: int) -> None:
        if fact := self.pick("consents", lot):
            fact["end"] = self.tick()
            withdraw_consent(self.node.store, fact["id"], said_by(fact["by"]), drain=0)

    def edges(self, *, attested: bool) -> list[tuple[Plain, Plain]]:
        """The `draws-on` edges that were attested and are still, or never were."""
        return [
            (item, source)
            for item in self.world["items"]
            for source in item["sources"]
            if source["use"] == "draws-on" and ("attested" in source) is attested and "withdrawn" not in source
        ]

    @rule(lot=LOT)
    def attest(self, lot: int) -> None:
        if bare := self.edges(attested=False):
            item, source = bare[lot % len(bare)]
            source["attested"] = self.tick()
            attest(self.node.store, Edge(item=item["id"], source=source["item"]), said_by(item["originator"]))

    @rule(lot=LOT)
    def withdraw_attestation(self, lot: int) -> None:
        if standing := self.edges(attested=True):
            item, source = standing[lot % len(standing)]
            source["withdrawn"] = self.tick()
            edge = Edge(item=item["id"], source=source["item"])
            withdraw_attestation(self.node.store, edge, said_by(item["originator"]), drain=0)

    @rule(to=st.sampled_from(READERS))
    def export(self, to: str) -> None:
        if to.partition("/")[0] in self.world["partners"]:
            self.tick()
            made = export(self.node.store, to, Path(self.folder.name) / "out.json", ME, vault=self.node.vault)
            self.handed.append(made.count)

    @rule(seconds=st.sampled_from([1, 10, 30]))
    def pass_time(self, seconds: int) -> None:
        self.clock.pass_by(seconds)

    @invariant()
    def answers_are_the_oracle_s(self) -> None:
        items = self.world["items"]
        asked = [*items[-2:], *items[:1]]
        for item in {each["id"]: each for each in asked}:
            for to in READERS:
                if to.partition("/")[0] in self.world["partners"]:
                    answer = decide(self.node.store, item, to)
                    verdict, reasons = naive.decide(self.world, item, to, self.now())
                    assert sorted(map(str, answer.reasons)) == reasons
                    assert answer.permitted is (verdict == "permit")

    @invariant()
    def listing_agrees(self) -> None:
        numbers = [Ordinal(number) for number in range(1, len(self.world["items"]) + 1)]
        for to in ("UKR", "FRA"):
            with self.node.store.read() as reader:
                verdicts = list(judged(reader, numbers, Recipient(to), reader.now()))
            permitted = {number for number, each in zip(numbers, verdicts, strict=True) if isinstance(each, Permitted)}
            sight = visible(self.node.store, to, limit=1_000)
            assert {seen.item.ordinal for seen in sight.items} == permitted
            assert sight.count == len(permitted)

    def teardown(self) -> None:
        if hasattr(self, "node"):
            verify(self.node)
            replayed = replay(self.node.store, self.node.vault)
            assert replayed.findings == ()
            assert (replayed.responses, replayed.items) == (len(self.handed), sum(self.handed))
            self.node.close()
            self.folder.cleanup()


class OnPostgres(WholeNode):
    """The same of a node whose record is on PostgreSQL."""

    def copy(self, to: Path) -> None:
        shared().copy(founded_on_postgres(), to)
        self.database = (to / "database").read_text().strip()

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "database"):
            shared().drop(self.database)


def _text(plain: Plain) -> str:
    """A world file as JSON, which YAML is a superset of."""
    return json.dumps(plain)


TestWholeNode = WholeNode.TestCase
TestWholeNode.settings = settings(
    max_examples=max(20, settings().max_examples // 8),
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.usefixtures("server")
class TestOnPostgres(OnPostgres.TestCase):  # type: ignore[misc, valid-type]
    """Fewer examples: the store is what differs, and `tests.contract` holds it to the other."""

    settings = settings(TestWholeNode.settings, max_examples=max(5, settings().max_examples // 40))
