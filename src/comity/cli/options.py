"""The options that commands share, and how names and times are typed."""

import getpass
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from comity import settings
from comity.cli.plain import safe
from comity.compose import Node as OpenNode
from comity.compose import open_node
from comity.core.errors import Fault, InvalidFacts, MalformedInput
from comity.core.instant import Instant
from comity.core.partner import Code, Recipient
from comity.formats import instant
from comity.service.ports import Store
from comity.service.records import Word
from comity.settings import Settings
from comity.store.lock import PATIENCE

_ITSELF: Final = Parameter(name="*")
_FLAG: Final = Parameter(negative=(), show_default=False)

Flag = Annotated[bool, _FLAG]
Names = Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative=(), show_default=False)]
"""Several names: `--to A B`, `--to A --to B` or `--to A,B`."""
From = Annotated[str, Parameter(name="FROM")]
Time = str | None
"""A time as RFC 3339 writes it, in UTC or with an offset."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Which node is asked, and how the answer is printed."""

    node: Path | None = None
    """The node's folder; by default $COMITY_NODE, else ./comity-node."""
    database: str | None = field(default=None, repr=False)
    """The PostgreSQL database of its record; by default $COMITY_DATABASE, else where the folder says."""
    json: Flag = False
    """Print one JSON document."""

    @property
    def told(self) -> Settings:
        """What this run was told, with what the environment says. MalformedInput for what is no address."""
        return settings.read(os.environ, self.node, self.database)

    @property
    def folder(self) -> Path:
        """The node's folder."""
        return self.told.node


@dataclass(frozen=True, kw_only=True)
class Acting(Asking):
    """Who acts, and on whose word."""

    as_: Annotated[str | None, Parameter(name="--as")] = None
    """Who does it; by default your user name."""
    by: str | None = None
    """The partner whose word it is, where that is not the holder."""
    evidence: str | None = None
    """How that partner's word reached you."""
    why: str | None = None
    """Why it is done."""

    @property
    def word(self) -> Word:
        """Who did it, and on whose word."""
        by = None if self.by is None else Code(Recipient(self.by))
        return Word(actor=self.as_ or _user(), by=by, evidence=self.evidence, why=self.why)

    @property
    def stated_word(self) -> Word:
        """As `word`, for acts that must state why. MalformedInput where they do not."""
        if not (self.why or "").strip():
            raise MalformedInput("this act states its reason: give it with --why")
        return self.word


AskingOptions = Annotated[Asking, _ITSELF]
ActingOptions = Annotated[Acting, _ITSELF]

ASKING: Final = Asking()
ACTING: Final = Acting()


@contextmanager
def opened(options: Asking) -> Iterator[Store]:
    """The store of the node that the options name."""
    with opened_node(options) as node:
        yield node.store


@contextmanager
def opened_patiently(options: Asking) -> Iterator[Store]:
    """As `opened`, for the act that must not be turned away: it waits for another writer as long as that takes."""
    with _open(options, inf) as node:
        yield node.store


@contextmanager
def opened_node(options: Asking) -> Iterator[OpenNode]:
    """The node that the options name; a long wait for another writer is said on stderr."""
    with _open(options, PATIENCE) as node:
        yield node


def _open(options: Asking, patience: float) -> OpenNode:
    told = options.told
    return open_node(told.node, clock, patience, _waiting, told.database)


def _waiting(said: str) -> None:
    sys.stderr.write(f"comity: {safe(said)}\n")
    sys.stderr.flush()


def clock() -> Instant:
    """What time it is."""
    return Instant(time.time_ns() // 1000)


def moment(text: Time, option: str = "--at") -> Instant | None:
    """The time that was typed, if any. MalformedInput names the option."""
    if text is None:
        return None
    try:
        return instant.parse(text)
    except MalformedInput as problem:
        raise MalformedInput(f"{option}: {problem}") from None


@contextmanager
def typed(**places: str) -> Iterator[None]:
    """Faults in what was typed name its option by its key, or what `places` says of the key: `typed(to="TO")`."""
    try:
        yield
    except InvalidFacts as problem:
        raise InvalidFacts(tuple(_as_typed(fault, places) for fault in problem.faults)) from problem


def _as_typed(fault: Fault, places: dict[str, str]) -> Fault:
    match fault.place:
        case ("agreements" | "delegations" | "suspensions" | "consents", int(), str(key), *_):
            return replace(fault, place=(places.get(key, f"--{key}"),))
        case _:
            return fault


def listed(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, those between commas apart, each once."""
    return tuple(dict.fromkeys(part.strip() for name in names for part in name.split(",") if part.strip()))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
