"""Statements: complete, checkable away from the node, and silent about everything that does not concern their party."""

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from comity.compose import Node, verify
from comity.core.errors import UnknownName
from comity.core.lineage import Use
from comity.core.slots import Log, climb, leaf
from comity.formats import instant
from comity.index.holding import Ordinal
from comity.service import keys, labels, witness
from comity.service.partners import NewPartner, add_partner
from comity.service.records import NewSource, Side
from comity_verify import canonical, commitment, root
from tests import sending, stating
from tests.nodes import ME, Clock
from tests.stating import checked, entries, hand, holds, lines, public, state, stated, write

Change = Callable[[list[Any]], None]


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    """A node that has handed something to Ukraine twice, to Germany and to France; each a minute later."""
    with stating.found(tmp_path / "node", clock) as node:
        for to in ("UKR", "DEU", "UKR", "FRA"):
            clock.pass_by(60)
            hand(node, to)
        clock.pass_by(60)
        yield node
        verify(node)


def names(node: Node) -> dict[str, str]:
    """The STIX id of each item, by the name that people know it by."""
    with node.store.read() as reader:
        items = reader.held(map(Ordinal, range(1, 8)))
        return {item.name: item.stix_id for item in items.values()}


def ids(line: Mapping[str, Any]) -> list[Any]:
    """What a line opens: ids, and of what is closed the ids that it carries."""
    return [item["id"] if "id" in item else [root["id"] for root in item["carries"]] for item in line["items"]]


def test_an_originator_is_told_of_every_disclosure_of_its_material_and_only_what_concerns_it(node: Node) -> None:
    file, said = stated(node, "USA")
    held = names(node)
    one, two = held["us-report"], held["us-second"]
    assert [line["entry"]["to"] for line in entries(file)] == ["UKR", "DEU", "UKR", "FRA"]
    assert [ids(line) for line in entries(file)] == [
        [one, two, [one], sorted([one, two])],
        [one, two, [one]],
        [one, two, [one], sorted([one, two])],
        [two],
    ]
    assert (said.entries, said.items) == (4, 12)
    text = file.read_text()
    assert not any(held[other] in text for other in ("fr-report", "gb-note", "gb-digest", "gb-joint"))
    assert holds(file, key=public(node))


def test_a_recipient_is_told_of_everything_that_was_handed_to_it_and_not_who_sent_it_in(node: Node) -> None:
    file = state(node, "UKR", "received")
    held = names(node)
    handed = [held[name] for name in held if name != "gb-kept"]
    assert [ids(line) for line in entries(file)] == [handed, handed]
    assert {key for line in entries(file) for item in line["items"] for key in item} == {
        "id",
        "salt",
        "sha256",
        "version",
    }
    assert holds(file, key=public(node))


def test_an_originator_is_not_told_the_id_of_a_copy_that_another_partner_relayed(tmp_path: Path, clock: Clock) -> None:
    """France relays a report of the United States that these never gave: they see that it went, and no id of it."""
    relayed, given = sending.thing("relayed"), sending.thing("given")
    terms = f"items: [{{id: {relayed['id']}, originator: USA, level: UNCLASSIFIED, releasable_to: [UKR]}}]"
    with sending.found(tmp_path / "node", clock) as node:
        sending.send(node, "FRA", relayed, sidecar=terms)
        sending.send(node, "USA", given)
        hand(node, "UKR")
        clock.pass_by(60)
        file = state(node, "USA")
    assert [ids(line) for line in entries(file)] == [[[], given["id"]]]
    assert relayed["id"] not in file.read_text()
    assert holds(file)


@pytest.mark.parametrize(("party", "side"), [("DEU", "originated"), ("USA", "received")])
def test_that_there_is_nothing_is_stated_and_shown_too(node: Node, party: str, side: Side) -> None:
    file = state(node, party, side)
    assert entries(file) == []
    assert holds(file, key=public(node))


def test_who_has_no_log_gets_no_statement(node: Node, tmp_path: Path) -> None:
    for name in ("ESP", "UKR/alice", "", "UKR\n"):
        with pytest.raises(UnknownName, match="has no log"):
            state(node, name, "received", file="none")
    assert not (tmp_path / "none.jsonl").exists()


def test_bounds_of_time_leave_nothing_out(node: Node) -> None:
    at = [line["entry"]["at"] for line in entries(state(node, "USA"))]
    file = state(node, "USA", since=instant.parse(at[1]), until=instant.parse(at[3]))
    assert ["items" in line for line in entries(file)] == [False, True, True, False]
    assert [line["entry"]["at"] for line in entries(file)] == at
    assert lines(file)[0]["opened"] == {"since": at[1], "until": at[3]}
    assert holds(file)


def test_a_log_stays_as_it_is_when_lineage_grows(node: Node, clock: Clock) -> None:
    """What is found to be built on the French report later was no disclosure of it then."""
    before = entries(state(node, "FRA"))
    with node.store.write("import", ME, policy=True) as writer:
        number = {name: writer.one(name).ordinal for name in ("gb-note", "fr-report")}
        writer.add_sources([NewSource(number["gb-note"], number["fr-report"], Use.REPRODUCES)])
        labels.refresh(writer, [number["gb-note"]])
    clock.pass_by(60)
    hand(node, "UKR")
    file = state(node, "FRA")
    assert entries(file)[: len(before)] == before
    assert [line["entry"]["count"] for line in entries(file)] == [2, 2, 1, 3]
    assert holds(file)


# Complete


def dropped(place: int) -> Change:
    def change(listed: list[Any]) -> None:
        del listed[1 + place]

    return change


def swapped(place: int) -> Change:
    def change(listed: list[Any]) -> None:
        listed[1 + place], listed[2 + place] = listed[2 + place], listed[1 + place]

    return change


def edited(place: int, **said: object) -> Change:
    def change(listed: list[Any]) -> None:
        listed[1 + place]["entry"] |= said

    return change


def miscounted(place: int) -> Change:
    def miscounted(listed: list[Any]) -> None:
        listed[1 + place]["entry"]["count"] += 1

    return miscounted


def emptied(place: int) -> Change:
    """One item of an entry is hidden, and the entry says so."""

    def change(listed: list[Any]) -> None:
        line = listed[1 + place]
        line["items"].pop()
        line["commitments"].pop()

    return change


def exchanged(place: int) -> Change:
    """Another item is opened in the place of one."""

    def change(listed: list[Any]) -> None:
        listed[1 + place]["items"][0] = dict(listed[1 + place]["items"][0], id=sending.ident(f"other {place}"))

    return change


def cut(place: int) -> Change:
    def change(listed: list[Any]) -> None:
        del listed[1 + place : -1]

    return change


def doubled(place: int) -> Change:
    def change(listed: list[Any]) -> None:
        listed.insert(1 + place, listed[1 + place])

    return change


CHANGES: list[tuple[Change, str]] = [
    *((dropped(place), "hidden") for place in range(4)),
    *((swapped(place), "swapped") for place in range(3)),
    *((edited(place, to="RUS"), "changed") for place in range(4)),
    *((edited(place, at="2025-03-01T00:00:00.5Z"), "changed") for place in range(4)),
    *((miscounted(place), "changed") for place in range(4)),
    *((emptied(place), "hidden") for place in range(4)),
    *((exchanged(place), "changed") for place in range(4)),
    *((cut(place), "cut off") for place in range(4)),
    *((doubled(place), "added") for place in range(4)),
]


class Whole(NamedTuple):
    """The lines of a statement to the United States, and the key that has signed it."""

    lines: list[Any]
    signer: keys.Signer

    @property
    def public(self) -> bytes:
        return self.signer.public


def copied(whole: Whole) -> list[Any]:
    found: list[Any] = json.loads(json.dumps(whole.lines))
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """A statement that nobody has changed."""
    clock = Clock()
    with stating.found(tmp_path_factory.mktemp("whole") / "node", clock) as node:
        for to in ("UKR", "DEU", "UKR", "FRA"):
            clock.pass_by(60)
            hand(node, to)
        clock.pass_by(60)
        with node.store.read() as reader:
            signer = node.keyring.open(keys.signing(reader).id)
        return Whole(lines(state(node, "USA")), signer)


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_a_statement_is_complete(whole: Whole, tmp_path: Path, change: Change, said: str) -> None:
    """Hiding one disclosure from it, or changing it, is found by its originator."""
    listed = copied(whole)
    change(listed)
    found = checked(write(tmp_path / "file", listed), key=whole.public)
    assert any("not as it was signed" in fault for fault in found.faults)
    assert any(said in fault for fault in found.faults if "as it was signed" not in fault)


def made_to_fit(listed: list[Any]) -> None:
    """All that whoever hides something can compute again without the key that signs."""
    at = ""
    for place, line in enumerate(line for line in listed if "entry" in line):
        line["place"], entry = place, line["entry"]
        for where, item in enumerate(line["items"]):
            if "id" in item:
                line["commitments"][where] = commitment(item).hex()
        entry |= {
            "count": len(line["commitments"]),
            "items": root([bytes.fromhex(one) for one in line["commitments"]]).hex(),
        }
        entry["at"] = at = max(entry["at"], at)
    entries = [canonical(line["entry"]) for line in listed if "entry" in line]
    listed[0]["log"] |= {"size": len(entries), "root": root(entries).hex()}


def signed_again(listed: list[Any], signer: keys.Signer) -> None:
    """What only whoever has the key can do."""
    first, log = listed[0], listed[0]["log"]
    way = [bytes.fromhex(beside) for beside in log["path"]]
    top = climb(
        leaf(Log(log["party"], log["side"], log["size"], bytes.fromhex(log["root"]))), int(log["slot"], 16), way
    )
    head = {key: value for key, value in first["head"].items() if key != "signature"} | {"parties": top.hex()}
    first["head"] = {**head, "signature": signer.sign("head", canonical(head)).hex()}
    content = b"".join(canonical(line) + b"\n" for line in listed[:-1])
    listed[-1]["signature"] = signer.sign("document", sha256(content).digest()).hex()


REAL = [case for case in CHANGES if case[0].__name__ != "miscounted"]
"""The changes that are still changes when everything is computed again: a count that is wrong is made right."""


@pytest.mark.parametrize(("change", "_"), REAL)
def test_it_is_complete_also_when_everything_that_can_be_is_computed_again(
    whole: Whole, tmp_path: Path, change: Change, _: str
) -> None:
    listed = copied(whole)
    change(listed)
    made_to_fit(listed)
    found = checked(write(tmp_path / "file", listed), key=whole.public)
    assert any("the log is not under the head" in fault for fault in found.faults)


@pytest.mark.parametrize(("change", "_"), REAL)
def test_whoever_has_the_key_too_is_found_by_an_earlier_statement_or_by_the_witness(
    whole: Whole, tmp_path: Path, change: Change, _: str
) -> None:
    listed = copied(whole)
    change(listed)
    made_to_fit(listed)
    signed_again(listed, whole.signer)
    file, earlier = write(tmp_path / "file", listed), write(tmp_path / "earlier", whole.lines)
    heads = write(tmp_path / "heads", [whole.lines[0]["head"]])
    assert not holds(file, earlier=earlier)
    assert "the head is not in the witness file" in " ".join(checked(file, witness=heads).faults)
    assert holds(earlier, earlier=earlier, witness=heads, key=whole.public)


@pytest.mark.parametrize("since", [None, "2025-03-01T00:00:30Z"])
def test_whoever_has_the_key_too_cannot_say_that_the_log_has_begun_later(
    tmp_path: Path, clock: Clock, since: str | None
) -> None:
    """Its first entry is dropped, and the heads that were signed over it are said to be from before the log."""
    heads = tmp_path / "heads"
    with stating.found(tmp_path / "node", clock) as node:
        for to in ("UKR", "DEU"):
            clock.pass_by(60)
            hand(node, to)
            clock.pass_by(60)
            witness.append(stating.notary(node), heads)
        file, key = state(node, "USA", witness=heads), public(node)
        assert holds(file, witness=heads, key=key, since=since)
        with node.store.read() as reader:
            signer = node.keyring.open(keys.signing(reader).id)
    listed = lines(file)
    del listed[2]
    listed[1] = {"head": listed[1]["head"]}
    made_to_fit(listed)
    signed_again(listed, signer)
    write(file, listed)
    write(heads, [listed[1]["head"], listed[0]["head"]])
    (fault,) = checked(file, witness=heads, key=key, since=since).faults
    assert "leads to no log" in fault
    assert "hidden" in fault


def test_a_partner_that_was_registered_later_says_since_when(tmp_path: Path, clock: Clock) -> None:
    heads = tmp_path / "heads"
    with stating.found(tmp_path / "node", clock) as node:
        clock.pass_by(60)
        witness.append(stating.notary(node), heads)
        clock.pass_by(60)
        add_partner(node.store, NewPartner(code="NOR", name="Norway"), ME)
        clock.pass_by(60)
        witness.append(stating.notary(node), heads)
        file = state(node, "NOR", "received", witness=heads)
    assert "say since when: --since" in checked(file).faults[0]
    assert "since 2025-03-01T00:01:00Z there is one: hidden" in checked(file, since="2025-03-01T00:01:00Z").faults[0]
    found = checked(file, witness=heads, since="2025-03-01T00:02:00Z")
    assert found.holds
    assert "you say that there was none before 2025-03-01T00:02:00Z" in " ".join(found.notes)


def test_a_head_that_leads_to_no_log_is_earlier_than_every_entry(node: Node, tmp_path: Path, clock: Clock) -> None:
    witness.append(stating.notary(node), tmp_path / "heads")
    clock.pass_by(60)
    witness.append(stating.notary(node), tmp_path / "heads")
    listed = lines(state(node, "USA", witness=tmp_path / "heads"))
    for part in ("path", "root", "size"):
        del listed[1][part]
    faults = checked(write(tmp_path / "file", listed), since="2030-01-01T00:00:00Z").faults
    assert any("the log has an earlier entry: hidden" in fault for fault in faults)


def test_a_bit_that_is_flipped_is_found_wherever_it_is(whole: Whole, tmp_path: Path) -> None:
    content = write(tmp_path / "file", whole.lines).read_bytes()
    for where in range(0, len(content), 13):
        changed = bytearray(content)
        changed[where] ^= 1 << where % 7
        (tmp_path / "file").write_bytes(changed)
        assert not holds(tmp_path / "file", key=whole.public)
