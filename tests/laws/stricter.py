"""Changes of a plain world that make it stricter, each by the words of the law `refusal_trumps`."""

import random
from collections.abc import Callable
from typing import Any

from tests.laws.worlds import Asked, Plain
from tests.oracle import naive, parts, words

RULES = {"onward": ["consent", "listed", "free"], "derivation": ["inherit", "own-analysis"]}
Change = Callable[[random.Random, Plain, Asked], None]


def a_claim(rng: random.Random, plain: Plain, asked: Asked) -> Plain:
    """A first or further claim of the item or of something that it is built on."""
    root = rng.choice(parts.roots_of(plain, asked.item))
    chosen: Plain = rng.choice([root, *root.get("further_claims", [])])
    return chosen


def add_a_suspension(rng: random.Random, plain: Plain, _: Asked) -> None:
    plain["suspensions"].append(parts.a_suspension(rng, plain, 100))


def add_a_source(rng: random.Random, plain: Plain, asked: Asked) -> None:
    edge = parts.a_source(rng, rng.choice(plain["items"]))
    rng.choice(parts.roots_of(plain, asked.item)).setdefault("sources", []).append(edge)


def add_a_claim(rng: random.Random, plain: Plain, asked: Asked) -> None:
    claim = parts.a_claim(rng, plain, parts.an_originator(rng, plain)) | parts.window(rng, 0.3)
    rng.choice(parts.roots_of(plain, asked.item)).setdefault("further_claims", []).append(claim)


def add_a_domain(rng: random.Random, plain: Plain, asked: Asked) -> None:
    """To the effective set: a claim that names none has `general`, and naming a first one alone replaces that."""
    claim = a_claim(rng, plain, asked)
    effective = claim.get("domains", ["general"])
    claim["domains"] = [*effective, *parts.some(rng, sorted({"general", *plain["domains"]} - set(effective)), 1, 1)]


def add_a_condition(rng: random.Random, plain: Plain, asked: Asked) -> None:
    plain["conditions"] = sorted({"no-forwarding", *plain.get("conditions", [])})
    claim = a_claim(rng, plain, asked)
    claim["conditions"] = sorted({*claim.get("conditions", []), rng.choice(plain["conditions"])})


def raise_a_level(rng: random.Random, plain: Plain, asked: Asked) -> None:
    levels = plain.get("levels", parts.LEVELS)
    claim = a_claim(rng, plain, asked)
    claim["level"] = rng.choice(levels[levels.index(claim.get("level", levels[0])) :])


def narrow_a_stated_audience(rng: random.Random, plain: Plain, asked: Asked) -> None:
    claim = a_claim(rng, plain, asked)
    if claim.get("releasable_to"):
        claim["releasable_to"].remove(rng.choice(claim["releasable_to"]))


def state_a_stricter_rule(rng: random.Random, plain: Plain, asked: Asked) -> None:
    """Stricter than the rule stated or, where none is, than the term in force: the strictest always is."""
    key = rng.choice(["onward", "derivation"])
    item = rng.choice(parts.roots_of(plain, asked.item))
    number = rng.randint(0, len(item.get("further_claims", [])))
    said: Any = item if number == 0 else item["further_claims"][number - 1]
    rules, claim = RULES[key], words.claim_from(plain, item, number)
    in_force = said.get(key) or naive.term(plain, key, plain["holder"], claim, words.moment(asked.at))
    known = key in said or key == "onward"  # a derivation term has its own time at each attestation
    said[key] = rng.choice(rules[: rules.index(in_force) + 1]) if known and in_force != rules[0] else rules[0]


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
