"""Which revision of the schema a node has, and bringing it up to this program's, which nobody does unasked.

Alembic takes a second to import, so that it is imported only when a node is behind. A fresh node is made from the
schema at once; a test holds that to be the same as all migrations in turn.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, MetaData, String, Table, exists, insert, inspect, select

from comity.core.errors import NodeDamaged
from comity.core.ledger import leaf_hash
from comity.store import seal, search_tables
from comity.store.facts import act_of
from comity.store.schema import act, leaf, metadata

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Every revision, oldest first; the last is this program's."""

VERSION: Final = "alembic_version"
"""The table that says which."""
ASIDE: Final = "moved_"
"""How the schemas begin in which PostgreSQL keeps the tables that a record was moved from: see `store.moving`."""
_version: Final = Table(VERSION, MetaData(), Column("version_num", String(32), primary_key=True, nullable=False))


def create(connection: Connection, wanted: str = REVISIONS[-1]) -> None:
    """Make the schema of a revision in an empty database."""
    if wanted != REVISIONS[-1]:
        _run(connection, wanted)
        return
    metadata.create_all(connection)
    search_tables.create(connection)
    _version.create(connection)
    connection.execute(insert(_version).values(version_num=wanted))


def tables(connection: Connection) -> list[str]:
    """The tables that are there, whosesoever they are."""
    return inspect(connection).get_table_names()


def set_asides(connection: Connection) -> list[str]:
    """The schemas that hold what was moved from here."""
    return [name for name in inspect(connection).get_schema_names() if name.startswith(ASIDE)]


def is_current(connection: Connection) -> bool:
    """Whether what is there is a record of this program's revision, and nothing else."""
    found = {name for name in tables(connection) if not search_tables.is_part(name)}
    return found == {*metadata.tables, VERSION} and not behind(connection)


def drop(connection: Connection) -> None:
    """Take away what `create` has made, with all that is in it."""
    metadata.drop_all(connection)
    search_tables.drop(connection)
    _version.drop(connection)


def revision(connection: Connection) -> str:
    """The node's revision. NodeDamaged when it is newer than this program, or none of ours."""
    if not inspect(connection).has_table(VERSION):
        if set_asides(connection):
            raise NodeDamaged(
                "the node's record was moved out of this database: see that neither --database nor $COMITY_DATABASE"
                " names it; if a move was interrupted, run `comity move` again, which finishes it"
            )
        raise NodeDamaged("the node's database holds no record: restore the node from its last copy")
    found: list[str] = list(connection.execute(select(_version.c.version_num)).scalars())
    if len(found) != 1 or found[0] not in REVISIONS:
        named = ", ".join(found) or "none"
        raise NodeDamaged(f"the node's database has the revision `{named}`, newer than this program: upgrade comity")
    return found[0]


def behind(connection: Connection) -> bool:
    """Whether the node's schema is older than this program's. Raises as `revision` does."""
    return revision(connection) != REVISIONS[-1]


def must_be_current(connection: Connection) -> None:
    """NodeDamaged, with the mend, unless the node has this program's revision."""
    if behind(connection):
        raise NodeDamaged(
            "the node was written by an earlier version of comity: run `comity migrate`, which makes a backup first"
        )


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, in the caller's transaction; then every act has its register entry."""
    _run(connection, REVISIONS[-1])
    _seal_old_acts(connection)


def _run(connection: Connection, wanted: str) -> None:
    from alembic import command  # noqa: PLC0415 - takes a second, and is needed once in a node's life
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)


def _seal_old_acts(connection: Connection) -> None:
    """Entries for the acts of a time when only exports had any."""
    sealed = exists().where(leaf.c.act == act.c.id)
    unsealed = {found.id: found for found in map(act_of, connection.execute(select(act).where(~sealed)))}
    if not unsealed:
        return
    sums = {number: found for number, found in seal.recorded(connection) if number in unsealed}
    for number, found in sorted(unsealed.items()):
        entry = seal.entry(found, sums.get(number, {}))
        connection.execute(insert(leaf).values(seq=found.leaf, entry=entry, hash=leaf_hash(entry), act=number))
