"""What is printed where an act waits for a second person."""

from comity.cli.options import Asking
from comity.cli.terminal import answer, said, time_or_none, time_shown
from comity.service.proposals import APPROVE, lapses
from comity.service.records import Proposal


def proposed(options: Asking, proposal: Proposal) -> int:
    """It is proposed, and not done."""
    line = (
        f"this takes two persons: it is proposed as {proposal.id} until {time_shown(lapses(proposal))}; "
        f"another carries it out with `{APPROVE} {proposal.id}`"
    )
    return answer(options, document(proposal), said(line))


def document(proposal: Proposal) -> dict[str, object]:
    """A proposal as JSON."""
    said_by = proposal.word
    return {
        "proposal": proposal.id,
        "act": proposal.kind,
        **proposal.arguments,
        "proposed": time_or_none(proposal.at),
        "lapses": time_or_none(lapses(proposal)),
        "proposer": said_by.actor,
        "by": said_by.by,
        "evidence": said_by.evidence,
        "why": said_by.why,
        "answer": proposal.answer,
    }
