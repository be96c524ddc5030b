"""Classes: what a label carries, interned, so that a change of policy re-judges classes and never items.

A class is a `core.decision.Case` whose claim speaks of no single item any more: the time of receipt is rounded down to
the last moment at which anything that a decision reads of it changed (`era`), so that all items received in one era
under the same terms share a class. Attestation times never enter a class: only what they decide now does.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from comity.core.claim import Claim
from comity.core.decision import Case
from comity.core.instant import ALWAYS, Instant
from comity.core.partner import Code
from comity.core.world import Policy


class Book:
    """Every class seen so far, by number from 1. A class once numbered keeps its number."""

    def __init__(self, cases: Iterable[Case] = ()) -> None:
        """Start from the classes that are kept already, in number order."""
        self.cases: dict[int, Case] = {}
        self._numbers: dict[Case, int] = {}
        self._by_originator: dict[Code, list[int]] = {}
        for case in cases:
            self.number(case)

    def __len__(self) -> int:
        """How many classes there are."""
        return len(self.cases)

    def number(self, case: Case) -> int:
        """The number of `case`, new if it has none yet."""
        number = self._numbers.setdefault(case, len(self.cases) + 1)
        if number > len(self.cases):
            self.cases[number] = case
            self._by_originator.setdefault(case.claim.originator, []).append(number)
        return number

    def originators(self) -> list[Code]:
        """The originators of all classes."""
        return list(self._by_originator)

    def of(self, originator: Code) -> Sequence[int]:
        """The numbers of the classes of this originator's claims."""
        return self._by_originator.get(originator, ())

    def since(self, number: int) -> list[tuple[int, Case]]:
        """The classes that were numbered after `number`, with their numbers."""
        return [(place, self.cases[place]) for place in range(number + 1, len(self.cases) + 1)]


class Eras:
    """Rounds times of receipt down to the eras that a policy tells apart.

    An era starts where an agreement of the claim's originator, or a membership of a community in its audience, starts
    or ends: those are what clause (e) and the audience read of a time of receipt.
    """

    def __init__(self, policy: Policy) -> None:
        """Collect the boundaries by originator and by community."""
        self._agreements: dict[Code, set[Instant]] = {}
        for grant in policy.agreements:
            self._agreements.setdefault(grant.frm, set()).update((grant.window.start, grant.window.end))
        self._memberships: dict[str, set[Instant]] = {
            name: {moment for member in community.members for moment in (member.window.start, member.window.end)}
            for name, community in policy.communities.items()
        }
        self._sorted: dict[tuple[Code, tuple[str, ...] | None], list[Instant]] = {}

    def boundaries(self, claim: Claim) -> list[Instant]:
        """The moments, in order, at which what a decision reads of the claim's time of receipt changes."""
        terms = claim.originator, claim.audience
        known = self._sorted.get(terms)
        if known is None:
            found = {ALWAYS, *self._agreements.get(claim.originator, ())}
            found.update(*(self._memberships[name] for name in self._memberships.keys() & (claim.audience or ())))
            known = self._sorted[terms] = sorted(found)
        return known

    def rounded(self, claim: Claim) -> Claim:
        """`claim`, received at the start of its era."""
        if claim.received is None:
            return claim
        known = self.boundaries(claim)
        return replace(claim, received=known[bisect_right(known, claim.received) - 1])
