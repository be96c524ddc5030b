"""What a change of policy can touch: which classes must be judged again for which readers, and whether labels move.

Everything here errs towards judging again; nothing is permitted by not looking.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from comity.core.agreement import Agreement, Suspension
from comity.core.instant import Instant, Window
from comity.core.lineage import ItemId
from comity.core.partner import Code
from comity.core.world import Policy

Directed = Agreement | Suspension


@dataclass(kw_only=True)
class Change:
    """The reach of a change of policy.

    `labels`: every label must be computed anew. `everyone`: every class for every reader. `originators`: the classes
    of these, for every reader. `readers`: every class, for these partners and their parts. `pairs`: the classes of the
    one, for the other partner and its parts. `items`: the items whose own consents have changed (by core id).
    """

    labels: bool = False
    everyone: bool = False
    originators: set[Code] = field(default_factory=set)
    readers: set[Code] = field(default_factory=set)
    pairs: set[tuple[Code, Code]] = field(default_factory=set)
    items: set[ItemId] = field(default_factory=set)

    def dirty(self, reader: Code) -> set[Code] | None:
        """The originators whose classes are to be judged again for `reader`'s partner; None means all."""
        if self.everyone or reader in self.readers:
            return None
        return self.originators | {originator for originator, partner in self.pairs if partner == reader}


def between(before: Policy, after: Policy, horizon: Instant) -> Change:
    """What changes from `before` to `after`; `horizon` is the latest time that any label has read facts at."""
    change = Change()
    frame = (before.holder, before.levels) != (after.holder, after.levels)
    communities = set(before.communities.values()) ^ set(after.communities.values())
    change.labels = frame or not _memberships_agree(before, after, horizon)
    change.everyone = bool(communities)
    for was, now in _pairs(before.agreements, after.agreements) + _pairs(before.suspensions, after.suspensions):
        _directed(change, was, now, after.holder, horizon)
    for fact in set(before.delegations) ^ set(after.delegations):
        change.items |= {consent.item for consent in after.consents if consent.by == fact.to}
    change.items |= {consent.item for consent in set(before.consents) ^ set(after.consents)}
    change.everyone = change.everyone or change.labels or bool(change.items)
    return change


def agree(was: Window | None, now: Window | None, horizon: Instant) -> bool:
    """Whether two windows of one fact hold the same moments up to and including `horizon`; None is no window."""
    if was is None or now is None:
        return all(window is None or window.start > horizon for window in (was, now))
    if was.start != now.start:
        return was.start > horizon and now.start > horizon
    return was.end == now.end or (was.end > horizon and now.end > horizon) or was.start > horizon


def _directed(change: Change, was: Directed | None, now: Directed | None, holder: Code, horizon: Instant) -> None:
    for fact in (was, now):
        if fact is None:
            continue
        change.pairs.add((fact.frm, fact.to))
        if fact.frm == holder:
            change.readers.add(fact.to)
        if fact.to == holder:
            change.originators.add(fact.frm)
    same = was is None or now is None or replace(was, window=now.window) == now
    if not same or not agree(_window(was), _window(now), horizon):
        change.labels = True


def _window(fact: Directed | None) -> Window | None:
    return None if fact is None else fact.window


def _pairs(before: Sequence[Directed], after: Sequence[Directed]) -> list[tuple[Directed | None, Directed | None]]:
    """The facts that differ, each as it was and as it is now."""
    was, now = {fact.id: fact for fact in before}, {fact.id: fact for fact in after}
    return [(was.get(name), now.get(name)) for name in was.keys() | now.keys() if was.get(name) != now.get(name)]


def _memberships_agree(before: Policy, after: Policy, horizon: Instant) -> bool:
    was, now = _memberships(before), _memberships(after)
    return all(
        agree(was.get(member), now.get(member), horizon)
        for member in was.keys() | now.keys()
        if was.get(member) != now.get(member)
    )


def _memberships(policy: Policy) -> dict[tuple[str, str, int], Window]:
    """Every membership, told apart by community, partner and place."""
    return {
        (name, member.partner, place): member.window
        for name, community in policy.communities.items()
        for place, member in enumerate(community.members)
    }
