"""What an act would change: asked for as a preview, whose seal the act can be done with."""

from collections.abc import Mapping

from pydantic import Field
from starlette.responses import Response

from comity.core.role import Duty
from comity.service.foreseeing import Asker, Plan, as_foreseen, foresee
from comity.service.policy import First
from comity.service.preview import Effect, Items
from comity.service.proposals import lapses
from comity.service.records import Proposal
from comity.web.rest.acting import Acting, Asking, answered
from comity.web.rest.shapes import Said, Shape, Stated, When, Why, shown

LISTED = 1000
"""Items that a preview lists for each reader, at most; all are counted."""


class Changed(Shape):
    """One item that a reader would lose or gain."""

    item: str
    title: str | None
    originator: str
    domains: list[str]
    kind: str


class ItemsChanged(Shape):
    """Items that a reader would lose or gain; one in two domains counts in both."""

    count: int
    by_originator: Mapping[str, int]
    by_domain: Mapping[str, int]
    by_kind: Mapping[str, int]
    items: list[Changed] = Field(description=f"The first {LISTED} of them.")


class ReaderChanged(Shape):
    """What one reader would lose and gain; `CODE/*` stands for the parts that no list names singly."""

    to: str
    lost: ItemsChanged
    gained: ItemsChanged


class Preview(Shape):
    """What would change, reader by reader. Nothing was changed."""

    readers: list[ReaderChanged]
    preview: str = Field(description="Hand this to the act: it is done as it was foreseen, or refused as stale.")


class Foreseen(Why):
    """On whose word something is done, why, and as what preview foresaw it."""

    preview: Said | None = Field(None, description="As the preview gave it: do what it foresaw, or nothing.")


class StatedForeseen(Stated):
    """As Foreseen, for an act that must state why."""

    preview: Said | None = Field(None, description="As the preview gave it: do what it foresaw, or nothing.")


class Proposed(Shape):
    """An act that waits for a second person."""

    proposal: str = Field(examples=["p-1"])
    act: str = Field(examples=["lift"])
    arguments: dict[str, str] = Field(description="What it is of.")
    proposed: When
    lapses: When
    proposer: str
    by: str | None
    evidence: str | None
    why: str | None
    answer: str | None = Field(description="`approved`, `rejected`, or null while it waits.")
    of: str | None = Field(None, description="What it is of, by the names that people use.")


def preview(ask: Asking, plan: Plan) -> Response:
    """The answer to a preview."""
    served = ask.served

    asker = Asker(account=ask.caller.account, check=lambda reader: ask.must(reader, Duty.CONTENT))
    found, seal = foresee(served.store, served.vault, plan, asker, LISTED)
    return answered(Preview(readers=[_reader(effect) for effect in found], preview=seal))


def expected(do: Acting, plan: Plan, seal: str | None) -> First:
    """For the act: refuse it unless it does what was foreseen."""
    return as_foreseen(do.served.vault, do.caller.account, plan, seal)


def proposed(found: Proposal, of: str | None = None) -> Proposed:
    """A proposal."""
    return Proposed(
        proposal=found.id,
        act=found.kind,
        arguments=dict(found.arguments),
        proposed=shown(found.at) or "",
        lapses=shown(lapses(found)) or "",
        proposer=found.word.actor,
        by=found.word.by,
        evidence=found.word.evidence,
        why=found.word.why,
        answer=found.answer,
        of=of,
    )


def _reader(effect: Effect) -> ReaderChanged:
    return ReaderChanged(to=effect.recipient, lost=_items(effect.lost), gained=_items(effect.gained))


def _items(items: Items) -> ItemsChanged:
    return ItemsChanged(
        count=items.count,
        by_originator=items.by_originator,
        by_domain=items.by_domain,
        by_kind=items.by_kind,
        items=[
            Changed(
                item=each.name,
                title=each.item.title,
                originator=each.originator,
                domains=list(each.domains),
                kind=each.item.type,
            )
            for each in items.listed
        ],
    )
