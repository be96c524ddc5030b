"""Environment and arguments → one frozen value, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from comity.core.errors import MalformedInput
from comity.store import address
from comity.store.address import Address

NODE: Final = "COMITY_NODE"
"""The environment's name for the node's folder."""
DATABASE: Final = "COMITY_DATABASE"
"""The environment's name for the address of the node's database."""
TOKEN: Final = "COMITY_TOKEN"  # noqa: S105 - the name of the variable
"""The environment's name for the token or session by which one comes in."""
STATE: Final = "XDG_STATE_HOME"
"""The environment's name for the folder of what programs keep of a user."""
DEFAULT_NODE: Final = Path("comity-node")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run of the program was told. A `database` that is not named is where the node's folder says.

    `token` is a secret; in the folder `state`, sessions are kept.
    """

    node: Path
    database: Address | None = None
    token: str | None = field(default=None, repr=False, compare=False)
    state: Path = field(default=Path(), compare=False)


def read(environment: Mapping[str, str], node: Path | None = None, database: str | None = None) -> Settings:
    """The settings: `node` if given, else `$COMITY_NODE`, else `./comity-node`; so for the database.

    An empty variable counts as absent. MalformedInput, which names its place, for what is no address.
    """
    return Settings(
        node=node or Path(environment.get(NODE) or DEFAULT_NODE),
        database=_database(environment.get(DATABASE), database),
        token=environment.get(TOKEN) or None,
        state=Path(environment.get(STATE) or Path(environment.get("HOME") or ".", ".local", "state"), "comity"),
    )


def _database(variable: str | None, stated: str | None) -> Address | None:
    if stated is not None:
        return _parsed(stated, "--database")
    # What stands in the environment is meant to stand nowhere else.
    return _parsed(variable, f"${DATABASE}").discreet() if variable else None


def _parsed(text: str, place: str) -> Address:
    try:
        return address.parse(text)
    except MalformedInput as problem:
        raise MalformedInput(f"{place}: {problem}") from None
