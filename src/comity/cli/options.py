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
from comity.cli import kept
from comity.cli.plain import safe
from comity.compose import Node as OpenNode
from comity.compose import open_node
from comity.core.errors import Fault, InvalidFacts, MalformedInput
from comity.core.instant import Instant
from comity.core.partner import Code, Recipient
from comity.core.role import Duty
from comity.formats import instant
from comity.service import authority
from comity.service.ports import Store
from comity.service.reasons import must_state
from comity.service.records import Word
from comity.service.tokens import authenticate
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
    as_: Annotated[str | None, Parameter(name="--as")] = None
    """Who asks or acts; by default whoever $COMITY_TOKEN or your session says, else your user name."""

    @property
    def told(self) -> Settings:
        """What this run was told, with what the environment says. MalformedInput for what is no address."""
        return settings.read(os.environ, self.node, self.database)

    @property
    def folder(self) -> Path:
        """The node's folder."""
        return self.told.node

    @property
    def asker(self) -> Word:
        """Who asks: by token, by session unless --as names another, by name. NotAuthenticated, MalformedInput."""
        told = self.told
        presented = told.token or (kept.session(told) if self.as_ is None else None)
        if presented is None:
            return self.by_name
        with _open(self, PATIENCE) as node, node.store.read() as reader:
            principal = authenticate(reader, presented, node.vault)
        if self.as_ not in (None, principal.account):
            raise MalformedInput(
                f"--as: the token in ${settings.TOKEN} is not that of `{self.as_}`: leave one of the two out"
            )
        return Word(actor=principal.account, through=principal.through)

    @property
    def by_name(self) -> Word:
        """Who asks, by the name given or that of the system's user."""
        return Word(actor=self.as_ or _user())


@dataclass(frozen=True, kw_only=True)
class Acting(Asking):
    """Who acts, and on whose word."""

    by: str | None = None
    """The partner whose word it is, where that is not the holder."""
    evidence: str | None = None
    """How that partner's word reached you."""
    why: str | None = None
    """Why it is done."""

    @property
    def word(self) -> Word:
        """Who did it, and on whose word. Raises as `asker` does."""
        return self.said_by(self.asker)

    def said_by(self, who: Word) -> Word:
        """The word of this one, with what was typed beside."""
        by = None if self.by is None else Code(Recipient(self.by))
        return replace(who, by=by, evidence=self.evidence, why=self.why)

    @property
    def stated_word(self) -> Word:
        """As `word`, for acts that must state why. MalformedInput where they do not."""
        self.must_state()
        return self.word

    def must_state(self) -> None:
        """MalformedInput where why is not stated."""
        must_state(self.why, "--why")


@dataclass(frozen=True, kw_only=True)
class Stating(Acting):
    """Who acts, and why, which must be stated.

    INVARIANT: a command takes this if `service.reasons` names it; where it has a preview, which needs no reason, it
    takes `Acting` and asks for `stated_word`.
    """

    why: str = field()  # said anew, or the default would be inherited
    """Why it is done."""

    def __post_init__(self) -> None:
        """Refuse a reason that says nothing."""
        self.must_state()


AskingOptions = Annotated[Asking, _ITSELF]
ActingOptions = Annotated[Acting, _ITSELF]
StatingOptions = Annotated[Stating, _ITSELF]

ASKING: Final = Asking()
ACTING: Final = Acting()


@contextmanager
def opened(options: Asking, needs: Duty | None = Duty.CONTENT, *, also: Duty | None = None) -> Iterator[Store]:
    """The store of the node that the options name, for one who has the duty `needs`, and `also` if that is named.

    INVARIANT: whatever shows something of a node names the duty that this takes, and where it names none, that is the
    greatest. None is for acts, whose duty the record asks for itself, and which show nothing but what was done.
    """
    with opened_node(options, needs, also=also) as node:
        yield node.store


@contextmanager
def opened_patiently(options: Asking, needs: Duty | None = Duty.CONTENT) -> Iterator[Store]:
    """As `opened`, for the act that must not be turned away: it waits for another writer as long as that takes."""
    with _open(options, inf) as node:
        _ask(node, options, needs)
        yield node.store


@contextmanager
def opened_node(options: Asking, needs: Duty | None = Duty.CONTENT, *, also: Duty | None = None) -> Iterator[OpenNode]:
    """As `opened`, the node itself; a long wait for another writer is said on stderr."""
    with _open(options, PATIENCE) as node:
        _ask(node, options, needs)
        _ask(node, options, also)
        yield node


def _ask(node: OpenNode, options: Asking, needs: Duty | None) -> None:
    if needs is not None:
        with node.store.read() as reader:
            authority.check(reader, options.asker, needs)


def _open(options: Asking, patience: float) -> OpenNode:
    told = options.told
    return open_node(told.node, clock, patience, waiting, told.database)


def waiting(said: str) -> None:
    """Say on stderr what a long wait is for."""
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
        case ("requirements" | "tags" | "pools" | "offers", int(), str(key), *_):
            return replace(fault, place=(places.get(key, f"--{key.replace('_', '-')}"),))
        case ("requirements" | "tags" | "pools" | "offers", int()):
            return replace(fault, place=())
        case _:
            return fault


def listed(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, those between commas apart, each once. MalformedInput for one that says nothing.

    INVARIANT: an empty name is never left out. Where nothing is stated, that may mean all there is.
    """
    for name in names:
        if not all(part.strip() for part in name.split(",")):
            raise MalformedInput(f"`{name}` lists a name that is empty: write each name, or leave the option out")
    return tuple(dict.fromkeys(part.strip() for name in names for part in name.split(",")))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
