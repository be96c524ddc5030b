"""`listing_agrees`: what a node lists, counts, pages, exports and records is exactly what `decide` permits."""

import json
import random
import tempfile
from pathlib import Path

from hypothesis import given, settings

from comity.compose import Node, verify
from comity.core.decision import Permitted, decide
from comity.core.instant import Instant
from comity.core.lineage import ItemId
from comity.core.partner import Recipient
from comity.core.world import World
from comity.formats.world import from_plain
from comity.index.appearances import Position
from comity.service import disclose, release, visible
from tests.laws.worlds import SEEDED
from tests.nodes import ME, Clock, make
from tests.oracle.generator import boundaries, random_world
from tests.plain import instant
from tests.postgres import Server

READERS = 3
PAGE = 2


@given(SEEDED)
@settings(max_examples=max(20, settings().max_examples // 10))
def test_listing_agrees(rng: random.Random) -> None:
    listing_agrees(rng, None)


@given(SEEDED)
@settings(max_examples=max(3, settings().max_examples // 40))
def test_listing_agrees_on_postgresql(server: Server, rng: random.Random) -> None:
    """Fewer worlds: the store is what differs, and `tests.contract` holds it to the other."""
    with server.database() as url:
        listing_agrees(rng, url)


def listing_agrees(rng: random.Random, database: str | None) -> None:
    """A random world in a node; some of its readers, at some time."""
    plain = random_world(rng)
    stated = from_plain(plain)
    moments = sorted({instant(text) for text in boundaries(plain)})
    clock = Clock(Instant(rng.choice(moments) if moments else 0))
    readers = [*sorted(stated.world.policy.partners), f"{stated.world.policy.holder}/clients"]
    with tempfile.TemporaryDirectory() as folder, make(Path(folder) / "node", clock, stated, database) as node:
        for reader in rng.sample(readers, min(READERS, len(readers))):
            agree(node, stated.world, Recipient(reader), Path(folder) / "out.json")
            clock.pass_by(rng.choice([0, 3600 * 24]))
        verify(node)


def agree(node: Node, world: World, reader: Recipient, out: Path) -> None:
    """Every listing for one reader is what the law permits at the time that the listing was made for."""
    listed, at = paged(node, reader)
    assert sorted(listed) == permitted(world, reader, at)
    assert visible.visible(node.store, reader).count == len(listed)
    made = disclose.export(node.store, reader, out, ME, vault=node.vault)
    recorded = [row.name for row in disclose.disclosures(node.store, to=reader) if row.leaf == made.leaf]
    assert sorted(recorded) == permitted(world, reader, made.at)
    names = [each["name"] for each in json.loads(out.read_text())["objects"]]
    assert names == recorded
    for item in world.items:
        refused = release.who(node.store, item, made.at).refused
        assert [name for name in refused if not refused[name]] == [
            partner
            for partner in sorted(world.policy.partners)
            if isinstance(decide(world, item, partner, made.at), Permitted)
        ]


def paged(node: Node, reader: Recipient) -> tuple[list[str], Instant]:
    """The reader's list, page by page, and the time of its last page."""
    names: list[str] = []
    after: Position | None = None
    while True:
        page = visible.visible(node.store, reader, limit=PAGE, after=after)
        names += [seen.name for seen in page.items]
        if len(page.items) < PAGE:
            return names, page.at
        after = Position(page.items[-1].since, page.items[-1].item.ordinal)


def permitted(world: World, reader: Recipient, at: Instant) -> list[str]:
    return sorted(item for item in world.items if isinstance(decide(world, ItemId(item), reader, at), Permitted))
