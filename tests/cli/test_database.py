"""A node whose record is on PostgreSQL, typed at."""

import stat
from pathlib import Path

import pytest

from tests.cli.stage import WORLD, Said, Stage
from tests.postgres import Server


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """No database is named by the environment of whoever runs the tests."""
    monkeypatch.delenv("COMITY_DATABASE", raising=False)


def parts(stage: Stage) -> list[str]:
    return sorted(path.name for path in stage.node.iterdir())


def hides(said: Said, server: Server) -> None:
    assert server.password not in said.out + said.err


def test_a_node_is_made_in_a_database_and_its_folder_notes_where(fresh: Stage, server: Server, database: str) -> None:
    said = fresh.type("init", "--world", WORLD, "--database", database)
    assert said.code == 0
    hides(said, server)
    assert parts(fresh) == ["database", "keys"]
    noted = fresh.node / "database"
    assert noted.read_text() == database.replace("postgresql:", "postgresql+psycopg:") + "\n"
    assert stat.S_IMODE(noted.stat().st_mode) == 0o600
    asked = ("decide", "us-imagery", "--to", "UKR", "--at", "2025-03-20T00:00:00Z")
    assert fresh.type(*asked).code in (0, 1)
    assert fresh.type(*asked) == fresh.type(*asked, "--database", database)
    fresh.ask("domain", "add", "new")
    said = fresh.type("verify")
    assert said.code == 0
    assert "is whole" in said.out


def test_the_environment_s_database_is_noted_without_its_password(
    fresh: Stage, server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMITY_DATABASE", database)
    fresh.ask("init", "--holder", "GBR")
    assert server.password not in (fresh.node / "database").read_text()
    fresh.ask("domain", "add", "new")
    monkeypatch.delenv("COMITY_DATABASE")
    error = fresh.error(3, "domain", "list")
    assert error["kind"] == "NodeUnwritable"
    assert "no password supplied" in error["message"]
    monkeypatch.setenv("PGPASSFILE", str(fresh.node.parent / "passwords"))
    (fresh.node.parent / "passwords").write_text(f"127.0.0.1:*:*:*:{server.password}\n")
    (fresh.node.parent / "passwords").chmod(0o600)
    assert fresh.type("verify").code == 0


def test_a_database_that_is_taken_or_none_leaves_nothing(fresh: Stage, server: Server, database: str) -> None:
    for code, address, words in (
        (1, database, "holds tables already"),
        (3, server.url("nowhere"), "there is no database"),
        (2, "mysql://u:p@h/d", "`mysql` is no database"),
    ):
        if address == database:
            server.run("CREATE TABLE other (number int)", database.rpartition("/")[2])
        said = fresh.type("init", "--holder", "GBR", "--database", address)
        assert said.code == code
        assert words in said.err
        hides(said, server)
        assert not fresh.node.exists()


def test_an_init_that_fails_leaves_the_database_empty(
    fresh: Stage, server: Server, database: str, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "holder: GBR\npartners: {GBR: {name: A}}\nitems:\n"
        "  - {id: a, originator: GBR, stix: {type: report, id: 'report--00000000-0000-4000-8000-000000000001'}}\n"
        "  - {id: b, originator: GBR, stix: {type: report, id: 'report--00000000-0000-4000-8000-000000000001'}}\n"
    )
    assert fresh.type("init", "--world", wrong, "--database", database).code != 0
    assert not fresh.node.exists()
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert server.run(tables, database.rpartition("/")[2]) == [(0,)]
    fresh.ask("init", "--holder", "GBR", "--database", database)


def test_a_node_that_has_a_file_is_not_asked_of_a_database(
    fresh: Stage, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.ask("init", "--holder", "GBR")
    error = fresh.error(1, "domain", "list", "--database", database)
    assert error["kind"] == "Forbidden"
    assert "leave out --database" in error["message"]
    monkeypatch.setenv("COMITY_DATABASE", database)
    assert "$COMITY_DATABASE" in fresh.error(1, "domain", "list")["message"]


@pytest.mark.parametrize(
    ("text", "words"), [("nonsense", "holds no address"), ("\xff", "holds no address"), (None, "others may look")]
)
def test_a_note_that_is_none_or_is_not_private_is_refused(
    fresh: Stage, database: str, text: str | None, words: str
) -> None:
    fresh.ask("init", "--holder", "GBR", "--database", database)
    if text is None:
        (fresh.node / "database").chmod(0o644)
    else:
        (fresh.node / "database").write_bytes(text.encode("latin-1"))
    error = fresh.error(3, "domain", "list")
    assert error["kind"] == "NodeDamaged"
    assert words in error["message"]


def test_the_demo_keeps_to_its_folder(
    fresh: Stage, database: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMITY_DATABASE", database)
    assert fresh.type("demo").code == 0
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert server.run(tables, database.rpartition("/")[2]) == [(0,)]
