"""A plan over a node is true: what it names is done in the node, and what it promised is there.

Nodes by lot: agreements, suspensions, requirements, offers and pools. What is asked for is asked again after real acts.
$COMITY_PLANS_WORLDS says how many nodes, $COMITY_PLANS_FIRST with which seed they begin.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from comity.compose import Node
from comity.core.agreement import Reach
from comity.core.alternative import Find, More, Open, Sooner
from comity.core.claim import Onward
from comity.core.compensation import Assigned, Barrier, Means, broken, tallies
from comity.core.coverage import covered
from comity.core.errors import Forbidden
from comity.core.instant import Instant, Window
from comity.core.requirement import Rate
from comity.core.uncovered import Cure
from comity.formats import world
from comity.index.counting import coverage
from comity.service.consenting import NewConsent, grant_consent
from comity.service.grants import NewGrant, add_agreement, end_agreement
from comity.service.offers import NewOffer, NewPool, add_offer, add_pool, end_offer
from comity.service.partners import NewPartner, add_partner
from comity.service.planning import Aim, Manner, Planned, basis, planned
from comity.service.requirements import NewRequirement, NewTag, add_requirement, add_tag
from comity.service.surveying import asked_already, desk
from comity.service.suspending import NewSuspension, lift, suspend
from comity.solver import solve
from tests.nodes import ME, Clock, make, word_of
from tests.sending import send, thing

WORLDS: Final = int(os.environ.get("COMITY_PLANS_WORLDS", "12"))
FIRST: Final = int(os.environ.get("COMITY_PLANS_FIRST", "0"))
HOUR: Final = 3_600_000_000
WEEK: Final = 7 * 24 * HOUR
GIVERS: Final = ("GBR", "USA", "NOR", "FRA", "POL")
SPARE: Final = ("AAA", "BBB", "CCC", "DDD")
"""They offer nothing, and whoever has to be found can be found among them."""
LEVELS: Final = ("RESTRICTED", "SECRET")
AGREES: Final = re.compile(
    r"(\w+) agrees to give (\w+) (.+?) up to ([A-Z ]+?)(?:, onward `(\w+)` or freer)?(?:, in place of (.+))?"
)


@dataclass
class Played:
    """A node by lot, and what can be done in it."""

    rng: random.Random
    node: Node
    clock: Clock
    ceilings: dict[str, str]
    offers: dict[str, NewOffer] = field(default_factory=dict)
    pools: dict[str, int] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def plan(self, *, known: tuple[Assigned, ...] = (), at_once: bool = False) -> Planned:
        self.clock.pass_by(1)
        with desk(self.node.store, asked_already) as found:
            made_from = basis(found, Aim(to=("UKR",)))
        return planned(made_from, solve, Manner(known=known, at_once=at_once))

    def deliver(self, partner: str) -> str:
        """One item of the partner's, as its offers would have it; its id."""
        made = thing(f"{partner} {len(self.sent)}")
        assert send(self.node, partner, made).accepted == 1
        self.sent.append((partner, str(made["id"])))
        return str(made["id"])

    def restate(self, name: str, **more: int) -> str:
        """The same offer with more of something, under another id."""
        offer = self.offers.pop(name)
        end_offer(self.node.store, name, word_of(offer.partner))
        capacity = Rate(items=offer.capacity.items + more.get("units", 0), period=WEEK)
        pool = offer.pool
        if pool is not None and "units" in more:
            units = self.pools[pool] + more["units"]
            pool = add_pool(
                self.node.store, NewPool(partner=offer.partner, capacity=Rate(items=units, period=WEEK)),
                word_of(offer.partner),
            ).id  # fmt: skip
            self.pools[pool] = units
        self.clock.pass_by(1)
        return self.offer(
            NewOffer(
                partner=offer.partner, capacity=capacity, ceiling=offer.ceiling, requirement=offer.requirement,
                domain=offer.domain, lead_time=more.get("lead", offer.lead_time), pool=pool,
            )
        )  # fmt: skip

    def offer(self, new: NewOffer) -> str:
        name = add_offer(self.node.store, new, word_of(new.partner)).id
        self.offers[name] = new
        return name


@pytest.fixture
def played(seed: int, tmp_path: Path) -> Iterator[Played]:
    rng, clock = random.Random(seed), Clock()
    with make(tmp_path / "node", clock, world.read(stated(rng))) as node:
        found = Played(rng, node, clock, {code: rng.choice(LEVELS) for code in (*GIVERS, *SPARE)})
        for code, level in found.ceilings.items():
            add_partner(node.store, NewPartner(code=code, level=level, domains=frozenset({"sea"})), ME)
        furnish(found)
        yield found


def stated(rng: random.Random) -> str:
    """Who there is, and what is agreed."""
    grants = [
        f"{{id: {code}-GBR, from: {code}, to: GBR, ceiling: {rng.choice(LEVELS)}, "
        f"domains: [{rng.choice(['sea', '*'])!r}], onward: {rng.choice(['free', 'free', 'listed', 'consent'])}}}"
        for code in GIVERS[1:]
        if rng.random() < 0.8
    ]
    grants += [
        f"{{id: {code}-GBR, from: {code}, to: GBR, ceiling: SECRET, domains: ['*'], onward: free}}" for code in SPARE
    ]
    if rng.random() < 0.8:
        grants.append("{id: GBR-UKR, from: GBR, to: UKR, ceiling: " + rng.choice(LEVELS) + ", domains: [sea]}")
    names = ", ".join(f"{code}: {{name: {code}}}" for code in ("UKR", *GIVERS, *SPARE))
    return f"holder: GBR\npartners: {{{names}}}\ndomains: [sea, air]\nagreements: [{', '.join(grants)}]\n"


def furnish(made: Played) -> None:
    rng, store = made.rng, made.node.store
    for number in range(rng.randint(1, 2)):
        name = add_requirement(
            store,
            NewRequirement(
                id=f"need-{number}", title="convoys", domains=frozenset({"sea"}), priority=rng.randint(1, 5),
                rate=rng.choice([None, Rate(items=rng.randint(1, 5), period=WEEK)]),
                corroboration=rng.choice([None, 1, 2, 3]), freshness=rng.choice([None, 24 * HOUR]),
            ),
            ME,
        ).id  # fmt: skip
        add_tag(store, NewTag(requirement=name, domain="sea"), ME)
    for frm in rng.sample(GIVERS, rng.randint(0, 3)):
        suspend(store, NewSuspension(frm=frm, to="UKR", reach=rng.choice(list(Reach))), word_of(frm), drain=0)
    for _ in range(rng.randint(1, 5)):
        an_offer(made)
    for _ in range(rng.randint(0, 2)):
        made.deliver(rng.choice(GIVERS))


def an_offer(made: Played) -> None:
    rng, partner, pool = made.rng, made.rng.choice(GIVERS), None
    if rng.random() < 0.3:
        units = rng.randint(1, 3)
        capacity = Rate(items=units, period=WEEK)
        pool = add_pool(made.node.store, NewPool(partner=partner, capacity=capacity), word_of(partner)).id
        made.pools[pool] = units
    named = rng.random() < 0.5
    capacity = Rate(items=rng.randint(1, 4), period=WEEK)
    lead = rng.choice([0, 2 * HOUR, 48 * HOUR])
    made.offer(
        NewOffer(
            partner=partner, capacity=capacity, ceiling=made.ceilings[partner], lead_time=lead, pool=pool,
            requirement="need-0" if named else None, domain=None if named else "sea",
        )
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WORLDS))
def test_giving_what_a_plan_names_covers_what_it_says(played: Played, seed: int) -> None:
    found = played.plan(at_once=seed % 2 == 0)
    within_limits(played, found)
    left = [(each.need, cure) for each in found.report.uncovered.values() for cure in each.cures]
    if not left:
        return
    need, cure = played.rng.choice(left)
    renamed, consents = done(played, cure)
    given = Counter[str]()
    for each in (*found.report.plan.assigned, *cure.added):
        if each.need == need:
            given[each.supply] += each.units
    asked_again(played, found, cure, renamed, need)
    spare = iter(code for code in SPARE * 50 if code not in {who for who, _ in played.sent})
    finder: dict[str, str] = {}
    for supply, units in given.items():
        offer = played.offers.get(renamed.get(supply, supply))
        partner = offer.partner if offer else finder.setdefault(supply, next(spare))
        for _ in range(units):
            item = played.deliver(partner)
            for by in consents:
                if by == partner:
                    grant_consent(played.node.store, NewConsent(by=by, item=item, to=("UKR",)), word_of(by))
    played.clock.pass_by(1)
    requirement, to = found.case.needs[need]
    with desk(played.node.store, asked_already) as at:
        counted = coverage(at.survey, requirement, to, Window(Instant(at.at - WEEK), at.at))
        assert covered(at.requirement(requirement), counted), (cure, counted)


def done(played: Played, cure: Cure) -> tuple[dict[str, str], set[str]]:
    """Do in the node what the cure names; the offers under their new ids, and who consents."""
    renamed: dict[str, str] = {}
    consents = set[str]()
    for change in cure.changes:
        match change:
            case Open(barrier=barrier) if barrier.means is Means.CONSENT:
                consents.add(barrier.text.split()[0])
            case Open(barrier=barrier):
                open_up(played, barrier)
            case More(supply=name, units=units):
                renamed[name] = played.restate(renamed.get(name, name), units=units)
            case Sooner(supply=name, lead=lead):
                renamed[name] = played.restate(renamed.get(name, name), lead=lead * HOUR)
            case Find():
                free_way(played)
    return renamed, consents


def free_way(played: Played) -> None:
    """What is found elsewhere is such that nothing bars it."""
    store = played.node.store
    with store.read() as reader:
        now = reader.now()
        stops = [each for each in reader.policy().suspensions if each.frm == "GBR" and now in each.window]
    for each in stops:
        lift(store, each.id, word_of("GBR"))
    new = NewGrant(frm="GBR", to="UKR", ceiling="SECRET", domains=frozenset({"*"}), onward=Onward.FREE)
    add_agreement(store, new, ME)


def open_up(played: Played, barrier: Barrier) -> None:
    store = played.node.store
    played.clock.pass_by(1)
    if barrier.means is Means.LIFT:
        (name,) = re.findall(r"\((.+)\)", barrier.text)
        lift(store, name, word_of(barrier.text.split()[0]))
        return
    match = AGREES.fullmatch(barrier.text)
    assert match is not None, barrier
    frm, to, domains, level, onward, replaced = match.groups()
    for name in replaced.split(", ") if replaced else []:
        with suppress(Forbidden):  # another barrier has replaced it before
            end_agreement(store, name, word_of(frm), drain=0)
    names = frozenset({"*"} if domains == "everything" else domains.split(", "))
    add_agreement(
        store,
        NewGrant(frm=frm, to=to, ceiling=level, domains=names, onward=Onward(onward) if onward else Onward.FREE),
        word_of(frm),
    )


def asked_again(played: Played, found: Planned, cure: Cure, renamed: dict[str, str], need: str) -> None:
    """Where the cure needs nobody new and no word on single items, the need is covered whole by what is offered now."""
    opened = [each.barrier.means for each in cure.changes if isinstance(each, Open)]
    if Means.CONSENT in opened or any(isinstance(each, Find) for each in cure.changes):
        return
    units = Counter[tuple[str, str]]()
    for each in (*found.report.plan.assigned, *cure.added):
        units[each.need, renamed.get(each.supply, each.supply)] += each.units
    known = tuple(Assigned(need=to, supply=supply, units=count) for (to, supply), count in units.items())
    again = played.plan(known=known, at_once=True)
    case = again.case.case
    assert not list(broken(case, known))
    # A new plan may rather cover a heavier need with what was opened. Beside the plan as it stood, the cure holds.
    assert tallies(case, known)[need].coverage(case.needs[need]) == 1
    assert again.report.plan.points >= found.report.plan.points


def within_limits(played: Played, found: Planned) -> None:
    """No offer gives more than it has, no pool more than there is."""
    given, pooled = Counter[str](), Counter[str]()
    for each in found.report.plan.assigned:
        given[each.supply] += each.units
        if (pool := played.offers[each.supply].pool) is not None:
            pooled[pool] += each.units
    assert all(units <= played.offers[name].capacity.items for name, units in given.items())
    assert all(units <= played.pools[name] for name, units in pooled.items())


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WORLDS))
def test_more_capacity_a_lift_or_a_consent_never_covers_less(played: Played, seed: int) -> None:
    before = played.plan()
    renamed: dict[str, str] = {}
    with played.node.store.read() as reader:
        stops = list(reader.policy().suspensions)
    played.clock.pass_by(1)
    if seed % 3 == 0 and played.offers:
        name = played.rng.choice(sorted(played.offers))
        renamed[name] = played.restate(name, units=1)
    elif seed % 3 == 1 and stops:
        stop = played.rng.choice(stops)
        lift(played.node.store, stop.id, word_of(stop.frm))
    else:
        by, item = played.rng.choice(played.sent) if played.sent else ("GBR", played.deliver("GBR"))
        grant_consent(played.node.store, NewConsent(by=by, item=item, to=("UKR",)), word_of(by))
    known = tuple(
        Assigned(need=each.need, supply=renamed.get(each.supply, each.supply), units=each.units)
        for each in before.report.plan.assigned
    )
    for at_once in (True, False):
        after = played.plan(known=known, at_once=at_once)
        within_limits(played, after)
        assert after.report.plan.points >= before.report.plan.points
