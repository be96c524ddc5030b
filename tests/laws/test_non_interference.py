"""`non_interference`, the headline: nothing that R is answered tells of what R may not see.

Two nodes begin as copies of one another, with one clock and the same lots. What R may see happens to both; what R may
not know of – others' objects, versions, deletions, quarantines, agreements, suspensions, consents, accounts, requests –
happens to one alone. Whatever R then asks, on any route of the application, both answer with the same bytes: status,
headers but for `Date`, body. What is asked is made from the application's own routes (`tests.web.leaks.asking`).
"""

import random
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.postgres import Server, shared
from tests.web.leaks.asgi import Ask, unbroken
from tests.web.leaks.asking import Words, learned, random_ask, steady
from tests.web.leaks.happenings import HIDDEN, SHOWN, Happening, done
from tests.web.leaks.network import READER, envelope, network, seen
from tests.web.leaks.twins import Twins

LOT = st.integers(min_value=0, max_value=1_000_000)
INBOX: Final = "/taxii2/comity/collections/inbox/objects/"
ALL: Final = "/taxii2/comity/collections/all/objects/"
MEDIA: Final = (("content-type", "application/taxii+json;version=2.1"),)


class TwoNodes(RuleBasedStateMachine):
    """What happens, and what R asks of both."""

    def keeper(self) -> Server | None:
        """Who keeps their records: None for their folders."""
        return None

    @initialize()
    def start(self) -> None:
        self.twins = Twins(network(self.keeper()))
        self.words = Words()
        self.ask(Ask(path="/taxii2/comity/collections/"))

    @rule(what=st.sampled_from(SHOWN), lot=LOT)
    def shown(self, what: Happening, lot: int) -> None:
        self.twins.pass_by(1)
        self.twins.both(done(what, lot))

    @rule(what=st.sampled_from(HIDDEN), lot=LOT)
    def hidden(self, what: Happening, lot: int) -> None:
        self.twins.pass_by(1)
        self.twins.hidden(done(what, lot))

    @rule(lot=LOT, times=st.integers(min_value=1, max_value=4))
    def several_hidden(self, lot: int, times: int) -> None:
        rng = random.Random(lot)
        self.twins.pass_by(1)
        for _ in range(times):
            self.twins.hidden(done(rng.choice(HIDDEN), rng.randrange(1_000_000)))

    @rule(lot=LOT)
    def asks(self, lot: int) -> None:
        rng = random.Random(lot)
        for _ in range(4):
            self.twins.pass_by(rng.choice([0, 0, 1]))
            self.ask(random_ask(rng, self.twins.plain.line.app, self.words))

    @rule(limit=st.integers(min_value=1, max_value=3), hidden=LOT)
    def pages(self, limit: int, hidden: int) -> None:
        """A whole list, page by page, while more happens that R may not know of."""
        asked = Ask(path=ALL, query=(("limit", str(limit)),))
        answer, rng = self.ask(asked), random.Random(hidden)
        while isinstance(answer, dict) and "next" in answer:
            self.twins.hidden(done(rng.choice(HIDDEN), rng.randrange(1_000_000)))
            self.twins.pass_by(1)
            answer = self.ask(Ask(path=ALL, query=(*asked.query, ("next", answer["next"]))))

    @rule(lot=LOT)
    def sends(self, lot: int) -> None:
        sent = seen(f"r{lot % 5}", 1 + lot % 3, "indicator")
        self.twins.pass_by(1)
        self.ask(Ask(method="POST", path=INBOX, headers=MEDIA, body=envelope(sent)))

    @rule(seconds=st.sampled_from([1, 60, 3600 * 24]))
    def time_passes(self, seconds: int) -> None:
        self.twins.pass_by(seconds)

    def ask(self, ask: Ask) -> object:
        said = self.twins.ask(ask, READER)
        assert said.whole or said.stream
        unbroken(ask, said)
        learned(self.words, ask, said)
        return said.json() if ask.path == ALL and ask.method == "GET" and said.status == 200 else None

    def teardown(self) -> None:
        if hasattr(self, "twins"):
            try:
                for ask in steady(self.twins.plain.line.app, self.words):
                    self.ask(ask)
            finally:
                self.twins.close()


class TwoNodesOnPostgres(TwoNodes):
    """The same of nodes whose records are on PostgreSQL."""

    def keeper(self) -> Server | None:
        return shared()


TestTwoNodes = TwoNodes.TestCase
TestTwoNodes.settings = settings(
    max_examples=max(12, settings().max_examples // 10),
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.usefixtures("server")
class TestTwoNodesOnPostgres(TwoNodesOnPostgres.TestCase):  # type: ignore[misc, valid-type]
    """Fewer examples: the store is what differs, and `tests.contract` holds it to the other."""

    settings = settings(TestTwoNodes.settings, max_examples=max(2, settings().max_examples // 40))
