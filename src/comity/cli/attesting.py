"""`comity attest`."""

from comity.cli.options import Flag, StatingOptions, opened
from comity.cli.terminal import answer, said, time_or_none, time_shown
from comity.cli.waiting import proposed
from comity.service import attesting
from comity.service.attesting import Edge
from comity.service.records import Proposal


def attest(item: str, /, *, source: str, withdraw: Flag = False, options: StatingOptions) -> int:
    """State that an analysis draws on a source, reproduces nothing of it and gives nobody away; or take that back.

    It is the word of the item's originator, from now on. Where it takes two persons, it is proposed: see
    `comity proposal`.

    Example: `comity attest gb-assessment-with-us --source us-imagery --why "reviewed by the release authority"`

    Args:
        item: The analysis.
        source: The item that it draws on.
        withdraw: Take back what was attested.
    """
    edge = Edge(item=item, source=source)
    with opened(options, needs=None) as store:
        if withdraw:
            when, number = attesting.withdraw_attestation(store, edge, options.word), None
        else:
            made = attesting.attest(store, edge, options.word)
            if isinstance(made, Proposal):
                return proposed(options, made)
            when, number = made.attested, made.id
    document = {
        "item": item,
        "source": source,
        "attestation": number,
        "attested": None if withdraw else time_or_none(when),
        "withdrawn": time_or_none(when) if withdraw else None,
    }
    verb = "is no longer attested" if withdraw else "is attested"
    return answer(options, document, said(f"{item} {verb} to draw on {source} only, since {time_shown(when)}"))
