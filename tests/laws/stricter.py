"""Changes of a plain world that make it stricter, each by the words of the law `refusal_trumps`."""

import random
from collections.abc import Callable, Iterator

from tests.laws.worlds import Asked, Plain
from tests.oracle import naive, parts, words

RULES = {"onward": ["consent", "listed", "free"], "derivation": ["inherit", "own-analysis"]}
Change = Callable[[random.Random, Plain, Asked], None]


def some_claims(rng: random.Random, plain: Plain, asked: Asked) -> Iterator[tuple[Plain, words.Claim]]:
    """First and further claims of the item and of what it is built on, as stated and as read."""
    for item in parts.roots_of(plain, asked.item):
        for number, said in enumerate([item, *item.get("further_claims", [])]):
            if rng.random() < 0.6:
                yield said, words.claim_from(plain, item, number)


def add_a_suspension(rng: random.Random, plain: Plain, asked: Asked) -> None:
    """Mostly a second one of one that is in the way, if any is: two suspensions need two lifts."""
    stop = parts.a_suspension(rng, plain, 100)
    said = [claim for item in parts.roots_of(plain, asked.item) for claim in [item, *item.get("further_claims", [])]]
    begins = {claim.get("originator", plain["holder"]) for claim in said}
    ends = {asked.to.partition("/")[0], plain["holder"]}
    near = [each for each in plain["suspensions"] if each["to"] in ends and each["from"] in begins]
    if near and rng.random() < 0.9:
        stop = rng.choice(near) | {"id": stop["id"]}
    plain["suspensions"].append(stop)


def add_a_source(rng: random.Random, plain: Plain, asked: Asked) -> None:
    edge = parts.a_source(rng, rng.choice(plain["items"]))
    rng.choice(parts.roots_of(plain, asked.item)).setdefault("sources", []).append(edge)


def add_a_claim(rng: random.Random, plain: Plain, asked: Asked) -> None:
    claim = parts.a_claim(rng, plain, parts.an_originator(rng, plain)) | parts.window(rng, 0.3)
    rng.choice(parts.roots_of(plain, asked.item)).setdefault("further_claims", []).append(claim)


def add_a_domain(rng: random.Random, plain: Plain, asked: Asked) -> None:
    """To the effective set: a claim that names none has `general`, and naming a first one alone replaces that."""
    for said, claim in some_claims(rng, plain, asked):
        others = sorted({"general", *plain["domains"]} - claim.domains)
        said["domains"] = [*sorted(claim.domains), *parts.some(rng, others, 1, 1)]


def add_a_condition(rng: random.Random, plain: Plain, asked: Asked) -> None:
    plain["conditions"] = sorted({"no-forwarding", *plain.get("conditions", [])})
    for said, claim in some_claims(rng, plain, asked):
        said["conditions"] = sorted({*claim.conditions, rng.choice(plain["conditions"])})


def raise_a_level(rng: random.Random, plain: Plain, asked: Asked) -> None:
    levels = plain.get("levels", parts.LEVELS)
    for said, claim in some_claims(rng, plain, asked):
        said["level"] = rng.choice(levels[levels.index(claim.level) :])


def narrow_a_stated_audience(rng: random.Random, plain: Plain, asked: Asked) -> None:
    for said, claim in some_claims(rng, plain, asked):
        if claim.audience:
            said["releasable_to"] = rng.sample(claim.audience, rng.randint(0, len(claim.audience) - 1))


def state_a_stricter_rule(rng: random.Random, plain: Plain, asked: Asked) -> None:
    """Stricter than the rule stated or, where none is, than the term in force: the strictest always is."""
    for said, claim in some_claims(rng, plain, asked):
        term = naive.term(plain, "onward", plain["holder"], claim, words.moment(asked.at))
        said["onward"] = rng.choice(RULES["onward"][: RULES["onward"].index(claim.onward or term) + 1])
        # Each attestation has its own derivation term, so that only the strictest is stricter than all of them.
        said["derivation"] = rng.choice(RULES["derivation"][: 1 + (claim.derivation == "own-analysis")])


def state_a_stricter_rule_in_an_agreement(rng: random.Random, plain: Plain, _: Asked) -> None:
    key = rng.choice(["onward", "derivation"])
    grant = rng.choice(plain["agreements"])
    grant[key] = rng.choice(RULES[key][: RULES[key].index(grant.get(key, words.DEFAULT_RULE[key])) + 1])


def take_back_a_consent(rng: random.Random, plain: Plain, _: Asked) -> None:
    if plain["consents"]:
        plain["consents"].remove(rng.choice(plain["consents"]))


CHANGES: tuple[Change, ...] = (
    add_a_suspension,
    add_a_source,
    add_a_claim,
    add_a_domain,
    add_a_condition,
    raise_a_level,
    narrow_a_stated_audience,
    state_a_stricter_rule,
    state_a_stricter_rule_in_an_agreement,
    take_back_a_consent,
)
