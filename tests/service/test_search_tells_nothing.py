"""`non_interference`, for searching: nothing that R is answered tells of what R may not see.

Two nodes begin as copies of one another, with one clock and one secret. What R may see happens to both; what it may not
know of – others' items, versions, copies, labels, domains, agreements, consents, searches, the filling of the index –
happens to one alone. Whatever R then searches, both answer alike, to the last sign of each cursor and error.
"""

import random
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from comity.compose import Node, open_node, verify
from comity.core.errors import ComityError
from comity.formats.marking import AMBER_STRICT
from comity.service import indexing, releasing
from comity.service.consenting import NewConsent, grant_consent
from comity.service.disclose import export
from comity.service.grants import NewGrant, add_agreement
from comity.service.partners import NewPartner, add_partner
from comity.service.releasing import Outlet
from comity.service.search import Asked, Suggesting, search, suggest
from comity.service.suspending import NewSuspension, lift, suspend
from tests.nodes import ME, Clock, word_of
from tests.sending import derived, found, ident, marked, refs, send, thing

LOT: Final = st.integers(min_value=0, max_value=1_000_000)
R: Final = "UKR"
WORDS: Final = ("launch", "launcher", "early", "warning", "radar", "radio")
QUERIES: Final = (
    *("", "launch", "laun*", '"early warning"', "radar launch", "type:report", "type:indicator laun*", "type:tool"),
    *("label:alert", "label:secret", "domain:general", "domain:hidden", "after:2025-03-01T00:01:00Z", "ra* after:2025"),
    *(f"id:{ident(f'h{number}')}" for number in range(3)),
    *(f"id:{ident(f's{number}')}" for number in range(3)),
    *("originator:USA", "colour:red", '"open', "l*"),
)

Happening = Callable[[Node, random.Random], object]


def text(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 4)))


def of(rng: random.Random, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - members of an object
    """An object of this name, in some version, that says something."""
    version = rng.randint(1, 4)
    label = rng.choice([["alert"], []])
    return thing(f"{name}{rng.randrange(4)}", version, description=text(rng), labels=label or ["plain"], **more)


def seen(node: Node, rng: random.Random) -> object:
    """What R may see."""
    return send(node, rng.choice(["USA", "FRA", "GBR"]), *(of(rng, "s") for _ in range(rng.randint(1, 3))))


def back_and_forth(node: Node, rng: random.Random) -> object:
    """What R sees goes, and comes back."""
    stop = suspend(node.store, NewSuspension(frm="FRA", to=R), word_of("FRA"), drain=0)
    return lift(node.store, stop.id, word_of("FRA")) if rng.random() < 0.7 else None


def hidden_things(node: Node, rng: random.Random) -> object:
    things = [of(rng, "h", **marked(AMBER_STRICT)) | {"labels": ["secret"]} for _ in range(rng.randint(1, 4))]
    return send(node, rng.choice(["USA", "FRA", "DEU"]), *things)


def hidden_copies(node: Node, rng: random.Random) -> object:
    """Another's copy, or version, of what R may see."""
    return send(node, "DEU", of(rng, "s", **marked(AMBER_STRICT)))


def hidden_report(node: Node, rng: random.Random) -> object:
    """It names what R may see, and what it may not."""
    named = refs(ident(f"s{rng.randrange(4)}"), ident(f"h{rng.randrange(4)}"))
    return send(node, "DEU", thing(f"r{rng.random()}", kind="report", **named, **marked(AMBER_STRICT)))


def hidden_lineage(node: Node, rng: random.Random) -> object:
    far = derived(f"d{rng.random()}", ident(f"h{rng.randrange(4)}"), ident(f"s{rng.randrange(4)}"))
    return send(node, "DEU", far | dict(marked(AMBER_STRICT)))


def hidden_quarantine(node: Node, rng: random.Random) -> object:
    return send(node, "USA", b'{"type": "launch", "name": "%d"}' % rng.randrange(1000))


def hidden_policy(node: Node, _: random.Random) -> object:
    with node.store.read() as reader:
        name = f"X{len(reader.partners())}"
    add_partner(node.store, NewPartner(code=name, level="RESTRICTED"), ME)
    with node.store.write("domain", ME, policy=True) as writer:
        writer.add_domain(f"hidden-{name}")
    new = NewGrant(frm="GBR", to=name, ceiling="SECRET", domains=frozenset({f"hidden-{name}"}))
    return add_agreement(node.store, new, ME)


def hidden_word(node: Node, rng: random.Random) -> object:
    with node.store.read() as reader:
        held = [item for name in range(4) for item in reader.find(ident(f"h{name}")) if item.submitter == "USA"]
        handle = reader.handle(rng.choice(held).ordinal) if held else None
    return handle and grant_consent(node.store, NewConsent(by="USA", item=handle, to=("FRA",)), word_of("USA"))


def anothers_search(node: Node, rng: random.Random) -> object:
    asked = Asked(query=rng.choice(QUERIES[:10]), to=rng.choice(["FRA", "DEU", None]), word=ME)
    with search(releasing.outlet(node.store, node.vault), asked) as answer:
        return answer.count


def anothers_export(node: Node, rng: random.Random) -> object:
    return export(node.store, rng.choice(["FRA", "DEU"]), node.directory.parent / "out", ME, vault=node.vault)


def index_filled(node: Node, rng: random.Random) -> object:
    return indexing.rebuild(node.store) if rng.random() < 0.3 else indexing.catch_up(node.store, 0)


SHOWN: Final[tuple[Happening, ...]] = (seen, seen, seen, back_and_forth)
HIDDEN: Final[tuple[Happening, ...]] = (
    *(hidden_things, hidden_things, hidden_copies, hidden_report, hidden_lineage, hidden_quarantine, hidden_policy),
    *(hidden_word, anothers_search, anothers_export, index_filled),
)


@cache
def founded() -> Path:
    folder = Path(tempfile.mkdtemp())
    with found(folder / "node", Clock()) as node:
        seen(node, random.Random(1))
    return folder / "node"


class TwoNodes(RuleBasedStateMachine):
    """What happens, and what R searches in both."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.clock.pass_by(60)
        places = [Path(self.folder.name) / name / "node" for name in ("plain", "other")]
        for place in places:
            shutil.copytree(founded(), place)
        self.nodes = [open_node(place, self.clock, patience=1) for place in places]
        self.outlets = [releasing.outlet(node.store, node.vault) for node in self.nodes]

    @rule(what=st.sampled_from(SHOWN), lot=LOT)
    def shown(self, what: Happening, lot: int) -> None:
        self.clock.pass_by(1)
        for node in self.nodes:
            what(node, random.Random(lot))

    @rule(what=st.sampled_from(HIDDEN), lot=LOT)
    def hidden(self, what: Happening, lot: int) -> None:
        self.clock.pass_by(1)
        what(self.nodes[1], random.Random(lot))

    @rule(query=st.sampled_from(QUERIES), limit=st.integers(min_value=1, max_value=4), lot=LOT)
    def searches(self, query: str, limit: int, lot: int) -> None:
        """A whole search, page by page, while more happens that R may not know of."""
        rng, after = random.Random(lot), ""
        while True:
            self.clock.pass_by(rng.choice([0, 1]))
            asked = Asked(query=query, to=R, word=ME, limit=limit, after=after or None)
            one, other = (answered(outlet, asked) for outlet in self.outlets)
            assert one[0] == other[0]
            after = one[1]
            if not after:
                return
            if rng.random() < 0.5:
                self.hidden(rng.choice(HIDDEN), rng.randrange(1_000_000))

    @rule(beginning=st.sampled_from(["la", "launche", "ra", "ear", "sec", "zz", "x y"]), limit=st.integers(1, 3))
    def is_told_words(self, beginning: str, limit: int) -> None:
        self.clock.pass_by(1)
        one, other = (suggested(outlet, beginning, limit) for outlet in self.outlets)
        assert one == other

    def teardown(self) -> None:
        if hasattr(self, "nodes"):
            verify(self.nodes[1])
            for node in self.nodes:
                node.close()
            self.folder.cleanup()


def answered(outlet: Outlet, asked: Asked) -> tuple[str, str]:
    """All that R is answered, in words, and the cursor of the next page."""
    try:
        with search(outlet, asked) as answer:
            return repr(answer), answer.next or ""
    except ComityError as problem:
        return f"{type(problem).__name__}: {problem}", ""


def suggested(outlet: Outlet, beginning: str, limit: int) -> str:
    try:
        with suggest(outlet, Suggesting(beginning=beginning, to=R, word=ME, limit=limit)) as answer:
            return repr(answer)
    except ComityError as problem:
        return f"{type(problem).__name__}: {problem}"


TestTwoNodes = TwoNodes.TestCase
TestTwoNodes.settings = settings(
    max_examples=max(15, settings().max_examples // 8),
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_r_does_see_when_what_it_may_see_differs() -> None:
    """So that the comparisons above would notice something."""
    machine = TwoNodes()
    machine.start()
    before = [answered(outlet, Asked(query="launch", to=R, word=ME))[0] for outlet in machine.outlets]
    send(machine.nodes[1], "USA", thing("launch"))
    after = [answered(outlet, Asked(query="launch", to=R, word=ME))[0] for outlet in machine.outlets]
    assert before[0] == before[1] == after[0] != after[1]
    machine.teardown()
