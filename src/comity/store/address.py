"""Where a node's PostgreSQL database is: an address that shows itself without its password."""

from dataclasses import dataclass, field
from typing import Final, Self

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from comity.core.errors import MalformedInput

_DRIVER: Final = "postgresql+psycopg"
_SCHEMES: Final = ("postgresql", _DRIVER)
_FORM: Final = "write it as postgresql://USER@HOST:PORT/DATABASE"
_SECRETS: Final = ("password", "sslpassword")


@dataclass(frozen=True, slots=True)
class Address:
    """A database on a server. As text, in messages and in `repr`, it is without its password and its options."""

    url: URL = field(repr=False)
    noted: str = field(repr=False)
    """What a node's folder keeps of it."""

    def __str__(self) -> str:
        """User, host, port and database, as far as they were stated."""
        port = "" if self.url.port is None else f":{self.url.port}"
        user = f"{self.url.username}@" if self.url.username else ""
        return f"postgresql://{user}{self.url.host or ''}{port}/{self.url.database}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be seen in anything that is printed."""
        stated = [self.url.password, *(self.url.query.get(name) for name in _SECRETS)]
        return tuple(secret for secret in stated if isinstance(secret, str) and secret)

    def discreet(self) -> Self:
        """The same address, of which a folder keeps no password: its user, or its file of passwords, has it."""
        stated = self.url
        bare = URL.create(stated.drivername, stated.username, None, stated.host, stated.port, stated.database)
        bare = bare.set(query=stated.difference_update_query(_SECRETS).query)
        return type(self)(self.url, bare.render_as_string(hide_password=False))


def parse(text: str) -> Address:
    """The address that was typed. MalformedInput, which does not repeat it, where it is none."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):  # a port that is no number
        raise MalformedInput(f"what names the database is no address: {_FORM}") from None
    if url.drivername not in _SCHEMES:
        raise MalformedInput(f"`{url.drivername}` is no database that comity can use: {_FORM}")
    if not url.database:
        raise MalformedInput(f"the address of the database names none: {_FORM}")
    url = url.set(drivername=_DRIVER)
    return Address(url, url.render_as_string(hide_password=False))
