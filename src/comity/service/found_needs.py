"""What a world states is needed and offered, as rows of a node's first act.

A world says no time for any of it, so it holds always, as an agreement without start and end does. Texts and lengths of
time are judged where the file is read; amounts that the node could not record later are refused here, with their place.
"""

from collections.abc import Iterator, Mapping

from comity.core.errors import Fault, InvalidFacts
from comity.core.instant import UNBOUNDED
from comity.core.lineage import ItemId
from comity.core.requirement import Rule, Tag
from comity.core.wants import Wants
from comity.index.holding import Ordinal, item_id
from comity.service.in_force import MOST
from comity.service.needs import During
from comity.service.ports import Writer


def must_be_recordable(wants: Wants) -> None:
    """InvalidFacts, with every fault, for amounts that no act on a node could record."""
    faults = tuple(
        Fault(place=place, message=f"more than {MOST}", mend="write a smaller number")
        for place, amount in _amounts(wants)
        if amount is not None and amount > MOST
    )
    if faults:
        raise InvalidFacts(faults)


def load_needs(writer: Writer, wants: Wants, numbers: Mapping[ItemId, Ordinal]) -> None:
    """Record what is needed, what counts towards it and what is offered; `numbers` are those of the world's items."""
    for requirement in wants.requirements:
        writer.add_requirement(During(requirement.id, requirement, UNBOUNDED))
    for tag in wants.tags:
        writer.add_tag(During(writer.fresh_id("tag"), _numbered(tag, numbers), UNBOUNDED))
    for pool in wants.pools:
        writer.add_pool(During(pool.id, pool, UNBOUNDED))
    for offer in wants.offers:
        writer.add_offer(During(offer.id, offer, UNBOUNDED))


def _numbered(tag: Rule | Tag, numbers: Mapping[ItemId, Ordinal]) -> Rule | Tag:
    return tag if isinstance(tag, Rule) else Tag(requirement=tag.requirement, item=item_id(numbers[tag.item]))


def _amounts(wants: Wants) -> Iterator[tuple[tuple[str | int, ...], int | None]]:
    for place, each in enumerate(wants.requirements):
        yield ("requirements", place, "rate", "items"), None if each.rate is None else each.rate.items
    for place, pool in enumerate(wants.pools):
        yield ("pools", place, "capacity", "items"), pool.capacity.items
    for place, offer in enumerate(wants.offers):
        yield ("offers", place, "capacity", "items"), offer.capacity.items
