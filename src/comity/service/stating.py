"""The claims under which new items are held: by their markings, by default terms, by a sidecar; or not at all.

1. The submitter is authenticated: it is the originator, unless a sidecar names another. Then that originator's claim is
   the first, and what the submission itself says is the relay's further claim.
2. An item for which no terms can be found, or that is malformed, is held with an empty audience and quarantined.
3. The originator's later claims bind all earlier versions from then on; lowering binds only the version that states it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from comity.core.claim import Claim, Onward
from comity.core.instant import Window
from comity.core.partner import Code
from comity.core.world import Policy
from comity.formats.fault import Fault, Flaw
from comity.formats.marking import Context, NoTerms
from comity.formats.world import Sidecar
from comity.index.holding import Ordinal
from comity.service import beside
from comity.service.intake import Fresh
from comity.service.laid import Laid
from comity.service.markings import Markings
from comity.service.records import Held, NewClaim
from comity.service.versions import Chain, chains


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One partner's bundle: who sends it, under which policy, and what is said beside it."""

    policy: Policy
    submitter: Code
    context: Context
    sidecar: Sidecar | None


def state(laid: Laid, markings: Markings, submission: Submission, fresh: Sequence[Fresh]) -> list[tuple[Fresh, Fault]]:
    """Write the claims of the new items; returns those that must be quarantined, with the reason."""
    rows: list[NewClaim] = []
    flawed: list[tuple[Fresh, Fault]] = []
    for item in fresh:
        found = item.flaw or claims_of(markings, submission, item)
        if isinstance(found, Fault):
            flawed.append((item, found))
            # What a sidecar states stays beside whatever the object is accepted under.
            found = (hold(submission.policy, submission.submitter), *beside.claims(beside.of(submission.sidecar, item)))
        rows.extend(NewClaim(item.ordinal, place, claim) for place, claim in enumerate(found))
    laid.add_claims(rows)
    return flawed


def claims_of(markings: Markings, submission: Submission, item: Fresh) -> tuple[Claim, ...] | Fault:
    """The claims that the submission makes of one item, the first claim first."""
    stated = markings.claims(item, submission.context)
    said = beside.of(submission.sidecar, item)
    if said is None:
        return stated.fault if isinstance(stated, NoTerms) else stated
    if said.claim is None:
        return stated.fault if isinstance(stated, NoTerms) else (*stated, *said.further_claims)
    relayed = said.claim.originator != submission.submitter
    if not relayed and markings.unmarked(item):
        return (said.claim, *said.further_claims)
    return stated.fault if isinstance(stated, NoTerms) else (said.claim, *stated, *said.further_claims)


def hold(policy: Policy, submitter: Code) -> Claim:
    """What a quarantined object is held under: nobody but its submitter, at the highest level."""
    return Claim(originator=submitter, level=policy.levels[-1], audience=(), onward=Onward.CONSENT)


def answer(laid: Laid, markings: Markings, submission: Submission, known: Mapping[Ordinal, Held]) -> list[Held]:
    """Accept what waits for nothing but terms, and came again now that there are terms; returns it."""
    answered: list[Held] = []
    for row in laid.writer.open_quarantine() if known else ():
        held = known.get(row.item) if row.item is not None and row.reason == Flaw.NO_TERMS.value else None
        stated = None if held is None else _again(markings, submission, held)
        if held is None or stated is None:
            continue
        kept = laid.claims([held.ordinal])[held.ordinal][1:]
        more = [claim for claim in stated[1:] if not any(same(claim, other) for other in kept)]
        laid.add_claims(NewClaim(held.ordinal, place, claim) for place, claim in enumerate((stated[0], *more)))
        laid.writer.resolve(row.id, "accepted")
        answered.append(held)
    return answered


def _again(markings: Markings, submission: Submission, held: Held) -> tuple[Claim, ...] | None:
    """The claims that the submission makes of a copy that is held; None where it makes none."""
    found = markings.examined(held.ordinal)
    if found is None:
        return None
    item = Fresh(
        ordinal=held.ordinal,
        stix_id=held.stix_id,
        version=held.version,
        type=held.type,
        markings=found.markings,
        granular=found.granular,
    )
    stated = claims_of(markings, submission, item)
    return None if isinstance(stated, Fault) else stated


def bind(laid: Laid, submission: Submission, known: Mapping[Ordinal, Held]) -> set[Ordinal]:
    """What the sidecar says of copies that are held already, as further claims from now on; returns those bound."""
    copies = [copy for copy in known.values() if beside.of(submission.sidecar, copy)]
    held, since = laid.claims([copy.ordinal for copy in copies]), Window(laid.writer.act.at)
    rows: list[NewClaim] = []
    for copy in copies:
        own = list(held[copy.ordinal])
        for claim in beside.claims(beside.of(submission.sidecar, copy)):
            if not any(same(claim, stated) for stated in own):
                own.append(replace(claim, window=since))
                rows.append(NewClaim(copy.ordinal, len(own), own[-1]))
    laid.add_claims(rows)
    return {row.item for row in rows}


def carry(laid: Laid, ids: Iterable[str]) -> set[Ordinal]:
    """Rule 3 for every version of these ids; returns the versions that have a claim more."""
    found = chains(laid.writer, laid, ids)
    copies = [copy.ordinal for chain in found for copy in chain]
    waiting = laid.writer.waiting(copies)
    held = {number: list(claims) for number, claims in laid.claims(copies).items()}
    since = Window(laid.writer.act.at)
    rows = [
        row for chain in found for row in _carried([copy for copy in chain if copy.ordinal not in waiting], held, since)
    ]
    laid.add_claims(rows)
    return {row.item for row in rows}


def _carried(versions: Chain, held: dict[Ordinal, list[Claim]], since: Window) -> Iterator[NewClaim]:
    """The claims of later versions that earlier ones do not have yet; `held` is brought up to date."""
    for place, version in enumerate(versions):
        own = held[version.ordinal]
        for claim in [claim for later in versions[place + 1 :] for claim in held[later.ordinal]]:
            if claim.originator == version.submitter and not any(same(claim, known) for known in own):
                own.append(replace(claim, window=since))
                yield NewClaim(version.ordinal, len(own) - 1, own[-1])


def same(claim: Claim, other: Claim) -> bool:
    """Whether two claims say the same, whenever."""
    return replace(claim, window=other.window, received=other.received) == other
