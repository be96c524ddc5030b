"""Whom a response concerned: what is worked out from the record is what the index said when it was recorded."""

import shutil
import tempfile
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.compose import Node, open_node, verify_register
from comity.core.claim import Claim
from comity.core.lineage import Use
from comity.core.partner import Code
from comity.index.holding import Ordinal, ordinal
from comity.service import labels
from comity.service.concerned import Concerned
from comity.service.partners import as_code
from comity.service.ports import Reader
from comity.service.records import NewClaim, NewSource
from comity.service.release import open_index
from tests import stating
from tests.nodes import ME, Clock
from tests.stating import hand

Step = tuple[str, Ordinal, int | str]
"""What is recorded: its kind, the item, and the source or the originator."""

Indexed = dict[Ordinal, AbstractSet[Code]]
"""What the index said of each item."""

ITEMS = list(map(Ordinal, range(1, 8)))
CODES = [as_code(code) for code in ("GBR", "USA", "FRA", "DEU")]
EDGES = st.tuples(st.just("edge"), st.sampled_from(ITEMS), st.sampled_from(ITEMS))
CLAIMS = st.tuples(st.just("claim"), st.sampled_from(ITEMS), st.sampled_from(CODES))
FIRST = st.tuples(st.just("first"), st.sampled_from(ITEMS), st.sampled_from(CODES))
STEPS = st.lists(st.lists(EDGES | CLAIMS | FIRST, min_size=1, max_size=3), max_size=5)


def plainly(reader: Reader, item: Ordinal) -> set[Code]:
    """Every originator of a claim on the item, or on what it is built on, from the facts that this reader knows."""
    seen, front = set[Ordinal](), {item}
    while front:
        seen |= front
        sources = reader.sources(front)
        front = {ordinal(source.item) for edges in sources.values() for source in edges} - seen
    return {claim.originator for claims in reader.claims(seen).values() for claim in claims}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("concerned") / "node"
    stating.found(folder, Clock()).close()
    return folder


@settings(max_examples=12)
@given(steps=STEPS)
def test_it_is_what_the_index_said_then(founded: Path, steps: list[list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(founded, Path(folder) / "node")
        with open_node(Path(folder) / "node", Clock()) as node:
            said: dict[int, Indexed] = {}
            for step in [[], *steps]:
                entry = changed(node, step)
                said[entry] = indexed(node)
                hand(node, "UKR")
            compare(node, said)
            verify_register(node)


def changed(node: Node, step: list[Step]) -> int:
    """Record the changes as one act; its entry."""
    with node.store.write("import", ME, policy=True) as writer:
        for kind, item, other in step:
            if kind == "edge":
                writer.add_sources([NewSource(item, Ordinal(int(other)), Use.REPRODUCES)])
            else:
                place = 0 if kind == "first" else len(writer.claims([item])[item])
                claim = Claim(originator=as_code(str(other)), level="SECRET", audience=("GBR", "UKR"))
                writer.add_claims([NewClaim(item, place, claim)])
        labels.refresh(writer, [item for _, item, _ in step])
        return writer.act.leaf


def indexed(node: Node) -> Indexed:
    with node.store.read() as reader:
        index = open_index(reader)
        return {item: index.originators(item) for item in ITEMS}


def compare(node: Node, said: dict[int, Indexed]) -> None:
    with node.store.read() as reader:
        concerned = Concerned(reader)
        concerned.read(ITEMS[:3])
        for entry, found in said.items():
            with node.store.read(until=entry + 1) as then:
                for item in ITEMS:
                    assert concerned.originators(item, entry) == found[item] == plainly(then, item), (entry, item)


def test_an_originator_is_told_of_items_that_are_its_own_alone(founded: Path, tmp_path: Path) -> None:
    """A claim of one's own on another's item does not make that item's id one's own."""
    shutil.copytree(founded, tmp_path / "node")
    with open_node(tmp_path / "node", Clock()) as node:
        with node.store.read() as reader:
            number = {name: reader.one(name).ordinal for name in ("us-report", "fr-report", "gb-joint")}
        entry = changed(node, [("claim", number["fr-report"], "USA")])
        with node.store.read() as reader:
            concerned = Concerned(reader)
            assert concerned.originators(number["fr-report"], entry - 1) == {"FRA"}
            assert concerned.originators(number["fr-report"], entry) == {"FRA", "USA"}
            assert list(concerned.roots(number["fr-report"], entry, "USA")) == []
            assert set(concerned.roots(number["gb-joint"], entry, "FRA")) == {number["fr-report"]}
            assert len(concerned) == 4
