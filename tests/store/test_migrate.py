"""A fresh node has the schema that all migrations make, and no older or newer one is taken for it."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from comity import keeping as keep
from comity.compose import open_node, verify
from comity.core.errors import NodeDamaged
from comity.keeping import Keeping
from comity.service.records import Word
from comity.store import address, copying, folder, migrate, schema
from comity.store.folder import write_new
from comity.store.postgres import Postgres
from comity.store.sqlite import Sqlite
from tests.nodes import Clock, make
from tests.schemas import differences
from tests.sending import ident, may, send, thing


def words(connection: Connection) -> dict[str, list[str]]:
    """Each table and index as SQLite keeps it, its parts in order."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {
        name: sorted(line.strip(" \t,") for line in text.replace(", \n", "\n").splitlines())
        for name, text in rows
        if name != "alembic_version"
    }


def test_a_fresh_node_is_what_all_migrations_make() -> None:
    with create_engine("sqlite://").begin() as fresh, create_engine("sqlite://").begin() as migrated:
        migrate.create(fresh)
        migrate.upgrade(migrated)
        assert words(fresh) == words(migrated)
        context = MigrationContext.configure(migrated)
        assert context.get_current_revision() == migrate.REVISIONS[-1]
        assert differences(migrated) == []
        assert not migrate.behind(migrated)
        assert not migrate.behind(fresh)


def test_the_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == migrate.REVISIONS


@pytest.mark.parametrize("revision", ["9999", ""])
def test_a_newer_node_is_refused(tmp_path: Path, revision: str) -> None:
    make(tmp_path / "node", Clock()).close()
    with sqlite3.connect(tmp_path / "node" / "comity.sqlite") as link:
        link.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    link.close()
    with pytest.raises(NodeDamaged, match="newer than this program: upgrade comity"):
        open_node(tmp_path / "node", Clock())


OLD: Final = (Path(__file__).parent / "node-0001.sql").read_text(encoding="utf-8")
"""The record of a node that version 0.1 has written: imports, one quarantined, a suspension, its lift, a consent."""
ACTS: Final = 11
WHY: Final = Word(actor="tester", why="a new version")


@pytest.fixture
def old(tmp_path: Path, kept: str | None) -> Path:
    """A node of revision 0001; on PostgreSQL, where none was ever made, with the same rows."""
    folder, file = tmp_path / "node", tmp_path / "node" / "comity.sqlite"
    (folder / "keys").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    write_new(folder / "keys" / "register.key", bytes(32))
    for name in ("node.lock", "comity.sqlite"):
        write_new(folder / name, b"")
    with sqlite3.connect(file) as link:
        link.executescript(OLD)
    link.close()
    if kept is not None:
        there, here = Postgres(address.parse(kept)), Sqlite(file)
        with here.reading() as source, there.writing() as target:
            migrate.create(target, "0001")
            copying.check(target, copying.copy(source, target))
        here.close()
        there.close()
        file.unlink()
        write_new(folder / "database", f"{address.parse(kept).noted}\n".encode())
    return folder


def keeping(folder: Path) -> Keeping:
    return Keeping(directory=folder, clock=Clock())


def test_an_older_node_says_how_to_bring_it_up_to_date(old: Path) -> None:
    with pytest.raises(NodeDamaged, match="earlier version of comity: run `comity migrate`"):
        open_node(old, Clock())


def test_an_older_node_is_brought_up_to_date(tmp_path: Path, old: Path) -> None:
    """Every act has its entry; the answers are those of before, and the next acts work."""
    done = keep.migrate(keeping(old), tmp_path / "before", WHY)
    assert (done and (done.before, done.after)) == ("0001", migrate.REVISIONS[-1])
    with open_node(old, Clock()) as node:
        verify(node)
        assert keep.standing(node).entries == ACTS + 1
        with node.store.read() as reader:
            *_, last = reader.acts()
        assert last.kind == "migrate"
        assert (
            last.word.evidence
            == f"from revision 0001 to {migrate.REVISIONS[-1]}, after a backup to {tmp_path / 'before'}"
        )
        assert may(node, ident("a"))
        assert not may(node, ident("c"))
        send(node, "USA", thing("later"))
        verify(node)
    assert keep.migrate(keeping(old), tmp_path / "again", WHY) is None


def test_the_backup_before_a_migration_is_the_node_as_it_was(tmp_path: Path, old: Path) -> None:
    keep.migrate(keeping(old), tmp_path / "before.tar", WHY)
    found = keep.restore(keeping(tmp_path / "again"), tmp_path / "before.tar", WHY)
    assert found.entries == ACTS
    with open_node(tmp_path / "again", Clock()) as node:
        verify(node)
        assert may(node, ident("a"))


def test_a_migration_that_does_not_verify_changes_nothing(old: Path) -> None:
    database = folder.open_database(old)
    with database.writing() as connection:
        connection.execute(schema.content.update().where(schema.content.c.item == 1).values(bytes=b"{}"))
    database.close()
    with pytest.raises(NodeDamaged, match=r"(?s)bytes of item 1 are not.*nothing was changed"):
        keep.migrate(keeping(old), None, WHY)
    with pytest.raises(NodeDamaged, match="run `comity migrate`"):
        open_node(old, Clock())
    database = folder.open_database(old)
    with database.reading() as connection:
        assert migrate.revision(connection) == "0001"
    database.close()


def test_what_migrations_make_on_postgresql_is_what_a_fresh_node_has(database: str) -> None:
    there = Postgres(address.parse(database))
    with there.writing() as connection:
        migrate.create(connection, "0001")
        migrate.upgrade(connection)
        assert differences(connection) == []
    there.close()


def test_opening_a_node_that_is_up_to_date_imports_no_alembic(tmp_path: Path) -> None:
    make(tmp_path / "node", Clock()).close()
    program = (
        "import sys; from pathlib import Path; from comity.compose import open_node\n"
        f"open_node(Path({str(tmp_path / 'node')!r}), lambda: 0).close()\n"
        "print('alembic' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "False\n"
