"""What may go to whom, asked of a stored node; and handing over exactly that."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from comity.compose import Node, open_node, verify
from comity.core.agreement import Reach
from comity.core.commitment import root_over
from comity.core.errors import ComityError, NodeDamaged, UnknownName
from comity.core.instant import Instant
from comity.core.lineage import Use
from comity.core.partner import Recipient
from comity.formats import world
from comity.index.holding import Ordinal
from comity.service import disclose, lineage, logs, preview, release, suspending, visible
from comity.service.disclose import disclosures, export
from comity.service.partners import NewPartner, add_partner, as_code
from comity.service.receive import receive
from comity.service.recording import committing, held_in_order
from comity.service.records import Word
from comity.service.suspending import NewSuspension
from tests.nodes import ME, Clock, lots, make, word_of

MARCH = world.read((Path(__file__).parents[1] / "worlds" / "march-2025.yaml").read_text())
NOON = 1741262400 * 1_000_000  # 2025-03-06T12:00:00Z

TWO_ROUTES = """
holder: GBR
partners: {GBR: {}, USA: {}, FRA: {}, UKR: {}, POL: {}}
domains: [a, b]
agreements:
  - {id: usa-gbr, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: fra-gbr, from: FRA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: gbr-ukr, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
  - {id: gbr-pol, from: GBR, to: POL, ceiling: SECRET, domains: [b]}
items:
  - {id: first, originator: USA, level: SECRET, domains: [a], received: 2025-02-01T00:00:00Z, object: OBJECT one}
  - {id: second, originator: FRA, level: SECRET, domains: [b], received: 2025-02-02T00:00:00Z, object: OBJECT two}
""".replace(
    "OBJECT one",
    '{type: x-note, id: x-note--00000000-0000-4000-8000-000000000001, modified: "2025-01-01T00:00:00Z", a: 1}',
).replace(
    "OBJECT two",
    '{type: x-note, id: x-note--00000000-0000-4000-8000-000000000001, modified: "2025-01-01T00:00:00.000Z", a: 2}',
)


@pytest.fixture
def march(tmp_path: Path) -> Iterator[Node]:
    """The node of March 2025 at noon on the 6th."""
    with make(tmp_path / "node", Clock(Instant(NOON)), MARCH) as node:
        yield node


@pytest.fixture
def routes(tmp_path: Path) -> Iterator[Node]:
    """A node that holds one version of an object from two partners, with other bytes."""
    with make(tmp_path / "node", Clock(), world.read(TWO_ROUTES)) as node:
        yield node


def objects(file: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(file.read_text())["objects"]
    return found


# --- asking -----------------------------------------------------------------------------------------------------------


def test_who_and_visible_say_what_decide_says(march: Node) -> None:
    for item in MARCH.world.items:
        answers = release.who(march.store, item)
        assert set(answers.refused) == MARCH.world.policy.partners
        for partner, reasons in answers.refused.items():
            found = release.decide(march.store, item, partner)
            assert (found.permitted, found.reasons) == (not reasons, reasons)
            listed = {each.name for each in visible.visible(march.store, partner, limit=100).items}
            assert (item in listed) == found.permitted


def test_roots_are_named_as_people_name_them_and_ordered_so(march: Node) -> None:
    reasons = release.decide(march.store, "gb-digest-of-digest", "FRA").reasons
    assert list(reasons) == sorted(reasons)
    assert str(reasons[0]) == "GBR/gb-digest/channel"


def test_asking_about_another_time_changes_nothing_recorded(march: Node) -> None:
    later = release.decide(march.store, "gb-digest", "UKR", Instant(NOON + 10**12))
    assert later.permitted
    assert not release.decide(march.store, "gb-digest", "UKR").permitted


@pytest.mark.parametrize("reach", Reach)
@pytest.mark.parametrize("pair", [("USA", "UKR"), ("GBR", "UKR"), ("FRA", "GBR"), ("USA", "GBR"), ("FRA", "UKR")])
def test_a_preview_says_what_the_suspension_then_does(tmp_path: Path, pair: tuple[str, str], reach: Reach) -> None:
    frm, to = pair
    with make(tmp_path / "node", Clock(Instant(NOON)), MARCH) as node:
        partners = sorted(MARCH.world.policy.partners)
        before = {code: names(node, code) for code in partners}
        found = preview.preview_suspension(node.store, frm, to, domains=None, reach=reach, recall=True)
        assert {code: names(node, code) for code in partners} == before
        word = ME if frm == "GBR" else word_of(frm)
        suspending.suspend(node.store, NewSuspension(frm=frm, to=to, reach=reach, recall=True), word)
        after = {code: names(node, code) for code in partners}
    said = {effect.recipient: {each.name for each in effect.lost.listed} for effect in found}
    done = {code: before[code] - after[code] for code in partners}
    assert {code: said.get(code, set()) for code in partners} == done


def names(node: Node, to: str) -> set[str]:
    return {each.name for each in visible.visible(node.store, to, limit=100).items}


def test_a_preview_speaks_of_parts_too(march: Node) -> None:
    found = preview.preview_consent(march.store, "us-imagery", by="USA", to=["UKR/alice", "POL/*"], use=Use.REPRODUCES)
    assert {effect.recipient: [each.name for each in effect.gained.listed] for effect in found} == {
        "UKR/alice": ["us-imagery"]
    }


def test_a_list_is_kept_only_when_it_changes(march: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    first = visible.visible(march.store, "UKR", limit=100)

    def refuse(*_: object) -> None:
        raise AssertionError("nothing is to be written")

    monkeypatch.setattr(march.store, "derive", refuse, raising=False)
    assert visible.visible(march.store, "UKR", limit=100).items == first.items


def test_lineage_ends_where_a_cycle_closes(tmp_path: Path) -> None:
    stated = world.read(
        "holder: GBR\npartners: {GBR: {}}\nitems:\n"
        "  - {id: a, originator: GBR, level: SECRET, sources: [{item: b}]}\n"
        "  - {id: b, originator: GBR, level: SECRET, sources: [{item: a}, {item: c}]}\n"
        "  - {id: c, originator: GBR, level: SECRET}\n"
    )
    with make(tmp_path / "node", Clock(), stated) as node:
        found = lineage.lineage(node.store, "a")
        small = lineage.lineage(node.store, "a", size=2)
    (below,) = found.sources.below
    assert found.known[below.item].name == "b"
    assert [(found.known[each.item].name, each.again) for each in below.below] == [("a", "cycle"), ("c", None)]
    assert small.sources.below[0].more == 2


# --- handing over -----------------------------------------------------------------------------------------------------


def test_each_reader_gets_the_earliest_copy_that_it_may_see(routes: Node, tmp_path: Path) -> None:
    both, one = tmp_path / "ukr.json", tmp_path / "pol.json"
    assert names(routes, "UKR") == {"first", "second"}
    assert names(routes, "POL") == {"second"}
    export(routes.store, "UKR", both, ME, vault=lots())
    export(routes.store, "POL", one, ME, vault=lots())
    assert [each["a"] for each in objects(both)] == [1]
    assert [each["a"] for each in objects(one)] == [2]


def test_bytes_are_joined_and_never_written_anew(routes: Node, tmp_path: Path) -> None:
    raw = (
        b'{"type":"x-note", "id":"x-note--00000000-0000-4000-8000-000000000009",\t'
        b'"name" : "\\u00e9\xc3\xa9",  "n":1.50}'
    )
    sent = b'{"type":"bundle","objects":[' + raw + b"]}"
    store = routes.store
    sidecar_free = receive(store, BytesIO(sent), submitter=as_code("USA"), word=ME)
    assert sidecar_free.read == 1
    out = tmp_path / "usa.json"
    export(store, "USA", out, ME, vault=lots())
    assert raw in out.read_bytes()


def test_the_register_commits_to_every_item_and_salts_open_it(march: Node, tmp_path: Path) -> None:
    vault = march.vault
    made = export(march.store, "UKR", tmp_path / "x", Word(actor="officer", why="weekly"), vault=vault)
    with march.store.read() as reader:
        (leaf,) = reader.leaves(made.leaf)
        (row,) = reader.disclosures()
        held = held_in_order(reader, row.items)
        act = list(reader.acts())[-1]
        assert reader.in_flight() == ()
        kept = logs.sizes(reader)
    entry = json.loads(leaf.entry)
    opened = list(map(committing(vault.key("salts"), row.nonce), held))
    assert entry["disclosure"] == {"recipient": "UKR", "count": made.count, "root": root_over(opened).hex()}
    assert len(set(opened)) == made.count == len(row.items)
    assert (entry["epoch"], entry["act"], entry["why"]) == (act.epoch, act.id, "weekly")
    assert (act.kind, act.word.actor, act.word.why) == ("export", "officer", "weekly")
    assert kept["UKR", "received"] == 1
    assert {party for party, side in kept if side == "originated"} >= {"GBR"}
    assert [each.name for each in disclosures(march.store, of="gb-own-assessment")] == ["gb-own-assessment"]
    verify(march)


def test_with_the_same_lots_the_file_is_the_same(march: Node, tmp_path: Path) -> None:
    for name in ("a", "b"):
        export(march.store, "UKR", tmp_path / name, ME, vault=lots())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_export_that_nothing_may_go_into_is_an_empty_bundle(routes: Node, tmp_path: Path) -> None:
    out = tmp_path / "fra.json"
    suspending.suspend(routes.store, NewSuspension(frm="GBR", to="POL"), ME)
    assert export(routes.store, "POL", out, ME, vault=lots()).count == 0
    assert objects(out) == []


def test_a_suspension_that_comes_in_between_takes_the_file_away(
    march: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = disclose._finish

    def suspended_first(*arguments: object) -> None:
        suspending.suspend(march.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"), drain=0.0)
        whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(disclose, "_finish", suspended_first)
    with pytest.raises(ComityError, match="policy changed"):
        export(march.store, "UKR", tmp_path / "x", ME, vault=lots())
    assert [path.name for path in tmp_path.iterdir()] == ["node"]
    assert len(disclosures(march.store)) > 0
    with march.store.read() as reader:
        assert reader.in_flight() == ()


def test_a_failure_in_between_leaves_no_file_and_no_flight(
    march: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ComityError, match="No space left"):
        export(march.store, "UKR", tmp_path / "x", ME, vault=lots())
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["node"]
    with march.store.read() as reader:
        assert reader.in_flight() == ()


def test_bytes_that_are_not_those_received_do_not_leave(march: Node, tmp_path: Path) -> None:
    with sqlite3.connect(march.directory / "comity.sqlite") as link:
        link.execute("UPDATE content SET bytes = x'7b7d' WHERE item = 4")
    link.close()
    with pytest.raises(NodeDamaged, match="us-public-statement"):
        export(march.store, "UKR", tmp_path / "x", ME, vault=lots())
    assert not (tmp_path / "x").exists()


def test_labels_that_do_not_agree_with_the_law_stop_the_export(march: Node, tmp_path: Path) -> None:
    with sqlite3.connect(march.directory / "comity.sqlite") as link:
        link.execute("UPDATE item SET label = (SELECT label FROM item WHERE id = 4) WHERE id = 2")
    link.close()
    with pytest.raises(NodeDamaged, match="us-imagery"):
        export(march.store, "UKR", tmp_path / "x", ME, vault=lots())
    assert disclosures(march.store) == []


def test_an_unknown_recipient_gets_nothing_and_leaves_no_trace(march: Node, tmp_path: Path) -> None:
    for recipient in ("XXX", "", "*", "UKR/*", "UKR/"):
        with pytest.raises(UnknownName):
            export(march.store, Recipient(recipient), tmp_path / "x", ME, vault=lots())
    with march.store.read() as reader:
        assert [act.kind for act in reader.acts()] == ["init"]
    assert [path.name for path in tmp_path.iterdir()] == ["node"]


@pytest.mark.parametrize("point", ["replace", "fsync"])
def test_a_killed_export_leaves_no_half_file_and_a_whole_node(tmp_path: Path, point: str) -> None:
    with make(tmp_path / "node", Clock(Instant(NOON)), MARCH):
        pass
    program = (
        "import os, signal, sys, time\n"
        "from pathlib import Path\n"
        "from comity.compose import open_node\n"
        "from comity.service.disclose import export\n"
        "from comity.service.records import Word\n"
        "from comity.core.instant import Instant\n"
        f"def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"os.{point} = die\n"
        f"with open_node(Path(sys.argv[1]), lambda: Instant({NOON})) as node:\n"
        "    export(node.store, 'UKR', Path(sys.argv[2]), Word(actor='x'), vault=node.vault)\n"
    )
    out = tmp_path / "ukr.json"
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "node"), str(out)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    with open_node(tmp_path / "node", Clock(Instant(NOON))) as node:
        verify(node)
        assert len(disclosures(node.store)) > 0
        suspending.suspend(node.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"), drain=0.1)
        with node.store.read() as reader:
            assert reader.in_flight() == ()


def test_a_copy_that_is_kept_apart_says_from_which(march: Node) -> None:
    def sent(name: str) -> BytesIO:
        stamp = "2025-01-01T00:00:00Z"
        stated = {"type": "tool", "spec_version": "2.1", "id": TOOL, "created": stamp, "modified": stamp, "name": name}
        return BytesIO(json.dumps({"type": "bundle", "objects": [stated]}).encode())

    add_partner(march.store, NewPartner(code="USA", level="SECRET"), ME)
    for name in ("one", "two"):
        receive(march.store, sent(name), submitter=as_code("USA"), word=ME)
    with march.store.read() as reader:
        first, second = (reader.handle(copy.ordinal) for copy in reader.copies([TOOL])[TOOL])
    assert lineage.lineage(march.store, second).known[ordinal_of(march, second)].apart_from == first
    assert lineage.lineage(march.store, first).known[ordinal_of(march, first)].apart_from is None


TOOL = "tool--00000000-0000-4000-8000-000000000002"


def ordinal_of(node: Node, name: str) -> Ordinal:
    with node.store.read() as reader:
        return reader.one(name).ordinal
