"""What a change of policy would change, for each reader that it touches. Nothing is changed by asking.

All items are counted; `limit` says how many are listed, none meaning all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeVar

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

Directed = TypeVar("Directed", Agreement, Suspension, Consent)

_CHUNK: Final = 1000
"""Items whose rows are in memory at once."""


class Changed(NamedTuple):
    """One item that a change would take from a reader, or give to it."""

    item: Held
    name: str
    originator: Code
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Items by their first claims; one in two domains counts in both. `listed` are the first of them, or all."""

    count: int
    by_originator: Mapping[str, int]
    by_domain: Mapping[str, int]
    by_kind: Mapping[str, int]
    listed: tuple[Changed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change would change for one reader; `recipient` is `CODE/*` for the parts that no list names singly."""

    recipient: Recipient
    lost: Items
    gained: Items


def preview_suspension(  # noqa: PLR0913 - what a suspension consists of
    store: Store,
    frm: str,
    to: str,
    *,
    domains: frozenset[str] | None,
    reach: Reach,
    recall: bool,
    limit: int | None = None,
) -> list[Effect]:
    """What a suspension that starts now would stop, for each reader that it touches. Nothing is changed."""
    with store.read() as reader:
        index = open_index(reader)
        stop = Suspension(
            id="",
            frm=partner_of(index.policy, frm),
            to=partner_of(index.policy, to),
            window=Window(index.now),
            given=index.now,
            domains=domains or frozenset({EVERY_DOMAIN}),
            reach=reach,
            recall=recall,
        )
        readers = _everyone(index) if stop.to == index.policy.holder else _with_parts(index, [stop.to])
        return _effects(reader, readers, lambda to: index.preview_suspension(stop, to), limit)


def preview_lift(store: Store, suspension: str, *, limit: int | None = None) -> list[Effect]:
    """What lifting the suspension now would give back, for each reader that it touches."""

    def lifted(policy: Policy, now: Instant) -> Policy:
        return replace(policy, suspensions=ended(policy.suspensions, "suspension", suspension, now))

    return _preview(store, lifted, limit)


def preview_end(store: Store, agreement: str, *, limit: int | None = None) -> list[Effect]:
    """What ending the agreement now would change, for each reader that it touches."""

    def without(policy: Policy, now: Instant) -> Policy:
        return replace(policy, agreements=ended(policy.agreements, "agreement", agreement, now))

    return _preview(store, without, limit)


def preview_consent(  # noqa: PLR0913 - what a consent consists of
    store: Store, item: str, *, by: str, to: Iterable[str], use: Use, limit: int | None = None
) -> list[Effect]:
    """What the consent, given now, would give to whom."""
    named_to = tuple(to)
    with store.read() as reader:
        held, index = reader.one(item), open_index(reader)
        consent = Consent(
            id="",
            by=partner_of(index.policy, by),
            item=item_id(held.ordinal),
            to=named_to,
            window=Window(index.now),
            given=index.now,
            use=use,
        )
        after = replace(index.policy, consents=(*index.policy.consents, consent))
        return _effects(reader, _everyone(index, named_to), lambda to: index.preview(after, to), limit)


def changes(
    reader: Reader, index: Index, named: tuple[str, ...], differ: Callable[[Recipient], Difference], limit: int | None
) -> list[Effect]:
    """What changes for every partner and its parts, those that are `named` among them."""
    return _effects(reader, _everyone(index, named), differ, limit)


def _preview(store: Store, change: Callable[[Policy, Instant], Policy], limit: int | None) -> list[Effect]:
    with store.read() as reader:
        index = open_index(reader)
        after = change(index.policy, index.now)
        return _effects(reader, _everyone(index), lambda to: index.preview(after, to), limit)


def _effects(
    reader: Reader, readers: Iterable[Recipient], differ: Callable[[Recipient], Difference], limit: int | None
) -> list[Effect]:
    found = []
    for to in readers:
        difference = differ(to)
        if difference.lost or difference.gained:
            lost, gained = (_items(reader, items, limit) for items in difference)
            found.append(Effect(recipient=to, lost=lost, gained=gained))
    return found


def _items(reader: Reader, items: BitMap, limit: int | None) -> Items:
    """All are counted, and up to `limit` are listed."""
    originators, domains, kinds = Counter[str](), Counter[str](), Counter[str]()
    listed: list[Changed] = []
    for start in range(0, len(items), _CHUNK):
        numbers = [Ordinal(number) for number in items[start : start + _CHUNK]]
        held, claims = reader.held(numbers), reader.claims(numbers)
        for number in numbers:
            first = claims[number][0]
            originators[first.originator] += 1
            domains.update(first.domains)
            kinds[held[number].type] += 1
        some = numbers if limit is None else numbers[: max(limit - len(listed), 0)]
        names = reader.handles(some)
        for number in some:
            first = claims[number][0]
            listed.append(Changed(held[number], names[number], first.originator, tuple(sorted(first.domains))))
    return Items(
        count=len(items),
        by_originator=dict(sorted(originators.items())),
        by_domain=dict(sorted(domains.items())),
        by_kind=dict(sorted(kinds.items())),
        listed=tuple(listed),
    )


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


def partner_of(policy: Policy, code: str) -> Code:
    """The partner with this code. UnknownName."""
    known("partner", code, policy.partners)
    return Code(Recipient(code))


def ended(facts: tuple[Directed, ...], noun: str, name: str, now: Instant) -> tuple[Directed, ...]:
    """The facts, the one with this id ending now; one that has not begun is left out."""
    known(noun, name, {fact.id for fact in facts})
    closed = (
        replace(fact, window=Window(fact.window.start, min(now, fact.window.end))) if fact.id == name else fact
        for fact in facts
    )
    return tuple(fact for fact in closed if fact.window.start < fact.window.end)
