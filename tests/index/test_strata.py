"""What a suspension finds in the strata, in small worlds where each case stands alone."""

from dataclasses import replace

from comity.core.agreement import Suspension
from comity.core.instant import Instant, Window
from comity.core.lineage import ItemId
from comity.core.partner import Code, Recipient
from comity.formats.instant import parse
from comity.formats.world import read
from comity.index.engine import Index
from comity.index.holding import Ordinal, item_id
from comity.index.memory import WorldHolding, index_of

WORLD = """
holder: GBR
partners: {GBR: {name: GB}, USA: {name: US}, UKR: {name: UA}}
domains: [imagery, signals]
agreements:
  - {id: a, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: listed, derivation: own-analysis}
  - {id: b, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
items:
  - {id: given, originator: USA, level: SECRET, domains: [imagery], releasable_to: [GBR, UKR]}
  - {id: agreed, originator: USA, level: SECRET, domains: [imagery], releasable_to: [GBR]}
  - {id: analysis, originator: GBR, level: SECRET, sources: [{item: given, use: draws-on}]}
consents:
  - {id: c, by: USA, item: agreed, to: [UKR], start: 2025-03-05T00:00:00Z}
"""
NOW = parse("2025-03-10T00:00:00Z")
USA, UKR = Code(Recipient("USA")), Code(Recipient("UKR"))


def indexed() -> tuple[Index, WorldHolding]:
    return index_of(read(WORLD).world, NOW)


def stop(name: str, domain: str, given: Instant) -> Suspension:
    return Suspension(id=name, frm=USA, to=UKR, window=Window(NOW), given=given, domains=frozenset({domain}))


def seen(index: Index, holding: WorldHolding) -> set[str]:
    return {holding.names[item] for item in index.visible(UKR)}


def test_a_consent_given_after_the_suspension_was_keeps_its_item() -> None:
    index, holding = indexed()
    early = stop("s", "imagery", parse("2025-03-01T00:00:00Z"))
    assert {holding.names[item] for item in index.preview_suspension(early, UKR).lost} == {"given", "analysis"}
    index.suspend(early)
    assert seen(index, holding) == {"agreed"}
    index, holding = indexed()
    index.visible(UKR)
    index.suspend(stop("s", "imagery", NOW))
    assert seen(index, holding) == set()


def test_a_label_that_has_changed_is_met_as_it_is() -> None:
    index, holding = indexed()
    assert seen(index, holding) == {"given", "agreed", "analysis"}
    index.suspend(stop("one", "signals", NOW))
    index.advance(Instant(NOW + 2))
    attest(holding, index, ItemId("analysis"))
    index.advance(Instant(NOW + 4))
    assert seen(index, holding) == {"given", "agreed", "analysis"}
    index.suspend(replace(stop("two", "imagery", index.now), window=Window(index.now)))
    assert seen(index, holding) == {"analysis"}


def attest(holding: WorldHolding, index: Index, name: ItemId) -> None:
    number = Ordinal(holding.names.index(name))
    item = holding.items[item_id(number)]
    edges = tuple(replace(source, attestations=(Window(index.now),)) for source in item.sources)
    holding.items[item.id] = replace(item, sources=edges)
    index.receive([], touched=[number])
