"""`analysis_is_a_recount`: coverage, dependence and loss out of the index are what `decide` says, item by item.

`COMITY_ANALYSIS_WORLDS` says how many worlds, `COMITY_ANALYSIS_FIRST` from which seed on; `make soak` asks for more.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from typing import TypeVar

import pytest
from pyroaring import BitMap

from comity.core.agreement import Reach
from comity.core.coverage import Coverage, Want, covered, unmet
from comity.core.instant import Instant, Window
from comity.core.loss import Change, Effect, Supposed
from comity.core.partner import Recipient, base
from comity.core.requirement import Credibility, Grade, Rate, Reliability, Requirement, RequirementId, Rule
from comity.index.counting import Survey, common_sources, coverage, covering, dependence
from comity.index.facets import Facets
from comity.index.holding import Ordinal
from comity.index.losing import hurt, loss, lost, pairs, singles, standing
from comity.index.memory import WorldHolding, index_of
from comity.index.origins import Origins
from comity.index.tagging import tagged
from tests.laws import recount
from tests.laws.recount import Case, Plain
from tests.oracle.generator import a_moment, random_questions, random_world
from tests.oracle.parts import LEVELS, Fact, add_sources, an_item, step
from tests.plain import core_world, instant

WORLDS = int(os.environ.get("COMITY_ANALYSIS_WORLDS", "25"))
FIRST = int(os.environ.get("COMITY_ANALYSIS_FIRST", "0"))
DAY = 24 * 3600 * 1_000_000
LABELS = ("front", "sea")
WORDS = ("launch", "convoy", "port")
SEEDS = range(FIRST, FIRST + WORLDS)
Choice = TypeVar("Choice")


def drawn(rng: random.Random) -> Case:
    """A world, a moment, a window, and requirements of all sorts with their rules, tags and grades."""
    plain = random_world(rng)
    enrich(rng, plain)
    recount.received(rng, plain)
    now = a_moment(rng, plain) if rng.random() < 0.7 else at_an_attestation(rng, plain)
    plain["now"] = now
    names = [item["id"] for item in plain["items"]]
    requirements = tuple(a_requirement(rng, number) for number in range(3))
    end = instant(step(rng.randint(8, 20)))
    return Case(
        plain=plain,
        world=core_world({key: value for key, value in plain.items() if key != "now"}),
        now=instant(now),
        window=Window(Instant(end - rng.randint(2, 20) * DAY // 2), end),
        requirements=requirements,
        rules=tuple(a_rule(rng, plain, each.id) for each in requirements[1:] for _ in range(rng.randint(0, 2))),
        tags=tuple((each.id, rng.choice(names)) for each in requirements for _ in range(rng.randint(1, 4))),
        labels={name: {label for label in LABELS if rng.random() < 0.5} for name in names},
        texts={name: {word for word in WORDS if rng.random() < 0.5} for name in names},
        grades={name: a_grade(rng) for name in names if rng.random() < 0.7},
    )


def enrich(rng: random.Random, plain: Plain) -> None:
    """More items, and wide agreements for most: of what nobody sees, nothing can be lost."""
    holder, top = plain["holder"], plain.get("levels", LEVELS)[-1]
    fresh = [an_item(rng, {"conditions": [], **plain}, 100 + number) for number in range(rng.randint(2, 8))]
    for item in fresh:
        if rng.random() < 0.7:
            item.pop("releasable_to", None)
    add_sources(rng, fresh)
    plain["items"] += [*fresh, *analyses(rng, plain)]
    for other in sorted(plain["partners"].keys() - {holder}):
        wide = {"ceiling": top, "domains": ["*"], "onward": "free", "derivation": "own-analysis"}
        pairs = [(holder, other), (other, holder)]
        plain["agreements"] += [
            {"id": f"wide-{frm}-{to}", "from": frm, "to": to, **wide} for frm, to in pairs if rng.random() < 0.8
        ]


def analyses(rng: random.Random, plain: Plain) -> list[Fact]:
    """Two partners' own analyses of one report that hardly anybody else may see."""
    whose, *others = rng.sample(sorted(plain["partners"]), 3)
    claim = {"level": plain.get("levels", LEVELS)[0], "domains": ["general"]}
    root = {"id": "raw", "originator": whose, "releasable_to": others, "derivation": "own-analysis", **claim}
    edge = {"item": "raw", "use": "draws-on", "attested": step(0)}
    return [root, *({"id": f"of-{other}", "originator": other, "sources": [edge], **claim} for other in others)]


def at_an_attestation(rng: random.Random, plain: Plain) -> str:
    """The very moment of one, if there is any: a suspension made then is read by its terms."""
    edges = [edge for item in plain["items"] for edge in item.get("sources", ()) if "attested" in edge]
    return str(rng.choice(edges)["attested"]) if edges else a_moment(rng, plain)


def a_requirement(rng: random.Random, number: int) -> Requirement:
    return Requirement(
        id=RequirementId(f"need-{number}"),
        title="anything",
        rate=maybe(rng, Rate(items=rng.randint(1, 3), period=rng.randint(1, 9) * DAY)),
        freshness=maybe(rng, rng.randint(1, 9) * DAY),
        corroboration=maybe(rng, rng.randint(1, 3)),
    )


def a_rule(rng: random.Random, plain: Plain, requirement: RequirementId) -> Rule:
    return Rule(
        requirement=requirement,
        type=maybe(rng, rng.choice(["item", "item", "report"])),
        domain=maybe(rng, rng.choice([*plain["domains"], "general"])),
        label=maybe(rng, rng.choice(LABELS)) if rng.random() < 0.5 else None,
        text=maybe(rng, rng.choice(WORDS)) if rng.random() < 0.5 else None,
    )


def a_grade(rng: random.Random) -> Grade:
    return Grade(
        reliability=maybe(rng, rng.choice(list(Reliability))), credibility=maybe(rng, rng.choice(list(Credibility)))
    )


def maybe(rng: random.Random, value: Choice) -> Choice | None:
    return value if rng.random() < 0.7 else None


def some_readers(rng: random.Random, case: Case) -> list[Recipient]:
    """The holder, some partners, and parts that questions are asked about."""
    plain = {key: value for key, value in case.plain.items() if key != "now"}
    asked = {Recipient(to) for _, to, _ in random_questions(rng, plain, 12)} | case.world.policy.partners
    others = sorted(asked - {case.world.policy.holder})
    return [case.world.policy.holder, *rng.sample(others, min(3, len(others)))]


def some_supposed(rng: random.Random, case: Case, reader: Recipient) -> tuple[Supposed, ...]:
    """One, two or three suspensions, mostly such as may concern the reader."""
    policy = case.world.policy
    found = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        to = rng.choice([base(reader), base(reader), policy.holder, rng.choice(sorted(policy.partners))])
        domains = sorted(policy.known_domains())
        found.append(
            Supposed(
                frm=rng.choice(sorted(policy.partners)),
                to=to,
                domains=frozenset(rng.sample(domains, 1) if rng.random() < 0.4 else ["*"]),
                reach=rng.choice(list(Reach)),
                recall=rng.random() < 0.3,
            )
        )
    return tuple(found)


class Words:
    """Labels and words, looked up in the case."""

    def __init__(self, case: Case, holding: WorldHolding) -> None:
        self.case = case
        self.names = holding.names

    def labelled(self, label: str) -> BitMap:
        return self.having(self.case.labels, label)

    def saying(self, text: str) -> BitMap:
        return self.having(self.case.texts, text)

    def having(self, known: dict[str, set[str]], value: str) -> BitMap:
        return BitMap(place for place, name in enumerate(self.names) if value in known[name])


def surveyed(case: Case) -> tuple[Survey, WorldHolding]:
    """What the product counts from."""
    index, holding = index_of(case.world, case.now)
    facets, places = Facets(index), {name: Ordinal(place) for place, name in enumerate(holding.names)}
    tags = [(requirement, places[held]) for requirement, name in case.tags for held in places if held == name]
    graded = [(places[name], case.grades[name]) for name in holding.names if name in case.grades]
    return Survey(
        index=index,
        facets=facets,
        origins=Origins(holding),
        tagged=tagged(case.rules, tags, facets, Words(case, holding)),
        reliability={one: BitMap(place for place, each in graded if each.reliability is one) for one in Reliability},
        credibility={one: BitMap(place for place, each in graded if each.credibility is one) for one in Credibility},
    ), holding


def named(holding: WorldHolding, items: BitMap) -> set[str]:
    return {str(holding.names[item]) for item in items}


@pytest.mark.parametrize("seed", SEEDS)
def test_coverage_and_dependence_are_a_recount(seed: int) -> None:
    rng = random.Random(seed)
    case = drawn(rng)
    survey, holding = surveyed(case)
    for reader in some_readers(rng, case):
        seen = recount.permitted(case.world, reader, case.now)
        for requirement in case.requirements:
            want = recount.covering(case, requirement.id, seen)
            items = covering(survey, requirement.id, reader, case.window)
            assert named(holding, items) == want
            assert coverage(survey, requirement.id, reader, case.window) == recount.coverage(
                case, requirement.id, reader, want
            )
            assert dependence(survey, items) == recount.dependence(case, want)
        assert dependence(survey, survey.index.visible(reader)) == recount.dependence(case, seen)
        assert in_common(survey, holding, reader) == recount.common(case, seen, seen)


Common = tuple[frozenset[str], tuple[str, ...], frozenset[str], bool]


def in_common(survey: Survey, holding: WorldHolding, reader: Recipient) -> set[Common]:
    found = common_sources(survey, reader, survey.index.visible(reader))
    return {
        (
            frozenset(named(holding, BitMap(each.root))),
            each.originators,
            frozenset(named(holding, each.items)),
            each.hidden,
        )
        for each in found
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loss_is_a_recount(seed: int) -> None:
    rng = random.Random(seed)
    case = drawn(rng)
    survey, holding = surveyed(case)
    for reader in some_readers(rng, case) * 2:
        supposed = some_supposed(rng, case, reader)
        seen = recount.permitted(case.world, reader, case.now)
        gone = recount.lost(case, supposed, reader, seen)
        assert named(holding, lost(survey.index, supposed, reader)) == gone, (reader, supposed)
        found = loss(survey, supposed, reader)
        assert found.whole == Change(before=len(seen), after=len(seen - gone))
        assert dict(found.originators) == dict(changes(case, seen, gone, lambda item: [item["originator"]]))
        assert dict(found.domains) == dict(changes(case, seen, gone, lambda item: item.get("domains", ["general"])))
        stands = standing(survey, case.requirements, reader, case.window)
        for each in hurt(survey, stands, found.items):
            before = recount.covering(case, each.requirement.id, seen)
            assert each.before == recount.coverage(case, each.requirement.id, reader, before)
            assert each.after == recount.coverage(case, each.requirement.id, reader, before - gone)
            assert (each.effect is Effect.LOST) == bool(before and not before - gone)
            assert (each.effect is Effect.UNAFFECTED) == (not before & gone)
            assert each.broken == met(each.requirement, each.before) - met(each.requirement, each.after)


def met(requirement: Requirement, found: Coverage) -> set[Want]:
    """The wants that hold, or are not stated."""
    rate, age, groups = requirement.rate, requirement.freshness, requirement.corroboration
    length = found.window.end - found.window.start
    holds = {
        Want.RATE: rate is None or Fraction(found.items, length) >= Fraction(rate.items, rate.period),
        Want.FRESHNESS: age is None or (found.newest is not None and found.newest + age >= found.window.end),
        Want.CORROBORATION: groups is None or len(found.independent) >= groups,
    }
    assert unmet(requirement, found) == {want for want, held in holds.items() if not held}
    return {want for want, held in holds.items() if held}


def changes(case: Case, seen: set[str], gone: set[str], groups: Callable[[Fact], list[str]]) -> dict[str, Change]:
    """What is seen before and after, group by group, where anything is."""
    before = Counter(group for name in seen for group in groups(case.item(name)))
    after = Counter(group for name in seen - gone for group in groups(case.item(name)))
    return {group: Change(before=count, after=after[group]) for group, count in before.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_single_loss_is_a_recount(seed: int) -> None:
    rng = random.Random(seed)
    case = drawn(rng)
    survey, _ = surveyed(case)
    readers, reach = some_readers(rng, case), rng.choice(list(Reach))
    found = singles(survey.index, readers, reach)
    partners = case.world.policy.partners
    asked = {(frm, to) for frm in partners for to in partners if frm != to}
    counted = {(single.supposed.frm, single.supposed.to): dict(single.readers) for single in found}
    seen = {reader: recount.permitted(case.world, reader, case.now) for reader in readers}
    for frm, to in asked:
        supposed = (Supposed(frm=frm, to=to, reach=reach),)
        want = {reader: gone for reader in readers if (gone := len(recount.lost(case, supposed, reader, seen[reader])))}
        assert counted.get((frm, to), {}) == want, (frm, to)
    assert [single.lost for single in found] == sorted((sum(each.values()) for each in counted.values()), reverse=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_pair_of_losses_is_a_recount(seed: int) -> None:
    rng = random.Random(seed)
    case = drawn(rng)
    survey, _ = surveyed(case)
    reader = rng.choice(some_readers(rng, case)[1:])
    near, reach = {base(reader), case.world.policy.holder}, rng.choice(list(Reach))
    stands = standing(survey, case.requirements, reader, case.window)
    seen = recount.permitted(case.world, reader, case.now)
    needed = {each.id: recount.covering(case, each.id, seen) for each in case.requirements}
    every = [Supposed(frm=frm, to=to, reach=reach) for to in near for frm in case.world.policy.partners - {to}]
    alone = {each: recount.lost(case, (each,), reader, seen) for each in every}
    want = {}
    for one, two in combinations(every, 2):
        both = recount.lost(case, (one, two), reader, seen)
        if len(both) > max(len(alone[one]), len(alone[two])):
            together = {
                name for name, items in needed.items() if items <= both and items - alone[one] and items - alone[two]
            }
            want[frozenset({one, two})] = len(both), together
    found = pairs(survey.index, stands, reader, reach)
    assert {frozenset({each.first, each.second}): (each.lost, set(each.together)) for each in found} == want
    assert [len(each.together) for each in found] == sorted((len(each.together) for each in found), reverse=True)


def happens(seed: int) -> Iterator[str]:
    """What this world has of what a recount must meet."""
    rng = random.Random(seed)
    case = drawn(rng)
    survey, _ = surveyed(case)
    for reader in some_readers(rng, case)[1:]:
        seen = survey.index.visible(reader)
        stands = standing(survey, case.requirements, reader, case.window)
        yield from ("a common source" for each in common_sources(survey, reader, seen) if not each.hidden)
        yield from ("a hidden common source" for each in common_sources(survey, reader, seen) if each.hidden)
        yield from ("a requirement that is covered" for each in stands if covered(each.requirement, each.coverage))
        yield from ("a sole source" for each in stands if len(each.items) > 1 and dependence(survey, each.items).soles)
        yield from ("several roots" for each in stands if len(each.coverage.independent) > 1)
        two = [] if survey.index.attesting(case.now) else pairs(survey.index, stands, reader)
        yield from ("a requirement lost to a pair" if each.together else "a pair that costs more" for each in two)
        for single in singles(survey.index, [reader]):
            if single.lost:
                yield "a loss by the holder's" if single.supposed.to == case.world.policy.holder else "a loss"
                yield from (
                    each.effect.value for each in hurt(survey, stands, lost(survey.index, [single.supposed], reader))
                )
            yield from ("labels move" for _ in survey.index.attesting(case.now))


def test_the_worlds_have_what_a_recount_must_meet() -> None:
    """Else a recount of nothing would agree with anything. These are the worlds of the plain run."""
    met_with = Counter(what for seed in range(25) for what in happens(seed))
    for what in (
        *("a common source", "a hidden common source", "a requirement that is covered", "a sole source"),
        *("several roots", "a loss", "a loss by the holder's", "labels move"),
        *("lost", "degraded", "unaffected", "a pair that costs more", "a requirement lost to a pair"),
    ):
        assert met_with[what], (what, met_with)
