"""What would take one refusing reason away: for each code, the ways that the clause behind it leaves open.

INVARIANT: every way listed here really takes its reason away (`tests/laws` tries each), and every reason has one
besides waiting, except `embargo`: an embargo is waited for, an expiry is not to be cured in the version that states it.
Consents and attestations are tried on the label before they are listed, for they help only if they lie on every way by
which the claim comes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from comity.core.agreement import Agreement, Suspension
from comity.core.carriage import SPOKEN, Carriage, Edge, Root, Step, states
from comity.core.claim import Claim, Onward
from comity.core.decision import Case, Obstacle, closed_by, live, passes_on, recalled_by, refusals, standing, stopped_by
from comity.core.instant import Instant, Window
from comity.core.lineage import ItemId, State, Use, frees
from comity.core.partner import Code, Recipient, base, is_part
from comity.core.remedy import Agree, Attest, Lift, Name, Restate, Shortfall, Waive, Way
from comity.core.world import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One reason that one claim gives: `states` are those of its triples that give it, `path` that of one of them."""

    policy: Policy
    traced: Carriage
    root: Root
    partner: Code
    code: Obstacle
    states: tuple[State, ...]
    path: tuple[Step, ...]
    recipient: Recipient

    @property
    def at(self) -> Instant:
        """The moment asked about."""
        return self.traced.at

    @property
    def claim(self) -> Claim:
        """The claim that gives the reason."""
        return self.traced.claim(self.root)

    def case(self, state: State) -> Case:
        """The claim as a case to judge."""
        item = self.traced.item
        passes = passes_on(self.policy, item)
        return Case(claim=self.claim, state=state, own=self.root.item == item, passes=passes)

    def given_by(self, state: State) -> bool:
        """Whether a triple in that state gives the reason."""
        return (self.partner, self.code) in refusals(self.policy, self.case(state), self.recipient, self.at)


def ways(charge: Charge) -> tuple[Way, ...]:
    """Every way found: the acts of the party whose word it is first, then consents, then attestations."""
    return tuple(way for find in _FINDERS[charge.code] for way in find(charge))


# Channel and conditions: the holder and the recipient's partner


def _opening(charge: Charge) -> Iterator[Way]:
    """Lift what the holder has suspended and agree on what no agreement covers, or the holder's own consent."""
    policy, to = charge.policy, base(charge.recipient)
    stops = _all_stops(charge, lambda case: closed_by(policy, case, charge.recipient, charge.at))
    passes = any(live(policy, passes_on(policy, charge.traced.item), charge.recipient, charge.at))
    constituency = charge.recipient == charge.claim.originator or to == policy.holder
    covered = constituency or passes or policy.covering(policy.holder, to, charge.claim, charge.at)
    yield (*_lifts(stops), *(() if covered else (_agreeing(charge, policy.holder, to, frozenset()),)))
    yield (Waive(by=(policy.holder,), items=(charge.traced.item,), use=Use.REPRODUCES, after=_last(stops)),)


def _accepting(charge: Charge) -> Iterator[Way]:
    yield (_agreeing(charge, charge.policy.holder, base(charge.recipient), charge.claim.conditions),)


# Suspended and recalled: the originator and the recipient's partner


def _lifting(charge: Charge) -> Iterator[Way]:
    yield _lifts(_in_the_way(charge))


def _in_the_way(charge: Charge) -> list[Suspension]:
    policy, recipient, at = charge.policy, charge.recipient, charge.at
    if charge.code is Obstacle.RECALLED:
        return _all_stops(charge, lambda case: recalled_by(policy, case, at))
    if charge.code is Obstacle.SUSPENDED:
        return _all_stops(charge, lambda case: stopped_by(policy, case, recipient, at))
    return []


# Audience and onward: the originator's word on its claim


def _naming(charge: Charge) -> Iterator[Way]:
    yield (_name(charge),)


def _terms(charge: Charge) -> Iterator[Way]:
    """The clauses of the onward term in their order: what each asks for, up to the recipient's name."""
    policy, claim = charge.policy, charge.claim
    lifts = _lifts(policy.stops(claim.originator, policy.holder, claim, charge.at))
    if claim.onward is Onward.CONSENT:
        return  # stated by the claim itself: only a consent will do
    if claim.onward is not None:
        yield (*lifts, *_named(charge, claim.onward))
        return
    granted = list(standing(policy, policy.holder, claim, charge.at))
    barring = [grant for grant in granted if grant.onward is Onward.CONSENT]
    if any(claim.received is not None and claim.received in grant.window for grant in barring):
        return  # what was in force at receipt binds whatever is agreed later
    rule = min((grant.onward for grant in granted if grant not in barring), key=_strictness, default=Onward.LISTED)
    if not barring and policy.covering(claim.originator, policy.holder, claim, charge.at):
        yield (*lifts, *_named(charge, rule))
        return
    agreement = replace(
        _agreeing(charge, claim.originator, policy.holder, frozenset()),
        onward=Onward.LISTED,
        replaces=tuple(grant.id for grant in barring),
    )
    yield (*lifts, agreement, *_named(charge, Onward.LISTED))


def _strictness(rule: Onward) -> int:
    return rule.strictness


def _named(charge: Charge, rule: Onward) -> tuple[Name, ...]:
    """The naming that this onward rule still asks for."""
    if charge.policy.audience_names(charge.claim, charge.recipient, charge.at):
        return ()
    if rule is Onward.FREE and charge.claim.audience is None and not is_part(charge.recipient):
        return ()
    return (_name(charge),)


def _name(charge: Charge) -> Name:
    names = [str(charge.recipient)]
    if charge.claim.audience is None:
        names += sorted({str(_author(charge, edge)) for edge in _drawing(charge)} - set(names))
    return Name(by=charge.claim.originator, item=charge.root.item, claim=charge.root.place, names=tuple(names))


# The originator's consent


def _waiving(charge: Charge) -> Iterator[Way]:
    """The originator's word on any item that lies on every way by which the refusing triples come."""
    after = _last(_in_the_way(charge))
    given = charge.at if after is None else max(charge.at, Instant(after + 1))
    claim = charge.claim
    by = [claim.originator] + [
        grant.to
        for grant in charge.policy.delegations
        if grant.frm == claim.originator and charge.policy.speaks_for(grant.to, claim, given)
    ]
    helpful = {step.item: found for step in charge.path if (found := _waived(charge, step.item)) is not None}
    use = Use.DRAWS_ON if all(analysed for analysed in helpful.values()) else Use.REPRODUCES
    yield (Waive(by=tuple(dict.fromkeys(by)), items=tuple(helpful), use=use, after=after),)


def _waived(charge: Charge, item: ItemId) -> bool | None:
    """None if a consent on `item` leaves a triple that refuses; else whether each one it clears has been analysed."""
    found = states(charge.traced, charge.root, spoken=item)
    spoken = [state for state in found if SPOKEN in state.waivers]
    if any(charge.given_by(state) for state in found if state not in spoken):
        return None
    return all(state.analysed for state in spoken if charge.given_by(state))


# Attestations


def _attesting(charge: Charge) -> Iterator[Way]:
    """Each edge of the path whose attestation alone helps; if none does, the fewest that help together."""
    on_path = {Edge(step.item, after.item) for step, after in pairwise(charge.path)}
    drawing = _drawing(charge)
    alone = [edge for edge in drawing if edge in on_path and _attested(charge, (edge,))]
    for edge in alone:
        yield (_attest(charge, edge),)
    if alone or not _attested(charge, drawing):
        return
    for edge in tuple(drawing):
        fewer = tuple(other for other in drawing if other != edge)
        drawing = fewer if _attested(charge, fewer) else drawing
    yield tuple(_attest(charge, edge) for edge in drawing)


def _drawing(charge: Charge) -> tuple[Edge, ...]:
    """The edges on which the claim comes that may be attested now: `draws-on`, the source received by then."""
    items = charge.traced.items
    return tuple(
        dict.fromkeys(
            Edge(node, source.item)
            for node, sources in charge.traced.edges[charge.root].items()
            for source in sources
            if source.use is Use.DRAWS_ON and ((got := items[source.item].received) is None or got <= charge.at)
        )
    )


def _attested(charge: Charge, edges: Iterable[Edge]) -> bool:
    """Whether nothing gives the reason any more once these edges are attested."""
    return not any(charge.given_by(state) for state in states(charge.traced, charge.root, attested=edges))


def _attest(charge: Charge, edge: Edge) -> Attest:
    author = _author(charge, edge)
    own = frees(author, charge.claim, Window(charge.at), charge.traced.terms)
    return Attest(by=author, item=edge.item, source=edge.source, frees=own)


def _author(charge: Charge, edge: Edge) -> Code:
    return charge.traced.items[edge.item].claims[0].originator


# Embargo


def _restating(charge: Charge) -> Iterator[Way]:
    yield (Restate(by=charge.claim.originator, item=charge.root.item, claim=charge.root.place),)


# Shared


def _all_stops(charge: Charge, found: Callable[[Case], list[Suspension]]) -> list[Suspension]:
    """The suspensions found for any of the triples that give the reason, each once."""
    return list({stop.id: stop for state in charge.states for stop in found(charge.case(state))}.values())


def _lifts(stops: Iterable[Suspension]) -> tuple[Lift, ...]:
    return tuple(Lift(suspension=stop.id, by=stop.frm, end=stop.window.end) for stop in stops)


def _last(stops: Iterable[Suspension]) -> Instant | None:
    return max((stop.given for stop in stops), default=None)


def _agreeing(charge: Charge, frm: Code, to: Code, conditions: frozenset[str]) -> Agree:
    claim, policy = charge.claim, charge.policy
    short = tuple(_shortfall(grant, charge, conditions) for grant in policy.between(frm, to))
    return Agree(frm=frm, to=to, level=claim.level, domains=claim.domains, conditions=conditions, short=short)


def _shortfall(grant: Agreement, charge: Charge, conditions: frozenset[str]) -> Shortfall:
    claim, rank, at = charge.claim, charge.policy.rank, charge.at
    return Shortfall(
        agreement=grant.id,
        ceiling=grant.ceiling if rank[grant.ceiling] < rank[claim.level] else None,
        domains=frozenset() if "*" in grant.domains else claim.domains - grant.domains,
        conditions=conditions - grant.accepts,
        starts=grant.window.start if at < grant.window.start else None,
        ended=grant.window.end if grant.window.end <= at else None,
    )


_FINDERS: Final[dict[Obstacle, tuple[Callable[[Charge], Iterator[Way]], ...]]] = {
    Obstacle.CHANNEL: (_opening, _attesting),
    Obstacle.CONDITIONS: (_accepting, _attesting),
    Obstacle.SUSPENDED: (_lifting, _waiving, _attesting),
    Obstacle.EMBARGO: (_restating, _attesting),
    Obstacle.AUDIENCE: (_naming, _waiving, _attesting),
    Obstacle.ONWARD: (_terms, _waiving, _attesting),
    Obstacle.RECALLED: (_lifting, _attesting),
}
