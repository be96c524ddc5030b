"""What makes requirements, rules, tags and offers valid: a fault names its place, and what to write instead.

The places are those of a world file (`requirements`, `tags`, `pools`, `offers`). Nothing is mended or guessed: facts
with a fault are refused whole.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from comity.core.errors import Fault, InvalidFacts
from comity.core.lineage import ItemId
from comity.core.offer import Offer, Pool
from comity.core.requirement import (
    LEAST_URGENT,
    MOST_ORIGINATORS,
    MOST_URGENT,
    Rate,
    Requirement,
    RequirementId,
    Rule,
    Tag,
)
from comity.core.world import Policy

Place = tuple[str | int, ...]
BEST: Final = 100
"""Of a hundred items, as many as can count."""


@dataclass(frozen=True, kw_only=True)
class Wants:
    """What is needed, what counts towards it, and what could be added, under one policy.

    `tags` are rules and tags in the order in which they are stated. `items` are the names that tags may use. Raises
    InvalidFacts, with every fault.
    """

    policy: Policy
    items: Collection[ItemId]
    requirements: tuple[Requirement, ...] = ()
    tags: tuple[Rule | Tag, ...] = ()
    pools: tuple[Pool, ...] = ()
    offers: tuple[Offer, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is not valid."""
        if faults := [*_requirements(self), *_tags(self), *_pools(self), *_offers(self)]:
            raise InvalidFacts(tuple(faults))


def _requirements(wants: Wants) -> Iterator[Fault]:
    yield from _repeated([each.id for each in wants.requirements], "requirements")
    for place, each in enumerate(wants.requirements):
        where: Place = ("requirements", place)
        yield from _stated(each.id, (*where, "id"))
        yield from _stated(each.title, (*where, "title"))
        for domain in sorted(each.domains):
            yield from _known(domain, wants.policy.known_domains(), "domain", (*where, "domains"))
        if not MOST_URGENT <= each.priority <= LEAST_URGENT:
            yield Fault(
                place=(*where, "priority"),
                message=f"{each.priority} is no priority",
                mend=f"use a whole number from {MOST_URGENT}, the most urgent, to {LEAST_URGENT}",
            )
        if each.rate is not None:
            yield from _rate(each.rate, (*where, "rate"))
        for key in ("freshness", "corroboration"):
            value = getattr(each, key)
            if value is not None and value < 1:
                yield Fault(place=(*where, key), message="less than one", mend="state more, or leave it out")
        if each.corroboration is not None and each.corroboration > MOST_ORIGINATORS:
            yield Fault(
                place=(*where, "corroboration"),
                message=f"more than {MOST_ORIGINATORS} originators",
                mend="want fewer that are independent",
            )


def _tags(wants: Wants) -> Iterator[Fault]:
    known = [each.id for each in wants.requirements]
    for place, each in enumerate(wants.tags):
        where: Place = ("tags", place)
        yield from _known(each.requirement, known, "requirement", (*where, "requirement"))
        if isinstance(each, Tag):
            if each.item not in wants.items:
                yield Fault(
                    place=(*where, "item"),
                    message=f"unknown item `{each.item}`",
                    mend="use the id of an item that is held",
                )
            continue
        if each.domain is not None:
            yield from _known(each.domain, wants.policy.known_domains(), "domain", (*where, "domain"))
        if not (each.type or each.domain or each.label or each.text):
            yield Fault(
                place=where, message="a tag that names nothing", mend="state an item, or a type, domain, label or text"
            )


def _pools(wants: Wants) -> Iterator[Fault]:
    yield from _repeated([each.id for each in wants.pools], "pools")
    for place, each in enumerate(wants.pools):
        yield from _known(each.partner, wants.policy.partners, "partner", ("pools", place, "partner"))
        yield from _rate(each.capacity, ("pools", place, "capacity"))


def _offers(wants: Wants) -> Iterator[Fault]:
    yield from _repeated([each.id for each in wants.offers], "offers")
    pools = {each.id: each.partner for each in wants.pools}
    for place, each in enumerate(wants.offers):
        where: Place = ("offers", place)
        yield from _known(each.partner, wants.policy.partners, "partner", (*where, "partner"))
        yield from _known(each.ceiling, wants.policy.levels, "level", (*where, "ceiling"))
        yield from _rate(each.capacity, (*where, "capacity"))
        yield from _served(wants, each, where)
        if not 1 <= each.quality <= BEST:
            yield Fault(
                place=(*where, "quality"),
                message=f"{each.quality} is no quality",
                mend="say how many of a hundred items are expected to count, from 1 to 100",
            )
        if each.lead_time < 0:
            yield Fault(place=(*where, "lead_time"), message="before now", mend="state a time from now on")
        if each.pool is not None and pools.get(each.pool) != each.partner:
            yield Fault(
                place=(*where, "pool"),
                message=f"`{each.pool}` is no pool of `{each.partner}`",
                mend="name one of `pools` that is the same partner's",
            )


def _served(wants: Wants, offer: Offer, where: Place) -> Iterator[Fault]:
    if (offer.requirement is None) == (offer.domain is None):
        yield Fault(place=where, message="not for one thing", mend="state a requirement or a domain, and not both")
    if offer.requirement is not None:
        known: list[RequirementId] = [each.id for each in wants.requirements]
        yield from _known(offer.requirement, known, "requirement", (*where, "requirement"))
    if offer.domain is not None:
        yield from _known(offer.domain, wants.policy.known_domains(), "domain", (*where, "domain"))


def _rate(rate: Rate, where: Place) -> Iterator[Fault]:
    if rate.items < 1 or rate.period < 1:
        yield Fault(place=where, message="no amount in a time", mend="state at least one item, and the time it is for")


def _stated(text: str, where: Place) -> Iterator[Fault]:
    if not text.strip():
        yield Fault(place=where, message="nothing is stated", mend="state it")


def _known(name: str, register: Iterable[str], noun: str, where: Place) -> Iterator[Fault]:
    if name not in (names := set(register)):
        listed = ", ".join(sorted(names)) or "none so far"
        yield Fault(place=where, message=f"unknown {noun} `{name}`", mend=f"use one of {listed}")


def _repeated(names: Sequence[str], key: str) -> Iterator[Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            last = len(names) - 1 - names[::-1].index(name)
            yield Fault(
                place=(key, last, "id"), message=f"the id `{name}` stands {count} times", mend="give each its own"
            )
