"""What a plan is made from, read from a node in one snapshot; and the plan, made outside of it.

Rules kept here:
1. `basis` reads, and does nothing long; `planned` solves and explains, and asks the record nothing: no snapshot is
   held, and nobody waits for a turn, while a solver runs;
2. who is not named is planned for if the holder gives to it: an agreement between them is in force at the moment;
3. what is supposed is counted as a loss is, and bars offers as if it were made;
4. the time is a limit on everything that is solved, together: changes that are planned anew share the half of it.

Nothing is recorded, and nothing permitted: what comes of an offer is decided item by item when it is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pyroaring import BitMap

from comity.core.compensation import Assigned
from comity.core.coverage import Coverage
from comity.core.errors import MalformedInput
from comity.core.instant import Instant, Window
from comity.core.loss import Supposed
from comity.core.partner import Recipient
from comity.core.plan_report import PlanReport, plan_report
from comity.core.planning import greedy, plan, planner
from comity.core.preparing import Prepared, prepared
from comity.core.programme import Limits, Solver
from comity.core.wants import Wants
from comity.core.world import Policy
from comity.core.worth import barriers
from comity.index.losing import Stand, hurt, lost, standing
from comity.index.mentioned import Reported
from comity.service.covering import ASKED, Span
from comity.service.supposing import must_be_supposable
from comity.service.surveying import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """For whom to plan, in which window, and which suspensions to suppose; nobody named means rule 2."""

    to: tuple[str, ...] = ()
    span: Span = ASKED
    supposed: tuple[Supposed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to plan: at once, or solved within limits; from a known plan on; and whether changes are planned anew."""

    at_once: bool = False
    limits: Limits = Limits()  # noqa: RUF009 - it is frozen
    known: tuple[Assigned, ...] = ()
    anew: bool = False
    most: int | None = None
    """Routes that are looked at, at most; planned anew, they are looked at again for each change."""
    explained: int | None = None
    """Routes times offers, at most: with both grows how long it takes to explain what is left open."""


@dataclass(frozen=True, kw_only=True)
class Basis:
    """All that a plan is made from. Whoever has it needs the record no more."""

    at: Instant
    window: Window
    to: tuple[Recipient, ...]
    supposed: tuple[Supposed, ...]
    wants: Wants
    coverages: tuple[Coverage, ...]
    reported: Reported

    @property
    def routes(self) -> int:
        """So many ways from offers to needs there are, at most."""
        return len(self.coverages) * len(self.wants.offers)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan with everything that explains it, and what it was made from."""

    basis: Basis
    case: Prepared
    report: PlanReport


def basis(found: Desk, aim: Aim) -> Basis:
    """What a plan is made from, at the moment of the desk.

    Raises UnknownName for a recipient that is not known, InvalidFacts and MalformedInput for what cannot be supposed,
    and MalformedInput where there is nobody to plan for.
    """
    must_be_supposable(found, aim.supposed)
    to = tuple(dict.fromkeys(map(found.recipient, aim.to))) or _given_to(found.survey.index.policy, found.at)
    window = aim.span.window(found.at)
    if not to:
        raise MalformedInput("no agreement of the holder to give anybody anything is in force: name whom to plan for")
    stands = {reader: standing(found.survey, found.wants.requirements, reader, window) for reader in to}
    counted = BitMap().union(*(stand.items for each in stands.values() for stand in each))
    return Basis(
        at=found.at,
        window=window,
        to=to,
        supposed=aim.supposed,
        wants=found.wants,
        coverages=tuple(each for reader in to for each in _left(found, reader, stands[reader], aim.supposed)),
        reported=Reported(counted, to, frozenset(offer.partner for offer in found.wants.offers)),
    )


def planned(found: Basis, solve: Solver, manner: Manner) -> Planned:
    """Plan, and explain the plan.

    Raises PlanFailed where the known plan breaks a rule now, or the solver has none; MalformedInput for what is more
    than the manner says.
    """
    _must_be_few(found.routes, manner.most)
    offers = len(found.wants.offers)
    if manner.explained is not None and found.routes * offers > manner.explained:
        raise MalformedInput(
            f"a plan of {found.routes} ways from {offers} offers to requirements takes too long to explain here: plan "
            "for fewer recipients, or on the command line"
        )
    made_from = prepared(found.wants, found.coverages, found.at, found.supposed)
    changes = len(made_from.case.supplies) + len(barriers(made_from.case)) if manner.anew else 0
    _must_be_few(found.routes * (1 + changes), manner.most)
    limits = manner.limits
    seconds = limits.seconds / 2 if changes else limits.seconds
    if manner.at_once:
        made = greedy(made_from.case, manner.known)
    else:
        made = plan(made_from.case, solve, replace(limits, seconds=seconds), manner.known)
    again = planner(solve, replace(limits, seconds=seconds / changes)) if changes else None
    return Planned(basis=found, case=made_from, report=plan_report(made, again))


def _must_be_few(routes: int, most: int | None) -> None:
    if most is not None and routes > most:
        raise MalformedInput(
            f"{routes} ways from offers to requirements are more than {most}: plan for fewer recipients, without "
            "planning changes anew, or on the command line"
        )


def _given_to(policy: Policy, at: Instant) -> tuple[Recipient, ...]:
    return tuple(sorted({each.to for each in policy.agreements if each.frm == policy.holder and at in each.window}))


def _left(found: Desk, reader: Recipient, stands: Sequence[Stand], supposed: tuple[Supposed, ...]) -> list[Coverage]:
    """What covers each requirement for `reader` once what is supposed has taken what it takes."""
    gone = lost(found.survey.index, supposed, reader)
    return [each.after for each in hurt(found.survey, stands, gone)]
