"""The case of a plan, made from requirements, what covers them, and offers.

Rules kept here:
1. one period for all: the length of the window in which coverage was counted;
2. whoever rounds errs to the safe side: what is wanted and lead times up, capacities and freshness down;
3. a need is covered whole exactly if the requirement is `coverage.covered`;
4. an offer adds to a need only if what it yields could reach the recipient: `passage` asks.

How each number is made, in full: docs/explanation/plan.md.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from comity.core import compensation
from comity.core.claim import GENERAL
from comity.core.compensation import Case, Need, Route, Supply
from comity.core.coverage import Coverage, Want, independent, unmet
from comity.core.decision import Reason
from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.core.lineage import ItemId
from comity.core.loss import Supposed
from comity.core.offer import Offer
from comity.core.partner import Code, Recipient
from comity.core.passage import Passage, offered, passage
from comity.core.requirement import LEAST_URGENT, Rate, Requirement, RequirementId
from comity.core.wants import Wants
from comity.core.world import Policy

HOUR: Final = 3_600_000_000
"""In microseconds."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The case of a plan; by need the requirement and recipient that it is, by need and supply what bars the way."""

    case: Case
    needs: Mapping[str, tuple[RequirementId, Recipient]]
    reasons: Mapping[tuple[str, str], tuple[Reason, ...]]

    def barred(self) -> list[str]:
        """The supplies of which nothing could reach anybody, in order: each of their routes, if any, is barred."""
        return sorted(
            supply.id
            for supply in self.case.supplies.values()
            if supply.routes and all((route.need, supply.id) in self.reasons for route in supply.routes)
        )

    def because(self, supply: str) -> list[str]:
        """Why nothing of a supply could reach some needs: each reason once, in order."""
        return sorted({str(reason) for (_, name), found in self.reasons.items() if name == supply for reason in found})


def prepared(wants: Wants, coverages: Collection[Coverage], at: Instant, supposed: Sequence[Supposed] = ()) -> Prepared:
    """The case of a plan at `at`, were these suspensions made then.

    `coverages` are those of all needs: of each recipient's requirements, as they would stand then. Raises
    MalformedInput if they were not counted in one window, and UnknownName for a recipient that is not known.
    """
    if len({each.window for each in coverages}) > 1:
        raise MalformedInput("coverages of several windows: count all of them in one")
    requirements = {each.id: each for each in wants.requirements}
    period = next((each.window.end - each.window.start for each in coverages), 1)
    named = {f"{each.requirement} for {each.recipient}": each for each in coverages}
    groups = independent(frozenset(group) for each in coverages for group in each.independent)
    speaker = {code: group[0] for group in groups for code in group}
    needs = [_need(name, requirements[each.requirement], each, speaker) for name, each in named.items()]
    ways = _Ways(offered(wants.policy, supposed, at), at)
    supplies, reasons = [], {}
    for offer in wants.offers:
        met = {name: ways.to(offer, requirements[each.requirement], each.recipient) for name, each in named.items()}
        routes = {name: found for name, found in met.items() if found is not None}
        reasons.update({(name, offer.id): found.reasons for name, found in routes.items() if found.reasons})
        supplies.append(_supply(offer, routes, period, speaker))
    pools = [compensation.Pool(id=each.id, capacity=_scaled(each.capacity, period)) for each in wants.pools]
    return Prepared(
        case=Case(needs, supplies, pools),
        needs={name: (each.requirement, each.recipient) for name, each in named.items()},
        reasons=reasons,
    )


def weight(requirement: Requirement) -> int:
    """The points that covering it whole is worth: 1 for the least urgent, and twice as many for each step up."""
    points: int = 2 ** (LEAST_URGENT - requirement.priority)
    return points


def _need(name: str, requirement: Requirement, coverage: Coverage, speaker: Mapping[Code, Code]) -> Need:
    """Something has to cover it, be no rate stated; and where the newest item is too old, one more has to come."""
    rate, length = requirement.rate, coverage.window.end - coverage.window.start
    wanted = max(1, 0 if rate is None else -(-rate.items * length // rate.period))
    stale = Want.FRESHNESS in unmet(requirement, coverage)
    roots = frozenset(speaker[group[0]] for group in coverage.independent)
    # Originators that share a root for another need count as one here, too: so much less is asked for.
    joined = len(coverage.independent) - len(roots)
    return Need(
        id=name,
        title=requirement.title,
        weight=weight(requirement),
        wanted=wanted,
        held=min(coverage.items, wanted - 1) if stale else coverage.items,
        independent=max(0, (requirement.corroboration or 0) - joined),
        roots=frozenset(map(str, roots)),
        fresh=None if requirement.freshness is None else requirement.freshness // HOUR,
    )


def _supply(offer: Offer, routes: Mapping[str, Passage], period: int, speaker: Mapping[Code, Code]) -> Supply:
    return Supply(
        id=offer.id,
        partner=offer.partner,
        title=offer.partner,
        root=speaker.get(offer.partner, offer.partner),
        capacity=_scaled(offer.capacity, period),
        quality=offer.quality,
        lead=-(-offer.lead_time // HOUR),
        routes=tuple(Route(need=name, barriers=found.barriers) for name, found in routes.items()),
        pool=offer.pool,
    )


def _scaled(capacity: Rate, period: int) -> int:
    return capacity.items * period // capacity.period


class _Ways:
    """The ways of offers to recipients. What several offers of one partner would meet alike is asked once."""

    def __init__(self, policy: Policy, at: Instant) -> None:
        self._policy, self._at = policy, at
        self._known: dict[tuple[Code, str, frozenset[str], Recipient], Passage] = {}

    def to(self, offer: Offer, requirement: Requirement, reader: Recipient) -> Passage | None:
        """What the offer meets on its way; None if it is not for this requirement."""
        domains = next(_domains(offer, requirement), None)
        if domains is None:
            return None
        key = offer.partner, offer.ceiling, domains, reader
        if key not in self._known:
            self._known[key] = passage(self._policy, offer, domains, reader, self._at)
        found = self._known[key]
        return replace(found, reasons=tuple(each._replace(root=ItemId(offer.id)) for each in found.reasons))


def _domains(offer: Offer, requirement: Requirement) -> Iterator[frozenset[str]]:
    """The domains that its items would have: those of the requirement that it is for, or the one that it is for."""
    if offer.requirement == requirement.id:
        yield requirement.domains or frozenset({GENERAL})
    elif offer.domain is not None and offer.domain in requirement.domains:
        yield frozenset({offer.domain})
