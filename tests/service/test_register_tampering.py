"""Whoever can write the database changes a row of every kind: `register verify` says what is wrong."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.compose import open_node, verify, verify_register
from comity.core.errors import NodeDamaged
from comity.core.ledger import leaf_hash
from comity.service import heads, keys
from comity.store import schema, seal
from tests import stating
from tests.nodes import ME, Clock
from tests.stating import hand, notary

Change = str | Callable[[sqlite3.Connection], None]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node that was signed over twice, by two keys; closed."""
    clock = Clock()
    with stating.found(tmp_path_factory.mktemp("signed") / "node", clock) as node:
        hand(node, "UKR")
        heads.sign(notary(node))
        keys.rotate(node.store, node.keyring, ME)
        hand(node, "DEU")
        hand(node, "FRA")
        heads.sign(notary(node))
        verify(node)
        return node.directory


def changed(signed: Path, folder: Path, *changes: Change) -> str:
    """What `verify` says of a copy of the node that was changed."""
    shutil.copytree(signed, folder / "node")
    link = sqlite3.connect(folder / "node" / "comity.sqlite")
    for change in changes:
        if isinstance(change, str):
            assert link.execute(change).rowcount, change
        else:
            change(link)
    link.commit()
    link.close()
    with open_node(folder / "node", Clock()) as node, pytest.raises(NodeDamaged) as problem:
        verify_register(node)
    return str(problem.value)


# Entry 1, act 2, is the disclosure to Ukraine.
CASES: list[tuple[Change, str]] = [
    # entries
    (
        "UPDATE leaf SET entry = CAST(replace(entry, 'tester', 'nobody') AS BLOB) WHERE seq = 1",
        "entry 1 of the register is not what was",
    ),
    ("UPDATE leaf SET hash = zeroblob(32) WHERE seq = 1", "does not fit the register: the first 2 entries"),
    ("DELETE FROM leaf WHERE seq = 1", "entry 1 of the register, or its act, is not there"),
    ("DELETE FROM leaf WHERE seq = 4", "cut off at its end: 4 entries are there, and a head was signed over 5"),
    ("UPDATE leaf SET seq = CASE seq WHEN 3 THEN 30 ELSE 3 END WHERE seq IN (3, 4)", "entry 3 of the register"),
    ("UPDATE act SET why = 'nothing' WHERE id = 2", "what entry 1 of the register covers has changed: why"),
    # disclosures
    ("UPDATE disclosure SET recipient = 'DEU' WHERE act = 2", "does not fit the logs of the parties"),
    ("UPDATE disclosure SET items = x'01000000' WHERE act = 2", "entry 1 commits to other items than it names"),
    ("UPDATE disclosure SET items = x'010000' WHERE act = 2", "by halves"),
    ("UPDATE disclosure SET items = x'ff000000' WHERE act = 2", "entry 1 hands over items that are not there"),
    ("UPDATE disclosure SET nonce = zeroblob(16) WHERE act = 2", "entry 1 commits to other items than it names"),
    ("UPDATE disclosure SET root = zeroblob(32) WHERE act = 2", "entry 1 commits to other items than it names"),
    ("UPDATE disclosure SET at = at + 1 WHERE act = 2", "does not fit the logs of the parties"),
    ("DELETE FROM disclosure WHERE act = 2", "does not fit the logs of the parties"),
    (
        "INSERT INTO disclosure SELECT 1, recipient, at, items, nonce, root, portions FROM disclosure LIMIT 1",
        "does not fit the logs of the parties",
    ),
    # portions
    (
        "UPDATE disclosure SET portions = json_remove(portions, '$.USA') WHERE act = 2",
        "entry 1 is not in the log of `USA`, whose material it carried",
    ),
    ("UPDATE disclosure SET portions = '{}'", "does not fit the logs of the parties"),
    (
        "UPDATE disclosure SET portions = replace(portions, '\"FRA\"', '\"DEU\"')",
        "is in the log of `DEU`, whose material it did not carry",
    ),
    (
        "UPDATE disclosure SET portions = json_set(portions, '$.USA[0]', 9) WHERE act = 2",
        "entry 1 is not in the log of `USA` as it was handed over",
    ),
    (
        "UPDATE disclosure SET portions = json_set(portions, '$.USA[1]', hex(zeroblob(32))) WHERE act = 2",
        "entry 1 is not in the log of `USA` as it was handed over",
    ),
    ("UPDATE disclosure SET portions = '' WHERE act = 2", "a disclosure says what nobody wrote"),
    ("UPDATE disclosure SET portions = '[]' WHERE act = 2", "a disclosure says what nobody wrote"),
    ("UPDATE disclosure SET portions = '{\"USA\":[1]}' WHERE act = 2", "a disclosure says what nobody wrote"),
    ('UPDATE disclosure SET portions = \'{"USA":[1,"x"]}\' WHERE act = 2', "a disclosure says what nobody wrote"),
    ("UPDATE disclosure SET portions = '{\"USA\":[1,2]}' WHERE act = 2", "a disclosure says what nobody wrote"),
    # who was concerned
    ("UPDATE terms SET value = replace(value, 'USA', 'DEU') WHERE value LIKE '%\"USA\"%'", "entry 1 is in the log"),
    ("DELETE FROM source WHERE item = 7", "the log of `FRA` as it was handed over"),
    ("UPDATE item SET digest = zeroblob(32) WHERE id = 1", "entry 1 commits to other items than it names"),
    # heads and keys
    (
        'UPDATE head SET document = CAST(replace(document, \'"at":"2025\', \'"at":"2024\') AS BLOB) WHERE id = 1',
        "is forged",
    ),
    ("UPDATE head SET document = CAST(replace(document, 'GBR', 'FRA') AS BLOB) WHERE id = 2", "is forged"),
    ("UPDATE head SET document = x'00' WHERE id = 1", "a head that was signed cannot be read"),
    ("UPDATE head SET document = x'7b7d' WHERE id = 1", "a head that was signed cannot be read"),
    ("UPDATE head SET root = zeroblob(32) WHERE id = 1", "the first 2 entries are not those that it was signed over"),
    ("UPDATE head SET size = size - 1 WHERE id = 2", "the first 4 entries are not those that it was signed over"),
    ("UPDATE head SET size = 99 WHERE id = 2", "a head was signed over 99"),
    ("DELETE FROM signing_key WHERE endorsement IS NULL", "is forged: the key before it has not endorsed it"),
    ("UPDATE signing_key SET public = zeroblob(32) WHERE endorsement IS NULL", "is forged"),
    ("UPDATE signing_key SET endorsement = zeroblob(64) WHERE endorsement IS NOT NULL", "has not endorsed it"),
    ("DELETE FROM signing_key WHERE endorsement IS NOT NULL", "is forged: the key that signed at that time"),
]


@pytest.mark.parametrize(("change", "said"), CASES)
def test_what_was_changed_is_named(signed: Path, tmp_path: Path, change: Change, said: str) -> None:
    assert said in changed(signed, tmp_path, change)


def rewritten(link: sqlite3.Connection) -> None:
    """The reason of an act is changed, and its entry with its hash made to fit."""
    (entry,) = link.execute("SELECT entry FROM leaf WHERE seq = 1").fetchone()
    forged = entry.replace(b'"actor":"tester"', b'"actor":"mallory"')
    assert forged != entry
    link.execute("UPDATE act SET actor = 'mallory' WHERE id = 2")
    link.execute("UPDATE leaf SET entry = ?, hash = ? WHERE seq = 1", (forged, leaf_hash(forged)))


def test_whoever_makes_the_entry_fit_is_found_by_the_heads(signed: Path, tmp_path: Path) -> None:
    said = changed(signed, tmp_path, rewritten)
    assert "covers has changed" not in said
    assert said.count("does not fit the register: the first") == 2


TABLES = [name for name, table in seal.COVERED.items() if "act" in table.c]


def without_the_last_act(link: sqlite3.Connection) -> None:
    """The newest act is taken back with all its rows, as if it had never been."""
    (last,) = link.execute("SELECT max(id) FROM act").fetchone()
    for table in [*TABLES, "leaf", "in_flight"]:
        link.execute(f"DELETE FROM {table} WHERE act = {last}")  # noqa: S608 - our own names
    link.execute(f"DELETE FROM act WHERE id = {last}")  # noqa: S608 - as above


def test_a_register_that_is_cut_off_without_a_trace_is_found_by_its_heads(signed: Path, tmp_path: Path) -> None:
    said = changed(signed, tmp_path, without_the_last_act)
    assert said.startswith("the register is cut off at its end: 4 entries are there, and a head was signed over 5")


def test_every_kind_of_row_of_the_register_is_changed_here() -> None:
    """Rows of other kinds are covered by the entry of their act: see `tests/test_compose.py`."""
    text = " ".join(str(change) for change, _ in CASES)
    for table in (schema.leaf, schema.act, schema.disclosure, schema.head, schema.signing_key):
        assert f" {table.name} " in text
