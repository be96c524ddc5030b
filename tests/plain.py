"""Plain worlds, as world files hold them, made into the core's own values: the one place where tests do so."""

from typing import Any

from comity.core.instant import Instant
from comity.core.world import World
from comity.formats.instant import parse
from comity.formats.world import from_plain

Plain = dict[str, Any]


def instant(text: str) -> Instant:
    """The instant that an RFC 3339 string names."""
    return parse(text)


def core_world(plain: Plain) -> World:
    """The plain world as the core's own value."""
    return from_plain(plain).world
