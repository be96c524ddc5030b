"""An explanation for the holder's release officers: why, by which way, and what would change it."""

from pydantic import Field

from comity.core.carriage import Hop
from comity.core.explanation import Cause
from comity.core.ground import Ground
from comity.service.telling import Names, act_said, name_said, reason_said
from comity.web.rest.shapes import Shape


class HopShown(Shape):
    """One item on the way from the item asked about to the root."""

    item: str | None
    originators: list[str]
    use: str | None = Field(description="How the one before is built on it; null at the start.")
    attested: bool


class CauseShown(Shape):
    """One reason against, the way that it came by, and the ways out: acts that help together."""

    reason: str = Field(examples=["USA/us-imagery/audience"])
    originator: str
    path: list[HopShown]
    ways: list[list[str]]


class GroundShown(Shape):
    """What one originator's word rests on."""

    root: str
    originator: str
    basis: str
    path: list[HopShown]
    consents: list[str]
    terms: list[str]
    channel: list[str]


def cause_shown(cause: Cause, names: Names) -> CauseShown:
    """A cause."""
    return CauseShown(
        reason=reason_said(cause, names),
        originator=cause.originator,
        path=_hops(cause.path, names),
        ways=[[act_said(remedy, names) for remedy in way] for way in cause.ways],
    )


def ground_shown(ground: Ground, names: Names) -> GroundShown:
    """A ground."""
    return GroundShown(
        root=name_said(ground.root, names),
        originator=ground.originator,
        basis=ground.basis.value,
        path=_hops(ground.path, names),
        consents=list(ground.consents),
        terms=list(ground.terms),
        channel=list(ground.channel),
    )


def _hops(path: tuple[Hop, ...], names: Names) -> list[HopShown]:
    return [
        HopShown(
            item=None if hop.item is None else name_said(hop.item, names),
            originators=sorted(hop.parties),
            use=None if hop.use is None else hop.use.value,
            attested=hop.attested,
        )
        for hop in path
    ]
