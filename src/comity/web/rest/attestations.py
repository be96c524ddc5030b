"""Attestations: that an analysis draws on a source, and reproduces nothing of it."""

from typing import Final

from pydantic import Field
from starlette.responses import Response

from comity.core.role import Duty
from comity.service import attesting
from comity.service.attesting import Edge
from comity.service.foreseeing import MOST, Attest
from comity.service.ports import Store
from comity.service.records import AttestationRow, Proposal
from comity.web.rest.acting import Ask, Do
from comity.web.rest.describing import post
from comity.web.rest.foreseen import Preview, Proposed, StatedForeseen, expected, preview, proposed
from comity.web.rest.shapes import Item, Shape, Stated, When, shown


class Drawing(Shape):
    """An analysis, and an item that it draws on."""

    item: Item = Field(description="The analysis.", examples=["gb-assessment-with-us"])
    source: Item = Field(description="The item that it draws on.", examples=["us-imagery"])


class Attestations(Shape):
    """What is to be attested."""

    attestations: list[Drawing] = Field(min_length=1, max_length=MOST)


class Attesting(Attestations, StatedForeseen):
    """What is to be attested, all on one word, in one act."""


class Unattesting(Drawing, Stated):
    """What is attested no more."""


class Attested(Shape):
    """What was attested, and since when."""

    item: str
    source: str
    attestation: int
    attested: When


class AttestationList(Shape):
    """What was attested; or, where that takes two persons, what was proposed."""

    attestations: list[Attested]
    proposals: list[Proposed]


class Unattested(Shape):
    """What is attested no more, and since when."""

    item: str
    source: str
    withdrawn: When


def preview_attest(ask: Ask, body: Attestations) -> Response:
    """What attesting now would change."""
    return preview(ask, _plan(body))


def attest(do: Do, body: Attesting) -> Response:
    """State that analyses draw on sources, reproduce nothing of them and give nobody away.

    It is the word of the items' originator, from now on. Where it takes two persons, it is proposed.
    """
    plan = _plan(body)

    def done(store: Store) -> AttestationList:
        first = expected(do, plan, body.preview)
        made = attesting.attest_all(store, plan.edges, do.word(body), first=first)
        attested, proposals = [], []
        for edge, row in zip(plan.edges, made, strict=True):
            if isinstance(row, Proposal):
                proposals.append(proposed(row))
            else:
                attested.append(_attested(edge, row))
        return AttestationList(attestations=attested, proposals=proposals)

    return do.done(Duty.POLICY, done)


def withdraw(do: Do, body: Unattesting) -> Response:
    """Take back what was attested of an edge."""
    edge = Edge(item=body.item, source=body.source)

    def done(store: Store) -> Unattested:
        when = attesting.withdraw_attestation(store, edge, do.word(body))
        return Unattested(item=body.item, source=body.source, withdrawn=shown(when) or "")

    return do.done(Duty.POLICY, done)


def _attested(edge: Edge, row: AttestationRow) -> Attested:
    return Attested(item=edge.item, source=edge.source, attestation=row.id, attested=shown(row.attested) or "")


def _plan(body: Attestations) -> Attest:
    return Attest(edges=tuple(Edge(item=each.item, source=each.source) for each in body.attestations))


ROUTES: Final = (
    post("/attestations/preview", preview_attest, Preview),
    post("/attestations", attest, AttestationList, command="attest"),
    post("/attestations/withdraw", withdraw, Unattested, command="attest --withdraw"),
)
