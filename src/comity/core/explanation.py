"""Why an item may go or may not, by which way each claim came to it, and what would change the answer. Semantics §5.

Explanations are disclosures too, so there are three renderings: the holder's release officer sees all; an originator
sees what concerns its own material; the requester, when refused, sees what it would see of an id that never existed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from comity.core.carriage import Carriage, Hop, Root, carriage, hops, path
from comity.core.decision import Permitted, Reason, Refused, case_of, decide, refusals, terms
from comity.core.ground import Ground, grounds
from comity.core.instant import Instant
from comity.core.lineage import Carried, ItemId
from comity.core.partner import Code, Recipient
from comity.core.remedy import Agree, Lift, Name, Remedy, Restate, Wait, Waive, Way
from comity.core.turning import Key, turns
from comity.core.ways import Charge, ways
from comity.core.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason, as one claim gives it: number `claim` (0 is the first) of the reason's root, said by `originator`.

    `path` is the shortest on which what is refused is really carried. Any one of `ways` takes the cause away.
    """

    reason: Reason
    originator: Code
    claim: int
    path: tuple[Hop, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision with all that it rests on. `until` is when the verdict next changes with nobody doing anything."""

    decision: Permitted | Refused
    causes: tuple[Cause, ...]
    grounds: tuple[Ground, ...]
    until: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPart:
    """What an originator may know of a decision: where its own word stands in the way, and where it does not.

    There is no verdict, for that would tell what others have said.
    """

    partner: Code
    recipient: Recipient
    at: Instant
    causes: tuple[Cause, ...]
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """What a requester is told of an item that it may not have, and of one that there is not."""


UNAVAILABLE: Final = Unavailable()


def for_holder(explanation: Explanation) -> Explanation:
    """The holder's release officer sees all."""
    return explanation


def for_requester(decision: Permitted | Refused | None) -> Permitted | Unavailable:
    """The permit, or one and the same answer for a refusal and for an item that is not held (None)."""
    return decision if isinstance(decision, Permitted) else UNAVAILABLE


def for_originator(explanation: Explanation, partner: Code) -> OwnPart | None:
    """What concerns `partner`'s own material; None if the label holds no word of its own.

    Left out is all that the holder or others have arranged: channels, attestations, and waiting, which may end by them.
    """
    decision = explanation.decision
    causes = [cause for cause in explanation.causes if cause.originator == cause.reason.partner == partner]
    grounds = [ground for ground in explanation.grounds if ground.originator == partner]
    if not causes and not grounds:
        return None
    return OwnPart(
        partner=partner,
        recipient=decision.recipient,
        at=decision.at,
        causes=tuple(_own_cause(cause, partner, decision.recipient) for cause in causes),
        grounds=tuple(
            replace(ground, path=_own_path(ground.path, partner), analyses=(), channel=(), passes=())
            for ground in grounds
        ),
    )


def _own_cause(cause: Cause, partner: Code, recipient: Recipient) -> Cause:
    shown = _own_path(cause.path, partner)
    known = {hop.item for hop in shown}
    found = (tuple(_own_act(remedy, partner, recipient, known) for remedy in way) for way in cause.ways)
    acts = (tuple(remedy for remedy in way if remedy) for way in found if None not in way)
    return replace(cause, path=shown, ways=tuple(acts))


def _own_act(remedy: Remedy, partner: Code, recipient: Recipient, known: set[ItemId | None]) -> Remedy | None:
    """The remedy, if it is `partner`'s own act, without what it may not know; else None."""
    match remedy:
        case Lift(by=by) | Restate(by=by) | Agree(frm=by) if by == partner:
            return remedy
        case Name(by=by) if by == partner:
            return replace(remedy, names=(recipient,))
        case Waive(by=by, items=items) if by[0] == partner and known.intersection(items):
            return replace(remedy, items=tuple(item for item in items if item in known))
        case _:
            return None


def _own_path(hops: Iterable[Hop], partner: Code) -> tuple[Hop, ...]:
    return tuple(
        replace(hop, parties=frozenset({partner}))
        if partner in hop.parties
        else Hop(item=None, parties=frozenset(), use=hop.use)
        for hop in hops
    )


def explain(world: World, item: ItemId, recipient: Recipient, at: Instant) -> Explanation:
    """The decision that `decide` takes, explained. Raises as `decide` does."""
    decision = decide(world, item, recipient, at)
    traced = carriage(world.items, item, at, terms(world.policy))
    charges = _charges(world, traced, recipient)
    waits, until = turns(world, traced, recipient, frozenset(charges))
    causes = [_cause(charge, waits.get(key)) for key, charge in charges.items()]
    return Explanation(
        decision=decision,
        causes=tuple(sorted(causes, key=lambda cause: (cause.reason, cause.claim))),
        grounds=tuple(grounds(world, traced, recipient)),
        until=until,
    )


def _charges(world: World, traced: Carriage, recipient: Recipient) -> dict[Key, Charge]:
    """What gives each reason, with the shortest of the paths."""
    given: dict[Key, list[Carried]] = {}
    for triple in traced.label():
        for partner, code in set(refusals(world.policy, case_of(world, traced.item, triple), recipient, traced.at)):
            given.setdefault((Root(triple.root, triple.place), partner, code), []).append(triple)
    return {
        (root, partner, code): Charge(
            policy=world.policy,
            traced=traced,
            root=root,
            partner=partner,
            code=code,
            states=tuple(triple.state for triple in triples),
            path=min((path(traced, triple) for triple in triples), key=len),
            recipient=recipient,
        )
        for (root, partner, code), triples in given.items()
    }


def _cause(charge: Charge, wait: Instant | None) -> Cause:
    waiting: tuple[Way, ...] = () if wait is None else ((Wait(until=wait),),)
    return Cause(
        reason=Reason(charge.partner, charge.root.item, charge.code.value),
        originator=charge.claim.originator,
        claim=charge.root.place,
        path=hops(charge.traced, charge.path),
        ways=(*ways(charge), *waiting),
    )
