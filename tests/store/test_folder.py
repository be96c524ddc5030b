"""A node's folder: made whole or not at all, and never opened when others could have read or changed it."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from comity.compose import Founding, init, open_node
from comity.core.errors import ComityError, Forbidden, NodeDamaged
from comity.store import folder
from comity.store.sqlite import Sqlite
from tests.nodes import ME, Clock, make, small

PARTS = ["comity.sqlite", "node.lock", "keys", "keys/register.key"]
GATE = ["gate.lock", "intent.lock", "lapsed.lock"]


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """The folder of a closed node."""
    make(tmp_path / "node", Clock()).close()
    return tmp_path / "node"


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_only_the_owner_may_look_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with make(tmp_path / "node", Clock()):
            files = [path for path in (tmp_path / "node").rglob("*") if path.is_file()]
            modes = {"key" if path.suffix == ".pem" else path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(
        ["comity.sqlite", "comity.sqlite-wal", "comity.sqlite-shm", "node.lock", "register.key", "key", *GATE], 0o600
    )
    assert stat.S_IMODE((tmp_path / "node").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "node" / "keys").stat().st_mode) == 0o700


def test_a_key_is_drawn_for_each_node(tmp_path: Path) -> None:
    with make(tmp_path / "one", Clock()) as one, make(tmp_path / "two", Clock()) as two:
        assert len(one.vault.secret) == 32
        assert one.vault.secret != two.vault.secret
        assert one.vault.secret.hex() not in repr(one)


def test_a_closed_node_leaves_no_log_behind(node: Path) -> None:
    assert sorted(path.name for path in node.iterdir()) == sorted(["comity.sqlite", "keys", "node.lock", *GATE])


@pytest.mark.parametrize("part", [".", *PARTS])
def test_a_part_that_others_may_look_at_is_refused(node: Path, part: str) -> None:
    (node / part).chmod((node / part).stat().st_mode | 0o040)
    with pytest.raises(NodeDamaged, match=r"others may look at .*chmod 0[67]00"):
        open_node(node, Clock())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_is_refused(node: Path, part: str) -> None:
    (node / part).rename(node.parent / "taken")
    with pytest.raises(NodeDamaged, match="is not there: restore the node"):
        open_node(node, Clock())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_a_symbolic_link_is_refused(node: Path, part: str) -> None:
    (node / part).rename(node.parent / "elsewhere")
    (node / part).symlink_to(node.parent / "elsewhere")
    with pytest.raises(NodeDamaged, match="is a symbolic link"):
        open_node(node, Clock())


def test_a_folder_that_is_a_symbolic_link_is_refused(node: Path) -> None:
    (node.parent / "link").symlink_to(node)
    with pytest.raises(NodeDamaged, match="is a symbolic link"):
        open_node(node.parent / "link", Clock())


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_a_log_that_is_a_symbolic_link_is_refused(node: Path, suffix: str) -> None:
    (node / f"comity.sqlite{suffix}").symlink_to(node.parent / "nowhere")
    with pytest.raises(NodeDamaged, match="is a symbolic link"):
        open_node(node, Clock())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_another_kind_is_refused(node: Path, part: str) -> None:
    (node / part).rename(node.parent / "taken")
    if part == "keys":
        (node / part).touch(0o600)
    else:
        (node / part).mkdir(0o700)
    with pytest.raises(NodeDamaged):
        open_node(node, Clock())


def test_a_part_of_another_user_is_refused(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(NodeDamaged, match="belongs to user"):
        open_node(node, Clock())


def test_a_key_cut_short_is_refused(node: Path) -> None:
    (node / "keys/register.key").write_bytes(b"short")
    with pytest.raises(NodeDamaged, match="32 bytes"):
        open_node(node, Clock())


def test_a_folder_without_a_node_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NodeDamaged, match="comity init"):
        open_node(tmp_path / "nothing", Clock())


def test_a_database_that_is_none_is_refused(node: Path) -> None:
    (node / "comity.sqlite").write_bytes(b"not a database, but long enough to have a header of some sort" * 100)
    with pytest.raises(NodeDamaged, match="restore the node"):
        open_node(node, Clock())


def test_an_empty_database_is_refused(node: Path) -> None:
    (node / "comity.sqlite").write_bytes(b"")
    with pytest.raises(NodeDamaged, match="restore the node"):
        open_node(node, Clock())


def test_a_node_is_not_made_where_something_stands(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    for taken in (tmp_path, tmp_path / "file", tmp_path / "link"):
        with pytest.raises(Forbidden, match="--node"):
            init(taken, Clock(), Founding(holder="GBR"), ME)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_a_node_is_made_in_an_empty_folder_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir(mode=0o755)
    make(tmp_path / "node", Clock()).close()
    assert stat.S_IMODE((tmp_path / "node").stat().st_mode) == 0o700


def test_a_node_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "new", tmp_path / "empty"):
        with pytest.raises(Forbidden):
            init(place, Clock(), Founding(holder="USA", world=small()), ME)
    assert list(tmp_path.rglob("*")) == [tmp_path / "empty"]


def test_a_node_given_up_half_way_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_clear", lambda *_, **__: None)  # as if killed before it could
    monkeypatch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        init(tmp_path / "node", Clock(), Founding(holder="GBR"), ME)
    with pytest.raises(NodeDamaged, match="given up half-way: remove the folder"):
        open_node(tmp_path / "node", Clock())


def test_the_database_is_durable_and_checks_its_keys(node: Path) -> None:
    with open_node(node, Clock()) as opened, opened.store.read() as reader:
        ask = reader._connection.exec_driver_sql
        assert ask("PRAGMA journal_mode").scalar() == "wal"
        assert ask("PRAGMA synchronous").scalar() == 2
        assert ask("PRAGMA foreign_keys").scalar() == 1


def test_a_path_with_strange_signs_is_opened(tmp_path: Path) -> None:
    with make(tmp_path / "a ?b#c%20é&mode=memory", Clock()) as node, node.store.read() as reader:
        assert reader.epoch() == 1


def test_a_full_disk_is_said_and_loses_nothing(node: Path) -> None:
    with open_node(node, Clock()) as opened:
        with opened.store.read() as reader:
            before = list(reader.acts())
        # Each connection of the pool has its own limit: take the one that the next act will take, and give it back.
        assert isinstance(opened.store._database, Sqlite)
        with opened.store._database._writer.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
            link = connection.connection.driver_connection
            assert isinstance(link, sqlite3.Connection)
            pages = link.execute("PRAGMA page_count").fetchone()[0]
            link.execute(f"PRAGMA max_page_count = {pages}")
        with (
            pytest.raises(ComityError, match=r"nothing of this act was recorded.*free some space"),
            opened.store.write("domain", ME, policy=True) as writer,
        ):
            writer.set_setting("large", "x" * 1_000_000)
        with opened.store.read() as reader:
            assert list(reader.acts()) == before
            assert reader.setting("large") is None
        assert opened.store.faults() == []


def test_a_folder_that_was_never_a_node_is_not_told_how_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir(mode=0o755)
    with pytest.raises(NodeDamaged, match=r"is no node: make a node with `comity init`"):
        open_node(tmp_path / "etc", Clock())
