"""What the surfaces of one process serve: handed in whole by `comity.compose`, so that a test can build its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from comity.core.instant import Instant
from comity.service.coming_in import Doors
from comity.service.ports import Store
from comity.service.releasing import Outlet
from comity.service.vault import Vault

MIB: Final = 1024 * 1024


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
    """Requests of one account that are worked on at the same time, half of all, so that none takes everything."""
    reading: float = 10.0
    """Seconds that a request's next piece may take to come."""
    taking: float = 10.0
    """Seconds that a reader may take for the next piece of an answer."""


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
    bounds: Bounds = field(default_factory=Bounds)
    behind_proxy: bool = False
    """Whether others come through a proxy, so that who comes from this machine may be anybody."""
    stopping: Event = field(default_factory=Event)
    """Set when the process is to end: open streams end at once."""
