"""Of which domains an item is, its first claim says, whatever else is said of it."""

import random
from dataclasses import replace

from hypothesis import given

from comity.formats.instant import parse
from comity.formats.world import from_plain, read
from comity.index.engine import Index
from comity.index.holding import Ordinal, item_id
from comity.index.memory import WorldHolding, index_of
from tests.laws.worlds import LOTS
from tests.oracle.generator import random_world

NOW = parse("2025-03-05T00:00:00Z")
HELD = """
holder: GBR
partners: {GBR: {}, USA: {}, FRA: {}}
domains: [air, sea, land]
items:
  - {id: plain, originator: USA, level: SECRET, domains: [air]}
  - {id: again, originator: USA, level: RESTRICTED, domains: [air]}
  - id: held
    originator: USA
    level: SECRET
    domains: [air]
    further_claims: [{originator: GBR, domains: [sea]}, {originator: GBR, domains: [land], start: 2025-03-01T00:00:00Z}]
  - id: joint
    originator: GBR
    level: SECRET
    domains: [sea]
    further_claims: [{originator: FRA, domains: [air]}]
  - id: built
    originator: GBR
    level: SECRET
    sources: [{item: held, use: reproduces}]
"""
OF = {"air": {"plain", "again", "held"}, "sea": {"joint"}, "general": {"built"}}


def domains(index: Index, holding: WorldHolding) -> dict[str, set[str]]:
    return {domain: {str(holding.names[item]) for item in items} for domain, items in index.domains().items() if items}


def test_an_item_is_of_the_domains_of_its_first_claim() -> None:
    index, holding = index_of(read(HELD).world, NOW)
    assert domains(index, holding) == OF
    assert index.domains() is index.domains()


def test_it_is_looked_up_again_when_its_claims_have_changed() -> None:
    index, holding = index_of(read(HELD).world, NOW)
    assert domains(index, holding) == OF
    place = Ordinal(2)
    item = holding.items[item_id(place)]
    first, hold, *more = item.claims
    holding.items[item_id(place)] = replace(item, claims=(hold, first, *more))
    index.receive([], [place])
    assert domains(index, holding) == OF | {"air": {"plain", "again"}, "sea": {"joint", "held"}}


@given(LOTS)
def test_on_any_world_it_is_what_the_first_claims_say(rng: random.Random) -> None:
    world = from_plain(random_world(rng)).world
    said: dict[str, set[str]] = {}
    for name, item in world.items.items():
        for domain in item.claims[0].domains:
            said.setdefault(domain, set()).add(name)
    assert domains(*index_of(world, NOW)) == said
