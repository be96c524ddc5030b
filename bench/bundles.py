"""A bundle as a partner sends it: indicators, malware and relationships between them, all of which stix2 accepts."""

import json
import random
from uuid import UUID

_TIME = "2025-03-05T10:00:00.000Z"
_MARKING = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"  # TLP 2.0 AMBER
_WORDS = ("it", "scans", "the", "network", "of", "a", "ministry", "after", "phishing", "with", "stolen", "keys")


def bundle(objects: int, seed: int = 2025) -> bytes:
    """A bundle of so many objects: a quarter malware, half indicators, a quarter relationships."""
    rng = random.Random(seed)
    malware = [_malware(rng, number) for number in range(objects // 4)]
    indicators = [_indicator(rng, number) for number in range(objects // 2)]
    rest = objects - len(malware) - len(indicators)
    relations = [_relationship(rng, rng.choice(indicators), rng.choice(malware)) for _ in range(rest)]
    held = [*malware, *indicators, *relations]
    return json.dumps({"type": "bundle", "id": _id(rng, "bundle"), "objects": held}).encode()


def _malware(rng: random.Random, number: int) -> dict[str, object]:
    return _object(rng, "malware", name=f"Family {number}", is_family=True, description=_words(rng, 40))


def _indicator(rng: random.Random, number: int) -> dict[str, object]:
    address = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
    return _object(
        rng,
        "indicator",
        name=f"Address {number}",
        description=_words(rng, 25),
        pattern=f"[ipv4-addr:value = '{address}']",
        pattern_type="stix",
        valid_from=_TIME,
        indicator_types=["malicious-activity"],
    )


def _relationship(rng: random.Random, indicator: dict[str, object], malware: dict[str, object]) -> dict[str, object]:
    ends = {"source_ref": indicator["id"], "target_ref": malware["id"]}
    return _object(rng, "relationship", relationship_type="indicates", **ends)


def _object(rng: random.Random, kind: str, **stated: object) -> dict[str, object]:
    common = {"type": kind, "spec_version": "2.1", "id": _id(rng, kind), "created": _TIME, "modified": _TIME}
    return {**common, **stated, "object_marking_refs": [_MARKING]}


def _id(rng: random.Random, kind: str) -> str:
    return f"{kind}--{UUID(int=rng.getrandbits(128), version=4)}"


def _words(rng: random.Random, number: int) -> str:
    return " ".join(rng.choices(_WORDS, k=number))
