"""A fresh node has the schema that all migrations make, and no older or newer one is taken for it."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from comity.compose import open_node
from comity.core.errors import NodeDamaged
from comity.store import migrate, schema
from tests.nodes import Clock, make


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
        assert compare_metadata(context, schema.metadata) == []
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


def test_an_older_node_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "node", Clock()).close()
    monkeypatch.setattr(migrate, "REVISIONS", (*migrate.REVISIONS, "next"))
    seen: list[bool] = []

    def upgrade(connection: Connection) -> None:
        seen.append(True)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'next'")

    monkeypatch.setattr(migrate, "upgrade", upgrade)
    for _ in range(2):
        open_node(tmp_path / "node", Clock()).close()
    assert seen == [True]


def test_opening_a_node_that_is_up_to_date_imports_no_alembic(tmp_path: Path) -> None:
    make(tmp_path / "node", Clock()).close()
    program = (
        "import sys; from pathlib import Path; from comity.compose import open_node\n"
        f"open_node(Path({str(tmp_path / 'node')!r}), lambda: 0).close()\n"
        "print('alembic' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "False\n"
