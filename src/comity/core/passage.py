"""What an offer would meet on its way to a recipient: the decision on an item that nobody has yet.

Rules kept here:
1. the item is the offerer's, at the offer's ceiling, received now, and says nothing more: an offer names nobody;
2. whether it could go is asked of the one gate, and of nothing else; its reasons are told as they are;
3. a barrier is one act of one party, and the acts of all its barriers let the item go: tests do them, and ask again.

Of the ways to take a reason away, that with the fewest acts counts; of several, a lift before an agreement before a
consent. What is suspended is lifted, where it can be, and not consented to item by item. What only time would change is
no act.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from comity.core.claim import EVERY_DOMAIN, Claim
from comity.core.compensation import Barrier, Means
from comity.core.decision import Reason
from comity.core.explanation import Cause, explain
from comity.core.instant import Instant
from comity.core.lineage import Item, ItemId
from comity.core.loss import Supposed
from comity.core.offer import Offer
from comity.core.partner import Recipient
from comity.core.remedy import Agree, Lift, Name, Remedy, Waive, Way
from comity.core.world import Policy, World

_ORDER: Final[tuple[type[Remedy], ...]] = (Lift, Agree, Waive, Name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Why nothing of an offer could reach a recipient, and the acts that would let it; neither, if it could."""

    reasons: tuple[Reason, ...] = ()
    barriers: frozenset[Barrier] = frozenset()


def offered(policy: Policy, supposed: Sequence[Supposed], at: Instant) -> Policy:
    """The policy as offers meet it: with what is supposed, and without the consents, which name other items."""
    taken = {stop.id for stop in policy.suspensions}
    bare = replace(policy, consents=())
    for place, each in enumerate(supposed, start=1):
        name = f"supposed-{place}"
        while name in taken:
            name += "'"
        bare = bare.with_suspension(each.made(name, at))
    return bare


def passage(policy: Policy, offer: Offer, domains: frozenset[str], reader: Recipient, at: Instant) -> Passage:
    """What an item of `offer` in these domains would meet on its way to `reader`. `policy` is as `offered` has it."""
    name = ItemId(offer.id)
    claim = Claim(originator=offer.partner, level=offer.ceiling, domains=domains, received=at)
    world = World(policy=policy, items={name: Item(id=name, claims=(claim,), sources=())})
    causes = explain(world, name, reader, at).causes
    return Passage(
        reasons=tuple(cause.reason for cause in causes),
        barriers=frozenset(barrier for cause in causes for barrier in _barriers(policy, cause, reader)),
    )


def _barriers(policy: Policy, cause: Cause, reader: Recipient) -> list[Barrier]:
    ways = [way for way in cause.ways if way and all(isinstance(each, _ORDER) for each in way)]
    if not ways:
        text = f"{cause.reason.partner} no longer stands in the way ({cause.reason.code})"
        return [Barrier(id=f"other {cause.reason.partner} {cause.reason.code} {reader}", means=Means.OTHER, text=text)]
    return [_barrier(policy, remedy, reader) for remedy in min(ways, key=_effort)]


def _effort(way: Way) -> tuple[bool, int, list[int]]:
    answers = any(isinstance(each, Waive) and each.after is not None for each in way)
    return answers, len(way), sorted(_ORDER.index(type(remedy)) for remedy in way)


def _barrier(policy: Policy, remedy: Remedy, reader: Recipient) -> Barrier:
    """The act. Its text follows from what it is alone, so that the same act is the same barrier on every way."""
    match remedy:
        case Lift(suspension=name, by=by):
            to = next(stop.to for stop in policy.suspensions if stop.id == name)
            return Barrier(id=f"lift {name}", means=Means.LIFT, text=f"{by} lifts its suspension of {to} ({name})")
        case Agree():
            return _agreement(remedy)
        case Waive(by=(by, *_)):
            text = f"{by} consents that what it offers goes to {reader}"
            return Barrier(id=f"consent {by} {reader}", means=Means.CONSENT, text=text)
        case _:
            namer = remedy.by if isinstance(remedy, Name) else ""
            text = f"{namer} names {reader} in what it offers"
            return Barrier(id=f"name {namer} {reader}", means=Means.OTHER, text=text)


def _agreement(wanted: Agree) -> Barrier:
    domains = "everything" if EVERY_DOMAIN in wanted.domains else ", ".join(sorted(wanted.domains))
    text = f"{wanted.frm} agrees to give {wanted.to} {domains} up to {wanted.level}"
    if wanted.onward is not None:
        text += f", onward `{wanted.onward.value}` or freer"
    if wanted.replaces:
        text += f", in place of {', '.join(sorted(wanted.replaces))}"
    return Barrier(id=f"agreement {text}", means=Means.AGREEMENT, text=text)
