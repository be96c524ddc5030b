"""When an answer turns with nobody doing anything: the windows that open and close after the moment asked about."""

from collections.abc import Iterator

from comity.core.carriage import Carriage, Root
from comity.core.decision import Obstacle, case_of, refusals, terms
from comity.core.instant import NEVER, Instant, Window
from comity.core.lineage import ItemId, carried
from comity.core.partner import Code, Recipient, base
from comity.core.world import Policy, World

Key = tuple[Root, Code, Obstacle]
"""Tells one cause from another: whose claim it is, and the partner and code of its reason."""


def turns(
    world: World, traced: Carriage, recipient: Recipient, causes: frozenset[Key]
) -> tuple[dict[Key, Instant], Instant | None]:
    """For each cause the first later moment without it, and the first later moment with another verdict.

    A cause that never goes away by itself is not among the first; None if the verdict never turns.
    """
    waits: dict[Key, Instant] = {}
    until: Instant | None = None
    for moment in boundaries(world.policy, traced, recipient):
        found = causes_at(world, traced.item, recipient, moment)
        waits |= {key: moment for key in causes - found if key not in waits}
        if until is None and bool(found) != bool(causes):
            until = moment
        if until is not None and len(waits) == len(causes):
            break
    return waits, until


def causes_at(world: World, item: ItemId, recipient: Recipient, at: Instant) -> frozenset[Key]:
    """Everything that gives a reason at `at`."""
    return frozenset(
        (Root(triple.root, triple.place), partner, code)
        for triple in carried(world.items, item, at, terms(world.policy))
        for partner, code in refusals(world.policy, case_of(world, item, triple), recipient, at)
    )


def boundaries(policy: Policy, traced: Carriage, recipient: Recipient) -> list[Instant]:
    """The later moments at which the answer may turn, in order: every other moment answers as the one before it.

    What the law reads at another time than the one asked about (an attestation's terms, membership at receipt, the
    delegation behind a consent) does not turn as time passes.
    """
    bounds = {
        bound
        for window in _windows(policy, traced, recipient)
        for bound in (window.start, window.end)
        if traced.at < bound < NEVER
    }
    return sorted(bounds)


def _windows(policy: Policy, traced: Carriage, recipient: Recipient) -> Iterator[Window]:
    ends = {policy.holder, base(recipient)}
    yield from (grant.window for grant in policy.agreements if grant.to in ends)
    yield from (stop.window for stop in policy.suspensions if stop.to in ends)
    for community in policy.communities.values():
        yield from (member.window for member in community.members if member.partner == recipient)
    for node in {node for held in traced.held.values() for node in held}:
        yield from (consent.window for consent in policy.consents_on(node))
        for claim in traced.items[node].claims:
            yield claim.window
            yield Window(claim.not_before, claim.not_after)
        for source in traced.items[node].sources:
            yield from source.attestations
