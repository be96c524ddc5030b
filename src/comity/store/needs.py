"""What is needed, what counts towards it and what could be added, as recorded: endings close windows early."""

from comity.core.instant import Window
from comity.core.offer import Offer, Pool
from comity.core.requirement import Kind, Rate, Requirement, RequirementId, Rule, Tag
from comity.index.holding import Ordinal, item_id
from comity.service.needs import During
from comity.store import schema
from comity.store.facts import Facts
from comity.store.rows import code
from comity.store.snapshot import Found


class Needs(Facts):
    """The part of a reader that answers for requirements, tags, pools and offers."""

    def requirements(self) -> tuple[During[Requirement], ...]:
        """See Reader."""
        return tuple(self._in_force(schema.requirement, "requirement", _requirement))

    def tags(self) -> tuple[During[Rule | Tag], ...]:
        """See Reader."""
        return tuple(self._in_force(schema.tag, "tag", _tag))

    def pools(self) -> tuple[During[Pool], ...]:
        """See Reader."""
        return tuple(self._in_force(schema.pool, "pool", _pool))

    def offers(self) -> tuple[During[Offer], ...]:
        """See Reader."""
        return tuple(self._in_force(schema.offer, "offer", _offer))


def _requirement(row: Found, window: Window) -> During[Requirement]:
    rate = None if row.items is None else _rate(row)
    stated = Requirement(
        id=RequirementId(row.id),
        title=row.title,
        domains=frozenset(row.domains),
        region=row.region,
        priority=row.priority,
        kind=Kind(row.kind),
        rate=rate,
        freshness=row.freshness,
        corroboration=row.corroboration,
    )
    return During(row.id, stated, window)


def _tag(row: Found, window: Window) -> During[Rule | Tag]:
    requirement = RequirementId(row.requirement)
    stated: Rule | Tag
    if row.item is not None:
        stated = Tag(requirement=requirement, item=item_id(Ordinal(row.item)))
    else:
        stated = Rule(requirement=requirement, type=row.type, domain=row.domain, label=row.label, text=row.text)
    return During(row.id, stated, window)


def _pool(row: Found, window: Window) -> During[Pool]:
    return During(row.id, Pool(id=row.id, partner=code(row.partner), capacity=_rate(row)), window)


def _offer(row: Found, window: Window) -> During[Offer]:
    stated = Offer(
        id=row.id,
        partner=code(row.partner),
        capacity=_rate(row),
        ceiling=row.ceiling,
        requirement=None if row.requirement is None else RequirementId(row.requirement),
        domain=row.domain,
        quality=row.quality,
        lead_time=row.lead_time,
        pool=row.pool,
    )
    return During(row.id, stated, window)


def _rate(row: Found) -> Rate:
    return Rate(items=row.items, period=row.period)
