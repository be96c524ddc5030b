"""What is wrong with requirements, tags and offers is said with its place; what is not stated is not guessed."""

from dataclasses import replace
from typing import Any

import pytest

from comity.core.errors import InvalidFacts
from comity.core.lineage import ItemId
from comity.core.offer import Offer, Pool
from comity.core.partner import Code, Recipient
from comity.core.requirement import Rate, Requirement, RequirementId, Rule, Tag
from comity.core.wants import Wants
from comity.core.world import Policy

GBR, USA = Code(Recipient("GBR")), Code(Recipient("USA"))
NEED = RequirementId("need")
SOME = Rate(items=1, period=1)
GOOD = Wants(
    policy=Policy(holder=GBR, partners=frozenset({GBR, USA}), domains=frozenset({"sea"})),
    items=[ItemId("report")],
    requirements=(Requirement(id=NEED, title="convoys", domains=frozenset({"sea"}), rate=SOME),),
    tags=(Rule(requirement=NEED, domain="general"), Tag(requirement=NEED, item=ItemId("report"))),
    pools=(Pool(id="crews", partner=USA, capacity=SOME),),
    offers=(
        Offer(id="one", partner=USA, requirement=NEED, capacity=SOME, ceiling="SECRET", pool="crews"),
        Offer(id="two", partner=USA, domain="sea", capacity=SOME, ceiling="SECRET"),
    ),
)
NEEDED, POOL, OFFER = GOOD.requirements[0], GOOD.pools[0], GOOD.offers[0]


@pytest.mark.parametrize(
    ("kind", "fact", "place"),
    [
        ("requirements", replace(NEEDED, title=" "), "title"),
        ("requirements", replace(NEEDED, priority=0), "priority"),
        ("requirements", replace(NEEDED, priority=6), "priority"),
        ("requirements", replace(NEEDED, domains=frozenset({"air"})), "domains"),
        ("requirements", replace(NEEDED, rate=Rate(items=0, period=1)), "rate"),
        ("requirements", replace(NEEDED, rate=Rate(items=1, period=0)), "rate"),
        ("requirements", replace(NEEDED, freshness=0), "freshness"),
        ("requirements", replace(NEEDED, corroboration=0), "corroboration"),
        ("requirements", replace(NEEDED, corroboration=101), "corroboration"),
        ("tags", Rule(requirement=RequirementId("other"), type="report"), "requirement"),
        ("tags", Rule(requirement=NEED, domain="air"), "domain"),
        ("tags", Rule(requirement=NEED), None),
        ("tags", Tag(requirement=NEED, item=ItemId("none")), "item"),
        ("pools", Pool(id="ships", partner=Code(Recipient("FRA")), capacity=SOME), "partner"),
        ("pools", replace(POOL, capacity=Rate(items=-1, period=1)), "capacity"),
        ("offers", replace(OFFER, partner=Code(Recipient("FRA")), pool=None), "partner"),
        ("offers", replace(OFFER, partner=GBR), "pool"),
        ("offers", replace(OFFER, pool="ships"), "pool"),
        ("offers", replace(OFFER, ceiling="HIGH"), "ceiling"),
        ("offers", replace(OFFER, capacity=Rate(items=1, period=0)), "capacity"),
        ("offers", replace(OFFER, domain="sea"), None),
        ("offers", replace(OFFER, requirement=None), None),
        ("offers", replace(OFFER, requirement=RequirementId("other")), "requirement"),
        ("offers", replace(OFFER, quality=0), "quality"),
        ("offers", replace(OFFER, quality=101), "quality"),
        ("offers", replace(OFFER, lead_time=-1), "lead_time"),
    ],
)
def test_what_is_not_valid_is_refused_at_its_place(kind: str, fact: object, place: str | None) -> None:
    with pytest.raises(InvalidFacts) as refused:
        changed(**{kind: (fact, *getattr(GOOD, kind)[1:])})
    where = (kind, 0) if place is None else (kind, 0, place)
    assert where in {fault.place for fault in refused.value.faults}
    assert all(fault.message and fault.mend for fault in refused.value.faults)


@pytest.mark.parametrize("kind", ["requirements", "pools", "offers"])
def test_an_id_stands_once(kind: str) -> None:
    with pytest.raises(InvalidFacts) as refused:
        changed(**{kind: (*getattr(GOOD, kind), getattr(GOOD, kind)[0])})
    assert [fault.place for fault in refused.value.faults] == [(kind, len(getattr(GOOD, kind)), "id")]


def changed(**facts: Any) -> Wants:  # noqa: ANN401 - one of the facts, good or not
    return replace(GOOD, **facts)
