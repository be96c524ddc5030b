"""`comity two-person` and `comity proposal`: acts that take two persons."""

from cyclopts import App

from comity.cli.options import ASKING, AskingOptions, Flag, StatingOptions, listed, opened
from comity.cli.terminal import answer, said, table, time_shown
from comity.cli.waiting import document
from comity.core.role import PAIRED, Duty
from comity.service import proposals
from comity.service.approving import approve as carry_out
from comity.service.authority import is_open, paired
from comity.service.ports import Reader
from comity.service.records import Proposal

two_person = App(name="two-person", help="Which acts take two persons.")
proposal = App(name="proposal", help="Acts that wait for a second person.")


@two_person.command(name="show")
def show(*, options: AskingOptions = ASKING) -> int:
    """Show which acts take two persons.

    Example: `comity two-person show`
    """
    with opened(options, Duty.TERMS) as store, store.read() as reader:
        found = sorted(paired(reader))
    return answer(options, {"acts": found}, said(", ".join(found) or "none"))


@two_person.command(name="on")
def on(*acts: str, options: StatingOptions) -> int:
    """Ask for two persons: one proposes, another who may do it too carries it out.

    Example: `comity two-person on attest lift --why "order of 5 March"`

    Args:
        acts: `attest`, `lift`; both where none is named.
    """
    kinds = frozenset(listed(acts)) or PAIRED
    with opened(options, needs=None) as store:
        with store.read() as reader:
            wanted = paired(reader) | kinds
        proposals.set_two_person(store, wanted, options.word)
    return answer(options, {"acts": sorted(wanted)}, said(f"two persons from now on for: {', '.join(sorted(wanted))}"))


@two_person.command(name="off")
def off(*acts: str, options: StatingOptions) -> int:
    """Ask for one person again. What is proposed by then can still be carried out by a second one, or done anew.

    Example: `comity two-person off lift --why "order of 11 March"`

    Args:
        acts: `attest`, `lift`; both where none is named.
    """
    kinds = frozenset(listed(acts)) or PAIRED
    with opened(options, needs=None) as store:
        with store.read() as reader:
            wanted = paired(reader) - kinds
        proposals.set_two_person(store, wanted, options.word)
    shown = ", ".join(sorted(wanted)) or "nothing"
    return answer(options, {"acts": sorted(wanted)}, said(f"two persons from now on for: {shown}"))


@proposal.command(name="list")
def list_proposals(*, all: Flag = False, options: AskingOptions = ASKING) -> int:
    """List the proposals that wait for a second person.

    Example: `comity proposal list`

    Args:
        all: Also those that were answered or have lapsed.
    """
    with opened(options) as store, store.read() as reader:
        now = reader.now()
        found = [each for each in reader.proposals() if all or is_open(each, now)]
        shown = [(each, _what(reader, each)) for each in found]
    rows = [
        (
            each.id,
            each.kind,
            what,
            each.word.actor,
            each.word.why or "–",
            each.answer or time_shown(proposals.lapses(each)),
        )
        for each, what in shown
    ]
    headings = ("id", "act", "of", "proposed by", "why", "until")
    return answer(
        options, {"proposals": [{**document(each), "of": what} for each, what in shown]}, table(headings, rows)
    )


@proposal.command(name="approve")
def approve(id: str, /, *, options: StatingOptions) -> int:
    """Carry out what another person has proposed. Everything is checked again, as of now.

    Example: `comity proposal approve p-1 --as dave --why "I have seen the order"`

    Args:
        id: The proposal's id.
    """
    with opened(options, needs=None) as store:
        found = carry_out(store, id, options.word)
    return answer(options, document(found), said(f"{id} is carried out: {found.kind}"))


@proposal.command(name="reject")
def reject(id: str, /, *, options: StatingOptions) -> int:
    """Say no to a proposal, or take one's own back.

    Example: `comity proposal reject p-1 --why "not reviewed"`

    Args:
        id: The proposal's id.
    """
    with opened(options, needs=None) as store:
        found = proposals.reject(store, id, options.word)
    return answer(options, document(found), said(f"{id} is rejected"))


def _what(reader: Reader, found: Proposal) -> str:
    """What it is of, by the names that people use."""
    named = found.arguments
    if "item" not in named:
        return named["id"]
    item, source = (reader.handle(reader.one(named[key]).ordinal) for key in ("item", "source"))
    return f"{item} ← {source}"
