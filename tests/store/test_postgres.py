"""A node on PostgreSQL: what its server says, in our words; its locks, its notices, and its death."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from comity.compose import Node, open_node, verify
from comity.core.errors import ComityError, Forbidden, MalformedInput, NodeBusy, NodeDamaged, NodeUnwritable
from comity.service.partners import add_domain
from comity.service.ports import Store
from comity.store import address, migrate
from comity.store.postgres import Postgres
from comity.store.postgres_faults import translated
from tests.nodes import ME, Clock, make
from tests.postgres import Server

LONG = 10.0

WHERE = address.parse("postgresql://me:hidden@db.example/comity")
WORDS: dict[type[psycopg.Error], tuple[type[ComityError], str]] = {
    errors.DiskFull: (NodeUnwritable, "nothing of this act was recorded.*free some space"),
    errors.ReadOnlySqlTransaction: (NodeUnwritable, "primary server"),
    errors.InsufficientPrivilege: (NodeUnwritable, "grant it, or name another user"),
    errors.InvalidPassword: (NodeUnwritable, "does not let this user in.*PGPASSFILE"),
    errors.InvalidCatalogName: (NodeDamaged, "there is no database.*createdb"),
    errors.UndefinedTable: (NodeDamaged, "not whole.*restore"),
    errors.TooManyConnections: (NodeBusy, "max_connections"),
    errors.DeadlockDetected: (NodeBusy, "nothing of this act was recorded: try again"),
    errors.SerializationFailure: (NodeBusy, "nothing of this act was recorded: try again"),
    errors.QueryCanceled: (NodeBusy, "nothing of this act was recorded: try again"),
    errors.AdminShutdown: (NodeBusy, "was lost.*look whether it is recorded"),
    errors.CannotConnectNow: (NodeBusy, "see that its server runs"),
    errors.ConnectionFailure: (NodeBusy, "was lost"),
    errors.DataCorrupted: (NodeDamaged, "the disk failed.*comity verify"),
    errors.IoError: (NodeDamaged, "the disk failed.*comity verify"),
}
REFUSALS = {
    'connection to server at "db", port 5432 failed: Connection refused': (NodeBusy, "see that its server runs"),
    'FATAL:  password authentication failed for user "me"': (NodeUnwritable, "does not let this user in"),
    "connection failed: fe_sendauth: no password supplied": (NodeUnwritable, "does not let this user in"),
    'FATAL:  no pg_hba.conf entry for host "10.0.0.1"': (NodeUnwritable, "does not let this user in"),
    'FATAL:  role "me" does not exist': (NodeUnwritable, "does not let this user in"),
    'FATAL:  database "comity" does not exist': (NodeDamaged, "there is no database"),
    "FATAL:  sorry, too many clients already": (NodeBusy, "takes no more connections"),
    'FATAL:  permission denied for database "comity"': (NodeUnwritable, "grant it"),
    "FATAL:  the words of a server in another language": (NodeBusy, "does not answer"),
}

WRITE = """
import sys
from pathlib import Path
from comity.compose import open_node
from comity.service.records import Word
with open_node(Path(sys.argv[1]), lambda: 0) as node:
    for number in range(1_000_000):
        with node.store.write("act", Word(actor="other"), policy=number % 2 == 0) as writer:
            writer.add_domain(f"d{sys.argv[2]}-{number}")
        print(number, flush=True)
"""


@pytest.fixture
def node(tmp_path: Path, database: str) -> Iterator[Node]:
    """A node on PostgreSQL, open."""
    with make(tmp_path / "node", Clock(), database=database) as node:
        yield node


@pytest.mark.parametrize("kind", WORDS, ids=lambda kind: kind.__name__)
def test_what_the_server_says_of_itself(kind: type[psycopg.Error]) -> None:
    said, words = WORDS[kind]
    with pytest.raises(said, match=words) as caught, translated(WHERE):
        raise kind("it failed with hidden in it\nDETAIL: the row (content)")
    assert "hidden" not in str(caught.value)
    assert "content" not in str(caught.value)


@pytest.mark.parametrize("text", REFUSALS)
def test_what_is_said_of_a_connection_that_is_refused(text: str) -> None:
    said, words = REFUSALS[text]
    with pytest.raises(said, match=words), translated(WHERE):
        raise psycopg.OperationalError(text)


def test_a_fault_of_ours_stays_one() -> None:
    with pytest.raises(errors.UniqueViolation), translated(WHERE):
        raise errors.UniqueViolation("twice")


def test_a_wrong_password_is_said_and_not_shown(node: Node, server: Server) -> None:
    wrong = address.parse(server.url("postgres").replace(server.password, "let-me-in"))
    with pytest.raises(NodeUnwritable, match=r"does not let this user in: .*password authentication failed") as caught:
        open_node(node.directory, Clock(), database=wrong)
    assert "let-me-in" not in str(caught.value)
    assert server.password not in str(caught.value)


def test_a_database_that_is_not_there_is_said(node: Node, server: Server) -> None:
    with pytest.raises(NodeDamaged, match=r"there is no database `postgresql://comity@127.0.0.1:\d+/nowhere`"):
        open_node(node.directory, Clock(), database=address.parse(server.url("nowhere")))


def test_a_database_without_a_record_is_said(node: Node, server: Server) -> None:
    with pytest.raises(NodeDamaged, match="holds no record"):
        open_node(node.directory, Clock(), database=address.parse(server.url("postgres")))


def test_a_server_that_is_not_there_is_said(node: Node, server: Server) -> None:
    nobody = address.parse(server.url("postgres").replace(f":{server.port}/", ":1/"))
    with pytest.raises(NodeBusy, match=r"does not answer.*refused.*see that its server runs"):
        open_node(node.directory, Clock(), database=nobody)


def test_a_user_without_rights_is_said(node: Node, server: Server, database: str) -> None:
    name = database.rpartition("/")[2]
    server.run(f"CREATE ROLE guest_{name} LOGIN PASSWORD 'guest'")
    guest = address.parse(database.replace(f"comity:{server.password}", f"guest_{name}:guest"))
    with pytest.raises(NodeUnwritable, match=r"permission denied for table.*grant it"):
        open_node(node.directory, Clock(), database=guest)


def test_a_text_that_no_column_can_hold_is_not_found_and_not_kept(node: Node) -> None:
    with node.store.read() as reader:
        assert reader.find("nul\0") == []
        assert reader.find("half \ud800") == []
        assert reader.copies(["nul\0"]) == {}
    with (
        pytest.raises(MalformedInput, match="the sign NUL"),
        node.store.write("domain", ME, policy=False) as writer,
    ):
        writer.add_domain("nul\0")


def test_a_lost_connection_during_an_act_says_that_it_may_be_recorded(node: Node, server: Server) -> None:
    def act() -> None:
        with node.store.write("act", ME, policy=False) as writer:
            away(server, node)
            writer.add_domain("lost")

    with pytest.raises(NodeBusy, match=r"was lost.*look whether it is recorded"):
        act()
    with node.store.read() as reader:
        assert len(list(reader.acts())) == 1


def away(server: Server, node: Node) -> None:
    """End every connection to the node's database."""
    name = (node.directory / "database").read_text().strip().rpartition("/")[2]
    server.run(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 - ours


def test_a_release_that_does_not_stop_is_stopped_by_the_server(node: Node) -> None:
    drained(node.store)

    def change() -> None:
        with node.store.write("change", ME, policy=True):
            pass

    def release() -> None:
        with node.store.gate() as gate:
            change()
            assert gate.lapsed()
            assert gate.lapsed()

    with pytest.raises(ComityError, match="it was stopped"):
        release()
    with node.store.read() as reader:
        assert reader.epoch() == 2
    with node.store.gate() as gate:
        assert not gate.lapsed()


def drained(store: Store) -> None:
    """Have changes wait for releases for a short time only."""
    database = getattr(store, "_database")  # noqa: B009 - the port has none
    assert isinstance(database, Postgres)
    database._drain = 0.1


def test_a_release_whose_connection_is_gone_does_not_get_another(node: Node, server: Server) -> None:
    def release() -> None:
        with node.store.gate() as gate:
            assert not gate.lapsed()
            away(server, node)
            assert gate.lapsed()
            assert gate.lapsed()

    with pytest.raises(ComityError, match="it was stopped"):
        release()


def test_who_waits_hears_again_after_a_lost_connection(node: Node, server: Server) -> None:
    heard: list[int] = []
    waiting = threading.Thread(target=lambda: heard.append(node.store.wait(1, LONG)))
    waiting.start()
    time.sleep(0.2)
    away(server, node)
    time.sleep(0.2)
    add_domain(node.store, "new", ME)
    waiting.join(LONG)
    assert heard == [2]


def test_a_notice_holds_numbers_only(node: Node, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as link:
        link.execute("LISTEN comity")
        add_domain(node.store, "secret-domain", ME)
        with pytest.raises(ZeroDivisionError), node.store.write("act", ME, policy=False):
            _ = 1 / 0
        assert [notice.payload for notice in link.notifies(timeout=0.5)] == ["2 2"]


def test_a_server_that_was_killed_has_every_act_that_was_acknowledged(own: Server, tmp_path: Path) -> None:
    with make(tmp_path / "node", Clock(), database=own.fresh()) as node:
        assert node.store.wait(1, 0) == 1
        commands = [[sys.executable, "-c", WRITE, str(node.directory), str(number)] for number in range(2)]
        writers = [
            subprocess.Popen(each, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for each in commands
        ]
        assert node.store.wait(20, LONG) > 20
        own.kill()
        said = [writer.communicate(timeout=60) for writer in writers]
        with pytest.raises(NodeBusy, match=r"see that its server runs|was lost"):
            node.store.wait(10_000, 0.3)
        own.start()
        verify(node)
        with node.store.read() as reader:
            domains = reader.policy().domains
        for number, (out, err) in enumerate(said):
            assert "NodeBusy" in err
            assert {f"d{number}-{line}" for line in out.split()} <= domains
        add_domain(node.store, "goes-on", ME)


def test_a_writer_that_is_killed_leaves_neither_its_act_nor_its_lock(node: Node) -> None:
    command = [sys.executable, "-c", WRITE, str(node.directory), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        for _ in range(5):
            other.stdout.readline()
        os.kill(other.pid, signal.SIGKILL)
    with open_node(node.directory, Clock(), LONG) as patient:
        add_domain(patient.store, "mine", ME)
        verify(patient)


def test_whoever_writes_is_named(node: Node) -> None:
    with (
        open_node(node.directory, Clock(), patience=0.2) as other,
        node.store.write("slow", ME, policy=False),
        pytest.raises(NodeBusy, match=rf"process {os.getpid()} on .* is writing to the node's database"),
    ):
        add_domain(other.store, "new", ME)


def test_a_long_wait_is_said_once_and_may_be_without_end(node: Node) -> None:
    said: list[str] = []
    begun = threading.Event()

    def write() -> None:
        with node.store.write("slow", ME, policy=False):
            begun.set()
            time.sleep(2)

    writing = threading.Thread(target=write)
    writing.start()
    begun.wait()
    with open_node(node.directory, Clock(), float("inf"), said.append) as other:
        add_domain(other.store, "new", ME)
    writing.join()
    (line,) = said
    assert "is writing to the node's database: this waits" in line


def test_what_is_committed_is_on_the_disk_whatever_the_server_does_by_itself(
    node: Node, server: Server, database: str
) -> None:
    server.run(f"ALTER DATABASE {database.rpartition('/')[2]} SET synchronous_commit = off")
    with open_node(node.directory, Clock()) as again, again.store.read() as reader:
        assert reader._connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert reader._connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "repeatable read"
        assert reader._connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"


TABLES = [
    """SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY table_name, ordinal_position""",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass ORDER BY 1, 2""",
    """SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1""",
]


def test_a_fresh_database_is_what_all_migrations_make(server: Server) -> None:
    made = []
    for make_tables in (migrate.create, migrate.upgrade):
        where = Postgres(address.parse(server.fresh()))
        with where.writing() as connection:
            make_tables(connection)
            made.append([[tuple(row) for row in connection.exec_driver_sql(asked)] for asked in TABLES])
        where.close()
    fresh, migrated = made
    columns, constraints, indexes = fresh
    assert fresh == migrated
    assert min(map(len, (columns, constraints, indexes))) > 50


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE content SET bytes = 'x' WHERE item = 2", "the bytes of item 2 are not those that were received"),
        (
            "UPDATE item SET submitter = 'XXX' WHERE id = 3",
            "row 3 of `item` names a row of `partner` that is not there",
        ),
        ("UPDATE item SET apart_from = 99 WHERE id = 3", "row 3 of `item` names a row of `item` that is not there"),
        ("DELETE FROM claim WHERE item = 4", "item 4 has no first claim"),
    ],
)
def test_what_was_changed_behind_the_node_s_back_is_found(
    node: Node, server: Server, database: str, statement: str, said: str
) -> None:
    verify(node)
    server.run(f"SET session_replication_role = replica; {statement}", database.rpartition("/")[2])
    with pytest.raises(NodeDamaged, match=said):
        verify(node)


def test_what_is_not_read_to_its_end_disturbs_nobody(node: Node) -> None:
    with node.store.read() as reader:
        census = reader.census()
        next(census)
        streamed = reader._connection.execution_options(stream_results=True, max_row_buffer=1)
        leaves = streamed.exec_driver_sql("SELECT generate_series(1, 1000)")
        leaves.fetchone()
    with node.store.read() as reader:
        del census, leaves, streamed
        gc.collect()
        assert reader.epoch() == 1


def test_a_database_in_another_encoding_is_refused(server: Server, tmp_path: Path) -> None:
    server.run("CREATE DATABASE old TEMPLATE template0 ENCODING 'SQL_ASCII'")
    with pytest.raises(NodeDamaged, match="holds texts as SQL_ASCII: make one with ENCODING 'UTF8'"):
        make(tmp_path / "node", Clock(), database=server.url("old"))
    assert not (tmp_path / "node").exists()


def test_a_database_that_holds_tables_is_not_taken(node: Node, tmp_path: Path, database: str) -> None:
    with pytest.raises(Forbidden, match="holds tables already: name an empty one"):
        make(tmp_path / "two", Clock(), database=database)
    assert not (tmp_path / "two").exists()
    verify(node)
