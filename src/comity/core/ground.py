"""What a permit rests on: per claim, the clause of the decision that let it through, and whose word is behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from comity.core.carriage import Carriage, Hop, Step, hops, path
from comity.core.decision import Case, case_of, is_public, live, refusals, standing, word
from comity.core.instant import Instant
from comity.core.lineage import Carried, ItemId
from comity.core.partner import Code, Recipient, base
from comity.core.world import Policy, World


class Basis(Enum):
    """What an originator's word rests on where it does not stand in the way: the clause that ended the questions."""

    HOLDER = "the holder's own reading"
    ORIGINATOR = "goes to its originator"
    PUBLIC = "public"
    ANALYSIS = "own analysis, attested"
    CONSENT = "consent"
    NAMED = "audience"
    UNLISTED = "no audience is stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Why one triple of the label does not stand in the way, as far as its originator's word goes.

    `consents` are those that speak; `terms` the agreements from the originator to the holder that set the onward rule;
    `analyses` the items on the path whose attestations count. `channel` and `passes` are the holder's own part: its
    agreements with the recipient's partner that cover the claim, and its own consents.
    """

    root: ItemId
    originator: Code
    claim: int
    basis: Basis
    path: tuple[Hop, ...]
    consents: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    analyses: tuple[ItemId, ...] = ()
    channel: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()


def grounds(world: World, traced: Carriage, recipient: Recipient) -> Iterator[Ground]:
    """One for each triple of the label that its originator's word does not keep back; the holder's channel may."""
    for triple in traced.label():
        case = case_of(world, traced.item, triple)
        claim = case.claim
        against = {partner for partner, _ in refusals(world.policy, case, recipient, traced.at)}
        if traced.at in claim.window and claim.originator not in against:
            yield _ground(world.policy, traced, triple, case, recipient)


def _ground(policy: Policy, traced: Carriage, triple: Carried, case: Case, recipient: Recipient) -> Ground:
    claim, at = case.claim, traced.at
    basis = _basis(policy, case, recipient, at)
    steps = path(traced, triple)
    listed = basis in (Basis.NAMED, Basis.UNLISTED) and claim.onward is None and claim.originator != policy.holder
    spoken = word(policy, case.state, recipient, at) if basis in (Basis.ANALYSIS, Basis.CONSENT) else []
    return Ground(
        root=triple.root,
        originator=claim.originator,
        claim=triple.place,
        basis=basis,
        path=hops(traced, steps),
        consents=tuple(sorted(consent.id for consent in spoken)),
        terms=tuple(grant.id for grant in standing(policy, policy.holder, claim, at)) if listed else (),
        analyses=tuple(_analyses(steps, at)),
        channel=_channel(policy, case, recipient, at),
        passes=tuple(sorted(consent.id for consent in live(policy, case.passes, recipient, at))),
    )


def _channel(policy: Policy, case: Case, recipient: Recipient, at: Instant) -> tuple[str, ...]:
    """The agreements that cover the claim, where clause 1 asks for one."""
    holder, to = policy.holder, base(recipient)
    public = is_public(policy, case.claim, at)
    unasked = recipient == case.claim.originator or to == holder
    if unasked or public or (case.state.assessable and not case.own):
        return ()
    return tuple(grant.id for grant in policy.covering(holder, to, case.claim, at))


def _basis(policy: Policy, case: Case, recipient: Recipient, at: Instant) -> Basis:
    """The clauses of semantics §3 in their order."""
    claim = case.claim
    if recipient == policy.holder:
        return Basis.HOLDER
    if recipient == claim.originator:
        return Basis.ORIGINATOR
    if is_public(policy, claim, at):
        return Basis.PUBLIC
    if case.state.assessable:
        return Basis.ANALYSIS
    if word(policy, case.state, recipient, at):
        return Basis.CONSENT
    return Basis.NAMED if policy.audience_names(claim, recipient, at) else Basis.UNLISTED


def _analyses(steps: tuple[Step, ...], at: Instant) -> Iterator[ItemId]:
    """The items whose attested use of the next one counts."""
    for step, after in pairwise(steps):
        if after.by is not None and after.by.cuts(at):
            yield step.item
