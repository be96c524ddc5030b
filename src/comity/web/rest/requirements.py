"""Requirements: what recipients need, and what counts towards it, by rule or by hand."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from comity.core.offer import Offer
from comity.core.requirement import MOST_ORIGINATORS, Kind, Rate, Requirement, Rule, Tag
from comity.core.role import Duty
from comity.formats import duration
from comity.index.holding import Ordinal, ordinal
from comity.service import in_force, requirements
from comity.service.needs import During
from comity.service.ports import Reader, Store
from comity.service.requirements import NewRequirement, NewTag
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import (
    Ended,
    Item,
    Length,
    Name,
    Shape,
    Span,
    Stated,
    Time,
    Why,
    ended,
    length,
    moment,
    span,
)

Amount = Annotated[int, Field(ge=1, le=in_force.MOST)]
"""Items."""
For = Literal["intelligence", "assistance"]
"""The values of `core.requirement.Kind`; accounts have kinds, too, and the document names shapes."""
Which = Annotated[str, Query(alias="id", min_length=1, max_length=400, description="Its id.", examples=["r-1"])]
OfWhich = Annotated[str | None, Query(min_length=1, max_length=400, description="Of this requirement only.")]


class Rated(Shape):
    """So many items in each period."""

    items: Amount
    period: Length


class RequirementAdded(Why):
    """A requirement to record. What is not stated of rate, freshness and corroboration is not asked for."""

    title: Name = Field(description="What people read.", examples=["Strikes on the grid"])
    domains: list[Name] = Field([], description="What it is about.")
    region: Name | None = Field(None, description="Where.")
    priority: int = Field(3, ge=1, le=5, description="From 1, the most urgent, to 5.")
    kind: For = Field("intelligence", description="What it is for.")
    rate: Rated | None = Field(None, description="At least so many items in each period.")
    freshness: Length | None = Field(None, description="How old the newest item may be.")
    corroboration: int | None = Field(
        None, ge=1, le=MOST_ORIGINATORS, description="At least so many independent originators."
    )
    start: Time | None = Field(None, description="From when, by default now.")
    end: Time | None = Field(None, description="Until when.")
    id: Name | None = Field(None, description="Its id; one is made if none is given.")


class TagAdded(Why):
    """What is to count towards a requirement: one item, or by a rule all that have everything which is stated."""

    requirement: Name = Field(description="The requirement's id.", examples=["r-1"])
    item: Item | None = Field(None, description="The item; without it, a rule is stated.")
    type: Name | None = Field(None, description="A rule: the type of items.", examples=["report"])
    domain: Name | None = Field(None, description="A rule: a domain of their first claim.")
    label: Name | None = Field(None, description="A rule: one of the object's labels.")
    text: Name | None = Field(None, description="A rule: words that are said in it.")


class EndingOne(Stated):
    """Something to end, by its id."""

    id: Name
    at: Time | None = Field(None, description="When, by default now.")


class Removing(Stated):
    """A rule or a tag to take back, by its id."""

    id: Name


class RequirementShown(Span):
    """A requirement; null is a want that is not asked for."""

    id: str
    title: str
    kind: For
    domains: list[str]
    region: str | None
    priority: int
    rate: Rated | None
    freshness: str | None
    corroboration: int | None


class TagShown(Span):
    """A tag, which has its item, or a rule, which has at least one of the others."""

    id: str
    requirement: str
    item: str | None
    type: str | None
    domain: str | None
    label: str | None
    text: str | None


class OfferShown(Span):
    """What a partner says that it could add, to a requirement or to a domain."""

    id: str
    partner: str
    requirement: str | None
    domain: str | None
    capacity: Rated
    ceiling: str = Field(description="The highest level that its items will have.")
    quality: int = Field(description="How many of a hundred items are expected to count.")
    lead_time: str = Field(description="How long until the first item.")
    pool: str | None


class RequirementList(Shape):
    """The requirements, in the order recorded."""

    requirements: list[RequirementShown]


class RequirementWhole(RequirementShown):
    """A requirement, what counts towards it, and the offers for it or for a domain of its."""

    tags: list[TagShown]
    offers: list[OfferShown]


class TagList(Shape):
    """What counts towards requirements, in the order recorded."""

    tags: list[TagShown]


def list_requirements(ask: Ask) -> Response:
    """List the requirements."""
    with ask.reading(Duty.CONTENT) as reader:
        return answered(RequirementList(requirements=[_requirement(each) for each in reader.requirements()]))


def show(ask: Ask, which: Which) -> Response:
    """Show a requirement, what counts towards it, and the offers for it or for a domain of its."""
    with ask.reading(Duty.CONTENT) as reader:
        found, tags, offers = in_force.belonging(reader, which)
        said = _requirement(found).model_dump()
        return answered(
            RequirementWhole(**said, tags=_tags(reader, tags), offers=[offer_shown(each) for each in offers])
        )


def add_requirement(do: Do, body: RequirementAdded) -> Response:
    """Record a requirement."""
    new = NewRequirement(
        title=body.title,
        domains=frozenset(body.domains),
        region=body.region,
        priority=body.priority,
        kind=Kind(body.kind),
        rate=None if body.rate is None else rate(body.rate, "rate"),
        freshness=length(body.freshness, "freshness"),
        corroboration=body.corroboration,
        start=moment(body.start, "start"),
        end=moment(body.end, "end"),
        id=body.id,
    )

    def done(store: Store) -> RequirementShown:
        return _requirement(requirements.add_requirement(store, new, do.word(body)))

    return do.done(Duty.REQUIREMENTS, done)


def end_requirement(do: Do, body: EndingOne) -> Response:
    """End a requirement. What counted towards it, and offers for it alone, count no more."""
    at = moment(body.at, "at")

    def done(store: Store) -> Ended:
        return ended("requirement", body.id, requirements.end_requirement(store, body.id, do.word(body), at))

    return do.done(Duty.REQUIREMENTS, done)


def list_tags(ask: Ask, requirement: OfWhich = None) -> Response:
    """List what counts towards requirements: rules, and items that were tagged by hand."""
    with ask.reading(Duty.CONTENT) as reader:
        found = reader.tags() if requirement is None else in_force.belonging(reader, requirement)[1]
        return answered(TagList(tags=_tags(reader, found)))


def add_tag(do: Do, body: TagAdded) -> Response:
    """Count an item towards a requirement, or by a rule all items that have everything which is stated."""
    new = NewTag(
        requirement=body.requirement,
        item=body.item,
        type=body.type,
        domain=body.domain,
        label=body.label,
        text=body.text,
    )

    def done(store: Store) -> TagShown:
        made = requirements.add_tag(store, new, do.word(body))
        with store.read() as reader:
            return _tags(reader, [made])[0]

    return do.done(Duty.REQUIREMENTS, done)


def remove_tag(do: Do, body: Removing) -> Response:
    """Take a rule or a tag back: from now on it counts for nothing."""

    def done(store: Store) -> Ended:
        return ended("tag", body.id, requirements.remove_tag(store, body.id, do.word(body)))

    return do.done(Duty.REQUIREMENTS, done)


def rate(said: Rated, place: str) -> Rate:
    """A rate that was written. MalformedInput names the member."""
    return Rate(items=said.items, period=length(said.period, f"{place}.period") or 0)


def rated(stated: Rate) -> Rated:
    """A rate as it is answered."""
    return Rated(items=stated.items, period=duration.show(stated.period))


def offer_shown(made: During[Offer]) -> OfferShown:
    """An offer as it is answered."""
    stated = made.stated
    return OfferShown(
        id=made.id,
        partner=stated.partner,
        requirement=stated.requirement,
        domain=stated.domain,
        capacity=rated(stated.capacity),
        ceiling=stated.ceiling,
        quality=stated.quality,
        lead_time=duration.show(stated.lead_time),
        pool=stated.pool,
        **span(made.window),
    )


def _requirement(made: During[Requirement]) -> RequirementShown:
    stated = made.stated
    return RequirementShown(
        id=made.id,
        title=stated.title,
        kind=stated.kind.value,
        domains=sorted(stated.domains),
        region=stated.region,
        priority=stated.priority,
        rate=None if stated.rate is None else rated(stated.rate),
        freshness=None if stated.freshness is None else duration.show(stated.freshness),
        corroboration=stated.corroboration,
        **span(made.window),
    )


def _tags(reader: Reader, found: Iterable[During[Rule | Tag]]) -> list[TagShown]:
    listed = list(found)
    names = reader.handles(ordinal(each.stated.item) for each in listed if isinstance(each.stated, Tag))
    return [_tag(each, names) for each in listed]


def _tag(made: During[Rule | Tag], names: Mapping[Ordinal, str]) -> TagShown:
    stated = made.stated
    rule = stated if isinstance(stated, Rule) else Rule(requirement=stated.requirement)
    return TagShown(
        id=made.id,
        requirement=stated.requirement,
        item=names[ordinal(stated.item)] if isinstance(stated, Tag) else None,
        type=rule.type,
        domain=rule.domain,
        label=rule.label,
        text=rule.text,
        **span(made.window),
    )


ROUTES: Final = (
    get("/requirements", list_requirements, RequirementList, command="requirement list"),
    get("/requirements/show", show, RequirementWhole, command="requirement show"),
    post("/requirements", add_requirement, RequirementShown, command="requirement add"),
    post("/requirements/end", end_requirement, Ended, command="requirement end"),
    get("/tags", list_tags, TagList, command="tag list"),
    post("/tags", add_tag, TagShown, command="tag add"),
    post("/tags/remove", remove_tag, Ended, command="tag remove"),
)
