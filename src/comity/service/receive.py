"""Take in what a partner sends: one bundle, one act, one transaction. Semantics §6.

Nothing is dropped: every element is accepted, unchanged, or quarantined with its reason, and the rest goes on. Nothing
is acknowledged before all of it is durable; whatever interrupts the act leaves the node as it was before.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

from comity.core.errors import Forbidden, UnknownName
from comity.core.lineage import Use
from comity.core.partner import Code, Recipient, is_part
from comity.formats import bundle
from comity.formats.world import Sidecar
from comity.index.holding import Ordinal
from comity.service import beside, labels
from comity.service.authority import must_speak_for
from comity.service.intake import Counts, Fresh, count_flaw, quarantined, take_in
from comity.service.laid import Laid
from comity.service.linking import inherit, link, reproduce
from comity.service.markings import Markings, context
from comity.service.policy import DRAIN
from comity.service.policy import settle as end_releases
from comity.service.ports import Store, Writer
from comity.service.records import NewSource, Word
from comity.service.stating import Submission, answer, bind, carry, state


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a bundle: read = accepted + unchanged + quarantined.

    What waited in quarantine for terms alone, and came again with terms, is accepted.
    `flagged` are accepted copies whose content differs from another copy of the same version; `reasons` counts the
    quarantined by reason. `bound` of the unchanged were held before, and a sidecar has bound them by more since.
    """

    read: int
    accepted: int
    unchanged: int
    quarantined: int
    flagged: int
    bound: int
    reasons: Mapping[str, int]


class _NothingNew(Exception):
    """Ends the act without a trace: what is known already changes nothing."""


def receive(  # noqa: PLR0913 - who sends, who takes it in, and what is said beside it
    store: Store,
    stream: BinaryIO,
    *,
    submitter: Code,
    word: Word,
    sidecar: Sidecar | None = None,
    persons: tuple[str, ...] = (),
    progress: Callable[[int], None] | None = None,
    drain: float = DRAIN,
) -> Receipt:
    """Take in the bundle in `stream` as sent by `submitter`; `persons` are those whom TLP:RED names.

    Raises MalformedInput for what is no bundle, UnknownName for an unknown submitter and where the sidecar speaks of
    what is not in the bundle, Forbidden for persons who are none; nothing is held then.
    """
    counts = Counts()
    with suppress(_NothingNew):
        with _not_collecting(), store.write("import", word, policy=True) as writer:
            _take_in(writer, submission_of(writer, submitter, sidecar, persons), stream, counts, progress)
            epoch = writer.act.epoch
        # What arrives may restrict what was held before: a claim that is raised, an edge that is added.
        end_releases(store, epoch, drain)
    return Receipt(
        read=counts.read,
        accepted=counts.accepted,
        unchanged=counts.unchanged,
        quarantined=counts.quarantined,
        flagged=counts.flagged,
        bound=counts.bound,
        reasons=dict(sorted(counts.reasons.items())),
    )


def _take_in(
    writer: Writer,
    submission: Submission,
    stream: BinaryIO,
    counts: Counts,
    progress: Callable[[int], None] | None,
) -> None:
    """Hold what is new and settle it. All that this makes is gone when it returns, before the collector is back."""
    elements = bundle.split(stream, progress=progress)
    fresh = list(take_in(writer, submission.submitter, elements, counts))
    beside.refuse_unmatched(submission.sidecar, (*fresh, *counts.known.values()))
    settle(writer, submission, fresh, counts)
    _refuse_nothing(counts)


@contextmanager
def _not_collecting() -> Iterator[None]:
    """Keep the cycle collector away: an import makes much, keeps most of it to its end, and makes no cycles."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _refuse_nothing(counts: Counts) -> None:
    if counts.unchanged == counts.read and not counts.bound:
        raise _NothingNew


def settle(
    writer: Writer, submission: Submission, fresh: list[Fresh], counts: Counts, built_on: Iterable[Ordinal] = ()
) -> None:
    """Give the new items their claims, edges and labels, and quarantine those that may have none of their own.

    All of them reproduce each of `built_on`.
    """
    laid = Laid(writer, fresh[0].ordinal if fresh else writer.next_ordinal())
    fresh = beside.flawed(writer, submission.sidecar, fresh)
    markings = Markings(writer, submission.submitter, fresh)
    known = {number: copy for number, copy in counts.known.items() if number < laid.first}
    flawed = state(laid, markings, submission, fresh)
    writer.add_quarantine(
        quarantined(submission.submitter, item.position, flaw, item.digest, item.ordinal) for item, flaw in flawed
    )
    for _, flaw in flawed:
        count_flaw(counts, flaw)
    refused = {item.ordinal for item, _ in flawed}
    counts.accepted += len(fresh) - len(refused)
    counts.flagged += sum(item.apart for item in fresh if item.ordinal not in refused)
    beside.link(laid, submission.sidecar, submission.submitter, fresh)
    laid.add_sources(NewSource(item.ordinal, each, Use.REPRODUCES) for each in built_on for item in fresh)
    again = {item.stix_id for item in fresh if not item.alone}
    answered = answer(laid, markings, submission, known)
    counts.unchanged -= len(answered)
    counts.accepted += len(answered)
    counts.flagged += sum(copy.apart_from is not None for copy in answered)
    bound = bind(laid, submission, known) | beside.bind(laid, submission.sidecar, submission.submitter, known)
    counts.bound = len(bound)
    again.update(known[number].stix_id for number in bound)
    again.update(copy.stix_id for copy in answered)
    touched = bound | {copy.ordinal for copy in answered} | reproduce(laid, {copy.stix_id for copy in answered})
    touched |= link(laid, markings, submission.policy.holder, fresh)
    touched |= inherit(laid, {known[number].stix_id for number in bound})
    touched |= carry(laid, again)
    # What a sidecar states (attestations, other uses) is read back; all else is at hand.
    labels.refresh(writer, {*(item.ordinal for item in fresh), *touched}, writer if submission.sidecar else laid)


def submission_of(
    writer: Writer, submitter: Code, sidecar: Sidecar | None, persons: tuple[str, ...] = ()
) -> Submission:
    """What is said of a bundle before it is read. Raises as `receive` does."""
    must_speak_for(writer, submitter)
    policy = writer.policy()
    if submitter not in policy.partners:
        raise UnknownName(f"no partner `{submitter}`: see `comity partner list`, or add it with `comity partner add`")
    for person in persons:
        if not is_part(Recipient(person)) or person.endswith(("/", "/*")) or not policy.knows(Recipient(person)):
            raise Forbidden(f"`{person}` is no person of a known partner: write CODE/name")
    beside.refuse_foreign(sidecar, submitter, writer.act.at)
    found = context(writer, submitter, writer.default_terms(submitter), tuple(map(Recipient, persons)))
    return Submission(policy=policy, submitter=submitter, context=found, sidecar=sidecar)
