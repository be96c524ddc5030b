"""Remedies, done: the world after the party that a remedy names has done what it says."""

import random
from dataclasses import replace
from typing import assert_never

from comity.core.agreement import Agreement
from comity.core.claim import EVERY_DOMAIN, Derivation, Onward
from comity.core.consent import Consent
from comity.core.instant import ALWAYS, NEVER, Instant, Window
from comity.core.lineage import Item, ItemId, Source, Use
from comity.core.partner import Recipient
from comity.core.remedy import Agree, Attest, Lift, Name, Remedy, Restate, Wait, Waive
from comity.core.world import Policy, World


class Cure:
    """A world in which remedies are applied one after the other, at one moment and for one recipient."""

    def __init__(self, rng: random.Random, world: World, recipient: Recipient, at: Instant) -> None:
        self.rng = rng
        self.policy: Policy = world.policy
        self.items: dict[ItemId, Item] = dict(world.items)
        self.recipient = recipient
        self.at = at

    @property
    def world(self) -> World:
        return World(policy=self.policy, items=self.items)

    def apply(self, remedy: Remedy) -> None:
        match remedy:
            case Lift():
                self._lift(remedy)
            case Waive():
                self._waive(remedy)
            case Agree():
                self._agree(remedy)
            case Name():
                self._name(remedy)
            case Attest():
                self._attest(remedy)
            case Restate():
                self._restate(remedy)
            case Wait():
                raise ValueError(f"nothing is done at this moment by {remedy}")
            case _:
                assert_never(remedy)

    def _cut_short(self, window: Window) -> Window | None:
        """A window ended now; None if nothing is left of it."""
        return Window(window.start, min(window.end, self.at)) if window.start < self.at else None

    def _lift(self, remedy: Lift) -> None:
        left = []
        for stop in self.policy.suspensions:
            window = self._cut_short(stop.window) if stop.id == remedy.suspension else stop.window
            assert stop.id != remedy.suspension or stop.frm == remedy.by
            left += [replace(stop, window=window)] if window else []
        self.policy = replace(self.policy, suspensions=tuple(left))

    def _waive(self, remedy: Waive) -> None:
        """Any one of those who may, on any one of the items."""
        word = Consent(
            id=f"cure-{len(self.policy.consents)}",
            by=self.rng.choice(remedy.by),
            item=self.rng.choice(remedy.items),
            to=(self.recipient,),
            window=Window(self.at),
            given=self.at if remedy.after is None else max(self.at, Instant(remedy.after + 1)),
            use=remedy.use,
        )
        self.policy = replace(self.policy, consents=(*self.policy.consents, word))

    def _agree(self, remedy: Agree) -> None:
        """With rules that are no stricter than those in force, in the place of what it replaces."""
        replaced = [grant for grant in self.policy.agreements if grant.id in remedy.replaces]
        ceilings = {remedy.level, *(grant.ceiling for grant in replaced)}
        agreed = Agreement(
            id=f"cure-{len(self.policy.agreements)}",
            frm=remedy.frm,
            to=remedy.to,
            ceiling=max(ceilings, key=self.policy.rank.__getitem__),
            domains=frozenset({EVERY_DOMAIN}) if replaced else remedy.domains,
            window=Window(self.at),
            onward=Onward.FREE,
            derivation=Derivation.OWN_ANALYSIS,
            accepts=remedy.conditions,
        )
        left = []
        for grant in self.policy.agreements:
            window = self._cut_short(grant.window) if grant in replaced else grant.window
            left += [replace(grant, window=window)] if window else []
        self.policy = replace(self.policy, agreements=(*left, agreed))

    def _name(self, remedy: Name) -> None:
        item = self.items[remedy.item]
        claim = item.claims[remedy.claim]
        assert claim.originator == remedy.by
        named = replace(claim, audience=(*(claim.audience or ()), *remedy.names))
        claims = (*item.claims[: remedy.claim], named, *item.claims[remedy.claim + 1 :])
        self.items[remedy.item] = replace(item, claims=claims)

    def _restate(self, remedy: Restate) -> None:
        """In the place of the version asked about, one that differs in nothing but its embargo."""
        item = self.items[remedy.item]
        assert item.claims[remedy.claim].originator == remedy.by
        restated = replace(item.claims[remedy.claim], not_before=ALWAYS, not_after=NEVER)
        claims = (*item.claims[: remedy.claim], restated, *item.claims[remedy.claim + 1 :])
        self.items[remedy.item] = replace(item, claims=claims)

    def _attest(self, remedy: Attest) -> None:
        item = self.items[remedy.item]
        assert item.claims[0].originator == remedy.by

        def attested(source: Source) -> Source:
            if source.item != remedy.source or source.use is not Use.DRAWS_ON:
                return source
            return replace(source, attestations=(*source.attestations, Window(self.at)))

        self.items[remedy.item] = replace(item, sources=tuple(attested(source) for source in item.sources))
