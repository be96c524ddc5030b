"""All facts on which decisions rest: the policy of one holder, and what it holds.

`Policy` is what partners have granted, stopped and consented to; `World` adds the items. Both are refused whole when
`validity` finds a fault, so a value of either type is valid and decisions on it are defined.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from comity.core import validity
from comity.core.agreement import Agreement, Delegation, Suspension
from comity.core.claim import GENERAL, LEVELS, Claim
from comity.core.consent import Consent
from comity.core.errors import InvalidFacts, UnknownName
from comity.core.instant import Instant
from comity.core.lineage import Item, ItemId
from comity.core.partner import Code, Community, Recipient, base, names

Value = TypeVar("Value")
Key = TypeVar("Key")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Everything that is not an item: who there is, what is granted, stopped and consented to.

    Raises InvalidFacts, with every fault, on anything unknown or malformed.
    """

    holder: Code
    partners: frozenset[Code]
    levels: tuple[str, ...] = LEVELS
    domains: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    communities: Mapping[str, Community] = field(default_factory=dict)
    agreements: tuple[Agreement, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    consents: tuple[Consent, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is not valid, and prepare the look-ups."""
        if faults := validity.of_policy(self):
            raise InvalidFacts(tuple(faults))
        put = object.__setattr__
        put(self, "rank", {level: place for place, level in enumerate(self.levels)})
        put(self, "_agreements", _group(self.agreements, lambda grant: (grant.frm, grant.to)))
        put(self, "_suspensions", _group(self.suspensions, lambda stop: (stop.frm, stop.to)))
        put(self, "_consents_on", _group(self.consents, lambda consent: consent.item))
        put(self, "_consents", {consent.id: consent for consent in self.consents})

    rank: dict[str, int] = field(init=False, repr=False, compare=False)
    _agreements: dict[tuple[Code, Code], tuple[Agreement, ...]] = field(init=False, repr=False, compare=False)
    _suspensions: dict[tuple[Code, Code], tuple[Suspension, ...]] = field(init=False, repr=False, compare=False)
    _consents_on: dict[ItemId, tuple[Consent, ...]] = field(init=False, repr=False, compare=False)
    _consents: dict[str, Consent] = field(init=False, repr=False, compare=False)

    @property
    def lowest(self) -> str:
        """The lowest level."""
        return self.levels[0]

    def known_domains(self) -> frozenset[str]:
        """The registered domains and `general`."""
        return self.domains | {GENERAL}

    def between(self, frm: Code, to: Code) -> tuple[Agreement, ...]:
        """Every agreement `frm` → `to`, whenever in force."""
        return self._agreements.get((frm, to), ())

    def stops(self, frm: Code, to: Code, claim: Claim, moment: Instant) -> list[Suspension]:
        """The suspensions `frm` → `to` that are open at `moment` and overlap `claim`."""
        return [stop for stop in self._suspensions.get((frm, to), ()) if moment in stop.window and stop.overlaps(claim)]

    def covering(self, frm: Code, to: Code, claim: Claim, moment: Instant) -> list[Agreement]:
        """The agreements `frm` → `to` that are in force at `moment` and cover `claim`."""
        return [grant for grant in self.between(frm, to) if moment in grant.window and grant.covers(claim, self.rank)]

    def spoken(self, ids: Iterable[str]) -> list[Consent]:
        """The consents with these ids. An id that the policy does not know waives nothing."""
        return [consent for name in ids if (consent := self._consents.get(name))]

    def consents_on(self, item: ItemId) -> tuple[Consent, ...]:
        """Every consent on `item`, whoever gave it."""
        return self._consents_on.get(item, ())

    def waivers(self, item: ItemId, claim: Claim) -> frozenset[str]:
        """W(item, claim) of semantics §2: the consents on `item` that speak for the originator of `claim`."""
        return frozenset(
            consent.id for consent in self.consents_on(item) if self.speaks_for(consent.by, claim, consent.given)
        )

    def speaks_for(self, partner: Code, claim: Claim, given: Instant) -> bool:
        """Whether `partner`'s word given then is the originator's own, or its delegate's for `claim`."""
        return partner == claim.originator or any(
            (grant.frm, grant.to) == (claim.originator, partner)
            and given in grant.window
            and grant.covers(claim, self.rank)
            for grant in self.delegations
        )

    def audience_names(self, claim: Claim, recipient: Recipient, moment: Instant) -> bool:
        """Whether the claim's audience is stated and names `recipient` at `moment` (and, if known, at receipt)."""
        moments = (moment,) if claim.received is None else (moment, claim.received)
        return claim.audience is not None and names(claim.audience, recipient, moments, self.communities)

    def with_suspension(self, stop: Suspension) -> "Policy":
        """This policy and one more suspension; only what is new is checked. Raises InvalidFacts."""
        stops = (*self.suspensions, stop)
        if faults := list(validity.of_suspension(self, stop, ("suspensions", len(self.suspensions)))):
            raise InvalidFacts(tuple(faults))
        other = copy(self)
        put = object.__setattr__
        put(other, "suspensions", stops)
        pair = (stop.frm, stop.to)
        put(other, "_suspensions", {**self._suspensions, pair: (*self._suspensions.get(pair, ()), stop)})
        return other

    def knows(self, recipient: Recipient) -> bool:
        """Whether `recipient` is a partner, or a part of one."""
        return base(recipient) in self.partners and not recipient.endswith("/")


@dataclass(frozen=True, kw_only=True)
class World:
    """A policy and what its holder holds. Raises InvalidFacts, with every fault, on anything unknown or malformed."""

    policy: Policy
    items: Mapping[ItemId, Item]

    def __post_init__(self) -> None:
        """Refuse what is not valid."""
        if faults := validity.of_items(self.policy, self.items):
            raise InvalidFacts(tuple(faults))
        object.__setattr__(self, "items", MappingProxyType(dict(self.items)))

    def item(self, name: ItemId) -> Item:
        """The item `name`; UnknownName where there is none."""
        try:
            return self.items[name]
        except KeyError:
            raise UnknownName(f"no item `{name}`: it is not held") from None


def _group(values: Iterable[Value], key: Callable[[Value], Key]) -> dict[Key, tuple[Value, ...]]:
    groups: dict[Key, list[Value]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return {name: tuple(members) for name, members in groups.items()}
