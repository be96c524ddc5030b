"""Small random worlds and questions, biased so that every clause of the release decision is met often.

Every world is valid: all names are known, every end is after its start, no attestation is before the source was
received. Questions fall on boundary times often, because that is where two implementations part.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from .parts import (
    CONDITIONS,
    CUSTOM_LEVELS,
    DOMAINS,
    LEVELS,
    PARTNERS,
    PARTS,
    STEPS,
    Fact,
    World,
    a_community,
    a_consent,
    a_delegation,
    a_suspension,
    add_further_claims,
    add_sources,
    an_agreement,
    an_item,
    chance,
    partner_of,
    roots_of,
    some,
    step,
    text_of,
)

Question = tuple[str, str, str]
TIME_KEYS = {"start", "end", "given", "received", "attested", "withdrawn", "not_before", "not_after"}
MICROSECOND = timedelta(microseconds=1)


def random_world(rng: random.Random) -> World:
    """One small valid world."""
    codes = rng.sample(list(PARTNERS), rng.randint(3, 6))
    world: World = {"holder": codes[0], "partners": {code: {"name": PARTNERS[code]} for code in sorted(codes)}}
    if chance(rng, 0.25):
        world["levels"] = list(rng.choice([LEVELS, *CUSTOM_LEVELS]))
    world["domains"] = some(rng, DOMAINS, 0, 3)
    world["conditions"] = some(rng, CONDITIONS, 0, 3)
    world["communities"] = {name: a_community(rng, world) for name in some(rng, ["FVEY", "E3"], 1, 2)}
    world["agreements"] = [an_agreement(rng, world, number) for number in range(rng.randint(2, 8))]
    world["items"] = [an_item(rng, world, number) for number in range(rng.randint(2, 9))]
    add_sources(rng, world["items"])
    add_further_claims(rng, world)
    world["suspensions"] = []
    for number in range(rng.choice([0, 1, 1, 2, 2, 3, 3, 4])):
        world["suspensions"].append(a_suspension(rng, world, number))
    world["delegations"] = [a_delegation(rng, world, number) for number in range(rng.choice([0, 1, 1, 2]))]
    world["consents"] = [a_consent(rng, world, number) for number in range(rng.randint(0, 6))]
    rng.shuffle(world["items"])
    if not world["conditions"] and chance(rng, 0.5):
        del world["conditions"]
    return world


# --- questions --------------------------------------------------------------------------------------------------------


def boundaries(world: World) -> list[str]:
    """Every time that the world mentions, once, the earliest first."""
    found: set[str] = set()

    def look(value: object) -> None:
        if isinstance(value, dict):
            found.update(each for key, each in value.items() if key in TIME_KEYS and isinstance(each, str))
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)

    look(world)
    return sorted(found, key=datetime.fromisoformat)


def a_moment(rng: random.Random, world: World) -> str:
    """Often exactly on a boundary, often one microsecond before it, else anywhere."""
    mentioned, pick = boundaries(world), rng.random()
    if mentioned and pick < 0.45:
        return rng.choice(mentioned)
    if mentioned and pick < 0.6:
        return text_of(datetime.fromisoformat(rng.choice(mentioned)) - MICROSECOND)
    return step(rng.randint(-1, STEPS))


def a_recipient(rng: random.Random, world: World, item: Fact) -> str:
    """A partner that the holder has a channel to, the holder, a part, an originator, or anybody."""
    holder, pick = world["holder"], rng.random()
    channels = [grant["to"] for grant in world["agreements"] if grant["from"] == holder]
    if channels and pick < 0.58:
        return str(rng.choice(channels))
    if pick < 0.64:
        return str(holder)
    if pick < 0.70:
        return f"{holder}/{rng.choice(PARTS)}"
    if pick < 0.78:
        return f"{rng.choice(channels or list(world['partners']))}/{rng.choice(PARTS)}"
    if pick < 0.90:
        return str(rng.choice(roots_of(world, item["id"]))["originator"])
    return partner_of(rng, world)


def a_question_of_a_stop(rng: random.Random, world: World) -> Question:
    """May something that is built on what a suspension's giver said go to its receiver, while it is open or at
    its ends?
    """
    stop = rng.choice(world["suspensions"])
    held = [i for i in world["items"] if any(root["originator"] == stop["from"] for root in roots_of(world, i["id"]))]
    worded = {consent["item"] for consent in world["consents"]}
    best = [item for item in held if item["id"] in worded]
    item = rng.choice((best if chance(rng, 0.5) else held) or held or world["items"])
    begin = datetime.fromisoformat(stop["start"])
    end = datetime.fromisoformat(stop["end"]) if "end" in stop else begin + timedelta(days=8)
    at = rng.choice([begin - MICROSECOND, begin, begin + (end - begin) / 2, end - MICROSECOND, end - MICROSECOND, end])
    return item["id"], stop["to"] if chance(rng, 0.85) else f"{stop['to']}/{rng.choice(PARTS)}", text_of(at)


def random_questions(rng: random.Random, world: World, n: int) -> list[Question]:
    """n questions (item, to, at) of the world."""
    questions = []
    for _ in range(n):
        if world["suspensions"] and chance(rng, 0.25):
            questions.append(a_question_of_a_stop(rng, world))
            continue
        item = rng.choice(world["items"])
        questions.append((item["id"], a_recipient(rng, world, item), a_moment(rng, world)))
    return questions
