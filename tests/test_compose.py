"""What `verify` finds."""

import re
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from comity.compose import open_node, verify
from comity.core.errors import NodeDamaged
from comity.service.records import NewQuarantine
from tests import sending
from tests.nodes import ME, Clock, make


def faults(folder: Path) -> str:
    """What `verify` says of the node in the folder; nothing if it is whole."""
    with open_node(folder, Clock()) as node:
        try:
            verify(node)
        except NodeDamaged as problem:
            return str(problem)
    return ""


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE content SET bytes = x'00' WHERE item = 2", "the bytes of item 2 are not those that were received"),
        ("DELETE FROM content WHERE item = 2", "item 2 has no bytes"),
        ("UPDATE leaf SET entry = x'00' WHERE seq = 1", "entry 1 of the register is not what was recorded"),
        ("UPDATE leaf SET seq = 7 WHERE seq = 1", "entry 1 of the register, or its act, is not there"),
        ("DELETE FROM leaf WHERE seq = 0", "entry 0 of the register, or its act, is not there"),
        ("UPDATE item SET act = 99 WHERE id = 3", "names a row of `act` that is not there"),
        ("UPDATE act SET actor = 'mallory' WHERE id = 2", "what entry 1 of the register covers has changed: actor"),
        ("UPDATE agreement SET ceiling = 'UNCLASSIFIED'", "what entry 0 .* has changed: the rows of `agreement`"),
        ("UPDATE item SET title = 'x' WHERE id = 2", "what entry 0 .* has changed: the rows of `item`"),
        ("DELETE FROM domain", "the rows of `domain`"),
        ("UPDATE terms SET value = replace(value, 'SECRET', 'RESTRICTED')", "the rows of `claim`"),
        ("UPDATE source SET act = 2 WHERE item = 4", "the rows of `source`"),
        ("UPDATE item SET label = (SELECT label FROM item WHERE id = 1) WHERE id = 4", "the label of item 4"),
        ("UPDATE item SET label = NULL WHERE id = 4", "item 4 has no label"),
        ("DELETE FROM claim WHERE item = 4", "item 4 has no first claim"),
        ("UPDATE quarantine SET bytes = x'00'", "the bytes of quarantine 1"),
        ("DELETE FROM source WHERE item = 4", "the rows of `source`"),
        (
            "UPDATE agreement SET domains = '[\"*\" ' WHERE id = 'gbr-ukr'",
            "row gbr-ukr of `agreement` cannot be read: `domains`",
        ),
        ("DELETE FROM reference", "item 1 names `.*`, and that is not on record"),
        ("UPDATE reference SET ref = 'x' WHERE item = 2", "item 2 names"),
        ("UPDATE act SET at = 'x' WHERE id = 2", "row 2 of `act` cannot be read: `at`"),
        ("UPDATE act SET why = CAST(x'ff' AS TEXT) WHERE id = 2", "row 2 of `act` cannot be read: a text"),
        ("UPDATE content SET bytes = 'x' WHERE item = 2", "row 2 of `content` cannot be read: `bytes`"),
        ("UPDATE item SET digest = x'00' WHERE id = 2", "row 2 of `item` cannot be read: `digest`"),
        ("UPDATE class SET value = value || 'x' WHERE id = 1", "class 1 cannot be read"),
        ("UPDATE class SET value = '7' WHERE id = 1", "class 1 cannot be read"),
        ("UPDATE label SET classes = x'00' WHERE id = 1", "label 1 names classes that are not there"),
        ("UPDATE label SET classes = x'ffffffff' WHERE id = 1", "label 1 names classes that are not there"),
        ("UPDATE labelled SET moment = 'x'", "row 1 of `labelled` cannot be read: `moment`"),
        ("INSERT INTO shown VALUES ('UKR', 0, x'00')", "what `UKR` was shown since 0 cannot be read"),
        ("INSERT INTO relabelled VALUES (7, x'00')", "the items labelled under epoch 7 cannot be read"),
        (
            "INSERT INTO disclosure VALUES (1, 'UKR', 0, x'', zeroblob(16), zeroblob(32), '[]')",
            "a disclosure says what nobody",
        ),
        ("CREATE TRIGGER more AFTER INSERT ON suspension BEGIN DELETE FROM content; END", "the trigger `more` is none"),
        ("CREATE VIEW more AS SELECT 1", "the view `more` is none of this program's"),
        ("CREATE TABLE more (a)", "the table `more` is none of this program's"),
        ("CREATE UNIQUE INDEX more ON item (title)", "the index `more` is none of this program's"),
        ("DROP INDEX ix_item_received", "the index `ix_item_received` is not there"),
    ],
)
def test_what_was_changed_behind_the_node_s_back_is_found(tmp_path: Path, statement: str, said: str) -> None:
    with make(tmp_path / "node", Clock()) as node:
        with node.store.write("export", ME, policy=False) as writer:
            partner = writer.partners()[0].code
            writer.add_quarantine([NewQuarantine(None, partner, 0, "reason", "detail", sha256(b"x").digest(), b"x")])
        verify(node)
    link = sqlite3.connect(tmp_path / "node" / "comity.sqlite")
    link.execute(statement)
    link.commit()
    link.close()
    assert re.search(said, faults(tmp_path / "node"))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM reference WHERE kind = 'stated'",
        "UPDATE reference SET ref = 'x' WHERE kind = 'stated'",
        "UPDATE reference SET kind = 'ref' WHERE kind = 'stated'",
        "INSERT INTO reference VALUES ('x', 1, 'stated')",
    ],
)
def test_a_reference_that_only_a_sidecar_stated_is_covered_by_the_entry_of_its_act(
    tmp_path: Path, statement: str
) -> None:
    """No bytes tell of it: it cannot be computed again, as those that an object makes are."""
    one = sending.thing("one")
    stated = f"items: [{{id: {one['id']}, sources: [{{item: {sending.ident('later')}}}]}}]"
    with sending.found(tmp_path / "node", Clock()) as node:
        sending.send(node, "USA", one, sidecar=stated)
        verify(node)
        with node.store.read() as reader:
            entry = reader.size() - 1
    link = sqlite3.connect(tmp_path / "node" / "comity.sqlite")
    assert link.execute("SELECT kind FROM reference").fetchall() == [("stated",)]
    link.execute(statement)
    link.commit()
    link.close()
    said = faults(tmp_path / "node")
    assert f"what entry {entry} of the register covers has changed: the rows of `reference`" in said


def test_keys_and_a_database_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make(tmp_path / name, Clock()).close()
    (tmp_path / "one/keys/register.key").write_bytes((tmp_path / "two/keys/register.key").read_bytes())
    with pytest.raises(NodeDamaged, match="do not belong to this database"):
        open_node(tmp_path / "one", Clock())


@pytest.mark.parametrize("lost", [True, False])
def test_a_key_that_can_no_longer_sign_is_found(tmp_path: Path, *, lost: bool) -> None:
    with make(tmp_path / "node", Clock()) as node:
        verify(node)
        (key,) = (tmp_path / "node/keys/signing").iterdir()
        key.unlink() if lost else key.write_text("xx")
        with pytest.raises(NodeDamaged, match="signing"):
            verify(node)
