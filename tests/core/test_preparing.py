"""The case of a plan is made from what covers requirements and from offers, and never promises more than they do."""

import random
import re
from dataclasses import replace
from typing import Any

import pytest

from comity.core.agreement import Agreement, Suspension
from comity.core.claim import Claim, Onward
from comity.core.compensation import Barrier, Means, Need
from comity.core.consent import Consent
from comity.core.coverage import Coverage, covered
from comity.core.decision import Permitted, Refused, decide
from comity.core.errors import InvalidFacts, MalformedInput
from comity.core.instant import Instant, Window
from comity.core.lineage import Item, ItemId
from comity.core.loss import Supposed
from comity.core.offer import Offer, Pool
from comity.core.partner import Code, Recipient
from comity.core.passage import offered, passage
from comity.core.planning import greedy
from comity.core.preparing import HOUR, Prepared, prepared
from comity.core.requirement import Rate, Requirement, RequirementId
from comity.core.uncovered import uncovered
from comity.core.wants import Wants
from comity.core.world import Policy, World
from tests.oracle.generator import a_moment, random_world
from tests.plain import core_world, instant

GBR, USA, UKR, NOR, FRA, POL = (Code(Recipient(code)) for code in ("GBR", "USA", "UKR", "NOR", "FRA", "POL"))
EVERY = frozenset({"*"})
DAY = 24 * HOUR
NOW = Instant(30 * DAY)
WEEK = Window(Instant(NOW - 7 * DAY), NOW)
NEED = RequirementId("need")


def grant(frm: Code, to: Code, **more: Any) -> Agreement:  # noqa: ANN401 - keys of an agreement
    return Agreement(**{"id": f"{frm}-{to}", "frm": frm, "to": to, "ceiling": "SECRET", "domains": EVERY, **more})


POLICY = Policy(
    holder=GBR,
    partners=frozenset({GBR, USA, UKR, NOR, FRA, POL}),
    domains=frozenset({"sea", "air"}),
    agreements=(
        grant(GBR, UKR),
        grant(USA, GBR, onward=Onward.FREE),
        grant(NOR, GBR, onward=Onward.CONSENT),
        grant(FRA, GBR, onward=Onward.FREE, domains=frozenset({"air"})),
        grant(POL, GBR),
    ),
    suspensions=(Suspension(id="stop", frm=USA, to=UKR, window=Window(Instant(NOW - DAY)), given=Instant(NOW - DAY)),),
)
REQUIREMENT = Requirement(
    id=NEED,
    title="convoys",
    domains=frozenset({"sea"}),
    priority=1,
    rate=Rate(items=1, period=2 * DAY),
    corroboration=3,
)


def an_offer(partner: Code, **more: Any) -> Offer:  # noqa: ANN401 - keys of an offer
    made = {"id": f"by-{partner}", "capacity": Rate(items=1, period=DAY), "ceiling": "SECRET", "requirement": NEED}
    return Offer(**{"partner": partner, **made, **more})


def coverage(**more: Any) -> Coverage:  # noqa: ANN401 - keys of a coverage
    nothing = {"items": 0, "newest": None, "independent": (), "reliability": (0,) * 6, "credibility": (0,) * 6}
    return Coverage(**{"requirement": NEED, "recipient": UKR, "window": WEEK, **nothing, **more})


def case(*offers: Offer, requirement: Requirement = REQUIREMENT, **more: Any) -> Prepared:  # noqa: ANN401 - of a coverage
    wants = Wants(policy=POLICY, items=(), requirements=(requirement,), offers=offers)
    return prepared(wants, [coverage(**more)], NOW)


def need(found: Prepared) -> Need:
    return found.case.needs["need for UKR"]


def barriers(found: Prepared, supply: str) -> dict[Means, str]:
    (route,) = found.case.supplies[supply].routes
    return {each.means: each.text for each in route.barriers}


def test_a_need_is_what_is_wanted_and_held_in_the_window() -> None:
    found = case(items=2, newest=Instant(NOW - DAY), independent=((GBR,), (NOR, USA)))
    assert need(found) == Need(
        id="need for UKR",
        title="convoys",
        weight=16,
        wanted=4,  # one in two days is three and a half in a week
        held=2,
        independent=3,
        roots=frozenset({"GBR", "NOR"}),
    )
    assert found.needs == {"need for UKR": (NEED, UKR)}


@pytest.mark.parametrize("priority", range(1, 6))
def test_each_step_of_priority_weighs_twice_as_much(priority: int) -> None:
    assert need(case(requirement=replace(REQUIREMENT, priority=priority))).weight == 2 ** (5 - priority)


def test_where_no_rate_is_wanted_something_has_to_cover_it() -> None:
    assert need(case(requirement=Requirement(id=NEED, title="anything"))).wanted == 1


def test_where_the_newest_is_too_old_one_more_has_to_come() -> None:
    fresh = replace(REQUIREMENT, freshness=DAY + HOUR // 2)
    found = need(case(requirement=fresh, items=9, newest=Instant(NOW - 2 * DAY)))
    assert (found.wanted, found.held, found.fresh) == (4, 3, 24)
    assert need(case(requirement=fresh, items=9, newest=Instant(NOW - DAY))).held == 9


def test_capacities_are_cut_and_lead_times_are_not() -> None:
    offer = an_offer(NOR, capacity=Rate(items=3, period=8 * DAY), lead_time=HOUR + 1, quality=70)
    supply = case(offer).case.supplies["by-NOR"]
    assert (supply.capacity, supply.lead, supply.quality) == (2, 2, 70)


def test_who_shares_a_root_with_what_is_there_is_no_new_originator() -> None:
    found = case(an_offer(USA), items=1, newest=NOW, independent=((NOR, USA),))
    assert need(found).roots == {found.case.supplies["by-USA"].origin}


def test_what_nothing_bars_is_open() -> None:
    found = case(an_offer(FRA, requirement=None, domain="sea"), an_offer(UKR, id="own"))
    assert found.case.usable == {("need for UKR", "own"): 7}
    assert found.barred() == ["by-FRA"]


def test_the_decision_says_what_bars_an_offer() -> None:
    found = case(an_offer(USA), an_offer(NOR), an_offer(FRA), an_offer(POL), an_offer(GBR, ceiling="TOP SECRET"))
    assert {supply: [str(each) for each in reasons] for (_, supply), reasons in found.reasons.items()} == {
        "by-USA": ["USA/by-USA/suspended"],
        "by-NOR": ["NOR/by-NOR/onward"],
        "by-FRA": ["FRA/by-FRA/onward"],
        "by-POL": ["POL/by-POL/onward"],
        "by-GBR": ["GBR/by-GBR/channel"],
    }
    assert barriers(found, "by-USA") == {Means.LIFT: "USA lifts its suspension of UKR (stop)"}
    assert barriers(found, "by-NOR") == {Means.CONSENT: "NOR consents that what it offers goes to UKR"}
    assert barriers(found, "by-POL") == {Means.CONSENT: "POL consents that what it offers goes to UKR"}
    assert barriers(found, "by-GBR") == {Means.AGREEMENT: "GBR agrees to give UKR sea up to TOP SECRET"}
    assert found.barred() == sorted(found.case.supplies)


def test_one_act_is_one_barrier_wherever_it_stands() -> None:
    air = replace(REQUIREMENT, id=RequirementId("other"), domains=frozenset({"air"}))
    offers = an_offer(USA), an_offer(USA, id="more", requirement=None, domain="air")
    wants = Wants(policy=POLICY, items=(), requirements=(REQUIREMENT, air), offers=offers)
    found = prepared(wants, [coverage(), coverage(requirement=air.id)], NOW)
    every = [route.barriers for supply in found.case.supplies.values() for route in supply.routes]
    assert len(every) == 2
    assert len(frozenset.union(*every)) == 1


def test_a_supposed_suspension_bars_an_offer() -> None:
    offer = an_offer(FRA, requirement=None, domain="air")
    wants = Wants(
        policy=POLICY,
        items=(),
        requirements=(replace(REQUIREMENT, domains=frozenset({"air"})),),
        pools=(Pool(id="crew", partner=FRA, capacity=Rate(items=2, period=DAY)),),
        offers=(replace(offer, pool="crew"),),
    )
    assert not prepared(wants, [coverage()], NOW).barred()
    found = prepared(wants, [coverage()], NOW, [Supposed(frm=FRA, to=UKR)])
    assert barriers(found, "by-FRA") == {Means.LIFT: "FRA lifts its suspension of UKR (supposed-1)"}
    assert found.case.pools["crew"].capacity == 14


def test_coverages_of_several_windows_make_no_case() -> None:
    wants = Wants(policy=POLICY, items=(), requirements=(REQUIREMENT,))
    with pytest.raises(MalformedInput, match="count all of them in one"):
        prepared(wants, [coverage(), coverage(window=Window(Instant(0), NOW))], NOW)
    with pytest.raises(InvalidFacts, match="unknown partner"):
        prepared(wants, [coverage()], NOW, [Supposed(frm=UKR, to=Code(Recipient("ESP")))])


@pytest.mark.parametrize("seed", range(200))
def test_a_need_is_whole_exactly_if_its_requirement_is_covered(seed: int) -> None:
    rng = random.Random(seed)
    stated = replace(
        REQUIREMENT,
        rate=rng.choice([None, Rate(items=rng.randint(1, 4), period=rng.randint(1, 15) * DAY)]),
        freshness=rng.choice([None, rng.randint(1, 9) * DAY]),
        corroboration=rng.choice([None, 1, 2, 3]),
    )
    items = rng.randint(0, 6)
    groups = rng.choice([((FRA,),), ((FRA,), (NOR,)), ((FRA, POL), (USA,)), ((FRA,), (NOR,), (USA,))]) if items else ()
    counted = coverage(
        items=items, newest=Instant(NOW - rng.randint(1, 9) * DAY) if items else None, independent=groups
    )
    joining = coverage(requirement=RequirementId("other"), items=1, newest=NOW, independent=((FRA, NOR),))
    wants = Wants(policy=POLICY, items=(), requirements=(stated, replace(REQUIREMENT, id=RequirementId("other"))))
    found = prepared(wants, [counted, *([joining] if seed % 2 else [])], NOW)
    assert (greedy(found.case).before()["need for UKR"] == 1) == covered(stated, counted)


@pytest.mark.parametrize("seed", range(150))
def test_what_bars_an_offer_is_what_decide_says_and_the_acts_let_it_through(seed: int) -> None:
    rng = random.Random(seed)
    plain = random_world(rng)
    world, at = core_world(plain), instant(a_moment(rng, plain))
    partners = sorted(world.policy.partners)
    offer = an_offer(rng.choice(partners), ceiling=rng.choice(world.policy.levels), id="offer")
    domains, reader = frozenset({rng.choice(sorted(world.policy.known_domains()))}), rng.choice(partners)
    policy = offered(world.policy, [Supposed(frm=rng.choice(partners[1:]), to=partners[0])], at)
    found = passage(policy, offer, domains, reader, at)
    assert reasons(policy, offer, domains, reader, at) == found.reasons
    assert bool(found.reasons) == bool(found.barriers)
    for barrier in sorted(found.barriers):
        policy = done(policy, barrier, domains, reader, at)
    assert not reasons(policy, offer, domains, reader, at), found


def reasons(policy: Policy, offer: Offer, domains: frozenset[str], reader: Recipient, at: Instant) -> tuple[Any, ...]:
    claim = Claim(originator=offer.partner, level=offer.ceiling, domains=domains, received=at)
    name = ItemId("offer")
    answer = decide(World(policy=policy, items={name: Item(id=name, claims=(claim,))}), name, reader, at)
    assert isinstance(answer, (Permitted, Refused))
    return answer.reasons if isinstance(answer, Refused) else ()


def done(policy: Policy, barrier: Barrier, domains: frozenset[str], reader: Recipient, at: Instant) -> Policy:
    """The policy after the act that the barrier's text names."""
    if barrier.means is Means.LIFT:
        (name,) = re.findall(r"\((.*)\)", barrier.text)
        left = tuple(stop for stop in policy.suspensions if stop.id != name)
        assert len(left) == len(policy.suspensions) - 1
        return replace(policy, suspensions=left)
    if barrier.means is Means.CONSENT:
        by = Code(Recipient(barrier.text.split()[0]))
        word = Consent(id=f"word of {by}", by=by, item=ItemId("offer"), to=(reader,), window=Window(at), given=at)
        return replace(policy, consents=(*policy.consents, word))
    (frm, to, ceiling) = re.findall(r"^(\S+) agrees to give (\S+) .* up to ([^,]+)", barrier.text)[0]
    onward = re.findall(r"onward `(\w+)`", barrier.text)
    gone = re.findall(r"in place of (.*)$", barrier.text)
    kept = tuple(each for each in policy.agreements if not gone or each.id not in gone[0].split(", "))
    made = Agreement(
        id="further",
        frm=Code(Recipient(frm)),
        to=Code(Recipient(to)),
        ceiling=ceiling,
        domains=domains,
        onward=Onward(onward[0]) if onward else Onward.LISTED,
    )
    return replace(policy, agreements=(*kept, made))


def test_doing_what_a_cure_names_covers_the_need() -> None:
    """From the barrier back to the policy: with the consent given, the plan covers what it said it would."""
    single = replace(REQUIREMENT, corroboration=None)
    found = case(an_offer(NOR), requirement=single)
    (left,) = uncovered(greedy(found.case))
    assert "NOR consents that what it offers goes to UKR" in str(left.cures[0].changes)
    freed = replace(POLICY, agreements=tuple(replace(each, onward=Onward.FREE) for each in POLICY.agreements))
    wants = Wants(policy=freed, items=(), requirements=(single,), offers=(an_offer(NOR),))
    assert not uncovered(greedy(prepared(wants, [coverage()], NOW).case))
