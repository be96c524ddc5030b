"""The generator: its worlds are valid, and every clause and rare path of the decision occurs often enough."""

from __future__ import annotations

import random
from collections import Counter

from . import generator, naive
from .naive import decide
from .words import Triple, World, base, moment

CODES = {"channel", "conditions", "suspended", "embargo", "audience", "onward", "recalled"}


def worlds(count: int) -> list[tuple[World, list[generator.Question]]]:
    """`count` worlds with ten questions each, the same ones in every run."""
    made = []
    for seed in range(count):
        rng = random.Random(seed)
        drawn = generator.random_world(rng)
        made.append((drawn, generator.random_questions(rng, drawn, 10)))
    return made


def pairs_of_bounds(value: object) -> list[tuple[str, str]]:
    """Every (start, end) in a world, whatever the two are called."""
    found = []
    if isinstance(value, dict):
        for low, high in (("start", "end"), ("not_before", "not_after"), ("attested", "withdrawn")):
            if low in value and high in value:
                found.append((value[low], value[high]))
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            found += pairs_of_bounds(each)
    return found


def names_in(drawn: World) -> set[str]:
    """Every name in an audience or in a consent's `to`."""
    claims = [c for item in drawn["items"] for c in [item, *item.get("further_claims", [])]]
    lists = [c.get("releasable_to", []) for c in claims] + [consent["to"] for consent in drawn["consents"]]
    return {name for each in lists for name in each}


def test_generated_worlds_are_valid() -> None:
    """The rules of §1 on ends, names and attestations."""
    for drawn, questions in worlds(400):
        assert all(moment(low) < moment(high) for low, high in pairs_of_bounds(drawn))
        assert {base(name) for name in names_in(drawn)} <= {"*", *drawn["partners"], *drawn["communities"]}
        by_id = {item["id"]: item for item in drawn["items"]}
        for edge in [edge for item in drawn["items"] for edge in item.get("sources", [])]:
            received = by_id[edge["item"]].get("received")
            if "attested" in edge and received is not None:
                assert moment(received) <= moment(edge["attested"])
        for fact in drawn["agreements"] + drawn["suspensions"] + drawn["delegations"]:
            assert fact["from"] != fact["to"]
            assert fact.get("domains") != []
            assert set(fact.get("domains", [])) <= {"*", "general", *drawn["domains"]}
        for item, to, at in questions:
            assert item in by_id
            assert base(to) in drawn["partners"]
            assert at.endswith("Z")


def paths_of_triple(drawn: World, triple: Triple, question: generator.Question) -> set[str]:
    """Which interesting paths a question takes for one triple, r ≠ h."""
    c, cutters, _ = triple
    (item, r, _), t, o = question, moment(question[2]), c.originator
    if r == o or naive.is_public(drawn, c, t):
        return set()
    assessable, spoken = naive.is_assessable(drawn, c, cutters, t), naive.word(drawn, triple, r, t)
    stops = [
        s for s in naive.open_suspensions(drawn, o, base(r), t, c) if naive.reaches(s, assessable, drawn["holder"], o)
    ]
    own = any(cutter.partner == o for cutter in naive.counting(cutters, t))
    answered = [naive.given_after(spoken, s) for s in stops]
    found = {
        "assessable by p = o": assessable and own and c.item != item,
        "assessable by the term": assessable and not own,
        "analysis stopped by `derived`": assessable and False in answered,
        "word through a delegation": any(consent.by != o for consent in spoken),
        "word for analysis": any(consent.use == "draws-on" for consent in spoken),
        "word for analysis that is not assessable": any(k.use == "draws-on" for k in spoken) and not assessable,
        "consent after a suspension": True in answered,
        "consent not after a suspension": bool(spoken) and False in answered,
        "two open suspensions": len(stops) > 1,
        "two open suspensions, one answered": set(answered) == {True, False},
    }
    return {name for name, holds in found.items() if holds}


# How many of the 4 000 questions must take each path.
WANTED_PATHS = {
    "assessable by p = o": 80,
    "assessable by the term": 80,
    "analysis stopped by `derived`": 20,
    "word through a delegation": 40,
    "word for analysis": 40,
    "word for analysis that is not assessable": 20,
    "consent after a suspension": 40,
    "consent not after a suspension": 40,
    "two open suspensions": 40,
    "two open suspensions, one answered": 5,
    "a further claim outside its window": 100,
    "permitted with assessable": 40,
    "permitted by word": 40,
    "permitted in spite of a suspension": 10,
}


def test_generator_meets_its_bias() -> None:
    """About a third of the answers are permits, every code and every interesting path occurs."""
    verdicts: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    paths: Counter[str] = Counter()
    for drawn, questions in worlds(400):
        for question in questions:
            item, to, at = question
            verdict, because = decide(drawn, item, to, at)
            verdicts[verdict] += 1
            codes.update(reason.rsplit("/", 1)[1] for reason in because)
            asked = naive.asked_triples(drawn, item, moment(at))
            found = set()
            if to != drawn["holder"]:
                found = {path for triple in asked for path in paths_of_triple(drawn, triple, question)}
            if len(asked) < len(naive.carried(drawn, item)):
                found.add("a further claim outside its window")
            if verdict == "permit":
                found |= {"permitted with assessable"} if any("assessable by" in path for path in found) else set()
                found |= {"permitted by word"} if any(path.startswith("word") for path in found) else set()
                found |= {"permitted in spite of a suspension"} if "consent after a suspension" in found else set()
            paths.update(found)
    assert 0.27 < verdicts["permit"] / verdicts.total() < 0.40
    assert set(codes) == CODES
    assert min(codes.values()) / codes.total() > 0.005
    assert {path: (paths[path], wanted) for path, wanted in WANTED_PATHS.items() if paths[path] < wanted} == {}


def test_boundaries_are_every_time_mentioned() -> None:
    """Also those within lists of members, further claims and sources."""
    drawn = {
        "communities": {"E3": ["FRA", {"partner": "UKR", "end": "2025-03-08T00:00:00Z"}]},
        "items": [
            {
                "received": "2025-03-01T00:00:00.5Z",
                "not_before": "2025-03-01T00:00:00Z",
                "further_claims": [{"originator": "GBR", "start": "2025-03-02T00:00:00Z"}],
                "sources": [{"item": "other", "attested": "2025-03-03T00:00:00Z"}],
            }
        ],
        "suspensions": [{"start": "2025-03-05T00:00:00Z", "given": "2025-03-04T00:00:00Z"}],
    }
    assert generator.boundaries(drawn) == ["2025-03-01T00:00:00Z", "2025-03-01T00:00:00.5Z"] + [
        f"2025-03-0{n}T00:00:00Z" for n in (2, 3, 4, 5, 8)
    ]
