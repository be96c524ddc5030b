"""A sidecar: a world file with only `items`, which says of STIX objects by their ids what the objects do not say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from comity.core import validity
from comity.core.claim import Claim
from comity.core.errors import Fault, MalformedInput
from comity.core.lineage import Item, ItemId, Source
from comity.core.world import Policy
from comity.formats import instant, world_text
from comity.formats.world_facts import claim, further_claims, sources
from comity.formats.world_faults import InvalidWorldFile, Place, add_untold, shown
from comity.formats.world_fields import Entry

STIX_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]*--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_FRACTION: Final = re.compile(r"(.*)\.([0-9]+)([Zz]|[+-][0-9:]+)")
_CLAIM: Final = frozenset(
    ["originator", "level", "domains", "releasable_to", "onward", "derivation", "not_before", "not_after", "conditions"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a sidecar says of one object. `claim` is None where it says nothing of terms: the submission's own stand."""

    claim: Claim | None
    further_claims: tuple[Claim, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What is said of each object, by its name as `canonical` has it. Sources are named by STIX id or `id@modified`."""

    items: Mapping[str, Beside]


def canonical(name: str) -> str:
    """The one spelling of a STIX id or `id@modified`: versions are moments, however they are written."""
    stix_id, at, modified = name.partition("@")
    try:
        return f"{stix_id}@{_version(modified)}" if at else stix_id
    except MalformedInput:
        return name


def read_sidecar(text: str, policy: Policy) -> Sidecar:
    """The sidecar that `text` is, its claims valid under `policy`. Raises InvalidWorldFile with every fault.

    Whether the objects and their sources are held is not asked here.
    """
    plain, positioned = world_text.load(text)
    faults: list[Fault] = []
    judged: list[Fault] = []
    items: dict[str, Beside] = {}
    top = Entry(plain, (), faults)
    for entry in top.entries("items", required=True):
        name, beside = canonical(_stix_name(entry)), _beside(entry, policy)
        if name and name in items:
            entry.fault(("id",), f"the id `{shown(name)}` stands twice", "say it all in one place")
        items[name] = beside
        judged += _judge(beside, policy, entry.place)
    top.close()
    add_untold(faults, judged)
    if faults or positioned:
        raise InvalidWorldFile(world_text.with_lines(text, positioned, faults))
    return Sidecar(items=items)


def _beside(entry: Entry, policy: Policy) -> Beside:
    received = entry.time("received")
    says = any(entry.has(key) for key in _CLAIM)
    first = claim(entry, received) if says else None
    if not says:
        entry.allow(_CLAIM)
    found = Beside(
        claim=first,
        further_claims=further_claims(entry, received, policy.lowest),
        sources=sources(entry),
    )
    for number, source in enumerate(found.sources):
        _judge_name(entry, source.item, ("sources", number, "item"))
    entry.close()
    return found


def _stix_name(entry: Entry) -> str:
    name = entry.name("id")
    _judge_name(entry, name, ("id",))
    return name


def _judge_name(entry: Entry, name: str, steps: Place) -> None:
    stix_id, at, modified = name.partition("@")
    if name and not (STIX_ID.fullmatch(stix_id) and (not at or _is_time(modified))):
        mend = "write `type--uuid`, or `type--uuid@modified`, in lower case but for the time"
        entry.fault(steps, f"`{shown(name)}` is no STIX id", mend)


def _is_time(text: str) -> bool:
    try:
        _version(text)
    except MalformedInput:
        return False
    return True


def _version(text: str) -> str:
    """A time in UTC without closing zeros; STIX allows more decimals than the core counts, and they are kept."""
    parts = _FRACTION.fullmatch(text)
    whole, fraction = (parts[1] + parts[3], parts[2].rstrip("0")) if parts else (text, "")
    found = instant.show(instant.parse(whole))
    return f"{found.removesuffix('Z')}.{fraction}Z" if fraction else found


def _judge(beside: Beside, policy: Policy, where: Place) -> list[Fault]:
    """What the core finds in the claims and sources; a source that is not in the file may be held all the same."""
    faults = [] if beside.claim is None else list(validity.of_claim(policy, beside.claim, where))
    for number, further in enumerate(beside.further_claims):
        faults += validity.of_claim(policy, further, (*where, "further_claims", number))
    held = Claim(originator=policy.holder, level=policy.lowest)
    stand_ins = {source.item: Item(id=source.item, claims=(held,)) for source in beside.sources}
    bare = Item(id=ItemId(""), claims=(), sources=beside.sources)
    return [*faults, *validity.of_item(policy, stand_ins, bare, int(where[-1]))]
