"""What is counted in the case of March 2025, and in small worlds where each rule stands alone."""

from fractions import Fraction
from pathlib import Path

import pytest
from pyroaring import BitMap

from comity.core.agreement import Reach
from comity.core.errors import InvalidFacts
from comity.core.instant import Instant, Window
from comity.core.lineage import ItemId, Source
from comity.core.loss import Effect, Supposed
from comity.core.partner import Code, Recipient
from comity.core.requirement import Requirement, RequirementId, Rule
from comity.formats.instant import parse
from comity.formats.words import entry
from comity.formats.world import read
from comity.index.counting import Survey, common_sources, covering, dependence
from comity.index.facets import Facets
from comity.index.holding import Ordinal, item_id
from comity.index.losing import hurt, loss, lost, pairs, singles, standing
from comity.index.memory import WorldHolding, index_of
from comity.index.origins import Origins
from comity.index.tagging import Entries, tagged

MARCH = read((Path(__file__).parents[1] / "worlds" / "march-2025.yaml").read_text(encoding="utf-8")).world
BEFORE = parse("2025-03-04T12:00:00Z")
GBR, USA, UKR, FRA, POL = (Code(Recipient(name)) for name in ("GBR", "USA", "UKR", "FRA", "POL"))
AMERICAN = {"us-launch-detections", "us-delivery-schedule", "gb-digest", "gb-digest-of-digest"}

SMALL = """
holder: GBR
partners: {GBR: {name: GB}, USA: {name: US}, FRA: {name: FR}, UKR: {name: UA}}
domains: [sea, air]
agreements:
  - {id: a, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free, derivation: own-analysis}
  - {id: b, from: FRA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: c, from: USA, to: FRA, ceiling: SECRET, domains: ["*"], derivation: own-analysis}
  - {id: d, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
items:
  - {id: raw, originator: USA, level: SECRET, domains: [sea], releasable_to: [GBR, FRA], received: 2025-03-01T00:00:00Z}
  - id: french
    originator: FRA
    level: SECRET
    domains: [sea, air]
    received: 2025-03-03T00:00:00Z
    sources: [{item: raw, use: draws-on, attested: 2025-03-02T00:00:00Z}]
  - id: british
    originator: GBR
    level: SECRET
    domains: [air]
    received: 2025-03-02T00:00:00Z
    sources: [{item: raw, use: draws-on, attested: 2025-03-02T00:00:00Z}]
  - {id: other, originator: FRA, level: SECRET, domains: [air], received: 2025-03-04T00:00:00Z}
  - {id: undated, originator: FRA, level: SECRET, domains: [air]}
"""
CHANNEL = """  - {id: e, from: GBR, to: FRA, ceiling: SECRET, domains: ["*"]}
items:"""
NOW = parse("2025-03-05T00:00:00Z")
NEED = Requirement(id=RequirementId("sky"), title="what flies")
WHOLE = Window(parse("2025-03-01T00:00:00Z"), NOW)


def surveyed(*rules: Rule) -> tuple[Survey, WorldHolding]:
    index, holding = index_of(read(SMALL).world, NOW)
    facets = Facets(index)
    found = tagged(rules, [], facets, Entries({}))
    return Survey(index=index, facets=facets, origins=Origins(holding), tagged=found), holding


def names(holding: WorldHolding, items: BitMap) -> set[str]:
    return {str(holding.names[item]) for item in items}


def test_what_was_received_last_comes_first_and_what_nobody_knows_of_comes_last() -> None:
    survey, holding = surveyed()
    everything = BitMap(range(len(holding.names)))
    listed = [str(holding.names[item]) for item in survey.facets.latest(everything)]
    assert listed == ["other", "french", "british", "raw", "undated"]
    assert survey.facets.latest(everything, 2) == survey.facets.latest(everything)[:2]
    index, _ = index_of(read(SMALL.replace("received: 2025-03-03", "received: 2025-03-01T12:00:00Z #")).world, NOW)
    dated = everything - BitMap([holding.names.index(ItemId("undated"))])
    in_order = Facets(index).latest(dated)
    assert [str(holding.names[item]) for item in in_order] == ["other", "british", "french", "raw"]
    assert Facets(index).latest(everything)[:-1] == in_order
    assert Facets(index).newest(dated) == parse("2025-03-04T00:00:00Z")
    assert Facets(index).newest(BitMap(in_order[2:])) == parse("2025-03-01T12:00:00Z")


def test_a_rule_of_several_words_asks_for_all_of_them_and_one_without_any_for_nothing() -> None:
    said = Entries({Ordinal(0): entry(b'{"name": "Early, early WARNING"}'), Ordinal(1): entry(b'{"name": "early"}')})
    assert said.saying("warning early") == BitMap([0])
    assert said.saying("early") == BitMap([0, 1])
    assert said.saying("!") == BitMap()


def test_before_the_united_states_stops_it_is_known_what_ukraine_would_lose() -> None:
    index, holding = index_of(MARCH, BEFORE)
    assert names(holding, lost(index, [Supposed(frm=USA, to=UKR)], UKR)) == AMERICAN
    assert names(holding, lost(index, [Supposed(frm=USA, to=UKR, reach=Reach.DIRECT)], UKR)) == set()
    assert names(holding, lost(index, [Supposed(frm=USA, to=GBR)], UKR)) == AMERICAN
    assert names(holding, lost(index, [Supposed(frm=USA, to=UKR)], FRA)) == set()


def test_what_the_holder_reads_only_a_recall_takes() -> None:
    index, holding = index_of(MARCH, BEFORE)
    assert not lost(index, [Supposed(frm=USA, to=GBR, reach=Reach.DERIVED)], GBR)
    recalled = names(holding, lost(index, [Supposed(frm=USA, to=GBR, recall=True)], GBR))
    assert recalled == AMERICAN | {"us-imagery", "us-public-statement", "gb-assessment-with-us"}


def test_a_supposed_suspension_changes_nothing() -> None:
    index, _ = index_of(MARCH, BEFORE)
    before = BitMap(index.visible(UKR))
    singles(index, [UKR, FRA])
    assert index.visible(UKR) == before
    assert index.policy.suspensions == MARCH.policy.suspensions


def test_several_suspensions_do_not_hide_behind_the_names_of_real_ones() -> None:
    index, holding = index_of(MARCH, BEFORE)
    both = lost(index, [Supposed(frm=USA, to=UKR), Supposed(frm=FRA, to=GBR)], UKR)
    assert names(holding, both) == AMERICAN | {"fr-radar-note", "fr-front-estimate"}


def test_who_is_not_known_cannot_be_supposed_to_suspend() -> None:
    index, _ = index_of(MARCH, BEFORE)
    with pytest.raises(InvalidFacts, match="unknown partner `XXX`"):
        lost(index, [Supposed(frm=Code(Recipient("XXX")), to=UKR)], UKR)


def test_the_costliest_single_loss_comes_first() -> None:
    index, _ = index_of(MARCH, BEFORE)
    found = singles(index, [UKR, FRA])
    assert found[0].lost >= found[1].lost > 0
    cost = {(single.supposed.frm, single.supposed.to): dict(single.readers) for single in found}
    assert cost[USA, UKR] == {UKR: len(AMERICAN)}
    assert cost[POL, UKR] == {}


def test_two_analyses_of_one_report_are_one_root_and_it_is_hidden() -> None:
    survey, holding = surveyed(Rule(requirement=NEED.id, domain="air"))
    items = covering(survey, NEED.id, UKR, WHOLE)
    assert names(holding, items) == {"french", "british", "other"}
    assert [
        (each.originators, names(holding, each.items), each.hidden) for each in common_sources(survey, UKR, items)
    ] == [((FRA, GBR), {"french", "british"}, True)]
    stand = standing(survey, [NEED], UKR, WHOLE)[0]
    assert stand.coverage.independent == ((FRA,), (USA,))
    assert stand.coverage.age == NOW - parse("2025-03-04T00:00:00Z")
    found = dependence(survey, items)
    assert found.shares == ((USA, Fraction(2, 3)), (FRA, Fraction(1, 3)))
    assert found.soles == ()


def test_a_window_is_half_open_and_holds_nothing_undated() -> None:
    survey, holding = surveyed(Rule(requirement=NEED.id, type="item"))
    window = Window(parse("2025-03-02T00:00:00Z"), parse("2025-03-04T00:00:00Z"))
    assert names(holding, covering(survey, NEED.id, UKR, window)) == {"french", "british"}
    later = Window(Instant(window.start + 1), Instant(window.end + 1))
    assert names(holding, covering(survey, NEED.id, UKR, later)) == {"french", "other"}


def test_a_rule_asks_for_all_that_it_states_and_what_nobody_knows_matches_nothing() -> None:
    both = Rule(requirement=NEED.id, type="item", domain="sea")
    survey, holding = surveyed(both)
    assert names(holding, survey.tagged[NEED.id]) == {"raw", "french"}
    for nothing in (
        Rule(requirement=NEED.id, domain="sea", label="fleet"),
        Rule(requirement=NEED.id, text="fleet"),
        Rule(requirement=NEED.id, type="report"),
        Rule(requirement=NEED.id),
    ):
        assert not surveyed(nothing)[0].tagged[NEED.id]


def test_the_domains_that_a_loss_leaves_and_those_that_it_takes() -> None:
    survey, holding = surveyed(Rule(requirement=NEED.id, domain="sea"))
    stands = standing(survey, [NEED], UKR, WHOLE)
    found = loss(survey, [Supposed(frm=FRA, to=UKR)], UKR)
    assert names(holding, found.items) == {"french", "other", "undated"}
    assert {name: change.effect for name, change in found.domains} == {"air": Effect.DEGRADED, "sea": Effect.LOST}
    assert {name: change.effect for name, change in found.originators} == {GBR: Effect.UNAFFECTED, FRA: Effect.LOST}
    assert [each.effect for each in hurt(survey, stands, found.items)] == [Effect.LOST]


def test_what_an_attestation_of_this_moment_frees_is_lost_to_two_suspensions_only_together() -> None:
    """One binds the analysis again by its terms, which still may go; the other stops what may be passed on."""
    index, holding = index_of(read(SMALL.replace("items:", CHANNEL)).world, parse("2025-03-02T00:00:00Z"))
    binding = Supposed(frm=USA, to=FRA, reach=Reach.DIRECT)
    stopping = Supposed(frm=USA, to=GBR, reach=Reach.DIRECT)
    assert names(holding, lost(index, [binding], FRA)) == set()
    assert names(holding, lost(index, [stopping], FRA)) == {"raw", "british"}
    assert names(holding, lost(index, [binding, stopping], FRA)) == {"raw", "british", "french"}
    found = pairs(index, [], FRA, Reach.DIRECT)
    assert [(each.first, each.second, each.lost) for each in found] == [(binding, stopping, 3)]


def test_roots_are_walked_again_where_lineage_has_changed() -> None:
    survey, holding = surveyed()
    names_of = {str(name): Ordinal(place) for place, name in enumerate(holding.names)}
    everything = BitMap(names_of.values())
    assert set(survey.origins.among(everything)) == {frozenset({USA}), frozenset({FRA})}
    raw = item_id(names_of["raw"])
    changed = holding.items[raw]
    holding.items[raw] = type(changed)(
        id=raw, claims=changed.claims, sources=(Source(item=item_id(names_of["other"])),)
    )
    survey.origins.forget([names_of["raw"]])
    assert set(survey.origins.among(everything)) == {frozenset({FRA})}
    assert dependence(survey, everything).soles == (FRA,)
