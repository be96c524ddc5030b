"""What could not be accepted, and what a release officer says of it.

A quarantined object is held with an empty audience, and what names it waits with it. Accepting states the claim under
which it is held from then on; discarding leaves it held and seen by nobody. Nothing is deleted by either.
"""

from comity.core import validity
from comity.core.claim import Claim
from comity.core.errors import Forbidden, InvalidFacts, UnknownName
from comity.service import labels
from comity.service.laid import Laid
from comity.service.linking import reproduce
from comity.service.policy import DRAIN, settle
from comity.service.ports import Reader, Store
from comity.service.records import NewClaim, Quarantined, Word
from comity.service.stating import carry


def listing(store: Store) -> tuple[Quarantined, ...]:
    """The quarantines without an outcome, in the order recorded."""
    with store.read() as reader:
        return reader.open_quarantine()


def show(store: Store, number: int) -> tuple[Quarantined, bytes]:
    """One open quarantine and its bytes, exactly as received."""
    with store.read() as reader:
        return _open(reader, number), reader.quarantined_bytes(number)


def accept(store: Store, number: int, claim: Claim, word: Word, drain: float = DRAIN) -> Quarantined:
    """Hold the object under `claim` from now on, instead of in quarantine.

    Raises Forbidden where the object has no usable id, InvalidFacts where the claim is not valid.
    """
    with store.write("accept", word, policy=True) as writer:
        quarantine = _open(writer, number)
        if quarantine.item is None:
            raise Forbidden(
                f"quarantine {number} has no usable id, so it cannot be held: ask the submitter for it again"
            )
        if faults := list(validity.of_claim(writer.policy(), claim, ())):
            raise InvalidFacts(tuple(faults))
        writer.add_claims([NewClaim(quarantine.item, 0, claim)])
        writer.resolve(number, "accepted")
        held = writer.held([quarantine.item])[quarantine.item]
        laid = Laid(writer, writer.next_ordinal())
        touched = reproduce(laid, [held.stix_id]) | carry(laid, [held.stix_id])
        labels.refresh(writer, {quarantine.item, *touched})
        epoch = writer.act.epoch
    settle(store, epoch, drain)
    return quarantine


def discard(store: Store, number: int, word: Word) -> Quarantined:
    """Answer a quarantine with no: what is held stays held, and seen by nobody. `word.why` must say why."""
    if not word.why:
        raise Forbidden("a quarantine is discarded for a reason: give it with `--why`")
    with store.write("discard", word, policy=False) as writer:
        quarantine = _open(writer, number)
        writer.resolve(number, "discarded")
        return quarantine


def _open(reader: Reader, number: int) -> Quarantined:
    found = next((quarantine for quarantine in reader.open_quarantine() if quarantine.id == number), None)
    if found is None:
        raise UnknownName(f"no open quarantine {number}: list them with `comity quarantine list`")
    return found
