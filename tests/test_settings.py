from pathlib import Path

import pytest

from comity.core.errors import MalformedInput
from comity.settings import read
from comity.store import address

URL = "postgresql://me:pass%40word@db.example:5433/comity?sslmode=verify-full&sslpassword=key"


def test_the_node_is_the_argument_else_the_environment_s_else_the_default() -> None:
    assert read({"COMITY_NODE": "/a"}, Path("/b")).node == Path("/b")
    assert read({"COMITY_NODE": "/a"}).node == Path("/a")
    assert read({"COMITY_NODE": ""}).node == Path("comity-node")
    assert read({}).node == Path("comity-node")


def test_the_database_is_the_argument_else_the_environment_s_else_none() -> None:
    other = "postgresql+psycopg://me@other/comity"
    assert str(read({"COMITY_DATABASE": URL}, database=other).database) == "postgresql://me@other/comity"
    assert str(read({"COMITY_DATABASE": URL}).database) == "postgresql://me@db.example:5433/comity"
    assert read({"COMITY_DATABASE": ""}).database is None
    assert read({}).database is None


def test_a_password_is_nowhere_to_be_seen_and_one_of_the_environment_is_not_noted() -> None:
    stated, found = read({}, database=URL), read({"COMITY_DATABASE": URL})
    for told in (stated, found):
        assert "pass" not in f"{told!r} {told.database} {told.database!r}"
        assert "key" not in f"{told!r} {told.database} {told.database!r}"
        assert told.database is not None
        assert set(told.database.secrets) == {"pass@word", "key"}
        assert told.database.url.password == "pass@word"  # noqa: S105 - nobody's
    assert stated.database is not None
    assert found.database is not None
    assert address.parse(stated.database.noted) == stated.database
    assert found.database.noted == "postgresql+psycopg://me@db.example:5433/comity?sslmode=verify-full"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("secret", "is no address"),
        ("", "is no address"),
        ("postgresql://me:secret@host:port/comity", "is no address"),
        ("mysql://me:secret@host/comity", "`mysql` is no database that comity can use"),
        ("postgresql+asyncpg://me:secret@host/comity", "`postgresql.asyncpg` is no database"),
        ("sqlite:///secret", "`sqlite` is no database"),
        ("postgresql://me:secret@host", "names none"),
        ("postgresql://me:secret@host/", "names none"),
    ],
)
def test_what_is_no_address_is_said_and_not_repeated(text: str, said: str) -> None:
    with pytest.raises(MalformedInput, match=rf"--database: .*{said}.*write it as postgresql://") as caught:
        read({}, database=text)
    assert "secret" not in str(caught.value)
