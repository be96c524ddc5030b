"""What is counted, as it is asked for and answered: windows, coverage, shares, what a loss does."""

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, Query
from pydantic import Field

from comity.core.coverage import Coverage, Want, covered, unmet
from comity.core.instant import Instant
from comity.core.loss import Change, Effect, Hurt, Supposed
from comity.core.requirement import Credibility, Reliability, Requirement
from comity.core.role import Duty
from comity.formats import duration
from comity.service.covering import Listed, Span
from comity.service.surveying import Check
from comity.web.rest.acting import Asking
from comity.web.rest.shapes import AtTime, Length, Shape, Time, When, length, moment, shown

LISTED: Final = 1000
"""Items that are listed of one answer, at most; all are counted."""
FromTime = Annotated[Time | None, Query(description="From when items count; by default a week before the end.")]
UntilTime = Annotated[Time | None, Query(description="Until when; by default the moment that is asked about.")]
ForLength = Annotated[Length | None, Query(description="How long before the end, in place of `start`.")]
Requirements = Annotated[
    str | None, Query(min_length=1, max_length=400, description="A requirement's id; by default all.")
]


class Counted(Shape):
    """The moment that was asked about, and the window that was counted in."""

    at: When | None
    start: When | None
    end: When | None


class ItemCounted(Shape):
    """An item that was counted; null is an axis on which it is not graded."""

    item: str
    type: str
    title: str | None
    originator: str
    received: When | None
    reliability: str | None = Field(description="Of its source, from `A` to `F`.")
    credibility: str | None = Field(description="Of what it says, from `1` to `6`.")


class CoverageShown(Shape):
    """How a requirement is covered."""

    requirement: str = Field(examples=["launch-warning"])
    title: str
    priority: int
    count: int = Field(description="How many items cover it.")
    newest: When | None
    age: str | None = Field(description="Of the newest item, at the end of the window.", examples=["P2DT6H"])
    independent: list[list[str]] = Field(description="Root originators, in groups that have no root in common.")
    reliability: Mapping[str, int] = Field(description="Items by the grade of their source, from `A` to `F`.")
    credibility: Mapping[str, int] = Field(description="Items by the grade of what they say, from `1` to `6`.")
    met: list[Want] = Field(description="The wants that are stated, and met.")
    unmet: list[Want] = Field(description="The wants that are stated, and not met.")
    covered: bool


class Share(Shape):
    """The part of the items that rests on one root originator, each item counting one."""

    originator: str
    share: float


class Changed(Shape):
    """How many items there are, and how many would be left."""

    before: int
    after: int
    effect: Effect


class RequirementHurt(Changed):
    """What a loss would do to a requirement."""

    requirement: str
    broken: list[Want] = Field(description="The wants that are met before, and not after.")


class SupposedShown(Shape):
    """A suspension that nobody has made."""

    frm: str = Field(alias="from")
    to: str
    domains: list[str]
    reach: str
    recall: bool


class Asked(NamedTuple):
    """The window and the moment that are asked about, as they are written."""

    start: str | None
    end: str | None
    last: str | None
    at: str | None

    def span(self) -> Span:
        """The window. MalformedInput names the member."""
        return Span(start=moment(self.start, "start"), end=moment(self.end, "end"), last=length(self.last, "last"))

    def moment(self) -> Instant | None:
        """The moment, None for now. MalformedInput names the member."""
        return moment(self.at, "at")


def asked(start: FromTime = None, end: UntilTime = None, last: ForLength = None, at: AtTime = None) -> Asked:
    """The window and the moment that are asked about."""
    return Asked(start, end, last, at)


Within = Annotated[Asked, Depends(asked)]
"""The arguments of a route that counts."""


def content(ask: Asking) -> Check:
    """Whoever asks must be one who sees content: asked for now, and again of the snapshot that is counted from."""
    with ask.reading(Duty.CONTENT):
        return lambda reader: ask.must(reader, Duty.CONTENT)


def items(found: tuple[Listed, ...]) -> list[ItemCounted]:
    """Items that were counted."""
    return [
        ItemCounted(
            item=each.name,
            type=each.item.type,
            title=each.item.title,
            originator=each.originator,
            received=shown(each.item.received),
            reliability=None if each.grade.reliability is None else each.grade.reliability.name,
            credibility=None if each.grade.credibility is None else str(each.grade.credibility.value),
        )
        for each in found
    ]


def coverage(requirement: Requirement, found: Coverage) -> CoverageShown:
    """How a requirement is covered."""
    asked = (requirement.rate, requirement.freshness, requirement.corroboration)
    stated = [want for want, value in zip(Want, asked, strict=True) if value is not None]
    lacks = unmet(requirement, found)
    return CoverageShown(
        requirement=requirement.id,
        title=requirement.title,
        priority=requirement.priority,
        count=found.items,
        newest=shown(found.newest),
        age=None if found.age is None else duration.show(found.age),
        independent=[list(group) for group in found.independent],
        reliability={axis.name: count for axis, count in zip(Reliability, found.reliability, strict=True)},
        credibility={str(axis.value): count for axis, count in zip(Credibility, found.credibility, strict=True)},
        met=[want for want in stated if want not in lacks],
        unmet=[want for want in stated if want in lacks],
        covered=covered(requirement, found),
    )


def change(found: Change) -> Changed:
    """What a loss does to so many items."""
    return Changed(before=found.before, after=found.after, effect=found.effect)


def hurt(each: Hurt) -> RequirementHurt:
    """What a loss does to a requirement."""
    return RequirementHurt(
        requirement=each.requirement.id,
        before=each.before.items,
        after=each.after.items,
        effect=each.effect,
        broken=sorted(each.broken, key=lambda want: want.value),
    )


def supposed(each: Supposed) -> SupposedShown:
    """A suspension that nobody has made."""
    return SupposedShown.model_validate(
        {
            "from": each.frm,
            "to": each.to,
            "domains": sorted(each.domains),
            "reach": each.reach.value,
            "recall": each.recall,
        }
    )
