"""What is needed and what could be added, as it is typed, as JSON and as rows."""

from collections.abc import Iterable, Mapping

from comity.cli.facts import span_shown, window
from comity.cli.terminal import Draw, lines, table
from comity.core.errors import MalformedInput
from comity.core.offer import Offer, Pool
from comity.core.requirement import Rate, Requirement, Rule, Tag
from comity.formats import duration
from comity.index.holding import Ordinal, ordinal
from comity.service.needs import During
from comity.service.ports import Reader


def length(text: str | None, option: str) -> int | None:
    """The length of time that was typed, if any, in microseconds. MalformedInput names the option."""
    if text is None:
        return None
    try:
        return duration.parse(text)
    except MalformedInput as problem:
        raise MalformedInput(f"{option}: {problem}") from None


def rate(items: int | None, per: str | None, option: str) -> Rate | None:
    """So many items in each period, if anything was typed. MalformedInput for one of the two alone."""
    period = length(per, "--per")
    if (items is None) is not (period is None):
        raise MalformedInput(f"{option} and --per belong together: so many items in each time, or neither")
    return None if items is None or period is None else Rate(items=items, period=period)


def requirement(made: During[Requirement]) -> dict[str, object]:
    """A requirement."""
    stated = made.stated
    return {
        "id": made.id,
        "title": stated.title,
        "kind": stated.kind.value,
        "domains": sorted(stated.domains),
        "region": stated.region,
        "priority": stated.priority,
        "rate": None if stated.rate is None else _rate(stated.rate),
        "freshness": None if stated.freshness is None else duration.show(stated.freshness),
        "corroboration": stated.corroboration,
        **window(made.window),
    }


def tag(made: During[Rule | Tag], names: Mapping[Ordinal, str]) -> dict[str, object]:
    """A rule or a tag; `names` are those by which people know items."""
    return {"id": made.id, "requirement": made.stated.requirement, **_said(made, names), **window(made.window)}


def pool(made: During[Pool]) -> dict[str, object]:
    """A pool."""
    stated = made.stated
    return {"id": made.id, "partner": stated.partner, "capacity": _rate(stated.capacity), **window(made.window)}


def offer(made: During[Offer]) -> dict[str, object]:
    """An offer."""
    stated = made.stated
    return {
        "id": made.id,
        "partner": stated.partner,
        "requirement": stated.requirement,
        "domain": stated.domain,
        "capacity": _rate(stated.capacity),
        "ceiling": stated.ceiling,
        "quality": stated.quality,
        "lead_time": duration.show(stated.lead_time),
        "pool": stated.pool,
        **window(made.window),
    }


def item_names(reader: Reader, tags: Iterable[During[Rule | Tag]]) -> Mapping[Ordinal, str]:
    """The names of the items that tags name."""
    return reader.handles(ordinal(each.stated.item) for each in tags if isinstance(each.stated, Tag))


def requirements_drawn(found: Iterable[During[Requirement]]) -> Draw:
    """Requirements for people."""
    rows = [
        (
            each.id,
            each.stated.title,
            str(each.stated.priority),
            ", ".join(sorted(each.stated.domains)) or "–",
            lines(_wants(each.stated)),
            lines(span_shown(each.window)),
        )
        for each in found
    ]
    return table(("id", "title", "priority", "domains", "wants", "when"), rows)


def tags_drawn(found: Iterable[During[Rule | Tag]], names: Mapping[Ordinal, str]) -> Draw:
    """Rules and tags for people."""
    rows = [
        (
            each.id,
            each.stated.requirement,
            lines(f"{key} {value}" for key, value in _said(each, names).items() if value is not None),
            lines(span_shown(each.window)),
        )
        for each in found
    ]
    return table(("id", "requirement", "what counts", "when"), rows)


def pools_drawn(found: Iterable[During[Pool]]) -> Draw:
    """Pools for people."""
    rows = [
        (each.id, each.stated.partner, rate_shown(each.stated.capacity), lines(span_shown(each.window)))
        for each in found
    ]
    return table(("id", "partner", "capacity", "when"), rows)


def offers_drawn(found: Iterable[During[Offer]]) -> Draw:
    """Offers for people."""
    rows = [
        (
            each.id,
            each.stated.partner,
            offered_for(each.stated),
            lines(filter(None, (rate_shown(each.stated.capacity), each.stated.pool and f"pool {each.stated.pool}"))),
            each.stated.ceiling,
            f"{each.stated.quality} of 100",
            duration.show(each.stated.lead_time),
            lines(span_shown(each.window)),
        )
        for each in found
    ]
    return table(("id", "partner", "for", "capacity", "ceiling", "quality", "lead time", "when"), rows)


def offered_for(stated: Offer) -> str:
    """What an offer is for, in words."""
    return f"domain {stated.domain}" if stated.requirement is None else stated.requirement


def rate_shown(stated: Rate) -> str:
    """So many in each period, in words."""
    return f"{stated.items} each {duration.show(stated.period)}"


def _wants(stated: Requirement) -> list[str]:
    said = []
    if stated.rate is not None:
        said.append(rate_shown(stated.rate))
    if stated.freshness is not None:
        said.append(f"not older than {duration.show(stated.freshness)}")
    if stated.corroboration is not None:
        said.append(f"{stated.corroboration} independent")
    return said


def _rate(stated: Rate) -> dict[str, object]:
    return {"items": stated.items, "period": duration.show(stated.period)}


def _said(made: During[Rule | Tag], names: Mapping[Ordinal, str]) -> dict[str, str | None]:
    """What a rule or a tag states, None where it states nothing."""
    stated = made.stated
    if isinstance(stated, Tag):
        return {"item": names[ordinal(stated.item)], "type": None, "domain": None, "label": None, "text": None}
    return {"item": None, "type": stated.type, "domain": stated.domain, "label": stated.label, "text": stated.text}
