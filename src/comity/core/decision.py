"""May the holder disclose this item to this recipient at this moment? The one gate, semantics §3.

Nothing else in Comity permits. `decide` labels the item and asks `refusals` about each triple of the label; the index
asks `refusals` about each class of triples. The numbered comments are the numbered clauses of the law. All refusing
reasons are returned, and an item may go exactly when there is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import NamedTuple

from comity.core.agreement import Agreement, Reach, Suspension
from comity.core.claim import Claim, Derivation, Onward
from comity.core.consent import Consent
from comity.core.errors import UnknownName
from comity.core.instant import Instant
from comity.core.lineage import Carried, ItemId, State, Terms, Use, carried
from comity.core.partner import ANYONE, Code, Recipient, base, is_part, names
from comity.core.world import Policy, World


class Obstacle(Enum):
    """The codes of refusing reasons, in the words of semantics §3."""

    CHANNEL = "channel"
    CONDITIONS = "conditions"
    SUSPENDED = "suspended"
    EMBARGO = "embargo"
    AUDIENCE = "audience"
    ONWARD = "onward"
    RECALLED = "recalled"


class Reason(NamedTuple):
    """One refusing reason: whose word is in the way, of which root item, and how."""

    partner: Code
    root: ItemId
    code: str

    def __str__(self) -> str:
        """`ORIGINATOR/ROOT/CODE`, as world files write it."""
        return "/".join(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """The item may go to the recipient at the moment."""

    item: ItemId
    recipient: Recipient
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The item may not go; `reasons` are all of them, in order, never empty."""

    item: ItemId
    recipient: Recipient
    at: Instant
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One claim in the label of one item: all that a judgement of it rests on, beside the policy.

    `own`: the claim is one of the item itself. `passes`: the consents on the item itself whose ids may open the
    holder's own channel (see `passes_on`).
    """

    claim: Claim
    state: State
    own: bool
    passes: frozenset[str]


def decide(world: World, item: ItemId, recipient: Recipient, at: Instant) -> Permitted | Refused:
    """May `world`'s holder disclose `item` to `recipient` at `at`? All reasons if not.

    Raises UnknownName for an item that is not held and a recipient whose partner is not known.
    """
    policy = world.policy
    world.item(item)
    if not policy.knows(recipient):
        raise UnknownName(
            f"no partner for `{recipient}`: see `comity partner list`, or add it with `comity partner add`"
        )
    reasons = {
        Reason(partner, triple.root, code.value)
        for triple in carried(world.items, item, at, terms(policy))
        for partner, code in refusals(policy, case_of(world, item, triple), recipient, at)
    }
    return verdict(item, recipient, at, reasons)


def verdict(item: ItemId, recipient: Recipient, at: Instant, reasons: set[Reason]) -> Permitted | Refused:
    """Permitted exactly when no reason was found."""
    if reasons:
        return Refused(item=item, recipient=recipient, at=at, reasons=tuple(sorted(reasons)))
    return Permitted(item=item, recipient=recipient, at=at)


def case_of(world: World, item: ItemId, triple: Carried) -> Case:
    """The triple in `item`'s label as a case to judge."""
    return Case(
        claim=world.items[triple.root].claims[triple.place],
        state=triple.state,
        own=triple.root == item,
        passes=passes_on(world.policy, item),
    )


def refusals(policy: Policy, case: Case, recipient: Recipient, at: Instant) -> Iterator[tuple[Code, Obstacle]]:
    """Every refusing reason that this claim gives, as (partner, code); the root is the caller's."""
    claim, state = case.claim, case.state
    if at not in claim.window:  # a further claim outside its window is left out
        return
    if recipient == policy.holder:
        if recalled_by(policy, case, at):
            yield claim.originator, Obstacle.RECALLED
        return
    public = is_public(policy, claim, at)
    # 1. Channel
    if case.own or not (state.assessable or public):
        yield from _channel(policy, case, recipient, at, public=public)
    # 2. Own or public
    if recipient == claim.originator or public:
        return
    # 3. Suspended
    if stopped_by(policy, case, recipient, at):
        yield claim.originator, Obstacle.SUSPENDED
    # 4. Assessable
    if state.assessable:
        return
    # 5. Embargo
    if claim.embargoed(at):
        yield claim.originator, Obstacle.EMBARGO
    # 6. Consent
    if not word(policy, state, recipient, at):
        yield from _audience(policy, claim, recipient, at)


def recalled_by(policy: Policy, case: Case, at: Instant) -> list[Suspension]:
    """The holder's own reading: the open recalls by which the originator stops it."""
    stops = policy.stops(case.claim.originator, policy.holder, case.claim, at)
    return [] if case.state.assessable else [stop for stop in stops if stop.recall]


def _channel(
    policy: Policy, case: Case, recipient: Recipient, at: Instant, *, public: bool
) -> Iterator[tuple[Code, Obstacle]]:
    """Clause 1: what the holder's own relation to the recipient's partner lets through."""
    claim, holder, to = case.claim, policy.holder, base(recipient)
    if closed_by(policy, case, recipient, at):
        yield holder, Obstacle.CHANNEL
    if public or recipient == claim.originator or to == holder:
        return
    covering = policy.covering(holder, to, claim, at)
    if not covering and not any(live(policy, case.passes, recipient, at)):
        yield holder, Obstacle.CHANNEL
    if claim.conditions and not any(claim.conditions <= grant.accepts for grant in covering):
        yield claim.originator, Obstacle.CONDITIONS


def closed_by(policy: Policy, case: Case, recipient: Recipient, at: Instant) -> list[Suspension]:
    """The holder's own open suspensions of the recipient's partner after which it has not consented itself."""
    passes = list(live(policy, case.passes, recipient, at))
    stops = policy.stops(policy.holder, base(recipient), case.claim, at)
    return [stop for stop in stops if not _given_after(passes, stop)]


def stopped_by(policy: Policy, case: Case, recipient: Recipient, at: Instant) -> list[Suspension]:
    """The originator's open suspensions that reach this case and after which no consent of *word* was given."""
    claim, state = case.claim, case.state
    stops = [
        stop
        for stop in policy.stops(claim.originator, base(recipient), claim, at)
        if _reaches(stop, policy, claim, state)
    ]
    spoken = word(policy, state, recipient, at) if stops else []
    return [stop for stop in stops if not _given_after(spoken, stop)]


def word(policy: Policy, state: State, recipient: Recipient, at: Instant) -> list[Consent]:
    """The waivers that are live, name the recipient and speak of this use."""
    return [consent for consent in live(policy, state.waivers, recipient, at) if state.analysed or _reproduces(consent)]


def _audience(policy: Policy, claim: Claim, recipient: Recipient, at: Instant) -> Iterator[tuple[Code, Obstacle]]:
    """Clause 7 for the holder's own claims, 8 for those of others: whom the originator meant it for."""
    named = policy.audience_names(claim, recipient, at)
    rule = Onward.FREE if claim.originator == policy.holder else onward_term(policy, claim, at)
    if rule is Onward.CONSENT or (rule is Onward.LISTED and not named):
        yield claim.originator, Obstacle.ONWARD
    elif rule is Onward.FREE and not named and (claim.audience is not None or is_part(recipient)):
        yield claim.originator, Obstacle.AUDIENCE


def is_public(policy: Policy, claim: Claim, at: Instant) -> bool:
    """Lowest level, audience contains `*`, onward absent or free, no conditions, neither embargoed nor expired."""
    return (
        claim.level == policy.lowest
        and claim.audience is not None
        and ANYONE in claim.audience
        and claim.onward in (None, Onward.FREE)
        and not claim.conditions
        and not claim.embargoed(at)
    )


def onward_term(policy: Policy, claim: Claim, at: Instant) -> Onward:
    """The onward term of the holder for `claim` at `at`: clauses (a), (c), (d), (e)."""
    holder = policy.holder
    if policy.stops(claim.originator, holder, claim, at):
        return Onward.CONSENT
    if claim.onward is not None:
        return claim.onward
    if not policy.covering(claim.originator, holder, claim, at):
        return Onward.CONSENT
    return min((grant.onward for grant in standing(policy, holder, claim, at)), key=lambda rule: rule.strictness)


def derivation_term(policy: Policy, partner: Code, claim: Claim, attested: Instant) -> Derivation:
    """The derivation term of `partner` for `claim` at the attested time: clauses (a) to (e)."""
    if policy.stops(claim.originator, partner, claim, attested):
        return Derivation.INHERIT
    if claim.audience is not None and not policy.audience_names(claim, partner, attested):
        return Derivation.INHERIT
    if claim.derivation is not None:
        return claim.derivation
    if not policy.covering(claim.originator, partner, claim, attested):
        return Derivation.INHERIT
    free = all(grant.derivation is Derivation.OWN_ANALYSIS for grant in standing(policy, partner, claim, attested))
    return Derivation.OWN_ANALYSIS if free else Derivation.INHERIT


def terms(policy: Policy) -> Terms:
    """What lineage needs to know of the policy."""
    return Terms(own_analysis=partial(_own_analysis, policy), waivers=policy.waivers)


def passes_on(policy: Policy, item: ItemId) -> frozenset[str]:
    """The holder's own `reproduces` consents on the item: while live, they open its own channel for whom they name."""
    return frozenset(
        consent.id for consent in policy.consents_on(item) if consent.by == policy.holder and _reproduces(consent)
    )


def _own_analysis(policy: Policy, partner: Code, claim: Claim, attested: Instant) -> bool:
    return derivation_term(policy, partner, claim, attested) is Derivation.OWN_ANALYSIS


def standing(policy: Policy, partner: Code, claim: Claim, moment: Instant) -> Iterator[Agreement]:
    """Clause (e): the agreements that overlap and are in force at `moment` or were when the item was received."""
    return (
        grant
        for grant in policy.between(claim.originator, partner)
        if grant.overlaps(claim)
        and (moment in grant.window or (claim.received is not None and claim.received in grant.window))
    )


def live(policy: Policy, ids: frozenset[str], recipient: Recipient, at: Instant) -> Iterator[Consent]:
    """Those of the consents that are live at `at` and name the recipient (a community: its members at `at`)."""
    return (
        consent
        for consent in policy.spoken(ids)
        if at in consent.window and names(consent.to, recipient, (at,), policy.communities)
    )


def _reaches(stop: Suspension, policy: Policy, claim: Claim, state: State) -> bool:
    """Whether the suspension's reach extends to this case."""
    if state.assessable:
        return stop.reach is Reach.DERIVED
    return claim.originator == policy.holder or stop.reach is not Reach.DIRECT


def _given_after(consents: list[Consent], stop: Suspension) -> bool:
    """Whether one of the consents was given strictly after the suspension was."""
    return any(consent.given > stop.given for consent in consents)


def _reproduces(consent: Consent) -> bool:
    return consent.use is Use.REPRODUCES
