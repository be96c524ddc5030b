"""`replay`: what was disclosed is permitted as of its time by what was recorded by then, whatever came since."""

import json
import random
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from hypothesis import given, settings

from comity.compose import Node, verify
from comity.core.agreement import Reach
from comity.core.errors import ComityError
from comity.core.instant import Instant
from comity.core.lineage import Use
from comity.core.partner import Code
from comity.core.world import Policy
from comity.formats.world import from_plain
from comity.index.holding import Ordinal
from comity.service.attesting import Edge, attest, withdraw_attestation
from comity.service.consenting import NewConsent, grant_consent, withdraw_consent
from comity.service.disclose import export
from comity.service.grants import NewGrant, add_agreement, end_agreement
from comity.service.records import Word
from comity.service.release import Refused, judged
from comity.service.replay import replay
from comity.service.suspending import NewSuspension, lift, suspend
from tests.forging import forge
from tests.laws.worlds import SEEDED
from tests.nodes import ME, SECOND, Clock, make, word_of
from tests.oracle.generator import boundaries, random_world
from tests.plain import instant
from tests.sending import ident, refs, send, thing

ACTS: Final = 10
ITEMS: Final = tuple(map(Ordinal, range(1, 10)))


class Acting:
    """Random acts on one node, at times that its world speaks of."""

    def __init__(self, rng: random.Random, node: Node, clock: Clock, moments: list[Instant]) -> None:
        self.rng, self.node, self.clock, self.moments = rng, node, clock, moments
        self.taken = 0
        with node.store.read() as reader:
            self.codes = sorted(reader.policy().partners)
            self.held = reader.held(ITEMS)
            self.edges = [
                Edge(item=self.held[item].name, source=self.held[Ordinal(int(edge.item))].name)
                for item, edges in sorted(reader.sources(ITEMS).items())
                for edge in edges
                if edge.use is Use.DRAWS_ON
            ]

    def policy(self) -> Policy:
        with self.node.store.read() as reader:
            return reader.policy()

    def pass_time(self) -> None:
        """To a boundary of the world, or just before one, or a little on."""
        later = [moment for moment in self.moments if moment > self.clock.now]
        step = Instant(self.clock.now + self.rng.randint(1, 5) * SECOND)
        self.clock.now = max(step, Instant(self.rng.choice(later) - self.rng.randint(0, 1))) if later else step

    def act(self) -> None:
        """One act; some are refused, which is no concern here."""
        acts: list[Callable[[], object]] = [self.suspend, self.lift, self.consent, self.withdraw, self.agree]
        acts += [self.end_agreement, self.attest, self.withdraw_attestation, *(2 * [self.take_in])]
        with suppress(ComityError):
            self.rng.choice(acts)()

    def export(self) -> None:
        to = self.rng.choice([*self.codes, f"{self.policy().holder}/unit", f"{self.codes[0]}/unit"])
        export(self.node.store, to, self.node.directory.parent / "out.json", ME, vault=self.node.vault)

    def suspend(self) -> None:
        frm, to = self.rng.sample(self.codes, 2)
        new = NewSuspension(frm=frm, to=to, reach=self.rng.choice(list(Reach)), recall=self.rng.random() < 0.3)
        suspend(self.node.store, new, self.said_by(frm), drain=0)

    def lift(self) -> None:
        stop = self.rng.choice(self.policy().suspensions or (None,))
        if stop is not None:
            lift(self.node.store, stop.id, self.said_by(stop.frm))

    def consent(self) -> None:
        by, item = self.rng.choice(self.codes), self.held[self.rng.choice(list(self.held))]
        until = self.rng.choice([None, Instant(self.clock.now + 3 * SECOND)])
        use = self.rng.choice(list(Use))
        new = NewConsent(by=by, item=item.name, to=tuple(self.rng.sample(self.codes, 2)), use=use, end=until)
        grant_consent(self.node.store, new, self.said_by(by))

    def withdraw(self) -> None:
        given = self.rng.choice(self.policy().consents or (None,))
        if given is not None:
            withdraw_consent(self.node.store, given.id, self.said_by(given.by), drain=0)

    def agree(self) -> None:
        frm, to = self.rng.sample(self.codes, 2)
        new = NewGrant(frm=frm, to=to, ceiling=self.policy().levels[-1], domains=frozenset({"*"}))
        add_agreement(self.node.store, new, self.said_by(frm))

    def end_agreement(self) -> None:
        grant = self.rng.choice(self.policy().agreements or (None,))
        if grant is not None:
            end_agreement(self.node.store, grant.id, self.said_by(grant.frm), drain=0)

    def attest(self) -> None:
        if self.edges:
            edge = self.rng.choice(self.edges)
            attest(self.node.store, edge, self.said_for(edge))

    def withdraw_attestation(self) -> None:
        if self.edges:
            edge = self.rng.choice(self.edges)
            withdraw_attestation(self.node.store, edge, self.said_for(edge), drain=0)

    def take_in(self) -> None:
        """An object that refers to the next one, which is not held yet: when it comes, it binds this one, too."""
        number, frm, policy = self.taken, self.rng.choice(self.codes), self.policy()
        claim: dict[str, object] = {"originator": frm, "level": self.rng.choice(policy.levels)}
        if self.rng.random() < 0.7:
            claim["releasable_to"] = self.rng.choice([["*"], [], self.rng.sample(self.codes, 2)])
        beside = json.dumps({"items": [{"id": ident(f"n{number}"), **claim}]})
        send(self.node, frm, thing(f"n{number}", **refs(ident(f"n{number + 1}"))), sidecar=beside)
        self.taken += 1

    def said_by(self, partner: str) -> Word:
        return ME if partner == self.policy().holder else word_of(partner)

    def said_for(self, edge: Edge) -> Word:
        with self.node.store.read() as reader:
            item = reader.one(edge.item).ordinal
            return self.said_by(reader.claims([item])[item][0].originator)

    def forge(self, to: Code) -> tuple[int, set[str]]:
        """A disclosure of everything that was held first; its entry, and what of it may not have gone."""
        made = forge(self.node, to, self.held)
        with self.node.store.read() as reader:
            verdicts = list(judged(reader, list(self.held), to, made.at))
        return made.leaf, {self.held[Ordinal(int(each.item))].name for each in verdicts if isinstance(each, Refused)}


@given(SEEDED)
@settings(max_examples=max(20, settings().max_examples // 10))
def test_replay(rng: random.Random) -> None:
    plain = random_world(rng)
    moments = sorted({instant(text) for text in boundaries(plain)})
    clock = Clock(Instant(rng.choice(moments)))
    with tempfile.TemporaryDirectory() as folder, make(Path(folder) / "node", clock, from_plain(plain)) as node:
        acting = Acting(rng, node, clock, moments)
        for _ in range(ACTS):
            acting.pass_time()
            acting.act()
            acting.export()
        found = replay(node.store, node.vault)
        assert found.findings == ()
        assert found.responses == ACTS
        forged, refused = acting.forge(rng.choice(acting.codes))
        for _ in range(3):
            acting.act()
        found = replay(node.store, node.vault)
        assert {(each.leaf, each.item) for each in found.findings} == {(forged, name) for name in refused}
        assert all(each.reasons for each in found.findings)
        verify(node)
