"""What small random worlds are made of: partners' claims, sources, agreements, suspensions, delegations and consents.

What is drawn often (sources that lead back, consents given around a suspension) is drawn so because that is where two
implementations part.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

World = dict[str, Any]
Fact = dict[str, Any]

PARTNERS = {
    "GBR": "United Kingdom",
    "USA": "United States",
    "UKR": "Ukraine",
    "FRA": "France",
    "NOR": "Norway",
    "POL": "Poland",
}
LEVELS = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET"]
CUSTOM_LEVELS = [["GREEN", "AMBER", "RED"], ["TOP SECRET", "SECRET", "UNCLASSIFIED"], ["ONLY"]]
DOMAINS = ["intelligence", "operations", "technology"]
CONDITIONS = ["no-attribution", "in-confidence", "no-copies"]
PARTS = ["alice", "clients"]
FIRST_DAY = datetime(2025, 3, 1, tzinfo=UTC)
STEPS = 40  # the calendar of a world: forty half days


def text_of(m: datetime) -> str:
    """The RFC 3339 string of a time in UTC, ending in Z."""
    return m.isoformat().replace("+00:00", "Z")


def step(number: int) -> str:
    """The time of one step of the calendar."""
    return text_of(FIRST_DAY + timedelta(hours=12 * number))


def chance(rng: random.Random, probability: float) -> bool:
    """True as often as the probability says."""
    return rng.random() < probability


def some(rng: random.Random, names: list[str], low: int, high: int) -> list[str]:
    """Between `low` and `high` of the names, no more than there are, without repetition."""
    return rng.sample(names, min(len(names), rng.randint(low, high)))


def window(rng: random.Random, dated: float) -> Fact:
    """A start and an end, each absent unless drawn; the end is after the start."""
    begin = rng.randint(0, STEPS - 12)
    found = {}
    if chance(rng, dated):
        found["start"] = step(begin)
    if chance(rng, dated):
        found["end"] = step(begin + rng.randint(1, 24))
    return found


def partner_of(rng: random.Random, world: World, but: str = "") -> str:
    """Any partner but the one named."""
    others: list[str] = [code for code in world["partners"] if code != but]
    return rng.choice(others)


def granted_domains(rng: random.Random, world: World, everything: float) -> list[str]:
    """The domains of an agreement, a delegation or a suspension: often all."""
    if chance(rng, everything):
        return ["*"]
    return some(rng, [*world["domains"], "general"], 1, 3)


def high_level(rng: random.Random, world: World) -> str:
    """A ceiling: the highest level more often than not."""
    levels: list[str] = world.get("levels", LEVELS)
    return levels[-1] if chance(rng, 0.6) else rng.choice(levels)


def low_level(rng: random.Random, world: World) -> str:
    """The level of a claim: one of the lower ones more often than not."""
    levels: list[str] = world.get("levels", LEVELS)
    if chance(rng, 0.4):
        return levels[0]
    return rng.choice(levels if chance(rng, 0.3) else levels[: max(1, len(levels) - 1)])


def audience(rng: random.Random, world: World) -> list[str]:
    """A list of names as an audience or a consent has them; never empty."""
    pick = rng.random()
    if pick < 0.25:
        return ["*"]
    codes = list(world["partners"])
    names = some(rng, codes, 1, 3)
    names += [f"{rng.choice(codes)}/*"] if chance(rng, 0.2) else []
    names += [f"{rng.choice(codes)}/{rng.choice(PARTS)}"] if chance(rng, 0.2) else []
    names += some(rng, list(world["communities"]), 1, 1) if chance(rng, 0.4) else []
    return names


# --- the parts of a world ---------------------------------------------------------------------------------------------


def a_community(rng: random.Random, world: World) -> list[Any]:
    """Members with and without dates; one member may have two windows."""
    members: list[Any] = []
    for code in some(rng, list(world["partners"]), 1, 5):
        if chance(rng, 0.5):
            members.append(code)
            continue
        members.append({"partner": code, **window(rng, 0.6)})
        if chance(rng, 0.15):
            members.append({"partner": code, **window(rng, 0.8)})
    return members


def a_claim(rng: random.Random, world: World, originator: str) -> Fact:
    """What both a first claim and a further claim hold."""
    claim: Fact = {"originator": originator, "level": low_level(rng, world)}
    if chance(rng, 0.7):
        claim["domains"] = some(rng, [*world["domains"], "general"], 1, 2)
    if chance(rng, 0.6):
        claim["releasable_to"] = [] if chance(rng, 0.08) else audience(rng, world)
    if chance(rng, 0.25):
        claim["onward"] = rng.choice(["consent", "listed", "free", "free"])
    if chance(rng, 0.3):
        claim["derivation"] = rng.choice(["inherit", "own-analysis", "own-analysis"])
    if world["conditions"] and chance(rng, 0.15):
        claim["conditions"] = some(rng, world["conditions"], 1, 2)
    if chance(rng, 0.15):
        bounds = window(rng, 0.7)
        claim |= {{"start": "not_before", "end": "not_after"}[key]: m for key, m in bounds.items()}
    return claim


def an_originator(rng: random.Random, world: World) -> str:
    """The holder nearly half of the time."""
    return str(world["holder"]) if chance(rng, 0.42) else partner_of(rng, world)


def an_item(rng: random.Random, world: World, number: int) -> Fact:
    """An item without sources and without further claims."""
    item: Fact = {"id": f"item-{number}", **a_claim(rng, world, an_originator(rng, world))}
    if chance(rng, 0.08):
        item |= {"level": world.get("levels", LEVELS)[0], "releasable_to": ["*"]}
        for key in ("onward", "conditions", "not_before", "not_after"):
            item.pop(key, None)
    if chance(rng, 0.35):
        item["received"] = step(rng.randint(0, 16))
    return item


def a_source(rng: random.Random, source: Fact) -> Fact:
    """An edge to a source item; a `draws-on` is attested more often than not, and never before the source was
    received.
    """
    edge: Fact = {"item": source["id"]}
    if chance(rng, 0.35):
        return edge | ({"use": "reproduces"} if chance(rng, 0.5) else {})
    edge["use"] = "draws-on"
    if chance(rng, 0.85):
        earliest = next((number for number in range(STEPS) if step(number) == source.get("received")), 0)
        attested = rng.randint(earliest, earliest + 14)
        edge["attested"] = step(attested)
        if chance(rng, 0.2):
            edge["withdrawn"] = step(attested + rng.randint(1, 14))
    return edge


def add_sources(rng: random.Random, items: list[Fact]) -> None:
    """Lineage: mostly to earlier items, sometimes to a later one (so that there are cycles), sometimes two
    edges to one source.
    """
    for place, item in enumerate(items):
        others = [other for other in items if other is not item]
        pool = items[:place] if not chance(rng, 0.15) else others
        wanted = rng.choice([0, 1, 1, 2])
        edges = [a_source(rng, source) for source in rng.sample(pool, min(len(pool), wanted))]
        if edges and chance(rng, 0.06):
            twice = edges[0]["item"]
            edges.append(a_source(rng, next(other for other in items if other["id"] == twice)))
        if edges:
            item["sources"] = edges


def add_further_claims(rng: random.Random, world: World) -> None:
    """Up to three further claims in all, most with a window, some without a level."""
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        claim = a_claim(rng, world, an_originator(rng, world)) | window(rng, 0.6)
        if chance(rng, 0.3):
            del claim["level"]
        rng.choice(world["items"]).setdefault("further_claims", []).append(claim)


def an_agreement(rng: random.Random, world: World, number: int) -> Fact:
    """A grant: from the holder (its channels) or to the holder (its terms), or for one who attests."""
    giver, receiver = _pair(rng, world, (0.5, 0.85))
    grant: Fact = {"id": f"agreement-{number}", "from": giver, "to": receiver}
    grant |= {"ceiling": high_level(rng, world), "domains": granted_domains(rng, world, 0.6)}
    if chance(rng, 0.6):
        grant["onward"] = rng.choice(["consent", "listed", "free", "free"])
    if chance(rng, 0.7):
        grant["derivation"] = rng.choice(["inherit", "own-analysis", "own-analysis", "own-analysis"])
    if world["conditions"] and chance(rng, 0.5):
        grant["accepts"] = some(rng, world["conditions"], 1, 3)
    return grant | window(rng, 0.2)


def _pair(rng: random.Random, world: World, shares: tuple[float, float]) -> tuple[str, str]:
    """A giver and a receiver: from the holder, to the holder, or neither in particular, by the cumulated shares."""
    holder, pick = world["holder"], rng.random()
    if pick < shares[0]:
        return holder, partner_of(rng, world, holder)
    if pick < shares[1]:
        return partner_of(rng, world, holder), holder
    giver = partner_of(rng, world)
    return giver, partner_of(rng, world, giver)


def given_around(rng: random.Random, start: int, late: float) -> Fact:
    """A `given` that differs from the start, in either direction, or none."""
    if not chance(rng, 0.4):
        return {}
    away = rng.randint(1, 10)
    return {"given": step(start + away if chance(rng, late) else start - away)}


def a_stopped_pair(rng: random.Random, world: World) -> tuple[str, str]:
    """Who stops whom, mostly where something flows: an originator of something held, and one whom the holder
    has a channel to.
    """
    holder = world["holder"]
    giver = rng.choice(world["items"])["originator"] if chance(rng, 0.85) else partner_of(rng, world)
    channels = [g["to"] for g in world["agreements"] if g["from"] == holder and g["to"] != giver]
    if giver != holder and chance(rng, 0.4):
        return giver, holder
    if channels and chance(rng, 0.85):
        return giver, rng.choice(channels)
    return giver, partner_of(rng, world, giver)


def a_suspension(rng: random.Random, world: World, number: int) -> Fact:
    """A stop: by the holder, of the holder (often with `recall`), or of a recipient by an originator; sometimes
    a second one.
    """
    earlier = world["suspensions"]
    if earlier and chance(rng, 0.3):
        giver, receiver = earlier[-1]["from"], earlier[-1]["to"]
    else:
        giver, receiver = a_stopped_pair(rng, world)
    start = rng.randint(2, 20)
    stop: Fact = {"id": f"suspension-{number}", "from": giver, "to": receiver, "start": step(start)}
    if chance(rng, 0.6):
        stop["domains"] = granted_domains(rng, world, 0.4)
    if chance(rng, 0.65):
        stop["reach"] = rng.choice(["direct", "onward", "derived", "derived"])
    if chance(rng, 0.7 if receiver == world["holder"] else 0.15):
        stop["recall"] = chance(rng, 0.85)
    if chance(rng, 0.5):
        stop["end"] = step(start + rng.randint(4, 20))
    return stop | given_around(rng, start, 0.4)


def a_delegation(rng: random.Random, world: World, number: int) -> Fact:
    """A grant to consent for another, mostly one who is the originator of something held."""
    giver = rng.choice(world["items"])["originator"]
    return {
        "id": f"delegation-{number}",
        "from": giver,
        "to": partner_of(rng, world, giver),
        "ceiling": high_level(rng, world),
        "domains": granted_domains(rng, world, 0.6),
        **window(rng, 0.3),
    }


def roots_of(world: World, name: str) -> list[Fact]:
    """The item and every item that it is built on."""
    by_id = {item["id"]: item for item in world["items"]}
    found = [name]
    for each in found:
        found += [edge["item"] for edge in by_id[each].get("sources", []) if edge["item"] not in found]
    return [by_id[each] for each in dict.fromkeys(found)]


def a_consenter(rng: random.Random, world: World, name: str) -> str:
    """Mostly an originator of what the item is built on or its delegate; sometimes the holder or a stranger."""
    originators = [root["originator"] for root in roots_of(world, name)]
    originators += [claim["originator"] for root in roots_of(world, name) for claim in root.get("further_claims", [])]
    delegates = [d["to"] for d in world["delegations"] if d["from"] in originators]
    pick = rng.random()
    if delegates and pick < 0.45:
        return str(rng.choice(delegates))
    if pick < 0.8:
        return str(rng.choice(originators))
    return str(world["holder"]) if pick < 0.92 else partner_of(rng, world)


def a_consent(rng: random.Random, world: World, number: int) -> Fact:
    """A word on one item, starting around the suspensions and at times given at the very moment of one."""
    name = rng.choice(world["items"])["id"]
    start = rng.randint(0, 28)
    consent: Fact = {"id": f"consent-{number}", "by": a_consenter(rng, world, name), "item": name}
    consent |= {"to": audience(rng, world), "start": step(start)}
    if chance(rng, 0.6):
        consent["use"] = rng.choice(["reproduces", "draws-on", "draws-on"])
    if chance(rng, 0.3):
        consent["end"] = step(start + rng.randint(1, 16))
    consent |= given_around(rng, start, 0.5)
    if world["suspensions"] and chance(rng, 0.45):
        consent |= answering(rng, rng.choice(world["suspensions"]))
        consent.pop("end", None)
    return consent


def answering(rng: random.Random, stop: Fact) -> Fact:
    """What makes a consent one that answers a suspension: to its recipient, given after it, at its very moment,
    or before.
    """
    given = datetime.fromisoformat(stop["given"] if "given" in stop else stop["start"])
    later = given + timedelta(hours=12) * rng.choice([-2, 0, 1, 2, 3])
    return {"to": [stop["to"], f"{stop['to']}/*"], "start": stop["start"], "given": text_of(later)}
