"""What many acts of one kind would change together, and the seal by which they are done as they were foreseen.

A *plan* is what is to be done. Whoever foresees it is told what each reader would lose and gain, and is given a seal.
Done with that seal, it is done as it was foreseen, or not at all: the seal holds for that account, that plan, and the
policy as it was, for as long as nothing becomes or ceases to be in force by itself.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from comity.core.agreement import Suspension
from comity.core.consent import Consent
from comity.core.errors import ComityError, Forbidden, MalformedInput
from comity.core.instant import NEVER, Instant, Window
from comity.core.lineage import Use
from comity.core.world import Policy
from comity.index.attested import Edges
from comity.index.engine import Index
from comity.index.holding import Ordinal, item_id
from comity.service import cursor
from comity.service.attesting import Edge
from comity.service.consenting import NewConsent
from comity.service.policy import First
from comity.service.ports import Reader, Store, Writer
from comity.service.preview import Effect, changes, ended, partner_of
from comity.service.release import open_index
from comity.service.suspending import NewSuspension
from comity.service.vault import Vault

MOST: Final = 100
"""Acts of one plan."""


class Stale(ComityError):
    """What was foreseen is not what would be done now: something has changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """To suspend."""

    new: tuple[NewSuspension, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """To lift the suspensions with these ids."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """To record consents."""

    new: tuple[NewConsent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """To withdraw the consents with these ids."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attest:
    """To attest edges."""

    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """To end the agreements with these ids."""

    names: tuple[str, ...]


Plan = Suspend | Lift | Grant | Withdraw | Attest | End


class Foreseen(NamedTuple):
    """What a plan would change, reader by reader, and the seal to do it with."""

    effects: list[Effect]
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who foresees: `check` is asked of the snapshot, and raises what refuses them."""

    account: str
    check: Callable[[Reader], None]


def foresee(store: Store, vault: Vault, plan: Plan, asker: Asker, limit: int | None = None) -> Foreseen:
    """What the plan would change, now; so many items are listed of each kind, by default all. Nothing is changed."""
    with store.read() as reader:
        asker.check(reader)
        index = open_index(reader)
        after = _changed(reader, index, plan)
        found = changes(reader, index, after.named, lambda to: index.preview(after.policy, to, after.attested), limit)
        seal = cursor.sealed(vault, _bound(asker.account, plan, reader.epoch()), index.span().end)
    return Foreseen(found, seal)


def as_foreseen(vault: Vault, account: str, plan: Plan, seal: str | None) -> First:
    """For the act itself: refuse it as Stale unless it does what was foreseen. Without a seal it is done as it is."""

    def first(writer: Writer) -> None:
        if seal is None:
            return
        before = writer.act.epoch - (0 if writer.act.kind == "propose" else 1)
        try:
            until = cursor.opened(vault, _bound(account, plan, before), seal)
        except MalformedInput:
            until = None
        if until is None or writer.act.at >= until:
            raise Stale("this is not (any more) what was foreseen: ask again what it would change, and take that seal")

    return first


def _bound(account: str, plan: Plan, epoch: int) -> tuple[str, ...]:
    """What a seal is good for."""
    return ("plan", account, type(plan).__name__, json.dumps(_said(plan)), str(epoch))


def _said(plan: Plan) -> list[object]:
    match plan:
        case Suspend(new=suspensions):
            return [
                [each.frm, each.to, sorted(each.domains), each.reach.value, each.recall, each.end, each.id]
                for each in suspensions
            ]
        case Grant(new=consents):
            return [[each.by, each.item, sorted(set(each.to)), each.use.value, each.end, each.id] for each in consents]
        case Attest(edges=edges):
            return [[edge.item, edge.source] for edge in edges]
        case Lift(names=names) | Withdraw(names=names) | End(names=names):
            return list(names)


class _Changed(NamedTuple):
    """What holds after a plan: the policy, edges that are attested beside; and recipients that it names."""

    policy: Policy
    attested: Edges = frozenset()
    named: tuple[str, ...] = ()


def _changed(reader: Reader, index: Index, plan: Plan) -> _Changed:
    policy, now = index.policy, index.now
    match plan:
        case Suspend(new=suspensions):
            for place, stop in enumerate(suspensions):
                policy = policy.with_suspension(replace(_suspension(policy, stop, now), id=_id(place)))
            return _Changed(policy)
        case Grant(new=consents):
            given = tuple(
                replace(_consent(reader, policy, each, now), id=_id(place)) for place, each in enumerate(consents)
            )
            policy = replace(policy, consents=(*policy.consents, *given))
            return _Changed(policy, named=tuple(name for each in consents for name in each.to))
        case Attest(edges=edges):
            return _Changed(policy, attested=frozenset(_ends(reader, edge) for edge in edges))
        case Lift(names=names):
            return _Changed(_without(policy, "suspension", names, now))
        case Withdraw(names=names):
            return _Changed(_without(policy, "consent", names, now))
        case End(names=names):
            return _Changed(_without(policy, "agreement", names, now))


def _without(policy: Policy, noun: str, names: Sequence[str], now: Instant) -> Policy:
    for name in names:
        match noun:
            case "suspension":
                policy = replace(policy, suspensions=ended(policy.suspensions, noun, name, now))
            case "consent":
                policy = replace(policy, consents=ended(policy.consents, noun, name, now))
            case _:
                policy = replace(policy, agreements=ended(policy.agreements, noun, name, now))
    return policy


def _id(place: int) -> str:
    """The id of what is not recorded: one that nothing on record can have, for it begins with a blank."""
    return f" {place}"


def _suspension(policy: Policy, new: NewSuspension, now: Instant) -> Suspension:
    return Suspension(
        id="",
        frm=partner_of(policy, new.frm),
        to=partner_of(policy, new.to),
        window=_until(now, new.end),
        given=now,
        domains=new.domains,
        reach=new.reach,
        recall=new.recall,
    )


def _consent(reader: Reader, policy: Policy, new: NewConsent, now: Instant) -> Consent:
    return Consent(
        id="",
        by=partner_of(policy, new.by),
        item=item_id(reader.one(new.item).ordinal),
        to=tuple(dict.fromkeys(new.to)),
        window=_until(now, new.end),
        given=now,
        use=new.use,
    )


def _until(now: Instant, end: Instant | None) -> Window:
    return Window(now, NEVER if end is None else end)


def _ends(reader: Reader, edge: Edge) -> tuple[Ordinal, Ordinal]:
    """The item and the source of an edge that can be attested."""
    item, source = reader.one(edge.item).ordinal, reader.one(edge.source).ordinal
    drawn = reader.sources([item]).get(item, ())
    if not any(each.item == item_id(source) and each.use is Use.DRAWS_ON for each in drawn):
        raise Forbidden(
            f"`{edge.item}` does not draw on `{edge.source}`: only a source of use `draws-on` can be attested"
        )
    return item, source
