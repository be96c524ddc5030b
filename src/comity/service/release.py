"""The one way out of a node: what may go to whom, and the bytes of it. No other service may ask the decision.

Kept here:
1. the law is asked (`core.decision`) about one item and the closure of what it is built on, on one snapshot;
2. `releasable` alone yields bytes that may leave, and it takes a `Permitted`, so that a leak is a type error;
3. roots are shown by the names that people use, and reasons are ordered by what is shown.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from comity.core.decision import Case, Obstacle, Permitted, Reason, Refused, case_of, refusals, terms, verdict
from comity.core.errors import NodeDamaged, UnknownName
from comity.core.explanation import Explanation, explain
from comity.core.instant import Instant
from comity.core.lineage import Item, ItemId, carried, labels_of
from comity.core.partner import ANYONE, Code, Recipient
from comity.core.world import Policy, World
from comity.index.engine import Index
from comity.index.holding import Ordinal, item_id, ordinal
from comity.service.labels import book
from comity.service.ports import Reader, Store
from comity.service.records import Held

__all__ = ["Answer", "Answers", "Permitted", "Refused", "decide", "judged", "named", "open_index", "releasable", "who"]

Verdict = Permitted | Refused

_UNSHOWN: Final = 0x20
"""Below this, a character is a control."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The decision on one item for one recipient; `reasons` name their roots as people do, in that order.

    `names` has the shown name of every item that the explanation may speak of.
    """

    item: Held
    name: str
    recipient: Recipient
    at: Instant
    permitted: bool
    reasons: tuple[Reason, ...]
    explanation: Explanation
    names: Mapping[ItemId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The decisions on one item for every partner, by code; those for a partner that is permitted have no reasons."""

    item: Held
    name: str
    at: Instant
    refused: Mapping[Code, tuple[Reason, ...]]


def decide(store: Store, name: str, recipient: str, at: Instant | None = None) -> Answer:
    """May the holder disclose the item to the recipient, and why not; `at` is now if absent.

    A past or future `at` asks by valid time on today's record. Raises UnknownName and AmbiguousItem.
    """
    with store.read() as reader:
        held, to = reader.one(name), named(reader.policy(), recipient)
        moment = reader.now() if at is None else at
        world = world_of(reader, [held.ordinal])
        explanation = explain(world, item_id(held.ordinal), to, moment)
        found = explanation.decision
        names = _names(reader, world.items)
        return Answer(
            item=held,
            name=names[item_id(held.ordinal)],
            recipient=to,
            at=moment,
            permitted=isinstance(found, Permitted),
            reasons=_shown(found, names),
            explanation=explanation,
            names=names,
        )


def who(store: Store, name: str, at: Instant | None = None) -> Answers:
    """The decision on the item for every partner, the holder among them. The item is labelled once."""
    with store.read() as reader:
        held, policy = reader.one(name), reader.policy()
        moment = reader.now() if at is None else at
        world, item = world_of(reader, [held.ordinal]), item_id(held.ordinal)
        names = _names(reader, world.items)
        triples = carried(world.items, item, moment, terms(world.policy))
        cases = [(triple.root, case_of(world, item, triple)) for triple in triples]
        refused = {}
        for partner in sorted(policy.partners):
            reasons = {
                Reason(of, root, code.value)
                for root, case in cases
                for of, code in refusals(world.policy, case, partner, moment)
            }
            refused[partner] = _shown(verdict(item, partner, moment, reasons), names)
        return Answers(item=held, name=names[item], at=moment, refused=refused)


def open_index(reader: Reader, at: Instant | None = None) -> Index:
    """The index of everything held, from the labels and classes that are kept, as of now, or as of `at`."""
    moment = reader.now() if at is None else at
    return Index(reader.policy(), reader, moment, cases=book(reader).cases.values(), labelled=reader.labelled())


def named(policy: Policy, recipient: str) -> Recipient:
    """The recipient of that name; UnknownName unless it is a partner or one part of a partner."""
    to = Recipient(recipient)
    if ANYONE in recipient:
        raise UnknownName(f"`{recipient}` is no single recipient: name one partner (`CODE`) or one part (`CODE/part`)")
    if recipient.endswith("/") and policy.knows(Recipient(recipient[:-1])):
        raise UnknownName(
            f"`{recipient}` names no part: write `{recipient[:-1]}`, or `{recipient}` and the part's name"
        )
    plain = all(ord(char) >= _UNSHOWN for char in recipient)
    if not plain or not policy.knows(to):
        raise UnknownName(
            f"no partner for `{recipient}`: see `comity partner list`, or add it with `comity partner add`"
        )
    return to


def judged(reader: Reader, items: Sequence[Ordinal], recipient: Recipient, at: Instant) -> Iterator[Verdict]:
    """The decision on each of the items, in their order: `core.decision.decide`, with what they share judged once."""
    world, names = world_of(reader, items), [item_id(number) for number in items]
    labels = labels_of(world.items, names, at, terms(world.policy))
    known: dict[Case, tuple[tuple[Code, Obstacle], ...]] = {}
    for name in names:
        reasons: set[Reason] = set()
        for triple in labels[name]:
            case = case_of(world, name, triple)
            if case not in known:
                known[case] = tuple(refusals(world.policy, case, recipient, at))
            reasons |= {Reason(partner, triple.root, code.value) for partner, code in known[case]}
        yield verdict(name, recipient, at, reasons)


def releasable(reader: Reader, permitted: Iterable[Permitted]) -> Iterator[tuple[Ordinal, bytes]]:
    """The bytes of what was permitted, as received. NodeDamaged where they are missing or not what was received."""
    items = [ordinal(verdict.item) for verdict in permitted]
    digests = {number: held.digest for number, held in reader.held(items).items()}
    count = 0
    for item, content in reader.content(items):
        if hashlib.sha256(content).digest() != digests[item]:
            raise NodeDamaged(f"the bytes of `{reader.handle(item)}` are not those received: restore the node")
        count += 1
        yield item, content
    if count != len(items):
        raise NodeDamaged(f"the bytes of {len(items) - count} items are missing: restore the node from its last copy")


def world_of(reader: Reader, items: Iterable[Ordinal]) -> World:
    """The policy, with the consents that concern them, and the items with all that they are built on."""
    found = _closure(reader, items)
    policy = reader.policy()
    consents = tuple(consent for consent in policy.consents if consent.item in found)
    return World(policy=replace(policy, consents=consents), items=found)


def _closure(reader: Reader, items: Iterable[Ordinal]) -> dict[ItemId, Item]:
    """The items and everything that they are built on, read level by level."""
    found: dict[ItemId, Item] = {}
    front = set(items)
    while front:
        claims, sources = reader.claims(front), reader.sources(front)
        for number in front:
            if number in claims:
                name = item_id(number)
                found[name] = Item(id=name, claims=claims[number], sources=sources.get(number, ()))
        front = {ordinal(source.item) for edges in sources.values() for source in edges if source.item not in found}
    return found


def _names(reader: Reader, items: Iterable[ItemId]) -> dict[ItemId, str]:
    return {item_id(number): name for number, name in reader.handles(map(ordinal, items)).items()}


def _shown(found: Verdict, names: Mapping[ItemId, str]) -> tuple[Reason, ...]:
    """The reasons with their roots as people name them, ordered by the triple."""
    if isinstance(found, Permitted):
        return ()
    return tuple(sorted(reason._replace(root=ItemId(names[reason.root])) for reason in found.reasons))
