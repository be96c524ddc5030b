"""What a world file says, as values."""

import json
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from comity.core.agreement import Agreement, Delegation, Reach, Suspension
from comity.core.claim import LEVELS, Claim, Derivation, Onward
from comity.core.consent import Consent
from comity.core.instant import NEVER, Instant, Window
from comity.core.lineage import ItemId, Source, Use
from comity.core.loss import Effect, Supposed
from comity.core.offer import Offer, Pool
from comity.core.partner import Code, Membership, Recipient
from comity.core.requirement import Kind, Rate, Requirement, RequirementId, Rule, Tag
from comity.formats import world_tokens
from comity.formats.instant import parse
from comity.formats.world import (
    Audience,
    Check,
    Covering,
    Holdings,
    InvalidWorldFile,
    Losing,
    Planning,
    Verdict,
    from_plain,
    read,
)
from tests.formats.reading import plain_of
from tests.oracle.generator import random_world

MARCH = Path(__file__).parents[1] / "worlds" / "march-2025.yaml"

EVERY_KEY = """\
holder: GBR
partners: {GBR: {name: United Kingdom}, UKR: {}, "NO": {name: Norway}}
levels: [LOW, MIDDLE, HIGH]
domains: [intelligence, cyber]
conditions: [no-print]
communities: {JEF: [GBR, {partner: "NO", start: 2025-01-01T00:00:00Z, end: 2026-01-01T00:00:00Z}]}
agreements:
  - {id: a, from: GBR, to: UKR, ceiling: HIGH, domains: ["*"], onward: free, derivation: own-analysis,
     accepts: [no-print], start: 2025-01-01T00:00:00Z, end: 2026-01-01T00:00:00Z}
  - {id: b, from: UKR, to: GBR, ceiling: LOW, domains: [cyber]}
delegations:
  - {id: d, from: UKR, to: GBR, ceiling: LOW, domains: [cyber], end: 2026-01-01T00:00:00Z}
suspensions:
  - {id: s, from: UKR, to: GBR, domains: [cyber], reach: derived, recall: true, start: 2025-02-01T00:00:00Z,
     end: 2025-03-01T00:00:00Z, given: 2025-01-31T00:00:00Z}
  - {id: t, from: UKR, to: GBR, start: 2025-02-01T00:00:00Z}
consents:
  - {id: c, by: GBR, item: one, to: [UKR, JEF], use: draws-on, start: 2025-02-01T00:00:00Z, end: 2025-03-01T00:00:00Z,
     given: 2025-01-31T00:00:00Z}
  - {id: e, by: GBR, item: one, to: ["*"], start: 2025-02-01T00:00:00Z}
items:
  - id: one
    originator: UKR
    level: HIGH
    domains: [cyber]
    releasable_to: [JEF, GBR/*]
    onward: consent
    derivation: inherit
    not_before: 2025-01-01T00:00:00Z
    not_after: 2026-01-01T00:00:00Z
    conditions: [no-print]
    received: 2025-01-02T00:00:00Z
    further_claims:
      - {originator: GBR, start: 2025-02-01T00:00:00Z, end: 2025-03-01T00:00:00Z, releasable_to: []}
      - {originator: GBR, level: MIDDLE}
    object: {type: report, id: report--1, created: 2025-01-01T00:00:00Z, confidence: 85, revoked: false, x: [1.5, null]}
  - id: two
    originator: GBR
    level: LOW
    sources:
      - {item: one, use: draws-on, attested: 2025-01-03T00:00:00Z, withdrawn: 2025-01-04T00:00:00Z}
      - {item: two}
checks:
  - {item: one, to: UKR/alice, at: 2025-02-01T00:00:00Z, expect: refuse, because: [UKR/one/onward]}
  - {item: one, to: UKR, at: 2025-02-01T01:00:00+01:00}
audiences:
  - {item: one, at: 2025-02-01T00:00:00Z, expect: [UKR]}
  - {item: one, at: 2025-02-01T00:00:00Z}
holdings:
  - {to: "NO", at: 2025-02-01T00:00:00Z, expect: []}
  - {to: "NO", at: 2025-02-01T00:00:00Z}
requirements:
  - {id: need, title: what is needed, kind: assistance, domains: [cyber], region: Europe, priority: 1,
     rate: {items: 3, period: P1W}, freshness: PT36H, corroboration: 2}
  - {id: other, title: what else}
tags:
  - {requirement: need, type: report, domain: cyber, label: apt, text: "some words"}
  - {requirement: need, item: two}
pools:
  - {id: crew, partner: UKR, capacity: {items: 2, period: P1D}}
offers:
  - {id: more, partner: UKR, requirement: need, capacity: {items: 4, period: P2D}, ceiling: HIGH, quality: 80,
     lead_time: PT6H, pool: crew}
  - {id: any, partner: "NO", domain: cyber, capacity: {items: 1, period: P1D}, ceiling: LOW}
coverage:
  - {requirement: need, to: UKR, at: 2025-02-01T00:00:00Z, start: 2025-01-01T00:00:00Z, end: 2025-03-01T00:00:00Z,
     expect: {items: [], independent: 0, unmet: [rate, freshness, corroboration], soles: []}}
  - {requirement: need, to: UKR, at: 2025-02-01T00:00:00Z, start: 2025-01-01T00:00:00Z}
loss:
  - {to: UKR, at: 2025-02-01T00:00:00Z, start: 2025-01-01T00:00:00Z, end: 2025-03-01T00:00:00Z,
     suspensions: [{from: GBR, to: UKR, domains: [cyber], reach: direct, recall: true}, {from: UKR, to: GBR}],
     expect: {items: [], requirements: {need: unaffected}}}
  - {to: UKR, at: 2025-02-01T00:00:00Z, start: 2025-01-01T00:00:00Z, suspensions: []}
plans:
  - {to: UKR, at: 2025-02-01T00:00:00Z, start: 2025-01-01T00:00:00Z, end: 2025-03-01T00:00:00Z,
     suspensions: [{from: GBR, to: UKR}], expect: {uncovered: [need], barred: [more]}}
  - {to: UKR, at: 2025-02-01T00:00:00Z, start: 2025-01-01T00:00:00Z}
"""
GBR, UKR, NOR = (Code(Recipient(code)) for code in ("GBR", "UKR", "NO"))
ONE, TWO = ItemId("one"), ItemId("two")
FEBRUARY = Window(parse("2025-02-01T00:00:00Z"), parse("2025-03-01T00:00:00Z"))
YEAR = Window(parse("2025-01-01T00:00:00Z"), parse("2026-01-01T00:00:00Z"))
GIVEN = parse("2025-01-31T00:00:00Z")
RECEIVED = parse("2025-01-02T00:00:00Z")


def test_who_there_is() -> None:
    found = read(EVERY_KEY)
    policy = found.world.policy
    assert policy.holder == GBR
    assert found.names == {GBR: "United Kingdom", UKR: "UKR", NOR: "Norway"}
    assert policy.levels == ("LOW", "MIDDLE", "HIGH")
    assert policy.domains == {"intelligence", "cyber"}
    assert policy.conditions == {"no-print"}
    assert policy.communities["JEF"].members == (Membership(partner=GBR), Membership(partner=NOR, window=YEAR))


def test_what_is_granted_stopped_and_consented_to() -> None:
    policy = read(EVERY_KEY).world.policy
    cyber, every = frozenset({"cyber"}), frozenset({"*"})
    assert policy.agreements == (
        Agreement(
            id="a",
            frm=GBR,
            to=UKR,
            ceiling="HIGH",
            domains=every,
            window=YEAR,
            onward=Onward.FREE,
            derivation=Derivation.OWN_ANALYSIS,
            accepts=frozenset({"no-print"}),
        ),
        Agreement(id="b", frm=UKR, to=GBR, ceiling="LOW", domains=cyber),
    )
    assert policy.delegations == (
        Delegation(id="d", frm=UKR, to=GBR, ceiling="LOW", domains=cyber, window=Window(end=YEAR.end)),
    )
    assert policy.suspensions == (
        Suspension(
            id="s", frm=UKR, to=GBR, window=FEBRUARY, given=GIVEN, domains=cyber, reach=Reach.DERIVED, recall=True
        ),
        Suspension(id="t", frm=UKR, to=GBR, window=Window(FEBRUARY.start), given=FEBRUARY.start, domains=every),
    )
    assert policy.consents == (
        Consent(id="c", by=GBR, item=ONE, to=("UKR", "JEF"), window=FEBRUARY, given=GIVEN, use=Use.DRAWS_ON),
        Consent(id="e", by=GBR, item=ONE, to=("*",), window=Window(FEBRUARY.start), given=FEBRUARY.start),
    )


def test_what_is_needed_and_offered() -> None:
    found = read(EVERY_KEY).wants
    need, day = RequirementId("need"), 24 * 3600 * 1_000_000
    assert found.policy == read(EVERY_KEY).world.policy
    assert found.requirements == (
        Requirement(
            id=need,
            title="what is needed",
            kind=Kind.ASSISTANCE,
            domains=frozenset({"cyber"}),
            region="Europe",
            priority=1,
            rate=Rate(items=3, period=7 * day),
            freshness=day * 3 // 2,
            corroboration=2,
        ),
        Requirement(id=RequirementId("other"), title="what else"),
    )
    assert found.tags == (
        Rule(requirement=need, type="report", domain="cyber", label="apt", text="some words"),
        Tag(requirement=need, item=TWO),
    )
    assert found.pools == (Pool(id="crew", partner=UKR, capacity=Rate(items=2, period=day)),)
    assert found.offers == (
        Offer(
            id="more",
            partner=UKR,
            requirement=need,
            capacity=Rate(items=4, period=2 * day),
            ceiling="HIGH",
            quality=80,
            lead_time=day // 4,
            pool="crew",
        ),
        Offer(id="any", partner=NOR, domain="cyber", capacity=Rate(items=1, period=day), ceiling="LOW"),
    )


def test_what_is_to_be_counted() -> None:
    need, long = RequirementId("need"), Window(YEAR.start, FEBRUARY.end)
    short = Window(YEAR.start, FEBRUARY.start)
    stop = Supposed(frm=GBR, to=UKR, domains=frozenset({"cyber"}), reach=Reach.DIRECT, recall=True)
    assert read(EVERY_KEY).counted == (
        Covering(
            requirement=need,
            to=UKR,
            at=FEBRUARY.start,
            window=long,
            items=(),
            independent=0,
            unmet=("rate", "freshness", "corroboration"),
            soles=(),
        ),
        Covering(requirement=need, to=UKR, at=FEBRUARY.start, window=short),
        Losing(
            to=UKR,
            at=FEBRUARY.start,
            window=long,
            suspensions=(stop, Supposed(frm=UKR, to=GBR)),
            items=(),
            requirements=((need, Effect.UNAFFECTED),),
        ),
        Losing(to=UKR, at=FEBRUARY.start, window=short, suspensions=()),
        Planning(
            to=UKR,
            at=FEBRUARY.start,
            window=long,
            suspensions=(Supposed(frm=GBR, to=UKR),),
            uncovered=(need,),
            barred=("more",),
        ),
        Planning(to=UKR, at=FEBRUARY.start, window=short, suspensions=()),
    )


def test_what_is_held() -> None:
    found = read(EVERY_KEY)
    one, two = found.world.items.values()
    assert one.claims == (
        Claim(
            originator=UKR,
            level="HIGH",
            domains=frozenset({"cyber"}),
            audience=("JEF", "GBR/*"),
            onward=Onward.CONSENT,
            derivation=Derivation.INHERIT,
            not_before=YEAR.start,
            not_after=YEAR.end,
            conditions=frozenset({"no-print"}),
            received=RECEIVED,
        ),
        Claim(originator=GBR, level="LOW", audience=(), window=FEBRUARY, received=RECEIVED),
        Claim(originator=GBR, level="MIDDLE", received=RECEIVED),
    )
    attested = Window(parse("2025-01-03T00:00:00Z"), parse("2025-01-04T00:00:00Z"))
    assert two.claims == (Claim(originator=GBR, level="LOW"),)
    assert two.sources == (Source(item=ONE, use=Use.DRAWS_ON, attestations=(attested,)), Source(item=TWO))
    assert found.objects == {
        ONE: {
            "type": "report",
            "id": "report--1",
            "created": "2025-01-01T00:00:00Z",
            "confidence": 85,
            "revoked": False,
            "x": [1.5, None],
        }
    }


def test_what_is_asked() -> None:
    found = read(EVERY_KEY)
    at = FEBRUARY.start
    assert found.checks == (
        Check(item=ONE, to=Recipient("UKR/alice"), at=at, expect=Verdict.REFUSE, because=("UKR/one/onward",)),
        Check(item=ONE, to=UKR, at=at, expect=None, because=None),
    )
    assert found.audiences == (Audience(item=ONE, at=at, expect=(UKR,)), Audience(item=ONE, at=at))
    assert found.holdings == (Holdings(to=NOR, at=at, expect=()), Holdings(to=NOR, at=at))


def test_a_world_needs_a_holder_and_partners_only() -> None:
    found = read("holder: A\npartners: {A: {}}\n")
    assert found.world.policy.levels == LEVELS
    assert not found.world.items
    assert not found.checks


@pytest.mark.parametrize("text", [EVERY_KEY, MARCH.read_text(encoding="utf-8")], ids=["every key", "march 2025"])
def test_yaml_json_and_plain_structures_say_the_same(text: str) -> None:
    plain = plain_of(text)
    assert read(text) == from_plain(plain)
    for indent in (None, 1, "\t"):
        assert read(json.dumps(plain, indent=indent)) == from_plain(plain)


@pytest.mark.parametrize("seed", range(200))
def test_random_worlds_say_the_same_as_text_and_as_plain_structures(seed: int) -> None:
    plain = random_world(random.Random(seed))
    assert read(json.dumps(plain)) == read(yaml.safe_dump(plain)) == from_plain(plain)


def test_json_escapes_are_those_of_json() -> None:
    found = read(r'{"holder": "A", "partners": {"A": {"name": "\u00c5land \ud83c\uddeb\ud83c\uddee \/"}}}')
    assert list(found.names.values()) == ["Åland 🇫🇮 /"]


def test_aliases_say_what_their_anchors_say() -> None:
    found = read(
        "holder: A\npartners: {A: {}, B: {}}\nitems:\n"
        "- {id: x, originator: A, level: SECRET, releasable_to: &both [A, B]}\n"
        "- {id: y, originator: A, level: SECRET, releasable_to: *both}\n"
    )
    assert [item.claims[0].audience for item in found.world.items.values()] == [("A", "B"), ("A", "B")]


def test_a_byte_order_mark_says_nothing() -> None:
    assert read("\ufeffholder: A\npartners: {A: {}}\n") == read("holder: A\npartners: {A: {}}\n")


def test_the_slow_parser_of_yaml_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = read(EVERY_KEY)
    monkeypatch.setattr(world_tokens, "Loader", yaml.SafeLoader)
    assert read(EVERY_KEY) == quick


def test_open_windows_are_unbounded() -> None:
    suspension = read(EVERY_KEY).world.policy.suspensions[1]
    assert suspension.window.end == NEVER
    assert Instant(NEVER - 1) in suspension.window


@given(st.text())
def test_any_text_is_read_or_refused_with_faults(text: str) -> None:
    with pytest.raises(InvalidWorldFile) as caught:
        read(text)
    assert all(fault.line >= 1 and fault.message and fault.mend for fault in caught.value.faults)


@given(st.data())
def test_a_damaged_world_is_read_or_refused_with_faults(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(EVERY_KEY)))
    length = data.draw(st.integers(0, 30))
    put = data.draw(
        st.sampled_from(["", "NO", "{", "[", "]", "}", "*a", "&a ", "!x", "- ", "\t", "\n", '"', "<<: ", "~"])
    )
    try:
        read(EVERY_KEY[:start] + put + EVERY_KEY[start + length :])
    except InvalidWorldFile as error:
        assert error.faults  # noqa: PT017 - either outcome is right
