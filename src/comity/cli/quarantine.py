"""`comity quarantine`: what could not be accepted, and what a release officer says of it."""

from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.options import (
    ACTING,
    ASKING,
    ActingOptions,
    AskingOptions,
    Names,
    StatingOptions,
    Time,
    listed,
    moment,
    opened,
)
from comity.cli.plain import safe
from comity.cli.terminal import answer, drawn, said, table
from comity.core.claim import GENERAL, Claim, Derivation, Onward
from comity.core.instant import ALWAYS, NEVER
from comity.core.partner import Code, Recipient
from comity.service import quarantine as waiting
from comity.service.records import Quarantined

quarantine = App(name="quarantine", help="What could not be accepted.")


@quarantine.command(name="list")
def list_quarantined(*, options: AskingOptions = ASKING) -> int:
    """List what waits in quarantine.

    Example: `comity quarantine list`
    """
    with opened(options) as store:
        found = waiting.listing(store)
    rows = [(str(each.id), each.submitter, str(each.position), each.reason, each.detail) for each in found]
    headings = ("number", "from", "position", "reason", "detail")
    return answer(options, {"quarantine": [_document(each) for each in found]}, table(headings, rows))


@quarantine.command(name="show")
def show(number: int, /, *, options: AskingOptions = ASKING) -> int:
    """Show one quarantined object, with its text as far as it can be printed.

    Example: `comity quarantine show 3`

    Args:
        number: Its number in the list.
    """
    with opened(options) as store:
        found, raw = waiting.show(store, number)
    text = raw.decode("utf-8", "backslashreplace")
    heading = f"{found.id} from {found.submitter}, position {found.position}: {found.reason}: {found.detail}"
    lines = [said(safe(line, 4000)) for line in text.splitlines()]
    return answer(options, {**_document(found), "text": text, "bytes": len(raw)}, drawn(said(heading), *lines))


@quarantine.command(name="accept")
def accept(
    number: int,
    /,
    *,
    level: str,
    originator: str | None = None,
    domains: Names = (),
    releasable_to: Annotated[tuple[str, ...] | None, Parameter(consume_multiple=True, negative=())] = None,
    nobody: Annotated[bool, Parameter(negative=())] = False,
    onward: Onward | None = None,
    derivation: Derivation | None = None,
    not_before: Time = None,
    not_after: Time = None,
    conditions: Names = (),
    options: ActingOptions = ACTING,
) -> int:
    """Hold a quarantined object under this claim from now on.

    What its own markings say holds as well. Where they cannot be read, its audience must be stated.

    Example: `comity quarantine accept 3 --level RESTRICTED --domains early-warning --releasable-to GBR UKR`

    Args:
        number: Its number in the list.
        level: The claim's level.
        originator: Whose claim it is; by default the submitter's. Another's is taken on its word: `--by`, `--evidence`.
        domains: The claim's domains.
        releasable_to: The claim's audience; without this, no list is stated.
        nobody: An empty audience: nobody but the originator.
        onward: How far it may be passed on.
        derivation: What an analysis of it carries.
        not_before: Not before this time.
        not_after: Not at or after this time.
        conditions: Conditions of use.
    """
    begin, until = moment(not_before, "--not-before"), moment(not_after, "--not-after")
    with opened(options, needs=None) as store:
        submitter = waiting.show(store, number)[0].submitter
        claim = Claim(
            originator=submitter if originator is None else Code(Recipient(originator)),
            level=level,
            domains=frozenset(listed(domains)) or frozenset({GENERAL}),
            audience=() if nobody else None if releasable_to is None else listed(releasable_to),
            onward=onward,
            derivation=derivation,
            not_before=ALWAYS if begin is None else begin,
            not_after=NEVER if until is None else until,
            conditions=frozenset(listed(conditions)),
        )
        return _accepted(waiting.accept(store, number, claim, options.word), options)


def _accepted(found: waiting.Accepted, options: ActingOptions) -> int:
    lines = [said(f"held as well under: {_terms(each)}") for each in found.further]
    document = {**_document(found.quarantine), "outcome": "accepted", "further_claims": len(found.further)}
    return answer(options, document, drawn(said(f"{found.quarantine.id} is accepted"), *lines))


@quarantine.command(name="discard")
def discard(number: int, /, *, options: StatingOptions) -> int:
    """Answer a quarantine with no. Its bytes stay on record, and nobody sees them.

    Example: `comity quarantine discard 3 --why "a test file"`

    Args:
        number: Its number in the list.
    """
    with opened(options, needs=None) as store:
        found = waiting.discard(store, number, options.word)
    return answer(options, {**_document(found), "outcome": "discarded"}, said(f"{number} is discarded"))


def _terms(claim: Claim) -> str:
    """A claim in a few words."""
    audience = "no list" if claim.audience is None else f"for {', '.join(claim.audience) or 'nobody'}"
    onward = "" if claim.onward is None else f", onward {claim.onward.value}"
    return f"{claim.originator} {claim.level} {', '.join(sorted(claim.domains))}, {audience}{onward}"


def _document(found: Quarantined) -> dict[str, object]:
    return {
        "number": found.id,
        "from": found.submitter,
        "position": found.position,
        "reason": found.reason,
        "detail": found.detail,
        "sha256": found.digest.hex(),
        "held": found.item is not None,
    }
