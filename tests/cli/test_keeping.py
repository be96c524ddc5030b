"""`comity backup`, `restore`, `move` and `migrate`, as typed."""

import shutil
from pathlib import Path

import pytest

from comity.cli.options import clock
from comity.compose import open_node
from tests.cli.stage import Stage
from tests.staff import govern
from tools.shapes import SERVED, prepare_old


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_a_backup_is_made_and_restored(
    plain: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    made = plain.ask("backup", tmp_path / name)
    assert made == {
        "backup": str(tmp_path / name),
        "entries": made["entries"],
        "root": made["root"],
        "verified": True,
    }
    again = Stage(tmp_path / "again", capsys)
    restored = again.ask("restore", tmp_path / name, "--why", "the disk died")
    assert restored == {
        "node": str(tmp_path / "again"),
        "entries": made["entries"],
        "root": made["root"],
        "ended": 1,
        "later_heads": None,
        "unjudged_heads": None,
    }
    assert again.ask("verify")["entries"] == made["entries"] + 1
    again.ask("domain", "add", "later")


def test_it_is_said_how_secret_a_backup_is(plain: Stage, tmp_path: Path) -> None:
    said = plain.type("backup", tmp_path / "copy")
    assert said.code == 0
    assert f"{tmp_path / 'copy'} is a backup of {plain.node}, with " in said.out
    assert "keep it as secret as the node" in said.out


def test_a_restore_says_what_a_witness_knows_more(
    plain: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain.ask("register", "witness", tmp_path / "heads")
    plain.ask("backup", tmp_path / "copy")
    plain.ask("domain", "add", "later")
    plain.ask("register", "witness", tmp_path / "heads")
    again = Stage(tmp_path / "again", capsys)
    words = ("restore", tmp_path / "copy", "--why", "x", "--witness", tmp_path / "heads")
    said = again.type(*words)
    assert said.code == 0
    assert f"1 head in {tmp_path / 'heads'}" in said.out
    assert "keep the file, and begin another" in said.out


def test_a_restore_believes_no_witness_file_of_another_node(
    plain: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is claimed of what it holds, and nothing is made."""
    other = Stage(tmp_path / "other", capsys)
    other.ask("init", "--holder", "GBR")
    other.ask("register", "witness", tmp_path / "theirs")
    plain.ask("register", "witness", tmp_path / "heads")
    plain.ask("backup", tmp_path / "copy")
    (tmp_path / "changed").write_bytes((tmp_path / "heads").read_bytes().replace(b'"main":"', b'"main":"0'))
    (tmp_path / "json").write_text('{"type": "bundle"}\n{"type": "bundle"}\n')
    (tmp_path / "empty").write_text("")
    again = Stage(tmp_path / "again", capsys)
    for file, said in (
        ("theirs", "is signed by a key of this register: it is another node's"),
        ("changed", "line 1 of"),
        ("json", "is no signed head: name the witness file"),
        ("empty", "holds no head"),
    ):
        words = ("restore", tmp_path / "copy", "--why", "x", "--witness", tmp_path / file)
        assert said in again.error(2, *words)["message"]
        assert not again.node.exists()


def test_a_restore_does_not_judge_heads_that_a_later_key_has_signed(
    plain: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain.ask("register", "witness", tmp_path / "heads")
    plain.ask("backup", tmp_path / "copy")
    plain.ask("register", "rotate", "--why", "once a year")
    plain.ask("register", "witness", tmp_path / "heads")
    again = Stage(tmp_path / "again", capsys)
    found = again.ask("restore", tmp_path / "copy", "--why", "x", "--witness", tmp_path / "heads")
    assert (found["later_heads"], found["unjudged_heads"]) == (0, 1)
    shutil.rmtree(again.node)
    said = again.type("restore", tmp_path / "copy", "--why", "x", "--witness", tmp_path / "heads")
    assert f"1 head in {tmp_path / 'heads'} cannot be judged" in said.out


def test_what_is_missing_or_in_the_way_is_said(plain: Stage, tmp_path: Path) -> None:
    plain.ask("backup", tmp_path / "copy")
    assert "is there already" in plain.error(1, "backup", tmp_path / "copy")["message"]
    assert "--why" in plain.error(2, "restore", tmp_path / "copy")["message"]
    assert "is not empty" in plain.error(1, "restore", tmp_path / "copy", "--why", "x")["message"]
    assert "is not there" in plain.error(3, "restore", tmp_path / "nothing", "--why", "x")["message"]
    assert "in its folder already" in plain.error(1, "move", "--to", "sqlite")["message"]
    assert "or `sqlite`" in plain.error(2, "move", "--to", "mysql://db/x")["message"]
    assert "--why" in plain.error(2, "migrate", "--without-backup")["message"]


def test_a_node_moves_to_postgresql_and_back(plain: Stage, database: str) -> None:
    entries = plain.ask("verify")["entries"]
    moved = plain.ask("move", "--to", database)
    assert [(key, type(value)) for key, value in moved.items()] == [
        (key, type(value)) for key, value in SERVED["move"].items()
    ]
    password = database.split(":")[2].split("@", maxsplit=1)[0]
    assert password not in str(moved)
    assert moved["to"] == database.replace(f":{password}", "")
    assert moved["aside"].startswith(f"`{plain.node / 'comity.sqlite.moved_'}")
    assert moved["addresses"] == []
    assert plain.ask("verify")["entries"] == entries + 1
    back = plain.type("move", "--to", "sqlite")
    assert back.code == 0
    assert "is in its folder now" in back.out
    assert "the schema `moved_" in back.out
    (kept,) = plain.node.glob("database.moved_*")
    assert password in kept.read_text()
    assert f"`{kept}` keeps the address of a database that it was moved from, and its password if" in back.out
    assert password not in back.out
    assert plain.ask("verify")["entries"] == entries + 2


def test_a_backup_is_not_made_inside_the_node(plain: Stage) -> None:
    before = sorted(plain.node.rglob("*"))
    for inside in ("keys/copy", "copy.tar", "keys/../copy"):
        assert "is inside the node's folder" in plain.error(2, "backup", plain.node / inside)["message"]
    assert "is inside" in plain.error(2, "migrate", "--backup", plain.node / "keys" / "copy")["message"]
    assert sorted(plain.node.rglob("*")) == before


def test_a_node_of_an_earlier_version_is_migrated(fresh: Stage) -> None:
    prepare_old(fresh.node)
    assert "run `comity migrate`" in fresh.error(3, "verify")["message"]
    done = fresh.ask("migrate")
    assert (done["before"], done["migrated"]) == ("0001", True)
    assert Path(done["backup"]).parent == fresh.node.parent
    assert fresh.ask("verify")["acts"] == 12
    assert "is up to date" in fresh.type("migrate").out


def test_keeping_a_node_is_for_its_administrator(plain: Stage, tmp_path: Path) -> None:
    with open_node(plain.node, clock) as node:
        govern(node)
    assert "administrator" in plain.error(1, "backup", tmp_path / "copy", "--as", "olga")["message"]
    assert "administrator" in plain.error(1, "move", "--to", "sqlite", "--as", "olga")["message"]
    plain.ask("backup", tmp_path / "copy", "--as", "admin")
