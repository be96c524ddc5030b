"""Proofs: one response in one party's log, one item of it opened, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.compose import Node
from comity.core.errors import ComityError, UnknownName
from comity.service import proving
from comity.service.proving import Proved, Wanted
from tests import stating
from tests.nodes import Clock
from tests.stating import checked, hand, holds, lines, notary, public, write


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    """A node that has handed something to Germany, then three times to Ukraine."""
    with stating.found(tmp_path / "node", clock) as node:
        for to in ("DEU", "UKR", "UKR", "UKR"):
            clock.pass_by(60)
            hand(node, to)
        clock.pass_by(60)
        yield node


def prove(node: Node, party: str, **wanted: Any) -> tuple[Path, Proved]:  # noqa: ANN401 - of several kinds
    path = node.directory.parent / "proof.jsonl"
    return path, proving.write(notary(node), Wanted(party=party, **wanted), path)


@pytest.mark.parametrize("entry", [2, 3, 4])
@pytest.mark.parametrize("item", ["us-report", "gb-joint", None])
def test_a_recipient_can_show_what_it_was_handed(node: Node, entry: int, item: str | None) -> None:
    file, made = prove(node, "UKR", leaf=entry, item=item)
    assert (made.side, made.place, made.leaf) == ("received", entry - 2, entry)
    found = checked(file, key=public(node))
    assert (found.faults, found.entries, found.opened) == ([], 1, int(item is not None))


def test_an_originator_is_shown_its_own_and_what_was_built_on_it(node: Node) -> None:
    file, made = prove(node, "USA", item="us-report", to="UKR")
    assert (made.side, made.place, made.leaf) == ("originated", 3, 4)
    assert {"id", "salt", "sha256", "version"} < lines(file)[1]["item"].keys()
    own = lines(file)[1]["item"]["id"]
    file, _ = prove(node, "USA", item="gb-digest", to="DEU")
    assert lines(file)[1]["item"].keys() == {"carries", "commitment", "inclusion", "place"}
    assert [root["id"] for root in lines(file)[1]["item"]["carries"]] == [own]
    assert holds(file)


def test_only_what_concerns_the_party_is_proved_to_it(node: Node, tmp_path: Path) -> None:
    for wanted, said in (
        ({"leaf": 1, "party": "UKR"}, "neither hands anything to `UKR` nor carries its material"),
        ({"leaf": 0, "party": "UKR"}, "entry 0 of the register hands nothing over"),
        ({"leaf": 99, "party": "UKR"}, "entry 99 of the register hands nothing over"),
        ({"item": "gb-kept", "party": "UKR"}, "nothing like that was handed over"),
        ({"item": "gb-note", "to": "FRA", "party": "FRA"}, "nothing like that was handed over"),
        ({"leaf": 2, "item": "gb-note", "party": "USA"}, "that item is not in what concerns `USA`"),
        ({"leaf": 1, "item": "fr-report", "party": "DEU"}, "that item is not in what concerns `DEU`"),
    ):
        with pytest.raises(UnknownName, match=said):
            prove(node, **wanted)
    assert not (tmp_path / "proof.jsonl").exists()


def test_a_proof_that_was_changed_does_not_hold(node: Node) -> None:
    file, _ = prove(node, "UKR", leaf=3, item="gb-digest")
    whole = lines(file)
    for change, said in (
        ({"place": 0}, "is not in the log at that place"),
        ({"inclusion": []}, "is not in the log at that place"),
        ({"entry": whole[1]["entry"] | {"to": "RUS"}}, "is not in the log at that place"),
        ({"item": whole[1]["item"] | {"id": "report--00000000-0000-4000-8000-000000000000"}}, "was changed or swapped"),
        ({"item": whole[1]["item"] | {"place": 0}}, "does not commit to this item"),
        ({"item": whole[1]["item"] | {"commitment": "00" * 32}}, "does not commit to this item"),
    ):
        listed = json.loads(json.dumps(whole))
        listed[1] |= change
        assert said in " ".join(checked(write(file, listed)).faults)
    for listed in ([whole[0], whole[2]], [whole[0], whole[1], whole[1], whole[2]]):
        assert "a proof has one entry" in " ".join(checked(write(file, listed)).faults)


def test_the_proof_of_one_node_is_not_that_of_another(node: Node, tmp_path: Path, clock: Clock) -> None:
    with stating.found(tmp_path / "other" / "node", clock) as other:
        file, _ = prove(node, "UKR", leaf=3, item="gb-digest")
        assert not holds(file, key=public(other))


def test_an_entry_that_no_longer_makes_its_leaf_is_not_proved(node: Node) -> None:
    import sqlite3  # noqa: PLC0415

    link = sqlite3.connect(node.directory / "comity.sqlite")
    link.execute("UPDATE disclosure SET items = x'0200000001000000' WHERE act = 4")
    link.commit()
    link.close()
    with pytest.raises(ComityError, match="entry 3 is not what was recorded: see `comity register verify`"):
        prove(node, "UKR", leaf=3)
