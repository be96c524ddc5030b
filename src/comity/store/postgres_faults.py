"""What PostgreSQL fails at, in our words: never with a password, a parameter or a row in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import errors
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from comity.core.errors import ComityError, MalformedInput, NodeBusy, NodeDamaged, NodeUnwritable
from comity.store.address import Address
from comity.store.database import TOO_MUCH

_Words = tuple[type[ComityError], str]

_AGAIN: Final = "nothing of this act was recorded: try again"
_AWAY: Final[_Words] = (
    NodeBusy,
    (
        "the node's database {address} does not answer: {cause}; see that its server runs and can be reached, and try "
        "again"
    ),
)
_LOST: Final[_Words] = (
    NodeBusy,
    (
        "the connection to the node's database {address} was lost: {cause}; if an act was under way, look whether it "
        "is recorded before you do it again"
    ),
)
_FULL_HOUSE: Final[_Words] = (
    NodeBusy,
    "the node's database {address} takes no more connections: {cause}; try again, or raise its max_connections",
)
_CROSSED: Final[_Words] = (NodeBusy, f"another program got in the way of this act: {{cause}}; {_AGAIN}")
_FULL: Final[_Words] = (
    NodeUnwritable,
    (
        "the node could not be written: {cause}; nothing of this act was recorded, and nothing before it was lost: "
        "free some space on the disk of its database and do it again"
    ),
)
_READ_ONLY: Final[_Words] = (
    NodeUnwritable,
    "the node could not be written: {cause}; name the database's primary server in its address",
)
_NOT_LET: Final[_Words] = (
    NodeUnwritable,
    "the node's database {address} does not let this user do that: {cause}; grant it, or name another user",
)
_NOT_IN: Final[_Words] = (
    NodeUnwritable,
    (
        "the node's database {address} does not let this user in: {cause}; mend the user or password of --database, "
        "$COMITY_DATABASE, the file `database` in the node's folder or $PGPASSFILE"
    ),
)
_NOT_THERE: Final[_Words] = (
    NodeDamaged,
    "there is no database {address}: {cause}; make it with `createdb`, or mend the address",
)
_NO_RECORD: Final[_Words] = (
    NodeDamaged,
    (
        "the node's database {address} is not whole: {cause}; if the record was just moved, start this again, else "
        "restore it from its last copy"
    ),
)
_DYING: Final[_Words] = (
    NodeDamaged,
    (
        "the disk failed under the node's database: {cause}; this act is not recorded: look after the disk, then check "
        "the node with `comity verify`"
    ),
)
_NO_TEXT: Final[_Words] = (MalformedInput, "a text holds the sign NUL, which the node's database cannot keep: {cause}")

_CODES: Final[dict[str, _Words]] = {
    "53100": _FULL,
    "53200": _CROSSED,
    "53300": _FULL_HOUSE,
    "25006": _READ_ONLY,
    "42501": _NOT_LET,
    "28000": _NOT_IN,
    "28P01": _NOT_IN,
    "3D000": _NOT_THERE,
    "42P01": _NO_RECORD,
    "42703": _NO_RECORD,
    "55P03": _CROSSED,
    "57014": _CROSSED,
    "57P01": _LOST,
    "57P02": _LOST,
    "57P03": _AWAY,
    "57P05": _LOST,
    "25P03": _LOST,
    "58030": _DYING,
    "58P01": _DYING,
}
"""What is said of an SQLSTATE: of the whole, else of its class."""
_CLASSES: Final[dict[str, _Words]] = {"08": _LOST, "40": _CROSSED, "53": _CROSSED, "XX": _DYING}

_SAID: Final[tuple[tuple[str, _Words], ...]] = (
    ("consuming input failed", _LOST),
    ("sending query", _LOST),
    ("the connection is closed", _LOST),
    ("the connection is lost", _LOST),
    ("password authentication failed", _NOT_IN),
    ("no password supplied", _NOT_IN),
    ("pg_hba.conf", _NOT_IN),
    ("Peer authentication failed", _NOT_IN),
    ('role "', _NOT_IN),
    ("permission denied for database", _NOT_LET),
    ("does not exist", _NOT_THERE),
    ("too many clients", _FULL_HOUSE),
    ("remaining connection slots", _FULL_HOUSE),
    ("too many connections", _FULL_HOUSE),
)
"""What has no SQLSTATE: the driver's words for a connection that broke, the server's for one that it refused.

A server that speaks another language is said not to answer.
"""


@contextmanager
def translated(address: Address) -> Iterator[None]:
    """The database's failures in our words; what is a fault of ours stays as it is."""
    try:
        yield
    except PoolTimeout as problem:
        raise NodeBusy(TOO_MUCH) from problem
    except (DBAPIError, psycopg.Error) as problem:
        cause = problem.orig if isinstance(problem, DBAPIError) else problem
        if isinstance(cause, psycopg.Error) and (said := _said(cause, address)):
            raise said from problem
        raise


def _said(cause: psycopg.Error, address: Address) -> ComityError | None:
    found = _words(cause)
    if found is None:
        return None
    kind, words = found
    return kind(words.format(address=f"`{address}`", cause=_first_line(cause, address)))


def _words(cause: psycopg.Error) -> _Words | None:
    code = cause.sqlstate
    if code is not None:
        return _CODES.get(code) or _CLASSES.get(code[:2])
    if isinstance(cause, errors.DataError) and "NUL" in str(cause):
        return _NO_TEXT
    if not isinstance(cause, psycopg.OperationalError):
        return None
    return next((words for part, words in _SAID if part in str(cause)), _AWAY)


def _first_line(cause: psycopg.Error, address: Address) -> str:
    """The server's own message, without the details: they may hold what a row holds."""
    text = cause.diag.message_primary or next(iter(str(cause).splitlines()), "")
    for secret in address.secrets:
        text = text.replace(secret, "…")
    return text.strip().rstrip(".;")
