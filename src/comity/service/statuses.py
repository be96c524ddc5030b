"""What a partner sends over the network, and what became of each object of it.

It is taken in as what comes by hand is (`service.receive`): by the same rules, with the partner that was let in as its
submitter. What became of it is told in words that are about the object alone; whether anybody else has sent it, too, or
what else is held, is told by none.
"""

import io
import uuid
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final, NamedTuple

from comity.core.errors import UnknownName
from comity.core.instant import Instant
from comity.core.partner import Code, Recipient, base
from comity.formats import bundle, stix
from comity.formats.bundle import Element
from comity.formats.fault import Fault, Flaw
from comity.formats.salvage import salvage
from comity.service.listing import UNVERSIONED
from comity.service.ports import Reader, Store
from comity.service.receive import receive
from comity.service.records import Became, Held, Submitted, Word
from comity.service.vault import Vault
from comity.service.withdrawing import withdrawn

KEPT: Final = 30 * 24 * 3600 * 1_000_000
"""Microseconds for which it is kept what became of a submission."""
_WAITS: Final = "it waits in quarantine until it was looked at"
_WITHDRAWN: Final = "you have withdrawn this version: send a newer one"


class _Sent(NamedTuple):
    """One object as it was sent: what it calls itself, and what is wrong with it at first sight."""

    id: str
    version: str
    digest: bytes
    flaw: Flaw | None


def submit(store: Store, vault: Vault, content: bytes, to: Recipient, word: Word) -> Submitted:
    """Take in an envelope, or a bundle, from the partner of this recipient; what became of it.

    Raises as `receive` does; nothing is taken in then.
    """
    submitter = base(to)
    receive(store, io.BytesIO(content), submitter=submitter, word=word)
    name = str(uuid.UUID(bytes=vault.randomness(16), version=4))
    with store.derive() as deriver:
        sent = [_sent(element) for element in bundle.split(io.BytesIO(content)) if _is_object(element)]
        now = deriver.clock()  # the recorded time would tell when others have acted
        new = Submitted(name, to, now, tuple(_became(deriver, submitter, sent)))
        deriver.forget_submissions_before(Instant(now - KEPT))
        deriver.keep_submission(new)
    return new


def status(reader: Reader, name: str, to: Recipient) -> Submitted:
    """What became of a submission, for whoever has submitted it. UnknownName, also where it is another's."""
    found = reader.submission(name)
    if found is None or found.recipient != to:
        raise UnknownName("no such submission of yours: what became of it is kept for 30 days")
    return found


def _is_object(element: Element) -> bool:
    """What stands beside the objects is quarantined, too, and is none of them."""
    return not (isinstance(element.value, Fault) and element.value.code is Flaw.UNKNOWN_PROPERTY)


def _sent(element: Element) -> _Sent:
    value, raw = element.value, element.raw
    found = value if isinstance(value, Fault) else stix.examine(value, raw)
    digest = sha256(raw).digest()
    if not isinstance(found, Fault):
        return _Sent(found.id, found.modified, digest, None)
    kept = salvage(raw)
    return _Sent("" if kept is None else kept.id, "" if kept is None else kept.modified, digest, found.code)


def _became(reader: Reader, submitter: Code, sent: list[_Sent]) -> Iterator[Became]:
    """Of each object, in order: whether it is held and may go where its terms say."""
    copies = reader.copies({each.id for each in sent if each.id})
    own = [_own(each, copies.get(each.id, ()), submitter) for each in sent]
    numbers = [copy.ordinal for copy in own if copy is not None]
    waiting, gone = reader.waiting(numbers), withdrawn(reader, numbers)
    for each, copy in zip(sent, own, strict=True):
        message = None
        if copy is None or copy.ordinal in waiting:
            message = _waits(reader, each, copy)
        elif copy.ordinal in gone:
            message = _WITHDRAWN
        yield Became(each.id, each.version or UNVERSIONED, message)


def _own(sent: _Sent, copies: Iterable[Held], submitter: Code) -> Held | None:
    """The submitter's copy: of these bytes, else of this version, which is the same in another layout."""
    own = [copy for copy in copies if copy.submitter == submitter]
    same = [copy for copy in own if copy.digest == sent.digest] or [
        copy for copy in own if copy.version == sent.version
    ]
    return same[0] if same else None


def _waits(reader: Reader, sent: _Sent, copy: Held | None) -> str:
    """Why an object waits: its flaw, else what is on record of it."""
    flaw = sent.flaw
    if flaw is None and copy is not None:
        flaw = next((Flaw(row.reason) for row in reader.open_quarantine(copy.ordinal)), None)
    return _WAITS if flaw is None else f"{flaw.value}: {flaw.meaning}; {_WAITS}"
