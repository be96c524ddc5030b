"""What could not be accepted, and what a release officer says of it.

A quarantined object is held with an empty audience, and what names it waits with it. Accepting states the claim under
which it is held from then on, beside what its own markings say; discarding leaves it held and seen by nobody. Nothing
is deleted by either.
"""

from dataclasses import dataclass

from comity.core import validity
from comity.core.claim import Claim
from comity.core.errors import Forbidden, InvalidFacts, UnknownName
from comity.formats import marking
from comity.formats.marking import DefaultTerms, NoTerms
from comity.index.holding import Ordinal
from comity.service import labels
from comity.service.laid import Laid
from comity.service.linking import reproduce
from comity.service.markings import Markings, context
from comity.service.policy import DRAIN, check_word, known, settle
from comity.service.ports import Reader, Store, Writer
from comity.service.records import NewClaim, Quarantined, Word
from comity.service.stating import carry


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An accepted quarantine, and the claims that hold beside the one it was accepted under."""

    quarantine: Quarantined
    further: tuple[Claim, ...]


def listing(store: Store) -> tuple[Quarantined, ...]:
    """The quarantines without an outcome, in the order recorded."""
    with store.read() as reader:
        return reader.open_quarantine()


def show(store: Store, number: int) -> tuple[Quarantined, bytes]:
    """One open quarantine and its bytes, exactly as received."""
    with store.read() as reader:
        return _open(reader, number), reader.quarantined_bytes(number)


def accept(store: Store, number: int, claim: Claim, word: Word, drain: float = DRAIN) -> Accepted:
    """Hold the object under `claim` from now on, instead of in quarantine, and under what its own markings say.

    Raises Forbidden where the object has no usable id, where its markings cannot be read and `claim` states no
    audience, and where `claim` is of a partner that is not the submitter and whose word this is not; InvalidFacts where
    the claim is not valid.
    """
    with store.write("accept", word, policy=True) as writer:
        quarantine = _open(writer, number)
        if quarantine.item is None:
            raise Forbidden(
                f"quarantine {number} has no usable id, so it cannot be held: ask the submitter for it again"
            )
        _check_word(writer, quarantine, claim, word)
        if faults := list(validity.of_claim(writer.policy(), claim, ())):
            raise InvalidFacts(tuple(faults))
        further = _further(writer, quarantine, quarantine.item, claim)
        rows = [NewClaim(quarantine.item, place, each) for place, each in enumerate((claim, *further))]
        writer.add_claims(rows)
        writer.resolve(number, "accepted")
        held = writer.held([quarantine.item])[quarantine.item]
        laid = Laid(writer, writer.next_ordinal())
        touched = reproduce(laid, [held.stix_id]) | carry(laid, [held.stix_id])
        labels.refresh(writer, {quarantine.item, *touched})
        epoch = writer.act.epoch
    settle(store, epoch, drain)
    return Accepted(quarantine=quarantine, further=further)


def discard(store: Store, number: int, word: Word) -> Quarantined:
    """Answer a quarantine with no: what is held stays held, and seen by nobody. `word.why` must say why."""
    if not word.why:
        raise Forbidden("a quarantine is discarded for a reason: give it with `--why`")
    with store.write("discard", word, policy=False) as writer:
        quarantine = _open(writer, number)
        writer.resolve(number, "discarded")
        return quarantine


def _check_word(writer: Writer, quarantine: Quarantined, claim: Claim, word: Word) -> None:
    """A claim of the submitter's is what it was asked for; anybody else's is that partner's to make."""
    policy = writer.policy()
    if claim.originator != quarantine.submitter:
        check_word(policy, claim.originator, word)
    elif word.by is not None:
        known("partner", word.by, policy.partners)


def _further(writer: Writer, quarantine: Quarantined, item: Ordinal, claim: Claim) -> tuple[Claim, ...]:
    """What holds beside `claim`: what the object's markings say, and the submitter's own claim where it is a relay.

    INVARIANT: accepting adds no reader whom the markings do not admit. Where they cannot be read, nobody is admitted
    but those whom the officer names.
    """
    submitter = quarantine.submitter
    typed = DefaultTerms(level=claim.level, domains=claim.domains, audience=claim.audience, conditions=claim.conditions)
    relayed = claim.originator != submitter
    terms = (writer.default_terms(submitter) if relayed else None) or typed
    markings, stated = Markings(writer, submitter, ()), context(writer, submitter, terms)
    found = markings.examined(item)
    if found is None and claim.audience is None:
        raise Forbidden(
            f"the markings of quarantine {quarantine.id} cannot be read: look at it with `comity quarantine show"
            f" {quarantine.id}`, and state who may have it with --releasable-to or --nobody"
        )
    bare = marking.claims((), (), kinds=markings.kind, context=stated)
    claims = bare if found is None else markings.claims(found, stated)
    # There are terms, so there are claims. Those that only say again what was typed are not recorded twice.
    said, again = _stated(claims), _stated(bare)
    return said if relayed else tuple(each for each in said if each not in again)


def _stated(claims: tuple[Claim, ...] | NoTerms) -> tuple[Claim, ...]:
    if isinstance(claims, NoTerms):
        raise Forbidden(claims.fault.detail)
    return claims


def _open(reader: Reader, number: int) -> Quarantined:
    found = next((quarantine for quarantine in reader.open_quarantine() if quarantine.id == number), None)
    if found is None:
        raise UnknownName(f"no open quarantine {number}: list them with `comity quarantine list`")
    return found
