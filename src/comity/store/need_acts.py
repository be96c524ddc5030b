"""What acts on requirements, tags, pools and offers add. Each row is one of the act's own, and covered by its entry."""

from comity.core.instant import Window
from comity.core.offer import Offer, Pool
from comity.core.requirement import Requirement, Rule, Tag
from comity.index.holding import ordinal
from comity.service.needs import During
from comity.store import schema
from comity.store.act_rows import ActRows


class NeedActs(ActRows):
    """The part of a writer that adds to what is needed and what could be added."""

    def add_requirement(self, new: During[Requirement]) -> None:
        """See Writer."""
        stated = new.stated
        self._add(
            schema.requirement,
            id=new.id,
            title=stated.title,
            domains=sorted(stated.domains),
            region=stated.region,
            priority=stated.priority,
            kind=stated.kind.value,
            items=None if stated.rate is None else stated.rate.items,
            period=None if stated.rate is None else stated.rate.period,
            freshness=stated.freshness,
            corroboration=stated.corroboration,
            **_span(new.window),
        )

    def add_tag(self, new: During[Rule | Tag]) -> None:
        """See Writer."""
        stated = new.stated
        shared = {"id": new.id, "requirement": stated.requirement, **_span(new.window)}
        if isinstance(stated, Tag):
            self._add(schema.tag, **shared, item=ordinal(stated.item))
        else:
            said = {"type": stated.type, "domain": stated.domain, "label": stated.label, "text": stated.text}
            self._add(schema.tag, **shared, **said)

    def add_pool(self, new: During[Pool]) -> None:
        """See Writer."""
        capacity = new.stated.capacity
        amount = {"items": capacity.items, "period": capacity.period}
        self._add(schema.pool, id=new.id, partner=new.stated.partner, **amount, **_span(new.window))

    def add_offer(self, new: During[Offer]) -> None:
        """See Writer."""
        stated = new.stated
        self._add(
            schema.offer,
            id=new.id,
            partner=stated.partner,
            items=stated.capacity.items,
            period=stated.capacity.period,
            ceiling=stated.ceiling,
            requirement=stated.requirement,
            domain=stated.domain,
            quality=stated.quality,
            lead_time=stated.lead_time,
            pool=stated.pool,
            **_span(new.window),
        )


def _span(window: Window) -> dict[str, object]:
    return {"start": window.start, "end": window.end}
