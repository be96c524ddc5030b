"""What the surfaces of one process serve: handed in whole by `comity.compose`, so that a test can build its own."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Final, Protocol

from comity.core.instant import Instant
from comity.core.programme import Solver
from comity.service.coming_in import Doors
from comity.service.events import Wire
from comity.service.keys import Keyring
from comity.service.looking import Carried
from comity.service.ports import Store
from comity.service.releasing import Outlet
from comity.service.vault import Vault
from comity.web.metrics import Metrics

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one request may take. All are per process."""

    body: int = 64 * MIB
    """Bytes of a request's body; what TAXII calls `max_content_length`."""
    at_once: int = 16
    """Requests that are worked on at the same time. Each may hold a snapshot of the record."""
    waiting: int = 64
    """Requests that wait until they are; more are turned away."""
    of_one: int = 8
    """Requests of one account at the same time, half of what is worked on, so that none takes everything."""
    streams_of_one: int = 4
    """Streams of events of one account at the same time, among its requests."""
    plans_of_one: int = 1
    """Plans of one account that are made at the same time, among its requests: each may take a processor."""
    lines: int = 1000
    """Connections at the same time."""
    head: int = 16 * KIB
    """Bytes of a request's head: its line and all its headers."""
    reading: float = 10.0
    """Seconds that a request's next piece may take to come."""
    taking: float = 10.0
    """Seconds that a reader may take for the next piece of an answer."""


class Crowd:
    """How many requests of each account are under way in this process."""

    def __init__(self, most: int) -> None:
        """Nobody has come yet."""
        self._most = most
        self._here: Counter[str] = Counter()
        self._lock = Lock()

    def enter(self, account: str) -> bool:
        """Whether one more may come in; whoever does leaves again."""
        with self._lock:
            if self._here[account] >= self._most:
                return False
            self._here[account] += 1
            return True

    def leave(self, account: str) -> None:
        """One has gone."""
        with self._lock:
            self._here[account] -= 1
            if not self._here[account]:
                del self._here[account]


class Kept(Protocol):
    """What of a node is kept beside its record: its keys, and how to check it as a whole."""

    @property
    def keyring(self) -> Keyring:
        """The private keys that sign heads."""
        ...

    def provider_secret(self, name: str) -> str | None:
        """The secret by which a provider of identity knows this node, None where it has none."""
        ...

    def keep_provider_secret(self, name: str, secret: str) -> None:
        """Keep that secret, in place of the one before."""
        ...

    def verify_register(self) -> None:
        """Check the register against its rows, its heads and keys. NodeDamaged unless it is whole."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What one process serves, and from what."""

    store: Store
    vault: Vault
    outlet: Outlet
    doors: Doors
    clock: Callable[[], Instant]
    ready: Callable[[], None]
    """Raises ComityError while this process cannot serve."""
    crowd: Crowd
    wire: Wire
    """What streams of events are told from."""
    streams: Crowd
    plans: Crowd
    solve: Solver
    metrics: Metrics
    bounds: Bounds
    kept: Kept
    """What of the node is not in its record."""
    carried: Carried = field(default_factory=Carried)
    behind_proxy: bool = False
    """Whether others come through a proxy, so that who comes from this machine may be anybody."""
    stopping: Event = field(default_factory=Event)
    """Set when the process is to end: open streams end at once."""
