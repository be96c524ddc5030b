"""A bundle as a partner sends it: seven types, about 900 bytes an object, all of which stix2 accepts."""

import json
import random
from uuid import UUID

_TIME = "2025-03-05T10:00:00.000Z"
_MARKING = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"  # TLP 2.0 AMBER
_WORDS = ("it", "scans", "the", "network", "of", "a", "ministry", "after", "phishing", "with", "stolen", "keys")


def bundle(objects: int, seed: int = 2025) -> bytes:
    """A bundle of so many objects: half of them relationships and sightings, the rest what these speak of."""
    rng = random.Random(seed)
    told = [_KINDS[number % len(_KINDS)](rng, number) for number in range(objects // 2)]
    by_kind = {kind: [one for one in told if one["type"] == kind] for kind in ("indicator", "malware", "intrusion-set")}
    rest = objects - len(told)
    related = [_relationship(rng, by_kind) for _ in range(rest - rest // 5)]
    sighted = [_sighting(rng, rng.choice(by_kind["indicator"])) for _ in range(rest // 5)]
    return json.dumps({"type": "bundle", "id": _id(rng, "bundle"), "objects": [*told, *related, *sighted]}).encode()


def _malware(rng: random.Random, number: int) -> dict[str, object]:
    return _object(
        rng,
        "malware",
        name=f"Family {number}",
        is_family=True,
        malware_types=["backdoor", "dropper"],
        description=_words(rng, 40),
        kill_chain_phases=[_phase("delivery"), _phase("installation")],
    )


def _indicator(rng: random.Random, number: int) -> dict[str, object]:
    address = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
    return _object(
        rng,
        "indicator",
        name=f"Address {number}",
        description=_words(rng, 30),
        pattern=f"[ipv4-addr:value = '{address}']",
        pattern_type="stix",
        valid_from=_TIME,
        indicator_types=["malicious-activity"],
        kill_chain_phases=[_phase("command-and-control")],
    )


def _intrusion_set(rng: random.Random, number: int) -> dict[str, object]:
    return _object(
        rng,
        "intrusion-set",
        name=f"Group {number}",
        description=_words(rng, 50),
        aliases=[f"alias {rng.randrange(1000)}" for _ in range(3)],
        goals=["access", "persistence"],
        resource_level="government",
    )


def _attack_pattern(rng: random.Random, number: int) -> dict[str, object]:
    phases = [_phase("exploitation"), _phase("installation")]
    return _object(rng, "attack-pattern", name=f"Way {number}", description=_words(rng, 60), kill_chain_phases=phases)


def _vulnerability(rng: random.Random, number: int) -> dict[str, object]:
    return _object(rng, "vulnerability", name=f"CVE-2025-{number:05}", description=_words(rng, 60))


_KINDS = (_indicator, _malware, _indicator, _intrusion_set, _indicator, _attack_pattern, _vulnerability)


def _relationship(rng: random.Random, told: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    source, verb, target = rng.choice([("indicator", "indicates", "malware"), ("intrusion-set", "uses", "malware")])
    ends = {"source_ref": rng.choice(told[source])["id"], "target_ref": rng.choice(told[target])["id"]}
    return _object(rng, "relationship", relationship_type=verb, description=_words(rng, 25), **ends)


def _sighting(rng: random.Random, indicator: dict[str, object]) -> dict[str, object]:
    return _object(
        rng,
        "sighting",
        sighting_of_ref=indicator["id"],
        first_seen=_TIME,
        last_seen=_TIME,
        count=rng.randrange(1, 90),
        description=_words(rng, 25),
    )


def _phase(name: str) -> dict[str, str]:
    return {"kill_chain_name": "lockheed-martin-cyber-kill-chain", "phase_name": name}


def _object(rng: random.Random, kind: str, **stated: object) -> dict[str, object]:
    common = {"type": kind, "spec_version": "2.1", "id": _id(rng, kind), "created": _TIME, "modified": _TIME}
    reference = {"source_name": "partner", "url": f"https://example.org/{kind}/{rng.randrange(10**9)}"}
    return {
        **common,
        **stated,
        "confidence": rng.randrange(101),
        "labels": ["case", kind],
        "external_references": [reference, {"source_name": "case", "external_id": f"C-{rng.randrange(10**6)}"}],
        "object_marking_refs": [_MARKING],
    }


def _id(rng: random.Random, kind: str) -> str:
    return f"{kind}--{UUID(int=rng.getrandbits(128), version=4)}"


def _words(rng: random.Random, number: int) -> str:
    return " ".join(rng.choices(_WORDS, k=number))
