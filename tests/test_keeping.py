"""A node that is backed up, restored, moved or migrated is the same node, and goes on."""

import re
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comity.compose import Node, open_node, verify
from comity.core.errors import ComityError, Forbidden, MalformedInput, NodeBusy, NodeDamaged, NotAuthenticated
from comity.keeping import Keeping, Standing, back_up, migrate, move, restore, standing
from comity.service.accounts import reset
from comity.service.records import Act, Word
from comity.service.sessions import enrol, login
from comity.service.tokens import authenticate
from comity.store import address
from comity.store import migrate as migrations
from comity.store.postgres import Postgres
from tests import postgres
from tests.filled import filled
from tests.nodes import ME, Clock
from tests.refusing import refused
from tests.sending import may, send, thing
from tests.staff import PASSWORD, govern

WHY = Word(actor="tester", why="the disk died")


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest) -> str | None:
    """Where the node's record is: in its folder, or in a database of its own."""
    return request.getfixturevalue("database") if request.param == "postgresql" else None


@pytest.fixture
def elsewhere(server: postgres.Server) -> Iterator[str]:
    """Another empty database."""
    url = server.fresh()
    yield url
    server.drop(url)


@pytest.fixture
def node(tmp_path: Path, kept: str | None) -> Path:
    """The folder of a node in which something was done."""
    filled(tmp_path / "node", kept).close()
    return tmp_path / "node"


def keeping(folder: Path, database: str | None = None) -> Keeping:
    return Keeping(directory=folder, clock=Clock(), database=None if database is None else address.parse(database))


def whole(folder: Path) -> Standing:
    """How far the node has come, which verifies."""
    with open_node(folder, Clock()) as node:
        verify(node)
        return standing(node)


def goes_on(folder: Path, name: str = "later") -> None:
    """The next acts work, and the record verifies with them."""
    with open_node(folder, Clock()) as node:
        assert send(node, "USA", thing(name)).accepted == 1
        assert may(node, thing(name)["id"])
        fill_again(node, folder.with_name(f"{name}.json"))
        verify(node)


def fill_again(node: Node, out: Path) -> None:
    from comity.service.disclose import export  # noqa: PLC0415

    assert export(node.store, "UKR", out, ME, vault=node.vault).count > 1


def last_act(folder: Path) -> Act:
    with open_node(folder, Clock()) as node, node.store.read() as reader:
        *_, last = reader.acts()
        return last


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if path.is_dir()} | {
        stat.S_IMODE(path.stat().st_mode) << 12 for path in folder.rglob("*") if path.is_file()
    }


# Backups


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_a_backup_restores_to_the_same_node(tmp_path: Path, node: Path, name: str) -> None:
    before = whole(node)
    made = back_up(keeping(node), tmp_path / name, WHY)
    assert made == before
    assert whole(node).entries == before.entries + 1
    found = restore(keeping(tmp_path / "again"), tmp_path / name, WHY)
    assert (found.entries, found.root) == (before.entries, before.root)
    assert whole(tmp_path / "again").entries == before.entries + 1
    goes_on(tmp_path / "again")


def test_a_backup_is_a_node_that_opens(tmp_path: Path, node: Path) -> None:
    before = whole(node)
    back_up(keeping(node), tmp_path / "copy", WHY)
    assert whole(tmp_path / "copy") == before
    assert modes(tmp_path / "copy") == {0o700, 0o600 << 12}


@pytest.mark.parametrize("packed", [False, True])
def test_nobody_writes_to_a_backup(tmp_path: Path, node: Path, *, packed: bool) -> None:
    copy = tmp_path / "copy"
    if packed:
        back_up(keeping(node), tmp_path / "copy.tar", WHY)
        with tarfile.open(tmp_path / "copy.tar") as tar:
            tar.extractall(tmp_path, filter="data")
        for folder in (copy, *(path for path in copy.rglob("*") if path.is_dir())):
            folder.chmod(0o700)
    else:
        back_up(keeping(node), copy, WHY)
    before = whole(copy)
    said = f"`{copy}` is a backup, which is looked at and not written to: make a node of it with `comity restore {copy}"
    with open_node(copy, Clock()) as opened:
        with refused(Forbidden, match=re.escape(said)):
            send(opened, "USA", thing("later"))
        with refused(Forbidden, match="is a backup"):
            fill_again(opened, tmp_path / "out.json")
        with opened.store.read() as reader:
            assert reader.policy().holder == "GBR"
    for keep in (lambda: back_up(keeping(copy), tmp_path / "two", WHY), lambda: migrate(keeping(copy), None, WHY)):
        with refused(Forbidden, match="is a backup"):
            keep()
    assert not (tmp_path / "two").exists()
    assert not (tmp_path / "out.json").exists()
    assert whole(copy) == before
    restore(keeping(tmp_path / "again"), copy, WHY)
    goes_on(tmp_path / "again")


def test_a_backup_that_is_migrated_is_refused_before_one_of_it_is_made(tmp_path: Path) -> None:
    filled(tmp_path / "node").close()
    back_up(keeping(tmp_path / "node"), tmp_path / "copy", WHY)
    with refused(Forbidden, match="is a backup"):
        migrate(keeping(tmp_path / "copy"), tmp_path / "two", WHY)
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize("name", ["copy.tar.gz", "copy.tgz", "copy.zip", "copy.TAR"])
def test_a_backup_is_called_what_it_is(tmp_path: Path, node: Path, name: str) -> None:
    with pytest.raises(MalformedInput, match=r"would be a folder: .* name it `copy\.tar`"):
        back_up(keeping(node), tmp_path / name, WHY)
    assert not list(tmp_path.glob("*copy*"))


def test_a_backup_is_in_the_register(tmp_path: Path, node: Path) -> None:
    made = back_up(keeping(node), tmp_path / "copy", WHY)
    last = last_act(node)
    assert (last.kind, last.word.actor, last.word.why) == ("backup", WHY.actor, WHY.why)
    assert last.word.evidence == f"a backup of {made.entries} entries with root {made.root.hex()}"


def test_there_is_no_backup_that_is_not_recorded(tmp_path: Path, node: Path) -> None:
    with open_node(node, Clock()) as opened:
        govern(opened)
    before = whole(node)
    for name in ("copy", "copy.tar"):
        with pytest.raises(Forbidden, match="administrator"):
            back_up(keeping(node), tmp_path / name, replace(WHY, actor="olga"))
    assert not list(tmp_path.glob("*copy*"))
    assert whole(node) == before
    back_up(keeping(node), tmp_path / "copy", replace(WHY, actor="admin"))
    assert last_act(node).word.actor == "admin"


def test_a_restore_is_in_the_register(tmp_path: Path, node: Path) -> None:
    back_up(keeping(node), tmp_path / "copy", WHY)
    found = restore(keeping(tmp_path / "again"), tmp_path / "copy", WHY)
    with open_node(tmp_path / "again", Clock()) as again, again.store.read() as reader:
        *_, last = reader.acts()
        assert last.kind == "restore"
        assert last.word.why == WHY.why
        assert last.word.evidence == f"a backup of {found.entries} entries with root {found.root.hex()}"
        assert reader.setting("restored") == {"entries": found.entries, "root": found.root.hex()}


def test_a_backup_restores_to_the_other_database(tmp_path: Path, elsewhere: str) -> None:
    filled(tmp_path / "node").close()
    back_up(keeping(tmp_path / "node"), tmp_path / "copy.tar", WHY)
    restore(keeping(tmp_path / "again", elsewhere), tmp_path / "copy.tar", WHY)
    assert (tmp_path / "again" / "database").exists()
    goes_on(tmp_path / "again")


def test_nothing_is_written_over(tmp_path: Path, node: Path) -> None:
    (tmp_path / "there.tar").write_text("mine")
    (tmp_path / "empty").mkdir()
    for name in ("there.tar", "empty"):
        with pytest.raises(Forbidden, match="is there already"):
            back_up(keeping(node), tmp_path / name, WHY)
    back_up(keeping(node), tmp_path / "copy", WHY)
    with pytest.raises(Forbidden, match="is not empty"):
        restore(keeping(node), tmp_path / "copy", WHY)
    assert (tmp_path / "there.tar").read_text() == "mine"
    assert whole(node).entries


def test_a_restore_takes_an_empty_database(tmp_path: Path, elsewhere: str) -> None:
    filled(tmp_path / "node", elsewhere).close()
    back_up(keeping(tmp_path / "node"), tmp_path / "copy", WHY)
    with pytest.raises(Forbidden, match="holds tables already"):
        restore(keeping(tmp_path / "again", elsewhere), tmp_path / "copy", WHY)
    assert not (tmp_path / "again").exists()
    assert whole(tmp_path / "node").entries


def test_a_damaged_node_is_not_backed_up_as_if_it_were_whole(tmp_path: Path) -> None:
    filled(tmp_path / "node").close()
    with sqlite3.connect(tmp_path / "node" / "comity.sqlite") as link:
        link.execute("UPDATE act SET actor = 'somebody else' WHERE id = 2")
    link.close()
    with pytest.raises(NodeDamaged, match=r"(?s)entry 1 of the register.*--quick"):
        back_up(keeping(tmp_path / "node"), tmp_path / "copy", WHY)
    assert not list(tmp_path.glob("*copy*"))
    back_up(keeping(tmp_path / "node"), tmp_path / "copy", WHY, quick=True)
    with pytest.raises(NodeDamaged, match=r"(?s)entry 1 of the register.*take another one"):
        restore(keeping(tmp_path / "again"), tmp_path / "copy", WHY)
    assert not (tmp_path / "again").exists()


def test_a_damaged_backup_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    filled(tmp_path / "node").close()
    back_up(keeping(tmp_path / "node"), tmp_path / "copy.tar", WHY)
    content = (tmp_path / "copy.tar").read_bytes()
    said = set()
    damaged = {
        "cut": content[: len(content) // 2],
        "flipped": content.replace(b'"name": "mine"', b'"name": "mini"', 1),
        "other": b"not a backup at all, but long enough to be read as one" * 20,
        "empty": b"",
    }
    for name, bad in damaged.items():
        (tmp_path / f"{name}.tar").write_bytes(bad)
        (tmp_path / f"{name}.tar").chmod(0o600)
        with pytest.raises(NodeDamaged) as refused:
            restore(keeping(tmp_path / "again"), tmp_path / f"{name}.tar", WHY)
        said.add(str(refused.value))
        assert not (tmp_path / "again").exists(), name
    assert len(said) == len(damaged)
    assert not list(tmp_path.glob(".*"))


def test_a_tar_leads_nowhere_else(tmp_path: Path) -> None:
    for name, member in {"up": "copy/../../up", "root": "/copy/../x", "link": "copy/link"}.items():
        file = tmp_path / f"{name}.tar"
        with tarfile.open(file, "w") as tar:
            info = tarfile.TarInfo(member)
            if name == "link":
                info.type, info.linkname = tarfile.SYMTYPE, "/"
            tar.addfile(info)
        file.chmod(0o600)
        with pytest.raises(NodeDamaged):
            restore(keeping(tmp_path / "again"), file, WHY)
    assert {path.name for path in tmp_path.iterdir()} == {"up.tar", "root.tar", "link.tar"}


def test_a_backup_that_others_may_look_at_is_refused(tmp_path: Path) -> None:
    filled(tmp_path / "node").close()
    for name in ("copy", "copy.tar"):
        back_up(keeping(tmp_path / "node"), tmp_path / name, WHY)
        (tmp_path / name).chmod(0o755)
        with pytest.raises(NodeDamaged, match="others may look at"):
            restore(keeping(tmp_path / "again"), tmp_path / name, WHY)


def test_one_backup_of_a_name_at_a_time(tmp_path: Path) -> None:
    filled(tmp_path / "node").close()
    seen: list[str] = []

    def meanwhile(doing: str, _: int, __: int) -> None:
        if doing == "checking" and not seen:
            seen.append("tried")
            with pytest.raises(NodeBusy, match="another process is writing"):
                back_up(keeping(tmp_path / "node"), tmp_path / "copy", WHY)

    back_up(Keeping(directory=tmp_path / "node", clock=Clock(), progress=meanwhile), tmp_path / "copy", WHY)
    assert seen
    assert whole(tmp_path / "copy").entries


def test_what_lets_somebody_in_ends_with_a_restore(tmp_path: Path) -> None:
    """It may have been revoked, or used up, after the backup; a password still lets in."""
    with filled(tmp_path / "node") as node:
        enrol(node.store, reset(node.store, "admin", ME, vault=node.vault), PASSWORD, vault=node.vault)
        secret = login(node.store, "admin", PASSWORD, vault=node.vault).secret
    back_up(keeping(tmp_path / "node"), tmp_path / "copy", replace(WHY, actor="admin"))
    with pytest.raises(NotAuthenticated, match="--as"):
        restore(keeping(tmp_path / "again"), tmp_path / "copy", WHY)
    assert not (tmp_path / "again").exists()
    found = restore(keeping(tmp_path / "again"), tmp_path / "copy", replace(WHY, actor="admin"))
    assert found.ended == 1
    with open_node(tmp_path / "again", Clock()) as again:
        with again.store.read() as reader, pytest.raises(NotAuthenticated):
            authenticate(reader, secret, again.vault)
        assert login(again.store, "admin", PASSWORD, vault=again.vault).secret


# Moves


def test_a_node_moves_there_and_back(tmp_path: Path, database: str, elsewhere: str) -> None:
    filled(tmp_path / "node").close()
    before = whole(tmp_path / "node")
    for number, to in enumerate((database, elsewhere, None, database), 1):
        was = whole(tmp_path / "node")
        moved = move(keeping(tmp_path / "node"), None if to is None else address.parse(to), WHY)
        assert moved.rows > before.entries
        assert whole(tmp_path / "node").entries == before.entries + number
        assert (tmp_path / "node" / "database").exists() is (to is not None)
        assert not list((tmp_path / "node").glob("*.to_*"))
        last, where = last_act(tmp_path / "node"), "its folder" if to is None else str(address.parse(to))
        assert (last.kind, last.word.why) == ("move", WHY.why)
        assert f": to {where}, after {was.entries} entries with root {was.root.hex()}" in str(last.word.evidence)
    goes_on(tmp_path / "node")


def test_what_was_moved_from_is_kept(tmp_path: Path, database: str) -> None:
    filled(tmp_path / "node").close()
    clock = Clock()
    before = whole(tmp_path / "node")
    there = move(Keeping(directory=tmp_path / "node", clock=clock), address.parse(database), WHY)
    (aside,) = (tmp_path / "node").glob("comity.sqlite.moved_20250301T000000_*[0-9a-f]")
    assert there.aside == f"`{aside}`"
    assert str(last_act(tmp_path / "node").word.evidence).startswith(f"{aside.name.removeprefix('comity.sqlite.')}: ")
    with sqlite3.connect(aside) as link:
        assert link.execute("SELECT count(*) FROM leaf").fetchone()[0] == before.entries
    link.close()
    clock.pass_by(60)
    back = move(Keeping(directory=tmp_path / "node", clock=clock), None, WHY)
    url = Postgres(address.parse(database))
    with url.reading() as connection:
        (schema,) = migrations.set_asides(connection)
        kept_there = connection.exec_driver_sql(f'SELECT count(*) FROM "{schema}".leaf').scalar()  # noqa: S608 - ours
    url.close()
    assert schema.startswith("moved_20250301T000100_")
    assert back.aside == f"the schema `{schema}` of its old database"
    assert kept_there == before.entries + 1


def test_who_has_the_node_open_does_not_write_into_what_was_moved(
    tmp_path: Path, database: str, elsewhere: str
) -> None:
    filled(tmp_path / "node").close()
    with open_node(tmp_path / "node", Clock()) as early:
        move(keeping(tmp_path / "node"), address.parse(database), WHY)
        with pytest.raises(NodeBusy, match="just been moved"):
            send(early, "USA", thing("lost"))
        with open_node(tmp_path / "node", Clock()) as late:
            move(keeping(tmp_path / "node"), address.parse(elsewhere), WHY)
            with pytest.raises(ComityError):
                send(late, "USA", thing("lost"))
        move(keeping(tmp_path / "node"), None, WHY)
        with pytest.raises(NodeBusy, match="just been moved"):
            send(early, "USA", thing("lost"))
    goes_on(tmp_path / "node")


def test_a_node_does_not_move_to_where_something_is(tmp_path: Path, database: str) -> None:
    filled(tmp_path / "node").close()
    filled(tmp_path / "other", database).close()
    with pytest.raises(Forbidden, match="holds tables already"):
        move(keeping(tmp_path / "node"), address.parse(database), WHY)
    with pytest.raises(Forbidden, match="in its folder already"):
        move(keeping(tmp_path / "node"), None, WHY)
    with pytest.raises(Forbidden, match="holds tables already"):
        move(keeping(tmp_path / "other"), address.parse(database), WHY)
    assert whole(tmp_path / "node").entries
    assert whole(tmp_path / "other").entries


def test_a_record_that_was_used_is_never_taken_away(tmp_path: Path, database: str) -> None:
    """Not even for a folder that still has to take the step of the very move that made it."""
    filled(tmp_path / "node").close()
    shutil.copytree(tmp_path / "node", tmp_path / "twin")
    move(keeping(tmp_path / "node"), address.parse(database), WHY)
    mark = str(last_act(tmp_path / "node").word.evidence).partition(":")[0]
    (tmp_path / "twin" / f"database.to_{mark}").write_text(database)
    goes_on(tmp_path / "node")
    with pytest.raises(Forbidden, match="holds tables already"):
        move(keeping(tmp_path / "twin"), address.parse(database), WHY)
    goes_on(tmp_path / "node", "latest")


def test_a_damaged_node_does_not_move(tmp_path: Path, database: str) -> None:
    filled(tmp_path / "node").close()
    with sqlite3.connect(tmp_path / "node" / "comity.sqlite") as link:
        link.execute("UPDATE content SET bytes = x'00' WHERE item = 1")
    link.close()
    with pytest.raises(NodeDamaged, match=r"(?s)bytes of item 1.*was not moved"):
        move(keeping(tmp_path / "node"), address.parse(database), WHY)
    there = Postgres(address.parse(database))
    with there.reading() as connection:
        assert connection.dialect.get_table_names(connection) == []
    there.close()
    with open_node(tmp_path / "node", Clock()) as node:
        send(node, "USA", thing("still here"))


# Migrations: see tests/store/test_migrate.py for a node of an earlier revision


def test_a_node_that_is_up_to_date_is_left_alone(tmp_path: Path, node: Path) -> None:
    before = whole(node)
    assert migrate(keeping(node), tmp_path / "copy", WHY) is None
    assert not (tmp_path / "copy").exists()
    assert whole(node) == before
