"""What a change of policy would change, for each reader that it touches. Nothing is changed by asking."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from pyroaring import BitMap

from comity.core.agreement import Agreement, Reach, Suspension
from comity.core.claim import EVERY_DOMAIN
from comity.core.consent import Consent
from comity.core.instant import Instant, Window
from comity.core.lineage import Use
from comity.core.partner import Code, Recipient, base, is_part
from comity.core.world import Policy
from comity.index.engine import Difference, Index
from comity.index.holding import Ordinal, item_id
from comity.service.policy import known
from comity.service.ports import Reader, Store
from comity.service.records import Held
from comity.service.release import open_index

Directed = TypeVar("Directed", Agreement, Suspension)


class Changed(NamedTuple):
    """One item that a change would take from a reader, or give to it."""

    item: Held
    name: str
    originator: Code
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change would change for one reader; `recipient` is `CODE/*` for the parts that no list names singly."""

    recipient: Recipient
    lost: tuple[Changed, ...]
    gained: tuple[Changed, ...]


def preview_suspension(  # noqa: PLR0913 - what a suspension consists of
    store: Store, frm: str, to: str, *, domains: frozenset[str] | None, reach: Reach, recall: bool
) -> list[Effect]:
    """What a suspension that starts now would stop, for each reader that it touches. Nothing is changed."""
    with store.read() as reader:
        index = open_index(reader)
        stop = Suspension(
            id="",
            frm=_partner(index.policy, frm),
            to=_partner(index.policy, to),
            window=Window(index.now),
            given=index.now,
            domains=domains or frozenset({EVERY_DOMAIN}),
            reach=reach,
            recall=recall,
        )
        readers = _everyone(index) if stop.to == index.policy.holder else _with_parts(index, [stop.to])
        return _effects(reader, readers, lambda to: index.preview_suspension(stop, to))


def preview_lift(store: Store, suspension: str) -> list[Effect]:
    """What lifting the suspension now would give back, for each reader that it touches."""

    def lifted(policy: Policy, now: Instant) -> Policy:
        return replace(policy, suspensions=_ended(policy.suspensions, "suspension", suspension, now))

    return _preview(store, lifted)


def preview_end(store: Store, agreement: str) -> list[Effect]:
    """What ending the agreement now would change, for each reader that it touches."""

    def ended(policy: Policy, now: Instant) -> Policy:
        return replace(policy, agreements=_ended(policy.agreements, "agreement", agreement, now))

    return _preview(store, ended)


def preview_consent(store: Store, item: str, *, by: str, to: Iterable[str], use: Use) -> list[Effect]:
    """What the consent, given now, would give to whom."""
    named_to = tuple(to)
    with store.read() as reader:
        held, index = reader.one(item), open_index(reader)
        consent = Consent(
            id="",
            by=_partner(index.policy, by),
            item=item_id(held.ordinal),
            to=named_to,
            window=Window(index.now),
            given=index.now,
            use=use,
        )
        after = replace(index.policy, consents=(*index.policy.consents, consent))
        return _effects(reader, _everyone(index, named_to), lambda to: index.preview(after, to))


def _preview(store: Store, change: Callable[[Policy, Instant], Policy]) -> list[Effect]:
    with store.read() as reader:
        index = open_index(reader)
        after = change(index.policy, index.now)
        return _effects(reader, _everyone(index), lambda to: index.preview(after, to))


def _effects(reader: Reader, readers: Iterable[Recipient], differ: Callable[[Recipient], Difference]) -> list[Effect]:
    found = []
    for to in readers:
        difference = differ(to)
        if difference.lost or difference.gained:
            lost, gained = (_changed(reader, items) for items in difference)
            found.append(Effect(recipient=to, lost=lost, gained=gained))
    return found


def _changed(reader: Reader, items: BitMap) -> tuple[Changed, ...]:
    numbers = [Ordinal(number) for number in items]
    held, names, claims = reader.held(numbers), reader.handles(numbers), reader.claims(numbers)
    return tuple(
        Changed(held[number], names[number], first.originator, tuple(sorted(first.domains)))
        for number in numbers
        for first in claims[number][:1]
    )


def by_originator(items: Iterable[Changed]) -> Counter[str]:
    """How many items of each originator."""
    return Counter(each.originator for each in items)


def by_domain(items: Iterable[Changed]) -> Counter[str]:
    """How many items in each domain; an item in two counts in both."""
    return Counter(domain for each in items for domain in each.domains)


def by_kind(items: Iterable[Changed]) -> Counter[str]:
    """How many items of each STIX type."""
    return Counter(each.item.type for each in items)


def _everyone(index: Index, also: tuple[str, ...] = ()) -> list[Recipient]:
    return _with_parts(index, sorted(index.policy.partners), also)


def _with_parts(index: Index, partners: Iterable[Code], also: tuple[str, ...] = ()) -> list[Recipient]:
    """The partners, each followed by its parts: those that some list names, and one that stands for all others."""
    parts: dict[Code, set[Recipient]] = {}
    lists = [case.claim.audience or () for case in index.book.cases.values()]
    lists += [also, *(consent.to for consent in index.policy.consents)]
    for name in {name for names in lists for name in names}:
        part = Recipient(name)
        if is_part(part):
            parts.setdefault(base(part), set()).add(part)
    return [
        recipient
        for partner in partners
        for recipient in (partner, *sorted({*parts.get(partner, ()), _other(partner)}))
    ]


def _other(partner: Code) -> Recipient:
    """Stands for the parts that no list names singly: `CODE/*` and `*` name it, and nothing else does."""
    return Recipient(f"{partner}/*")


def _partner(policy: Policy, code: str) -> Code:
    known("partner", code, policy.partners)
    return Code(Recipient(code))


def _ended(facts: tuple[Directed, ...], noun: str, name: str, now: Instant) -> tuple[Directed, ...]:
    """The facts, the one with this id ending now; one that has not begun is left out."""
    known(noun, name, {fact.id for fact in facts})
    closed = (
        replace(fact, window=Window(fact.window.start, min(now, fact.window.end))) if fact.id == name else fact
        for fact in facts
    )
    return tuple(fact for fact in closed if fact.window.start < fact.window.end)
