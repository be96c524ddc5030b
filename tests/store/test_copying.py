"""What is copied from one database to another is the same there, and goes on there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from comity.compose import Node
from comity.core.errors import NodeDamaged
from comity.store import address, copying, migrate, pages, schema, verify
from comity.store.copying import Sum, Sums
from comity.store.database import Database
from comity.store.postgres import Postgres
from comity.store.sqlite import LOCK, Sqlite
from tests import postgres
from tests.filled import filled
from tests.nodes import ME
from tests.schemas import differences
from tests.sending import send, thing


@pytest.fixture
def node(tmp_path: Path, kept: str | None) -> Iterator[Node]:
    """A node with something in every table that acts of today fill."""
    with filled(tmp_path / "node", kept) as made:
        yield made


@contextmanager
def empty(folder: Path, url: str | None) -> Iterator[Connection]:
    """A database with this program's schema and nothing in it, in the transaction that has made it."""
    database: Database
    if url is None:
        folder.mkdir()
        (folder / LOCK).touch(0o600)
        database = Sqlite(folder / "copy.sqlite", create=True)
    else:
        database = Postgres(address.parse(url))
    with database.writing() as connection:
        migrate.create(connection)
        yield connection
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """An empty database of either kind."""
    server: postgres.Server | None = None
    url = None
    if request.param == "postgresql":
        server = request.getfixturevalue("server")
        assert server is not None
        url = server.fresh()
    with empty(tmp_path / "target", url) as connection:
        yield connection
    if server is not None and url is not None:
        server.drop(url)


def copied(node: Node, target: Connection) -> Sums:
    with node.store._database.reading() as source:
        return copying.copy(source, target)


def test_a_copy_has_every_row_as_it_was(node: Node, target: Connection) -> None:
    sums = copied(node, target)
    copying.check(target, sums)
    assert list(verify.faults(target)) == []
    filled = {name for name, found in sums.items() if found.rows}
    assert {"act", "item", "content", "leaf", "disclosure", "attestation", "quarantine"} <= filled


def test_a_copy_has_the_schema_of_a_fresh_node(node: Node, target: Connection) -> None:
    copied(node, target)
    assert differences(target) == []


def test_what_draws_numbers_goes_on_after_the_copied_ones(node: Node, target: Connection) -> None:
    copied(node, target)
    newest = target.execute(schema.setting.select().order_by(schema.setting.c.id.desc())).first()
    assert newest is not None
    made = target.execute(schema.setting.insert().values(name="more", value=[1], act=1))
    assert made.inserted_primary_key == (newest.id + 1,)
    made = target.execute(schema.attempt.insert().values(subject="nobody", at=1))
    assert made.inserted_primary_key == (1,)


def test_a_row_that_did_not_arrive_is_noticed(node: Node, target: Connection) -> None:
    sums = copied(node, target)
    target.execute(schema.item.update().where(schema.item.c.id == 1).values(label=None))
    target.execute(schema.content.delete().where(schema.content.c.item == 2))
    with pytest.raises(NodeDamaged, match="rows of `item`, `content` did not arrive"):
        copying.check(target, sums)


def test_every_table_that_is_kept_is_copied(node: Node, target: Connection) -> None:
    assert {*copied(node, target)} == {*schema.metadata.tables} - {"in_flight", "search_mark", "search_state"}


def test_a_copy_has_no_release_under_way(node: Node, target: Connection) -> None:
    with node.store.write("anything", ME, policy=False) as writer:
        writer.begin_flight()
    copied(node, target)
    assert target.execute(schema.in_flight.select()).first() is None


def test_pages_are_those_of_the_snapshot(tmp_path: Path) -> None:
    """What is written after the snapshot is taken, and while it is copied, is not in the copy; it verifies."""
    with filled(tmp_path / "node") as node:
        with node.store.read() as reader:
            before = len(list(reader.acts()))
        seen: list[tuple[int, int]] = []

        def meanwhile(_: str, done: int, of: int) -> None:
            seen.append((done, of))
            send(node, "USA", thing(f"late {done}", content="x" * 100_000))

        with node.store._database.reading() as source:
            send(node, "USA", thing("just now"))
            pages.copy_pages(source, tmp_path / "copy.sqlite", meanwhile)
        (tmp_path / LOCK).touch(0o600)
    assert seen
    assert seen[-1][0] == seen[-1][1]
    copy = Sqlite(tmp_path / "copy.sqlite")
    with copy.reading() as connection:
        assert len(connection.execute(schema.act.select()).all()) == before
        assert list(verify.faults(connection)) == []
    copy.close()


def test_sums_tell_what_order_does_not() -> None:
    rows = [(1, "a", b"x"), (2, "b", None)]
    one, other, less = (copying._Counting(copying.unheard, "", 0, 0) for _ in range(3))
    assert list(one.over(rows)) == list(other.over(rows[::-1]))[::-1]
    assert list(less.over(rows[:1])) == rows[:1]
    assert one.sum == other.sum != less.sum
    assert one.sum == Sum(2, one.sum.total)
