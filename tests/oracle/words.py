"""§1 of the release semantics in Python: what a world says, and what covers, overlaps, names and is live mean.

The law is quoted above the lines that say it; where it may be read in two ways the most literal one is taken and
marked `READING:`. A world is the plain structure that a YAML world file holds (dicts, lists, strings, bools), with
times as RFC 3339 strings in UTC.
"""

# ruff: noqa: ERA001 - the law's formulas, quoted in comments, look like code

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

World = dict[str, Any]

# "Levels are an ordered list, UNCLASSIFIED < RESTRICTED < CONFIDENTIAL < SECRET < TOP SECRET unless configured."
LEVELS = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET"]

# "Strictness: onward consent < listed < free; derivation inherit < own-analysis." The strictest stands first.
STRICTNESS = {"onward": ["consent", "listed", "free"], "derivation": ["inherit", "own-analysis"]}

# "Defaults: ... an agreement's onward rule `listed`, its derivation rule `inherit`."
DEFAULT_RULE = {"onward": "listed", "derivation": "inherit"}


@dataclass(frozen=True)
class Claim:
    """What an originator says of one item. `number` 0 is the item's first claim; the others are its further claims."""

    item: str
    number: int
    originator: str
    level: str
    domains: frozenset[str]
    audience: tuple[str, ...] | None
    onward: str | None
    derivation: str | None
    not_before: datetime | None
    not_after: datetime | None
    conditions: frozenset[str]
    received: datetime | None
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class Consent:
    """The originator's word that one item may go to named recipients."""

    number: int
    by: str
    item: str
    to: tuple[str, ...]
    use: str
    start: datetime
    end: datetime | None
    given: datetime


@dataclass(frozen=True)
class Cutter:
    """An attestation met on the way: the partner who attested, from when, until when."""

    partner: str
    attested: datetime
    withdrawn: datetime | None


Triple = tuple[Claim, frozenset[Cutter], frozenset[Consent]]


def moment(text: str) -> datetime:
    """The time that an RFC 3339 string names. "All times are UTC."."""
    parsed = datetime.fromisoformat(text)
    if parsed.utcoffset() is None:
        raise ValueError(f"time without a zone: `{text}`")
    return parsed


def optional_moment(text: str | None) -> datetime | None:
    """As `moment`; an absent bound stays absent."""
    return None if text is None else moment(text)


def within(start: datetime | None, m: datetime, end: datetime | None) -> bool:
    """Tell whether m lies in the window: "Intervals are half-open [start, end); an absent bound is unbounded."."""
    return (start is None or start <= m) and (end is None or m < end)


def live(fact: dict[str, Any], m: datetime) -> bool:
    """'Live, open, in force at m = start ≤ m < end.'"""
    return within(optional_moment(fact.get("start")), m, optional_moment(fact.get("end")))


def base(recipient: str) -> str:
    """'A recipient is a partner or a part; base(R) is its partner.'"""
    return recipient.split("/", 1)[0]


def is_part(recipient: str) -> bool:
    """Tell whether the recipient is "a client or person inside a partner"."""
    return "/" in recipient


def rank(world: World, level: str) -> int:
    """The place of a level in the world's ordered list; 0 is the lowest."""
    levels: list[str] = world.get("levels") or LEVELS
    return levels.index(level)


def claim_from(world: World, item: dict[str, Any], number: int) -> Claim:
    """Read the item's first claim (number 0) or one of its further claims (1, 2, ...)."""
    said = item if number == 0 else item["further_claims"][number - 1]
    audience = said.get("releasable_to")
    lowest = (world.get("levels") or LEVELS)[0]
    return Claim(
        item=item["id"],
        number=number,
        originator=said["originator"],
        level=said["level"] if number == 0 else said.get("level", lowest),
        # "`general` always exists and is the domain of a claim that names none."
        domains=frozenset(said.get("domains", ["general"])),
        # "Absent = no list: the rules below decide. Empty = nobody but the originator."
        audience=None if audience is None else tuple(audience),
        onward=said.get("onward"),
        derivation=said.get("derivation"),
        not_before=optional_moment(said.get("not_before")),
        not_after=optional_moment(said.get("not_after")),
        conditions=frozenset(said.get("conditions", [])),
        received=optional_moment(item.get("received")),
        # "... may have further claims, each with a window": the first claim has none.
        start=None if number == 0 else optional_moment(said.get("start")),
        end=None if number == 0 else optional_moment(said.get("end")),
    )


def claims_of(world: World, item: dict[str, Any]) -> list[Claim]:
    """'An item has its first claim and may have further claims.'"""
    return [claim_from(world, item, number) for number in range(1 + len(item.get("further_claims", [])))]


def consents_of(world: World) -> list[Consent]:
    """Every consent. "Consents and suspensions have a start; `given` defaults to it." "Defaults: use `reproduces`."."""
    return [
        Consent(
            number=number,
            by=said["by"],
            item=said["item"],
            to=tuple(said["to"]),
            use=said.get("use", "reproduces"),
            start=moment(said["start"]),
            end=optional_moment(said.get("end")),
            given=moment(said.get("given", said["start"])),
        )
        for number, said in enumerate(world.get("consents", []))
    ]


def covers(world: World, grant: dict[str, Any], c: Claim) -> bool:
    """'Covers = ceiling at or above the level and every domain included.'"""
    high_enough = rank(world, grant["ceiling"]) >= rank(world, c.level)
    # "`*` among an agreement's, a delegation's or a suspension's domains means all"
    return high_enough and ("*" in grant["domains"] or all(domain in grant["domains"] for domain in c.domains))


def overlaps(fact: dict[str, Any], c: Claim) -> bool:
    """'Overlaps = one domain in common.' The ceiling does not matter."""
    # "a suspension that names none means all"
    domains = fact.get("domains", ["*"])
    return "*" in domains or any(domain in domains for domain in c.domains)


def is_member(world: World, partner: str, community: str, m: datetime) -> bool:
    """'A named set of partners with membership dates': tell whether the partner is a member at m."""
    for member in world["communities"][community]:
        if isinstance(member, str):
            if member == partner:
                return True
        elif member["partner"] == partner and live(member, m):
            return True
    return False


def one_name_names(world: World, name: str, r: str, moments: list[datetime]) -> bool:
    """Tell whether one name means r; of a community, r must be a member at each of the moments."""
    if name == "*":  # "or `*` (anyone)"
        return True
    if name.endswith("/*"):  # "`P/*` (the partner and all its parts)"
        return base(r) == name.removesuffix("/*")
    if name in world.get("communities", {}):  # "communities (partners who are members ...)"
        # READING: a community names partners, so no part of a member is named by it.
        return all(is_member(world, r, name, m) for m in moments)
    return name == r  # "partners (the partner alone), ... single parts"


def audience_names(world: World, c: Claim, r: str, m: datetime) -> bool:
    """Tell whether c's stated audience names r at m; an absent one names nobody.

    "communities (partners who are members at T and, if the item has a received time, were members then)"
    """
    moments = [m] if c.received is None else [m, c.received]
    return any(one_name_names(world, name, r, moments) for name in c.audience or ())


def consent_names(world: World, consent: Consent, r: str, t: datetime) -> bool:
    """'A consent's `to` names in the same way, except that a community there means its members at T only.'"""
    return any(one_name_names(world, name, r, [t]) for name in consent.to)


def find_item(world: World, name: str) -> dict[str, Any]:
    """The item of this id; KeyError if the world holds none."""
    for item in world["items"]:
        if item["id"] == name:
            return dict(item)
    raise KeyError(f"no such item: `{name}`")
