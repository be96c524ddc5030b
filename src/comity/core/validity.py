"""What makes facts valid: anything unknown or malformed is a fault that names its place. Semantics §1, last paragraph.

The places are those of a world file, so that a fault found here can be shown at its line. Nothing is mended or
guessed: facts with a fault are refused whole.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from comity.core.claim import EVERY_DOMAIN
from comity.core.errors import Fault
from comity.core.lineage import Use
from comity.core.partner import ANYONE, Recipient, base

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from comity.core.agreement import Grant, Suspension
    from comity.core.claim import Claim
    from comity.core.instant import Window
    from comity.core.lineage import Item, ItemId, Source
    from comity.core.world import Policy

Place = tuple[str | int, ...]

_NOT_IN_CODES = "/*:@#,"
"""A code stands in names of items (`PARTNER:id@modified#number`), in reasons (`PARTNER/item/why`) and in lists."""


def of_policy(policy: Policy) -> list[Fault]:
    """Every fault in a policy."""
    return [*_registers(policy), *_communities(policy), *_grants(policy), *_stops(policy), *_consents(policy)]


def of_items(policy: Policy, items: Mapping[ItemId, Item]) -> list[Fault]:
    """Every fault in the items, and in what the policy says of them."""
    found = [fault for place, item in enumerate(items.values()) for fault in of_item(policy, items, item, place)]
    for place, consent in enumerate(policy.consents):
        if consent.item not in items:
            found.append(_unknown(("consents", place, "item"), "item", consent.item, "the id of an item of this file"))
    return found


def of_item(policy: Policy, items: Mapping[ItemId, Item], item: Item, place: int) -> Iterator[Fault]:
    """Every fault in one item at position `place`."""
    for number, claim in enumerate(item.claims):
        where: Place = ("items", place) if number == 0 else ("items", place, "further_claims", number - 1)
        yield from of_claim(policy, claim, where)
    for number, source in enumerate(item.sources):
        yield from _source(items, source, ("items", place, "sources", number))


def of_claim(policy: Policy, claim: Claim, where: Place) -> Iterator[Fault]:
    """Every fault in one claim."""
    yield from _partner(policy, claim.originator, (*where, "originator"))
    yield from _level(policy, claim.level, (*where, "level"))
    yield from _domains(policy, claim.domains, (*where, "domains"), every=False)
    yield from _audience(policy, claim.audience or (), (*where, "releasable_to"))
    yield from _known(policy.conditions, claim.conditions, (*where, "conditions"), "condition")
    if claim.not_after <= claim.not_before:
        yield _order((*where, "not_after"), "not_before")
    yield from _window(claim.window, where)


def _source(items: Mapping[ItemId, Item], source: Source, where: Place) -> Iterator[Fault]:
    if source.item not in items:
        yield _unknown((*where, "item"), "item", source.item, "the id of an item of this file")
        return
    received = items[source.item].received
    for window in source.attestations:
        if source.use is not Use.DRAWS_ON:
            yield Fault(
                place=(*where, "attested"),
                message="only a source of use `draws-on` can be attested",
                mend="write `use: draws-on`, or leave out `attested`",
            )
        if window.end <= window.start:
            yield _order((*where, "withdrawn"), "attested")
        if received is not None and window.start < received:
            yield Fault(
                place=(*where, "attested"),
                message=f"attested before the source `{source.item}` was received",
                mend="attest at or after the source's `received`",
            )


def _registers(policy: Policy) -> Iterator[Fault]:
    for code in sorted(policy.partners):
        if not code or not code.isprintable() or any(sign in _NOT_IN_CODES or sign.isspace() for sign in code):
            yield Fault(
                place=("partners", code),
                message=f"`{code}` is no partner code",
                mend=f"use a code of printable signs, without blanks and without any of {' '.join(_NOT_IN_CODES)}",
            )
    yield from _partner(policy, policy.holder, ("holder",))
    if not policy.levels or not all(policy.levels):
        yield Fault(place=("levels",), message="no levels", mend="list them, lowest first, or leave `levels` out")
    yield from _repeated(policy.levels, ("levels",), "level", own_key=False)
    for key, register in (("domains", policy.domains), ("conditions", policy.conditions)):
        for name in sorted(register):
            if not name or name == EVERY_DOMAIN:
                yield Fault(
                    place=(key,), message=f"`{name}` is no name for one of the {key}", mend="give it a name of its own"
                )


def _communities(policy: Policy) -> Iterator[Fault]:
    for name, community in policy.communities.items():
        where: Place = ("communities", name)
        if name in policy.partners:
            yield Fault(
                place=where,
                message=f"`{name}` is a partner and a community",
                mend="give the community a name that is no partner's",
            )
        if not name or "/" in name or name == ANYONE:
            yield Fault(place=where, message=f"`{name}` is no community name", mend="use a name without `/` and `*`")
        for place, member in enumerate(community.members):
            yield from _partner(policy, member.partner, (*where, place, "partner"))
            yield from _window(member.window, (*where, place))


def _grants(policy: Policy) -> Iterator[Fault]:
    for key, grants in (("agreements", policy.agreements), ("delegations", policy.delegations)):
        yield from _repeated((grant.id for grant in grants), (key,), "id")
        for place, grant in enumerate(grants):
            yield from _grant(policy, grant, (key, place))
    for place, agreement in enumerate(policy.agreements):
        yield from _known(policy.conditions, agreement.accepts, ("agreements", place, "accepts"), "condition")


def _grant(policy: Policy, grant: Grant, where: Place) -> Iterator[Fault]:
    yield from _partner(policy, grant.frm, (*where, "from"))
    yield from _partner(policy, grant.to, (*where, "to"))
    yield from _level(policy, grant.ceiling, (*where, "ceiling"))
    yield from _domains(policy, grant.domains, (*where, "domains"), every=True)
    yield from _window(grant.window, where)


def _stops(policy: Policy) -> Iterator[Fault]:
    yield from _repeated((stop.id for stop in policy.suspensions), ("suspensions",), "id")
    for place, stop in enumerate(policy.suspensions):
        yield from of_suspension(policy, stop, ("suspensions", place))


def of_suspension(policy: Policy, stop: Suspension, where: Place) -> Iterator[Fault]:
    """Every fault in one suspension, its id apart."""
    yield from _partner(policy, stop.frm, (*where, "from"))
    yield from _partner(policy, stop.to, (*where, "to"))
    yield from _domains(policy, stop.domains, (*where, "domains"), every=True)
    yield from _window(stop.window, where)


def _consents(policy: Policy) -> Iterator[Fault]:
    yield from _repeated((consent.id for consent in policy.consents), ("consents",), "id")
    for place, consent in enumerate(policy.consents):
        where: Place = ("consents", place)
        yield from _partner(policy, consent.by, (*where, "by"))
        if not consent.to:
            yield Fault(
                place=(*where, "to"),
                message="a consent to nobody",
                mend="name at least one partner or community, or `*`",
            )
        yield from _audience(policy, consent.to, (*where, "to"))
        yield from _window(consent.window, where)


def _partner(policy: Policy, code: str, where: Place) -> Iterator[Fault]:
    if code not in policy.partners:
        yield _unknown(where, "partner", code, "a code of `partners`")


def _level(policy: Policy, level: str, where: Place) -> Iterator[Fault]:
    if level not in policy.levels:
        yield _unknown(where, "level", level, f"one of {', '.join(policy.levels)}")


def _domains(policy: Policy, domains: frozenset[str], where: Place, *, every: bool) -> Iterator[Fault]:
    if not domains:
        yield Fault(place=where, message="an empty list of domains", mend="name at least one domain")
    known = policy.known_domains() | ({EVERY_DOMAIN} if every else set())
    yield from _known(known, domains, where, "domain")


def _audience(policy: Policy, audience: Iterable[str], where: Place) -> Iterator[Fault]:
    for name in audience:
        code = base(Recipient(name))
        partner = code in policy.partners and name != f"{code}/"
        if name != ANYONE and name not in policy.communities and not partner:
            yield _unknown(where, "partner or community", name, "a partner, `CODE/*`, `CODE/part`, a community or `*`")


def _known(register: frozenset[str] | set[str], stated: frozenset[str], where: Place, noun: str) -> Iterator[Fault]:
    for name in sorted(stated - register):
        yield _unknown(where, noun, name, f"register it, or use one of {', '.join(sorted(register)) or 'none so far'}")


def _repeated(names: Iterable[str], where: Place, noun: str, *, own_key: bool = True) -> Iterator[Fault]:
    listed = list(names)
    for name, count in Counter(listed).items():
        if count > 1:
            last = len(listed) - 1 - listed[::-1].index(name)
            yield Fault(
                place=(*where, last, noun) if own_key else (*where, last),
                message=f"the {noun} `{name}` stands {count} times",
                mend="give each its own",
            )


def _window(window: Window, where: Place) -> Iterator[Fault]:
    if window.end <= window.start:
        yield _order((*where, "end"), "start")


def _order(where: Place, start: str) -> Fault:
    return Fault(place=where, message=f"not after `{start}`", mend=f"give a time after `{start}`")


def _unknown(where: Place, noun: str, name: str, mend: str) -> Fault:
    return Fault(place=where, message=f"unknown {noun} `{name}`", mend=mend)
