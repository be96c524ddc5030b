"""What a server was told: one frozen value, which the process that listens hands to each worker.

It holds the address of the database, which may be secret: so it goes through a pipe, and never onto a command line.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from comity.store import address
from comity.store.address import Address
from comity.web.serving import Bounds

DRAIN: Final = 5.0
"""Seconds that requests under way are given when the server is to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The certificate of a server and its key; with `client_ca`, only who has a certificate of it may connect."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is served, where and how."""

    node: Path
    database: Address | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8431
    tls: Tls | None = None
    insecure: bool = False
    """Listen beyond this machine without TLS."""
    proxies: tuple[str, ...] = ()
    """The addresses of proxies, which are believed when they say for whom they ask."""
    workers: int = 1
    bounds: Bounds = field(default_factory=Bounds)


def packed(plan: Plan, sockets: list[int]) -> bytes:
    """The plan for a worker, with the descriptors that it listens on: one line."""
    tls = None if plan.tls is None else {name: path and str(path) for name, path in asdict(plan.tls).items()}
    document = {
        "node": str(plan.node),
        "database": None if plan.database is None else plan.database.url.render_as_string(hide_password=False),
        "tls": tls,
        "proxies": list(plan.proxies),
        "bounds": asdict(plan.bounds),
        "sockets": sockets,
    }
    return json.dumps(document).encode() + b"\n"


def unpacked(line: bytes) -> tuple[Plan, list[int]]:
    """What `packed` has packed."""
    found = json.loads(line)
    tls = found["tls"]
    plan = Plan(
        node=Path(found["node"]),
        database=None if found["database"] is None else address.parse(found["database"]),
        tls=None if tls is None else Tls(**{name: path and Path(path) for name, path in tls.items()}),
        proxies=tuple(found["proxies"]),
        bounds=Bounds(**found["bounds"]),
    )
    return plan, found["sockets"]
