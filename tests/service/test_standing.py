"""The index that a process keeps answers, whatever other processes record, as one that is built for the occasion."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, invariant, rule

from comity.compose import Node, open_node
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.formats import world
from comity.index.engine import Index
from comity.index.holding import Ordinal
from comity.service import releasing
from comity.service.attesting import Edge, attest
from comity.service.consenting import NewConsent, grant_consent
from comity.service.ports import Reader
from comity.service.release import open_index
from comity.service.releasing import Request, page, release
from comity.service.shown import shown
from comity.service.standing import Behind, Standing
from comity.service.suspending import NewSuspension, suspend
from comity.service.visible import visible
from tests.machine import test_node as machine
from tests.nodes import ME, SECOND, Clock, make, word_of

UKR = Recipient("UKR")


def told(index: Index, to: Recipient, items: int) -> object:
    """Everything that an index says of one recipient."""
    numbers = [Ordinal(number) for number in range(1, items + 1)]
    answers = [(index.permits(number, to), index.decide(number, to), index.originators(number)) for number in numbers]
    domains = {domain: numbers for domain, numbers in index.domains().items() if numbers}
    return answers, index.visible(to), index.page(to, None, items + 1), domains


def fresh(reader: Reader, to: Recipient) -> Index:
    """An index built now, that goes on from what the recipient was shown."""
    index = open_index(reader)
    index.resume(to, shown(reader, to).segments())
    return index


class Standings(machine.WholeNode):
    """Any acts through one connection; an index that stands on another."""

    @initialize()
    def start(self) -> None:
        super().start()
        self.other = open_node(self.node.directory, self.clock, patience=1)
        self.outlet = releasing.outlet(self.other.store, self.other.vault)

    @rule(lot=machine.LOT)
    def hand_over_a_page(self, lot: int) -> None:
        to = machine.READERS[lot % 3]
        with release(self.outlet, Request(to=to, word=ME, choose=page(None, lot % 4 + 1))) as response:
            assert len(list(response.content)) == len(response.items)
            if response.items:
                self.handed.append(len(response.items))

    @rule(lot=machine.LOT)
    def look(self, lot: int) -> None:
        """Another process keeps what it has shown."""
        visible(self.node.store, machine.READERS[lot % 3], limit=3)

    @invariant()
    def answers_are_the_oracle_s(self) -> None:
        """Whoever asks, the standing index says what one built for the occasion says."""
        with self.other.store.read() as reader:
            items = sum(len(list(group)) for *_, group in reader.census())
            for to in map(Recipient, machine.READERS):
                if to.partition("/")[0] in self.world["partners"]:
                    with self.outlet.standing.at(reader) as index:
                        self.outlet.standing.resume(reader, index, to)
                        found = told(index, to, items)
                    assert found == told(fresh(reader, to), to, items)

    @invariant()
    def listing_agrees(self) -> None:
        """Held by the law of that name; to ask here would keep what was listed at each step."""

    def teardown(self) -> None:
        if hasattr(self, "other"):
            self.other.close()
        super().teardown()


TestStandings = Standings.TestCase
TestStandings.settings = settings(
    max_examples=max(20, settings().max_examples // 8),
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_nobody_is_answered_from_a_later_snapshot(network: Node) -> None:
    standing = Standing()
    with network.store.read() as early:
        suspend(network.store, NewSuspension(frm="GBR", to="UKR"), ME)
        with network.store.read() as late, standing.at(late) as index:
            assert index.policy.suspensions
        with pytest.raises(Behind), standing.at(early):
            pass


def test_a_clock_that_is_set_back_over_a_boundary_is_followed(network: Node, clock: Clock) -> None:
    standing, begun = Standing(), clock.now
    stop = suspend(network.store, NewSuspension(frm="GBR", to="UKR", end=Instant(begun + 10 * SECOND)), ME)
    clock.pass_by(20)
    with network.store.read() as reader, standing.at(reader) as index:
        assert index.now >= stop.window.end
    clock.pass_by(-15)
    with network.store.read() as reader, standing.at(reader) as index:
        assert index.now < stop.window.end


UNTIL = """
holder: GBR
partners: {GBR: {}, USA: {}, UKR: {}}
agreements:
  - {id: usa-gbr, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], derivation: own-analysis}
  - {id: gbr-ukr, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
items:
  - {id: imagery, originator: USA, level: SECRET, releasable_to: [GBR]}
  - id: analysis
    originator: GBR
    level: SECRET
    releasable_to: [UKR]
    sources: [{item: imagery, use: draws-on, attested: 2025-03-01T00:00:00Z, withdrawn: 2025-03-01T00:00:20Z}]
"""


def test_labels_set_by_a_clock_that_is_behind_are_brought_up_to_ones_own(tmp_path: Path) -> None:
    """The attestation ends between the two clocks: in the labels that are kept it counts, and by ours it does not."""
    standing, begun = Standing(), Clock().now
    make(tmp_path / "node", Clock(Instant(begun + SECOND)), world.read(UNTIL)).close()
    with (
        open_node(tmp_path / "node", Clock(Instant(begun + 30 * SECOND))) as ahead,
        open_node(tmp_path / "node", Clock(Instant(begun + 10 * SECOND))) as behind,
    ):
        with behind.store.read() as reader:
            assert len(fresh(reader, UKR).visible(UKR)) == 1
        with ahead.store.read() as reader, standing.at(reader) as index:
            assert not index.visible(UKR)
        grant_consent(behind.store, NewConsent(by="USA", item="imagery", to=("GBR",)), word_of("USA"))
        with ahead.store.read() as reader, standing.at(reader) as index:
            assert not index.visible(UKR)


def test_what_becomes_visible_comes_last_and_since_it_is_looked_at(node: Node, clock: Clock) -> None:
    outlet = releasing.outlet(node.store, node.vault)
    with release(outlet, Request(to="UKR", word=ME, choose=page(None, 10))) as first:
        assert [item.name for item in first.items] == ["note"]
    clock.pass_by(10)
    attest(node.store, Edge(item="analysis", source="imagery"), ME)
    clock.pass_by(10)
    with release(outlet, Request(to="UKR", word=ME, choose=page(first.positions[-1], 10))) as second:
        assert [item.name for item in second.items] == ["analysis", "digest"]
    with node.store.read() as reader:
        assert second.positions == tuple(fresh(reader, UKR).page(UKR, first.positions[-1], 10))
        looked = next(act.at for act in reader.acts() if act.kind == "attest") + 10 * SECOND
        assert second.positions[0].since == looked  # when the act was, or others were, is not told


def test_what_becomes_visible_is_dated_by_the_clock_also_where_a_later_time_is_recorded(
    node: Node, clock: Clock
) -> None:
    outlet = releasing.outlet(node.store, node.vault)
    with release(outlet, Request(to="UKR", word=ME, choose=page(None, 10))) as first:
        assert [item.name for item in first.items] == ["note"]
    clock.pass_by(10)
    attest(node.store, Edge(item="analysis", source="imagery"), ME)
    clock.pass_by(-5)
    with release(outlet, Request(to="UKR", word=ME, choose=page(first.positions[-1], 10))) as second:
        assert [item.name for item in second.items] == ["analysis", "digest"]
        assert second.positions[0].since == clock.now
        assert second.at > clock.now  # decided and recorded after everything that is recorded


def test_a_list_that_is_kept_by_hand_is_dated_by_the_clock(node: Node, clock: Clock) -> None:
    assert [seen.name for seen in visible(node.store, "UKR", limit=10).items] == ["note"]
    clock.pass_by(10)
    attest(node.store, Edge(item="analysis", source="imagery"), ME)
    clock.pass_by(-5)
    assert visible(node.store, "UKR", limit=10).items[1].since == clock.now
