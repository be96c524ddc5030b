"""The sections of a world file that say what is needed, what counts towards it, and what could be added.

Here each value is only read; what the values say of one another is judged by the core (`comity.core.wants`). What each
number means: docs/explanation/analysis.md.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from comity.core.errors import InvalidFacts
from comity.core.lineage import ItemId
from comity.core.offer import Offer, Pool
from comity.core.partner import Code, Recipient
from comity.core.requirement import Kind, Rate, Requirement, RequirementId, Rule, Tag
from comity.core.wants import BEST, Wants
from comity.core.world import Policy
from comity.formats.world_fields import Entry

_MIDDLE: Final = 3
"""The priority of a requirement that states none."""
_RULE: Final = ("type", "domain", "label", "text")
_STAND_IN: Final = Rate(items=1, period=1)
"""In place of an amount that cannot be read, so that its fault is told once; what has a fault is refused whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a file says of needs and offers, not yet judged."""

    requirements: tuple[Requirement, ...]
    tags: tuple[Rule | Tag, ...]
    pools: tuple[Pool, ...]
    offers: tuple[Offer, ...]


def stated(top: Entry) -> Stated:
    """What a file says of needs and offers."""
    return Stated(
        requirements=tuple(_requirement(entry) for entry in top.entries("requirements")),
        tags=tuple(_tags(top)),
        pools=tuple(_pool(entry) for entry in top.entries("pools")),
        offers=tuple(_offer(entry) for entry in top.entries("offers")),
    )


def judged(said: Stated, policy: Policy, items: Collection[ItemId]) -> Wants | InvalidFacts:
    """What is needed and offered under the policy, or every fault in it."""
    try:
        return Wants(
            policy=policy,
            items=items,
            requirements=said.requirements,
            tags=said.tags,
            pools=said.pools,
            offers=said.offers,
        )
    except InvalidFacts as invalid:
        return invalid


def _requirement(entry: Entry) -> Requirement:
    priority = entry.whole("priority")
    found = Requirement(
        id=RequirementId(entry.name("id")),
        title=entry.name("title"),
        domains=frozenset(entry.names("domains") or ()),
        region=entry.optional_name("region"),
        priority=_MIDDLE if priority is None else priority,
        kind=entry.choice("kind", Kind) or Kind.INTELLIGENCE,
        rate=_rate(entry, "rate") if entry.has("rate") else None,
        freshness=entry.length("freshness"),
        corroboration=entry.whole("corroboration"),
    )
    entry.allow(["rate"])
    entry.close()
    return found


def _rate(outer: Entry, key: str) -> Rate:
    entry = outer.mapping(key, required=True)
    if not outer.has(key):
        return _STAND_IN
    items, period = entry.whole("items", required=True), entry.length("period", required=True)
    entry.close()
    return _STAND_IN if items is None or period is None else Rate(items=items, period=period)


def _tags(top: Entry) -> Iterator[Rule | Tag]:
    """Rules and tags. What names an item is a tag, and states nothing else."""
    for entry in top.entries("tags"):
        requirement = RequirementId(entry.name("requirement"))
        item = entry.optional_name("item")
        if item is not None and any(entry.has(key) for key in _RULE):
            entry.fault((), "an item, and what items have", "state the item alone, or write a tag of its own for it")
        type_, domain, label, text = (entry.optional_name(key) for key in _RULE)
        entry.close()
        if item is not None:
            yield Tag(requirement=requirement, item=ItemId(item))
        else:
            yield Rule(requirement=requirement, type=type_, domain=domain, label=label, text=text)


def _pool(entry: Entry) -> Pool:
    found = Pool(
        id=entry.name("id"),
        partner=Code(Recipient(entry.name("partner"))),
        capacity=_rate(entry, "capacity"),
    )
    entry.close()
    return found


def _offer(entry: Entry) -> Offer:
    requirement, quality = entry.optional_name("requirement"), entry.whole("quality")
    found = Offer(
        id=entry.name("id"),
        partner=Code(Recipient(entry.name("partner"))),
        capacity=_rate(entry, "capacity"),
        ceiling=entry.name("ceiling"),
        requirement=None if requirement is None else RequirementId(requirement),
        domain=entry.optional_name("domain"),
        quality=BEST if quality is None else quality,
        lead_time=entry.length("lead_time") or 0,
        pool=entry.optional_name("pool"),
    )
    entry.close()
    return found
