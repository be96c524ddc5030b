"""A node made from a world gives the world's answers; what is held of it is honest STIX."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from comity.compose import Founding, Node, init, verify
from comity.core.decision import Permitted, Refused, decide
from comity.core.errors import Forbidden, InvalidFacts
from comity.core.instant import Instant
from comity.core.lineage import ItemId, Use
from comity.core.partner import Recipient
from comity.core.world import World
from comity.formats import world
from comity.formats.instant import parse
from comity.formats.world import Verdict, WorldFile
from comity.index.engine import Index
from comity.index.holding import Ordinal, item_id
from comity.service import release
from comity.service.labels import book
from comity.service.partners import as_code
from comity.service.ports import Reader
from tests.nodes import ME, START, Clock, make, small
from tests.oracle.generator import boundaries, random_questions, random_world

MARCH = world.read((Path(__file__).parents[1] / "worlds" / "march-2025.yaml").read_text(encoding="utf-8"))


def stored(reader: Reader, name: str, to: Recipient, at: Instant) -> Permitted | Refused:
    """The decision on what the store says of the item, under the names that the world has."""
    item = reader.one(name)
    closure = reader.closure(item.ordinal)
    policy = reader.policy()
    said = tuple(consent for consent in policy.consents if consent.item in closure)
    found = decide(World(policy=replace(policy, consents=said), items=closure), item_id(item.ordinal), to, at)
    if isinstance(found, Permitted):
        return replace(found, item=ItemId(name))
    names = {item_id(number): held.name for number, held in reader.held(Ordinal(int(each)) for each in closure).items()}
    reasons = tuple(sorted(reason._replace(root=ItemId(names[reason.root])) for reason in found.reasons))
    return replace(found, item=ItemId(name), reasons=reasons)


@pytest.mark.parametrize("clock", ["2025-02-01T00:00:00Z", "2025-03-06T11:00:00Z", "2026-01-01T00:00:00Z"])
def test_a_node_from_march_2025_gives_the_85_answers(tmp_path: Path, clock: str) -> None:
    with make(tmp_path / "node", Clock(parse(clock)), MARCH) as node, node.store.read() as reader:
        verify(node)
        for check in MARCH.checks:
            found = stored(reader, check.item, check.to, check.at)
            assert isinstance(found, Permitted) == (check.expect is Verdict.PERMIT)
            if isinstance(found, Refused):
                assert tuple(str(reason) for reason in found.reasons) == check.because
    assert len(MARCH.checks) == 85


@pytest.mark.parametrize("seed", range(25))
def test_a_node_from_any_world_gives_the_world_s_answers(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    plain = random_world(rng)
    stated = world.from_plain(plain)
    with make(tmp_path / "node", Clock(), stated) as node, node.store.read() as reader:
        for item, to, at in random_questions(rng, plain, 40):
            asked = Recipient(to), parse(at)
            assert stored(reader, item, *asked) == decide(stated.world, ItemId(item), *asked)
        verify(node)


@pytest.mark.parametrize("seed", range(25, 40))
def test_the_index_of_a_node_from_any_world_gives_the_world_s_verdicts(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    plain = random_world(rng)
    stated = world.from_plain(plain)
    times = sorted(parse(text) for text in boundaries(plain))
    with make(tmp_path / "node", Clock(rng.choice(times)), stated) as node, node.store.read() as reader:
        cases = book(reader).cases.values()
        for at in (reader.now(), *rng.sample(times, min(4, len(times)))):
            if at < reader.labelled():  # the index tells no past: it is a view of what is
                continue
            index = Index(reader.policy(), reader, at, cases=cases, labelled=reader.labelled())
            for item, to, _ in random_questions(rng, plain, 40):
                found = index.permits(reader.one(item).ordinal, Recipient(to))
                assert found == isinstance(decide(stated.world, ItemId(item), Recipient(to), at), Permitted)


def content(node: Node, name: str) -> dict[str, object]:
    with node.store.read() as reader:
        ((_, found),) = reader.content([reader.one(name).ordinal])
    stated: dict[str, object] = json.loads(found)
    return stated


def test_an_item_without_an_object_is_held_as_a_report_that_tells_no_more_than_its_id(node: Node) -> None:
    report = content(node, "analysis")
    with node.store.read() as reader:
        held = reader.one("analysis")
        identity = {partner.code: partner.identity for partner in reader.partners()}[as_code("GBR")]
    assert report == {
        "type": "report",
        "spec_version": "2.1",
        "id": held.stix_id,
        "name": "analysis",
        "created": "2025-03-01T00:00:00Z",
        "modified": "2025-03-01T00:00:00Z",
        "published": "2025-03-01T00:00:00Z",
        "created_by_ref": identity,
        "object_refs": [identity],
    }
    assert (held.name, held.submitter, held.received, held.version) == ("analysis", "GBR", None, report["modified"])


def with_object(text: str, extra: str = "") -> WorldFile:
    item = f"{{id: x, originator: GBR, level: SECRET, received: 2025-01-01T00:00:00Z, object: {text}}}"
    return world.read(f"holder: GBR\npartners: {{GBR: {{name: UK}}}}\nitems:\n  - {item}\n{extra}")


def test_a_stated_object_is_held_in_canonical_form(tmp_path: Path) -> None:
    stated = with_object("{type: note, id: note--1, modified: '2024', abstract: Ä, object_refs: [a--1, note--1]}")
    with make(tmp_path / "node", Clock(), stated) as node, node.store.read() as reader:
        held = reader.one("x")
        assert held == reader.one("note--1@2024")
        assert held.received == parse("2025-01-01T00:00:00Z")
        ((_, found),) = reader.content([held.ordinal])
        want = '{"abstract":"Ä","id":"note--1","modified":"2024","object_refs":["a--1","note--1"],"type":"note"}'
        assert found.decode() == want
        later = Ordinal(held.ordinal + 1)
        assert reader.referrers(["a--1", "note--1"], before=later) == [("a--1", held.ordinal, "ref")]


@pytest.mark.parametrize("text", ["{type: note}", "{id: note--1}", "{type: note, id: x--1}", "{}"])
def test_an_object_that_is_no_stix_object_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidFacts, match=r"items.0.object: no STIX object"):
        make(tmp_path / "node", Clock(), with_object(text))
    assert not (tmp_path / "node").exists()


def test_two_items_with_one_object_are_refused(tmp_path: Path) -> None:
    twin = "  - {id: y, originator: GBR, level: SECRET, object: {type: note, id: note--1}}"
    with pytest.raises(InvalidFacts, match=r"items.1.object: the object of another item"):
        make(tmp_path / "node", Clock(), with_object("{type: note, id: note--1}", twin))


def test_a_number_that_json_has_no_canonical_form_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFacts, match="canonical form"):
        make(tmp_path / "node", Clock(), with_object("{type: note, id: note--1, n: 9007199254740993}"))


def test_a_node_has_a_holder_and_no_other_than_the_world_s(tmp_path: Path) -> None:
    with pytest.raises(Forbidden, match="--holder"):
        init(tmp_path / "node", Clock(), Founding(), ME)
    with pytest.raises(Forbidden, match="the world's holder is `GBR`, not `USA`"):
        init(tmp_path / "node", Clock(), Founding(holder="USA", world=small()), ME)
    founded = init(tmp_path / "node", Clock(), Founding(holder="GBR", world=small()), ME)
    assert (founded.holder, founded.partners, founded.items) == ("GBR", 4, 4)


def test_a_holder_alone_is_enough(tmp_path: Path) -> None:
    founded = init(tmp_path / "node", Clock(), Founding(holder="GBR"), ME)
    assert (founded.holder, founded.partners, founded.items) == ("GBR", 1, 0)
    with pytest.raises(InvalidFacts, match="no partner code"):
        init(tmp_path / "other", Clock(), Founding(holder="GBR/alice"), ME)


def test_the_labels_of_a_new_node_hold_now(node: Node) -> None:
    with node.store.read() as reader:
        assert reader.labelled() == START
        assert len(reader.labels(map(Ordinal, range(1, 5)))) == 4


NAMING = """
holder: GBR
partners: {GBR: {name: UK}, USA: {name: US}, UKR: {name: Ukraine}}
agreements:
  - {id: gbr-ukr, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
items:
  - id: secret
    originator: USA
    level: SECRET
    releasable_to: []
    object: {type: indicator, id: indicator--1, modified: "1"}
  - id: naming
    originator: GBR
    level: SECRET
    object: {type: report, id: report--1, modified: "1", object_refs: [indicator--1]}
  - id: derived
    originator: GBR
    level: SECRET
    object: {type: malware, id: malware--1, modified: "1", created_by_ref: identity--1}
  - id: relation
    originator: GBR
    level: SECRET
    object:
      type: relationship
      id: relationship--1
      relationship_type: derived-from
      source_ref: malware--1
      target_ref: indicator--1
  - id: who
    originator: USA
    level: SECRET
    releasable_to: []
    object: {type: identity, id: identity--1}
"""


def test_what_a_world_s_objects_name_binds_them_though_the_world_states_no_source(tmp_path: Path) -> None:
    with make(tmp_path / "node", Clock(), world.read(NAMING)) as node:
        for name in ("naming", "derived", "relation"):
            found = release.decide(node.store, name, "UKR")
            assert [str(reason) for reason in found.reasons if reason.partner == "USA"] == ["USA/secret/onward"], name
        with node.store.read() as reader:
            relation = reader.one("relation").ordinal
            assert {row.kind for row in reader.derivations([relation])} == {"derived"}
            assert len(reader.referrers(["indicator--1"], before=Ordinal(relation + 1))) == 3


def test_a_source_that_the_world_states_stands_as_stated(tmp_path: Path) -> None:
    stated = NAMING.replace(
        "    object: {type: report,",
        "    sources: [{item: secret, use: draws-on, attested: 2025-01-01T00:00:00Z}]\n    object: {type: report,",
    )
    with make(tmp_path / "node", Clock(), world.read(stated)) as node, node.store.read() as reader:
        (edge,) = reader.sources([reader.one("naming").ordinal])[reader.one("naming").ordinal]
        assert edge.use is Use.DRAWS_ON
