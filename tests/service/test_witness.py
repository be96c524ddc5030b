"""Heads for whoever is outside: what the file tells, what it refuses, and what it finds out."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import comity_verify
from comity.compose import Node, open_node, verify_register
from comity.core.errors import ComityError, MalformedInput, NodeDamaged
from comity.service import checking, heads, keys, statement, witness
from comity.service.proving import Wanted
from comity.service.proving import write as prove
from tests import stating
from tests.nodes import ME, Clock
from tests.stating import checked, hand, holds, notary, state


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    """A node that has handed something to Ukraine."""
    with stating.found(tmp_path / "node", clock) as node:
        hand(node, "UKR")
        yield node


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "heads.jsonl"


def append(node: Node, file: Path, clock: Clock) -> None:
    clock.pass_by(60)
    witness.append(notary(node), file)


def refusal(node: Node, file: Path) -> str:
    """What going on with the file is refused with; nothing where it is not."""
    try:
        witness.append(notary(node), file)
    except ComityError as problem:
        return f"{type(problem).__name__}: {problem}"
    return ""


def test_a_line_is_a_head_and_tells_neither_sizes_nor_parties(node: Node, file: Path, clock: Clock) -> None:
    append(node, file, clock)
    for _ in range(12):
        hand(node, "DEU")
    append(node, file, clock)
    append(node, file, clock)
    listed = [json.loads(line) for line in file.read_text().splitlines()]
    assert [set(line) for line in listed] == [{"at", "key", "main", "node", "parties", "signature"}] * 3
    assert len({len(line) for line in file.read_bytes().splitlines()}) == 1
    # Nothing was recorded between the last two: nobody can tell.
    assert len({line["main"] for line in listed} | {line["parties"] for line in listed}) == 6
    verify_register(node, file)


def test_no_head_is_earlier_than_the_one_before_it(node: Node, file: Path, clock: Clock) -> None:
    """Also where the clock of another process is behind."""
    append(node, file, clock)
    clock.pass_by(-600)
    witness.append(notary(node), file)
    one, two = [json.loads(line) for line in file.read_text().splitlines()]
    assert one["at"] == two["at"]
    assert holds(state(node, "USA", witness=file), witness=file)


def test_the_file_is_only_appended_to(node: Node, file: Path, clock: Clock) -> None:
    append(node, file, clock)
    before = file.read_bytes()
    append(node, file, clock)
    assert file.read_bytes().startswith(before)
    assert file.read_bytes().count(b"\n") == 2


def test_a_statement_leads_to_every_head_of_the_file(node: Node, file: Path, clock: Clock) -> None:
    for to in ("UKR", "DEU", "FRA"):
        append(node, file, clock)
        hand(node, to)
    append(node, file, clock)
    made = state(node, "USA", witness=file)
    assert [line.get("size") for line in stating.lines(made) if "head" in line and "log" not in line] == [1, 2, 3]
    found = checked(made, witness=file)
    assert (found.faults, found.entries) == ([], 4)
    append(node, file, clock)
    assert "1 later heads" in " ".join(checked(made, witness=file).notes)
    assert holds(made, witness=file)


def test_a_statement_that_passes_over_a_head_is_found(node: Node, file: Path, clock: Clock) -> None:
    append(node, file, clock)
    append(node, file, clock)
    made = state(node, "USA", witness=file)
    listed = stating.lines(made)
    assert "head" in listed[1]
    del listed[1]
    assert "hidden" in " ".join(checked(stating.write(made, listed), witness=file).faults)


def test_a_proof_is_under_the_newest_head_of_the_file(node: Node, file: Path, clock: Clock, tmp_path: Path) -> None:
    append(node, file, clock)
    wanted = Wanted(party="UKR", item="gb-joint", to="UKR", witness=file)
    prove(notary(node), wanted, tmp_path / "proof")
    assert holds(tmp_path / "proof", witness=file)
    hand(node, "UKR")
    with pytest.raises(ComityError, match="under no head of that file yet: run `comity register witness`"):
        prove(notary(node), wanted, tmp_path / "proof")


def test_a_head_that_nobody_else_was_told_of_is_found(node: Node, file: Path, clock: Clock) -> None:
    append(node, file, clock)
    made = state(node, "USA")
    assert holds(made)
    clock.pass_by(60)
    assert "the head is not in the witness file" in " ".join(checked(state(node, "USA"), witness=file).faults)


def test_another_nodes_file_is_refused(node: Node, file: Path, clock: Clock, tmp_path: Path) -> None:
    with stating.found(tmp_path / "other" / "node", clock) as other:
        append(other, file, clock)
    refusal(node, file)
    assert file.read_bytes().count(b"\n") == 1
    assert re.match("MalformedInput: no head in .* is signed by a key of this register", refusal(node, file))
    with pytest.raises(MalformedInput, match="is signed by a key of this register: it is another node's"):
        state(node, "USA", witness=file)
    with pytest.raises(NodeDamaged, match="it is another node's"):
        verify_register(node, file)


def test_a_register_that_was_rolled_back_is_found(node: Node, file: Path, clock: Clock, tmp_path: Path) -> None:
    """A copy from before the newest head goes on in its place, and verifies by itself."""
    node.close()
    shutil.copytree(node.directory, tmp_path / "copy")
    with open_node(node.directory, clock) as first:
        hand(first, "DEU")
        append(first, file, clock)
    with open_node(tmp_path / "copy", clock) as second:
        hand(second, "FRA")
        verify_register(second)
        clock.pass_by(60)
        assert "Forbidden: line 1 of" in (said := refusal(second, file))
        assert "the register was rolled back, or this head forged" in said
        assert "rolled back" in " ".join(checking.faults(second.store, second.vault, file))


def test_a_wrong_file_is_not_called_a_roll_back(node: Node, file: Path, clock: Clock, tmp_path: Path) -> None:
    append(node, file, clock)
    good = file.read_bytes()
    other = good.replace(b'"node":"GBR"', b'"node":"FRA"')
    changed = good.replace(b'"main":"', b'"main":"0', 1)
    for content, said in (
        (other, "line 1 of .* is a head of the node of FRA, and this one is of GBR"),
        (good + changed, "line 2 of .* is not as it was signed: it was changed"),
        (state(node, "USA").read_bytes(), "line 1 of .* is no signed head: name the witness file"),
    ):
        (tmp_path / "wrong").write_bytes(content)
        for asked in (witness.append, statement.under):
            with pytest.raises(MalformedInput, match=said) as problem:
                asked(notary(node), tmp_path / "wrong")
            assert "rolled back" not in str(problem.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"{}", "broken off"), (b'{"at":"x"}\n', "is no signed head"), (b"\n", "is no signed head")],
)
def test_what_is_no_witness_file_is_refused(node: Node, file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ComityError, match=said):
        witness.append(notary(node), file)
    with pytest.raises(ComityError, match=said):
        statement.under(notary(node), file)
    assert file.read_bytes() == content


def test_only_plain_files_are_written_to(node: Node, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    for name, said in (("link", "symbolic link"), ("pipe", "no plain file"), (".", "cannot be opened")):
        with pytest.raises(MalformedInput, match=said):
            witness.append(notary(node), tmp_path / name)
    with pytest.raises(MalformedInput, match="cannot be read"):
        statement.under(notary(node), tmp_path / "none")
    (tmp_path / "empty").write_text("")
    with pytest.raises(ComityError, match="holds no head yet"):
        state(node, "USA", witness=tmp_path / "empty")


def test_heads_of_the_file_that_were_changed_swapped_or_forged_are_named(
    node: Node, file: Path, clock: Clock, tmp_path: Path
) -> None:
    append(node, file, clock)
    append(node, file, clock)
    made = state(node, "USA", witness=file)
    one, two = file.read_bytes().splitlines(keepends=True)
    for content, said in (
        (two + one, "line 2 of the witness file is earlier than the one before it: swapped"),
        (one.replace(b"GBR", b"FRA") + two, "line 1 of the witness file: the head of .* is forged"),
    ):
        (tmp_path / "changed").write_bytes(content)
        assert any(re.match(said, fault) for fault in checked(made, witness=tmp_path / "changed").faults)
    (tmp_path / "changed").write_bytes((one + two)[:-5])
    with pytest.raises(comity_verify.Unreadable, match=r"line 2 of .* is no signed head"):
        checked(made, witness=tmp_path / "changed")


def test_it_goes_on_over_a_rotation(node: Node, file: Path, clock: Clock) -> None:
    append(node, file, clock)
    first = stating.public(node)
    keys.rotate(node.store, node.keyring, ME)
    append(node, file, clock)
    made = state(node, "USA", witness=file)
    assert holds(made, witness=file, key=first)
    # With the newer key, what was signed before it was made is judged by the older one, and that is said.
    found = checked(made, witness=file, key=stating.public(node))
    assert (found.faults, "from before the one that you trust" in found.notes[0]) == ([], True)
    assert holds(state(node, "USA"), key=stating.public(node))


def test_a_head_says_the_same_to_whoever_opens_it(node: Node) -> None:
    signed = heads.sign(notary(node))
    with node.store.read() as reader:
        again = heads.known(reader, node.vault, signed.head)
        assert set(signed.state.logs) == {(code, side) for code in reader.enrolled() for side in heads.SIDES}
    assert again.opened == signed.opened
    assert again.slots.root() == signed.slots.root() == bytes.fromhex(signed.document["parties"])
