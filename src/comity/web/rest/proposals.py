"""Acts that take two persons."""

from typing import Annotated, Final, Literal

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from comity.core.errors import UnknownName
from comity.core.role import PAIRED, Duty
from comity.service import proposals
from comity.service.approving import approve as carry_out
from comity.service.authority import is_open, paired
from comity.service.ports import Reader, Store
from comity.service.records import Proposal
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.foreseen import Proposed, proposed
from comity.web.rest.shapes import Shape, Stated

Which = Annotated[str, Path(max_length=100, description="The proposal's id.", examples=["p-1"])]


class Paired(Shape):
    """The acts that take two persons."""

    acts: list[str]


class Pairing(Stated):
    """Acts; both where none is named."""

    acts: list[Literal["attest", "lift"]] = Field([])


class ProposalList(Shape):
    """Proposals."""

    proposals: list[Proposed]


def show(ask: Ask) -> Response:
    """Show which acts take two persons."""
    with ask.reading(Duty.TERMS) as reader:
        return answered(Paired(acts=sorted(paired(reader))))


def on(do: Do, body: Pairing) -> Response:
    """Ask for two persons: one proposes, another who may do it too carries it out."""

    def done(store: Store) -> Paired:
        with store.read() as reader:
            wanted = paired(reader) | (frozenset(body.acts) or PAIRED)
        proposals.set_two_person(store, wanted, do.word(body))
        return Paired(acts=sorted(wanted))

    return do.done(Duty.ACCOUNTS, done)


def off(do: Do, body: Pairing) -> Response:
    """Ask for one person again. What is proposed by then can still be carried out by a second one, or done anew."""

    def done(store: Store) -> Paired:
        with store.read() as reader:
            wanted = paired(reader) - (frozenset(body.acts) or PAIRED)
        proposals.set_two_person(store, wanted, do.word(body))
        return Paired(acts=sorted(wanted))

    return do.done(Duty.ACCOUNTS, done)


def list_proposals(
    ask: Ask, *, every: Annotated[bool, Query(alias="all", description="Also those that were answered.")] = False
) -> Response:
    """List the proposals that wait for a second person."""
    with ask.reading(Duty.CONTENT) as reader:
        now = reader.now()
        found = [each for each in reader.proposals() if every or is_open(each, now)]
        return answered(ProposalList(proposals=[proposed(each, _what(reader, each)) for each in found]))


def approve(do: Do, id: Which, body: Stated) -> Response:  # noqa: A002 - the user's word
    """Carry out what another person has proposed. Everything is checked again, as of now."""
    return do.done(Duty.POLICY, lambda store: proposed(carry_out(store, id, do.word(body))))


def reject(do: Do, id: Which, body: Stated) -> Response:  # noqa: A002 - the user's word
    """Say no to a proposal, or take one's own back."""
    return do.done(Duty.POLICY, lambda store: proposed(proposals.reject(store, id, do.word(body))))


def _what(reader: Reader, found: Proposal) -> str:
    """What it is of, by the names that people use."""
    named = found.arguments
    if "item" not in named:
        return named["id"]
    try:
        item, source = (reader.handle(reader.one(named[key]).ordinal) for key in ("item", "source"))
    except UnknownName:
        return " ← ".join((named["item"], named["source"]))
    return f"{item} ← {source}"


ROUTES: Final = (
    get("/two-person", show, Paired, command="two-person show"),
    post("/two-person/on", on, Paired, command="two-person on"),
    post("/two-person/off", off, Paired, command="two-person off"),
    get("/proposals", list_proposals, ProposalList, command="proposal list"),
    post("/proposals/{id}/approve", approve, Proposed, command="proposal approve"),
    post("/proposals/{id}/reject", reject, Proposed, command="proposal reject"),
)
