"""A plan as JSON, member by member: what `service.plan_sheets.document` says, and no other member."""

from typing import Annotated, Literal

from pydantic import Field

from comity.core.compensation import Means
from comity.core.programme import Ended
from comity.core.worth import Nothing
from comity.web.rest.counted import SupposedShown
from comity.web.rest.shapes import Shape, When


class LimitsShown(Shape):
    """When the solver was to stop: within this share of the bound, or after so many seconds."""

    gap: float
    seconds: float


class PlanFound(Shape):
    """What a plan comes to."""

    points: float = Field(description="Of each need its weight, times its coverage.")
    bound: float = Field(description="No plan has more points.")
    gap: float = Field(description="The share of the bound that this plan may be short of the best one.")
    ended: Ended = Field(description="Why it is not nearer to the bound.")
    says: str
    limits: LimitsShown | None


class PlanSummary(PlanFound):
    """What the plan comes to, and the greedy one to compare it with."""

    greedy: PlanFound


class Given(Shape):
    """So many items a period of an offer go to a need."""

    need: str
    supply: str
    units: int


class BarrierShown(Shape):
    """Why what an offer yields could not reach a recipient."""

    id: str
    means: Means
    text: str


class OpenChange(Shape):
    """A barrier is taken away."""

    kind: Literal["open"]
    barrier: BarrierShown
    says: str


class SoonerChange(Shape):
    """An offer is there after so many hours."""

    kind: Literal["sooner"]
    supply: str
    lead: int
    says: str


class MoreChange(Shape):
    """An offer gives so many items a period more, to one need or to all."""

    kind: Literal["more"]
    supply: str
    units: int
    need: str | None
    says: str


class FindChange(Shape):
    """So many items a period are found elsewhere, from so many other originators."""

    kind: Literal["find"]
    need: str
    units: int
    roots: int
    says: str


ChangeShown = Annotated[OpenChange | SoonerChange | MoreChange | FindChange, Field(discriminator="kind")]


class CureShown(Shape):
    """After these changes the need is covered whole, by the items that are then added."""

    changes: list[ChangeShown]
    added: list[Given]


class WithheldShown(Shape):
    """Why an offer adds no more to a need."""

    supply: str
    barriers: list[BarrierShown]
    late: int = Field(description="Hours that it comes too late.")
    most: int | None
    spent: bool
    pool: str | None
    given: list[Given]
    says: str


class Lacking(Shape):
    """What a need is without: items of full quality, and independent originators."""

    items: float
    originators: int


class UncoveredShown(Shape):
    """What of a need stays uncovered, why, and what would cover it."""

    lacks: Lacking
    withheld: list[WithheldShown]
    cures: list[CureShown]


class NeedShown(Shape):
    """One requirement for one recipient."""

    id: str
    requirement: str
    recipient: str
    title: str
    weight: int = Field(description="The points that covering it whole is worth.")
    wanted: int = Field(description="Items a period.")
    held: int
    independent: int
    roots: list[str]
    fresh: int | None = Field(description="Hours after which an item is of no use.")
    before: float = Field(description="Its coverage without the plan, from 0 to 1.")
    covered: float = Field(description="Its coverage by the plan.")
    uncovered: UncoveredShown | None


class SupplyShown(Shape):
    """An offer as the plan takes it."""

    id: str
    partner: str
    title: str
    origin: str = Field(description="The originator that it counts as.")
    capacity: int = Field(description="Items a period.")
    given: int
    quality: int
    lead: int = Field(description="Hours.")
    pool: str | None


class AnewShown(Shape):
    """What planning again with a change gains, and between what it is worth."""

    gained: float
    low: float
    high: float
    ended: Ended


class WorthShown(Shape):
    """What a change is worth beside the plan, and why."""

    change: ChangeShown
    at_once: float
    added: list[Given]
    nothing: Nothing | None
    says: str
    anew: AnewShown | None


class PartnerWorth(WorthShown):
    """What one item a period more of a partner is worth."""

    partner: str


class BarredShown(Shape):
    """An offer of which nothing could reach anybody, and why."""

    offer: str
    because: list[str]


class PlanShown(Shape):
    """A plan, with everything that explains it."""

    to: list[str]
    at: When
    start: When
    end: When
    suspensions: list[SupposedShown] = Field(description="What is supposed.")
    plan: PlanSummary
    needs: list[NeedShown]
    supplies: list[SupplyShown]
    assigned: list[Given]
    partners: list[PartnerWorth]
    barriers: list[WorthShown]
    barred: list[BarredShown]


class CoveredShown(Shape):
    """The coverage of a need by two plans; null where a plan does not have it."""

    need: str
    first: float | None
    second: float | None


class MovedShown(Shape):
    """How many items a period of an offer go to a need, by two plans."""

    need: str
    supply: str
    first: int
    second: int


class PlansCompared(Shape):
    """Two plans side by side."""

    first: PlanFound
    second: PlanFound
    gained: float = Field(description="How many points more the second has.")
    needs: list[CoveredShown]
    moved: list[MovedShown]
