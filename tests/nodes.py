"""Small nodes for tests: a clock that is told what time it is, a world in a few lines, and a node made from it."""

from hashlib import shake_128
from pathlib import Path

from comity.compose import Founding, Node, init, open_node
from comity.core.instant import Instant
from comity.formats import instant, world
from comity.formats.world import WorldFile
from comity.service.partners import as_code
from comity.service.records import Word
from comity.service.vault import Vault
from comity.store import address

START = instant.parse("2025-03-01T00:00:00Z")
SECOND = 1_000_000
ME = Word(actor="tester")

SMALL = """
holder: GBR
partners: {GBR: {name: United Kingdom}, USA: {name: United States}, UKR: {name: Ukraine}, FRA: {name: France}}
domains: [intelligence, operations]
conditions: [no-copies]
communities: {E2: [GBR, FRA]}
agreements:
  - {id: usa-gbr, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: listed, derivation: own-analysis}
  - {id: gbr-ukr, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
items:
  - {id: imagery, originator: USA, level: SECRET, releasable_to: [GBR]}
  - {id: note, originator: GBR, level: SECRET, releasable_to: [UKR]}
  - id: analysis
    originator: GBR
    level: SECRET
    releasable_to: [UKR]
    sources: [{item: imagery, use: draws-on}, {item: note}]
  - {id: digest, originator: GBR, level: SECRET, sources: [{item: analysis}]}
"""


class Lots:
    """Random bytes that are the same in each run."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, size: int) -> bytes:
        self.drawn += 1
        return shake_128(self.drawn.to_bytes(4, "big")).digest(size)


def lots() -> Vault:
    """A vault whose lots are the same in each run."""
    return Vault(secret=bytes(32), randomness=Lots())


class Clock:
    """Says the time that it was told."""

    def __init__(self, now: Instant = START) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now = Instant(self.now + int(seconds * SECOND))


def word_of(partner: str) -> Word:
    """The word of another partner, with its evidence."""
    return Word(actor="tester", by=as_code(partner), evidence="a letter", why="it said so")


def small() -> WorldFile:
    """The small world of this module."""
    return world.read(SMALL)


def make(folder: Path, clock: Clock, stated: WorldFile | None = None, database: str | None = None) -> Node:
    """A node in `folder`, open, from the small world or the one given; on PostgreSQL if a database is named."""
    init(folder, clock, Founding(world=stated or small()), ME, None if database is None else address.parse(database))
    return open_node(folder, clock, patience=0.2)
