"""To withdraw what one has submitted: it is held, and goes to nobody any more.

The submitter's copy gets a hold of the holder: a further claim that admits nobody, from now on. So it is the decision
that refuses it, on every way out, and what reproduces it waits with it (semantics §6). Nothing is deleted, and nothing
of anybody else is touched. What was withdrawn stays so: a newer version of it is another item.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from comity.core.claim import Claim, Onward
from comity.core.errors import UnknownName
from comity.core.instant import Window
from comity.core.partner import Code
from comity.index.holding import Ordinal
from comity.service import labels
from comity.service.authority import must_speak_for
from comity.service.listing import LAST, Versions, stated, wanted
from comity.service.policy import DRAIN, settle
from comity.service.ports import Reader, Store, Writer
from comity.service.records import Held, NewClaim, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What `submitter` withdraws: these versions of its own copies of one object."""

    submitter: Code
    item: str
    versions: Versions = LAST


def withdraw(store: Store, what: Withdrawal, word: Word, drain: float = DRAIN) -> tuple[Held, ...]:
    """Withdraw; what it was. UnknownName where the submitter has sent nothing of it, or has withdrawn it already."""
    with store.write("withdraw", word, policy=True) as writer:
        must_speak_for(writer, what.submitter)
        copies = [copy for copy in writer.copies([what.item]).get(what.item, ()) if copy.submitter == what.submitter]
        gone = withdrawn(writer, [copy.ordinal for copy in copies])
        left = [copy for copy in copies if copy.ordinal not in gone]
        versions = wanted(left, what.versions)
        found = tuple(copy for copy in left if what.versions.every or stated(copy) in versions)
        if not found:
            raise UnknownName("no such object, of such a version, that you have submitted and not withdrawn before")
        _hold(writer, [copy.ordinal for copy in found])
        epoch = writer.act.epoch
    settle(store, epoch, drain)
    return found


def withdrawn(reader: Reader, items: Iterable[Ordinal]) -> set[Ordinal]:
    """Which of these items were withdrawn."""
    holder, now = reader.policy().holder, reader.now()
    return {
        item
        for item, claims in reader.claims(items).items()
        if any(claim.originator == holder and claim.audience == () and now in claim.window for claim in claims[1:])
    }


def _hold(writer: Writer, items: list[Ordinal]) -> None:
    holder, now, held = writer.policy().holder, Window(writer.act.at), writer.claims(items)
    rows = []
    for item in items:
        first = held[item][0]
        claim = Claim(
            originator=holder,
            level=first.level,
            domains=first.domains,
            audience=(),
            onward=Onward.CONSENT,
            window=now,
            received=first.received,
        )
        rows.append(NewClaim(item, len(held[item]), claim))
    writer.add_claims(rows)
    labels.refresh(writer, items)
