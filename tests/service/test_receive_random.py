"""Whatever partners send, in whatever order: the law `laundering_fails` on a whole node, and labels that hold.

What must be built on what is worked out here from the objects alone, by the sentences of semantics §6.
"""

import json
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.compose import Node, open_node, verify
from comity.core.decision import Refused
from comity.core.partner import Recipient
from comity.formats.marking import AMBER, AMBER_STRICT, CLEAR
from comity.index.holding import Ordinal
from comity.service.release import judged
from tests.nodes import Clock
from tests.sending import Object, acts, bundle, derived, ident, marked, refs, send, send_bytes, thing

PARTNERS = ("USA", "FRA", "DEU", "GBR")
NAMES = ("a", "b", "c", "d", "e")
IDS = tuple(ident(name, "note") for name in NAMES)
READERS = ("UKR", "DEU", "UKR/unit")
EXAMPLES = settings(
    max_examples=max(25, settings().max_examples // 4),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LOTS = st.one_of(st.randoms(use_true_random=False), st.integers(min_value=0, max_value=2**32).map(random.Random))


@dataclass(frozen=True)
class Sent:
    """One object as sent, and the sources that the sidecar names for it."""

    frm: str
    object: Object
    originator: str
    bundle: int
    sources: tuple[str, ...] = ()


@dataclass
class Post:
    """Sends to a node at random, and remembers what became an item."""

    node: Node
    rng: random.Random
    items: list[Sent] = field(default_factory=list)
    bundles: list[tuple[str, bytes, str | None]] = field(default_factory=list)

    def send(self) -> None:
        """One bundle of one to three objects: new, quoted, revised, copied from another partner, or relayed."""
        frm = self.rng.choice(PARTNERS)
        objects = [self._object() for _ in range(self.rng.randint(1, 3))]
        told = {str(each["id"]): self._told(frm, each) for each in objects} if self.rng.random() < 0.4 else {}
        sidecar = f"items: [{', '.join(line for _, line, _ in told.values())}]" if told else None
        content = bundle(*objects)
        self.bundles.append((frm, content, sidecar))
        send_bytes(self.node, frm, content, sidecar=sidecar)
        with self.node.store.read() as reader:
            new = reader.content(Ordinal(number) for number in range(len(self.items) + 1, self._count() + 1))
            for each in [json.loads(raw) for _, raw in new]:
                who, _, named = told.get(each["id"], (frm, "", ()))
                kept = frm if "revoked" in each else who
                self.items.append(Sent(frm, each, kept, len(self.bundles), named))

    def _count(self) -> int:
        with self.node.store.read() as reader:
            return sum(len(copies) for copies in reader.copies({*IDS, *RELATIONS}).values())

    def _object(self) -> Object:
        rng = self.rng
        marking = marked(rng.choice([CLEAR, CLEAR, AMBER, AMBER_STRICT])) if rng.random() < 0.6 else {}
        if rng.random() < 0.15:
            return derived(rng.choice(NAMES), *rng.sample(IDS, 2), **marking)
        named = refs(*rng.sample(IDS, rng.randint(1, 2))) if rng.random() < 0.5 else {}
        broken = {"revoked": "no"} if rng.random() < 0.1 else {}
        text = {"content": rng.choice("xy")}
        return thing(rng.choice(NAMES), rng.randint(1, 3), kind="note", **marking, **named, **broken, **text)

    def _told(self, frm: str, each: Object) -> tuple[str, str, tuple[str, ...]]:
        """Who is the originator by the sidecar, what it says, and which sources it names."""
        rng, held = self.rng, sorted({str(item.object["id"]) for item in self.items})
        who = rng.choice(PARTNERS) if rng.random() < 0.5 else frm
        terms = f", originator: {who}, level: UNCLASSIFIED, releasable_to: ['*'], onward: free" if who != frm else ""
        named = tuple(rng.sample(held, min(len(held), rng.randint(0, 1))))
        use = rng.choice(["draws-on", "reproduces"])
        sources = ", ".join(f"{{item: {name}, use: {use}}}" for name in named)
        return who, f"{{id: {each['id']}{terms}, sources: [{sources}]}}", named


RELATIONS = tuple(ident(name, "relationship") for name in NAMES)


def built(items: Sequence[Sent]) -> set[tuple[int, int]]:
    """Every pair (item, what it must be built on), by their places, directly."""
    edges: set[tuple[int, int]] = set()
    for place, item in enumerate(items):
        stated = item.object
        named = {*stated.get("object_refs", ())} - {stated["id"]}
        named |= {stated[key] for key in ("source_ref", "target_ref") if key in stated}
        edges |= {(place, other) for name in named for other in bound(items, item.frm, name)}
        # A sidecar names what is held when it comes.
        then = [other for other in items if other.bundle <= item.bundle]
        edges |= {(place, other) for name in item.sources for other in bound(then, item.frm, name)}
        if stated.get("relationship_type") == "derived-from":
            ends = (stated["source_ref"], stated["target_ref"])
            for near, far in (ends, ends[::-1]):
                tainted = [at for at in copies(items, near) if item.frm in ("GBR", items[at].originator)]
                edges |= {(one, other) for one in tainted for other in bound(items, item.frm, far)}
        # What is relayed reproduces what its originator has sent itself.
        own = [at for at in copies(items, stated["id"]) if items[at].frm == item.originator != item.frm]
        same = [at for at in own if items[at].object.get("modified") == stated.get("modified")]
        edges |= {(place, other) for other in same or own}
    return {(one, other) for one, other in edges | set(inherited(items, edges)) if one != other}


def copies(items: Sequence[Sent], name: str) -> list[int]:
    return [place for place, item in enumerate(items) if item.object["id"] == name]


def bound(items: Sequence[Sent], frm: str, name: str) -> list[int]:
    """What a reference binds to: the copies of the same submitter, else every copy held."""
    found = copies(items, name)
    return [place for place in found if items[place].frm == frm] or found


def inherited(items: Sequence[Sent], edges: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """A later version by the originator itself has the sources of every earlier one."""
    own = [place for place, item in enumerate(items) if item.frm == item.originator]
    for early in own:
        for late in own:
            one, other = items[early], items[late]
            same = (one.frm, one.object["id"]) == (other.frm, other.object["id"])
            if same and (one.object["modified"], early) < (other.object["modified"], late):
                yield from ((late, source) for place, source in edges if place == early)


def refusals(node: Node, count: int, to: str) -> list[set[str]]:
    """Why each item may not go to the reader, by number."""
    with node.store.read() as reader:
        verdicts = judged(reader, [Ordinal(number) for number in range(1, count + 1)], Recipient(to), reader.now())
        return [set(map(str, each.reasons)) if isinstance(each, Refused) else set() for each in verdicts]


@EXAMPLES
@given(rng=LOTS)
def test_laundering_fails_on_a_node(network_folder: Path, rng: random.Random) -> None:
    """Nothing built on what is refused goes, for the same reasons at least; the labels kept are those of the record."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(network_folder, Path(folder) / "node")
        with open_node(Path(folder) / "node", Clock(), patience=1) as node:
            post = Post(node, rng)
            for _ in range(rng.randint(2, 7)):
                post.send()
            verify(node)
            edges = built(post.items)
            for to in READERS:
                why = refusals(node, len(post.items), to)
                for item, source in edges:
                    assert why[source] <= why[item], (to, post.items[item], post.items[source])
            before = acts(node)
            for frm, content, sidecar in post.bundles:
                receipt = send_bytes(node, frm, content, sidecar=sidecar)
                assert receipt.unchanged == receipt.read
            assert acts(node) == before


@EXAMPLES
@given(rng=LOTS)
def test_raising_reaches_every_earlier_version(network_folder: Path, rng: random.Random) -> None:
    """Of the versions of one originator, none goes where a later one is refused for what that one claims itself."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(network_folder, Path(folder) / "node")
        with open_node(Path(folder) / "node", Clock(), patience=1) as node:
            versions = [
                thing("a", rng.randint(1, 9), kind="note", **marked(rng.choice([CLEAR, AMBER, AMBER_STRICT])))
                for _ in range(rng.randint(2, 6))
            ]
            sent = [each for each in versions if send(node, "USA", each).accepted]
            verify(node)
            why = [bool(found) for found in refusals(node, len(sent), "UKR")]
            for place, early in enumerate(sent):
                strict = early["object_marking_refs"] != [CLEAR] or any(
                    (late["modified"], number) > (early["modified"], place) and late["object_marking_refs"] != [CLEAR]
                    for number, late in enumerate(sent)
                )
                assert why[place] is strict
