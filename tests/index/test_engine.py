"""`listing_agrees`, for the index: every verdict and every reason is `decide`'s, after any sequence of changes."""

import os
import random
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from comity.core.agreement import Agreement, Delegation, Reach, Suspension
from comity.core.consent import Consent
from comity.core.decision import Permitted, Refused, decide
from comity.core.instant import Instant, Window
from comity.core.lineage import Item, ItemId, Use
from comity.core.partner import Code, Recipient, base
from comity.core.world import Policy, World
from comity.formats.instant import parse
from comity.formats.world import from_plain
from comity.index.engine import Index
from comity.index.holding import Ordinal, item_id
from comity.index.memory import WorldHolding, index_of
from tests.oracle.generator import boundaries, random_questions, random_world

BLOCKS = 8
EVERY = frozenset({"*"})
FIRST = int(os.environ.get("COMITY_INDEX_FIRST", "0"))
WORLDS = int(os.environ.get("COMITY_INDEX_WORLDS", "200"))


def moments(rng: random.Random, plain: dict[str, object]) -> list[Instant]:
    """Some times at which something happens, in order, and their neighbours."""
    found = {parse(text) for text in boundaries(plain)}
    found |= {Instant(moment + step) for moment in found for step in (-1, 1)}
    return sorted(rng.sample(sorted(found), min(6, len(found)))) or [Instant(0)]


def readers(rng: random.Random, plain: dict[str, object], world: World) -> list[Recipient]:
    """Every partner, and the parts that questions are asked about."""
    asked = {Recipient(to) for _, to, _ in random_questions(rng, plain, 20)}
    return sorted(asked | set(world.policy.partners))


def assert_agrees(index: Index, holding: WorldHolding, world: World, asked: list[Recipient]) -> None:
    """Every item for every reader: verdict, reasons, visible, who, page."""
    for reader in asked:
        seen = set()
        for place, name in enumerate(holding.names):
            number = Ordinal(place)
            want = decide(world, name, reader, index.now)
            got = index.decide(number, reader)
            assert named(got, holding) == want, (reader, name)
            assert index.permits(number, reader) == isinstance(want, Permitted), (reader, name)
            if isinstance(want, Permitted):
                seen.add(place)
            if "/" not in reader:
                assert (reader in index.who(number)) == isinstance(want, Permitted)
        listed = [position.item for position in index.page(reader, None, 1000)]
        assert sorted(listed) == sorted(seen)


def named(answer: Permitted | Refused, holding: WorldHolding) -> Permitted | Refused:
    """The index's answer with items named as the world names them."""
    item = holding.names[int(answer.item)]
    if isinstance(answer, Permitted):
        return replace(answer, item=item)
    reasons = sorted(reason._replace(root=holding.names[int(reason.root)]) for reason in answer.reasons)
    return replace(answer, item=item, reasons=tuple(reasons))


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_index_gives_the_answers_of_decide_as_time_passes(block: int) -> None:
    for seed in range(FIRST + block, FIRST + WORLDS, BLOCKS):
        rng = random.Random(seed)
        plain = random_world(rng)
        world = from_plain(plain).world
        asked = readers(rng, plain, world)
        times = moments(rng, plain)
        index, holding = index_of(world, times[0])
        for moment in times:
            index.advance(moment)
            assert_agrees(index, holding, world, asked)


Dated = TypeVar("Dated", Agreement, Suspension, Delegation, Consent)


def ended(fact: Dated, now: Instant) -> Dated:
    """A fact whose window ends now, where that leaves anything of it."""
    if fact.window.start < now < fact.window.end:
        return replace(fact, window=Window(fact.window.start, now))
    return fact


def without_some(rng: random.Random, policy: Policy) -> Policy:
    """A policy that has yet to hear of some of its facts."""

    def some(facts: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(fact for fact in facts if rng.random() < 0.6)

    return replace(
        policy,
        agreements=some(policy.agreements),
        suspensions=some(policy.suspensions),
        delegations=some(policy.delegations),
        consents=some(policy.consents),
    )


def having(policy: Policy, kind: str, facts: tuple[Any, ...]) -> Policy:
    """The policy with these facts of one kind."""
    changed: dict[str, Any] = {kind: facts}
    return replace(policy, **changed)


def next_policy(rng: random.Random, policy: Policy, whole: Policy, now: Instant) -> Policy:
    """One fact more, fewer, or ended now."""
    kind = rng.choice(["agreements", "suspensions", "delegations", "consents"])
    have, every = getattr(policy, kind), getattr(whole, kind)
    missing = [fact for fact in every if fact.id not in {known.id for known in have}]
    choice = rng.random()
    if choice < 0.5 and missing:
        fact = rng.choice(missing)
        if rng.random() < 0.5 and fact.window.end > now + 1:
            fact = replace(fact, window=Window(Instant(now + 1), fact.window.end))
        return having(policy, kind, (*have, fact))
    if choice < 0.8 and have:
        chosen = rng.choice(have)
        return having(policy, kind, tuple(ended(fact, now) if fact is chosen else fact for fact in have))
    return having(policy, kind, have[1:])


def toggled(rng: random.Random, item: Item, now: Instant) -> Item:
    """The item with one of its `draws-on` edges attested, or its attestation withdrawn."""
    edges = list(item.sources)
    places = [place for place, edge in enumerate(edges) if edge.use is Use.DRAWS_ON]
    if not places:
        return item
    place = rng.choice(places)
    open_windows = [window for window in edges[place].attestations if now in window]
    fresh = tuple(
        Window(window.start, now) if window.start < now < window.end else window for window in edges[place].attestations
    )
    edges[place] = replace(edges[place], attestations=fresh if open_windows else (*fresh, Window(now)))
    return replace(item, sources=tuple(edges))


def pair(rng: random.Random, index: Index, asked: list[Recipient]) -> tuple[Code, Code]:
    """Who might suspend whom: mostly an originator of something that somebody sees, or the holder."""
    policy = index.policy
    reader = rng.choice(asked)
    seen = [number for number, carrying in index.carriers.by_class.items() if carrying & index.visible(reader)]
    originators = sorted({index.book.cases[number].claim.originator for number in seen} - {base(reader)})
    if originators and rng.random() < 0.7:
        return rng.choice(originators), base(reader)
    to = rng.choice(sorted(policy.partners - {policy.holder}))
    return policy.holder if rng.random() < 0.5 else rng.choice(sorted(policy.partners - {to})), to


def new_stop(rng: random.Random, index: Index, asked: list[Recipient]) -> Suspension:
    """A suspension from now on, of any reach and domains; given now, or (a world may say so) long before."""
    policy, now = index.policy, index.now
    frm, to = pair(rng, index, asked)
    domains = sorted(policy.known_domains())
    given = [consent.given - 1 for consent in policy.consents] or [now]
    return Suspension(
        id=f"fresh-{len(policy.suspensions)}",
        frm=frm,
        to=to,
        window=Window(now),
        given=now if rng.random() < 0.6 else Instant(rng.choice(given)),
        domains=frozenset(rng.sample(domains, rng.randint(1, len(domains)))) if rng.random() < 0.5 else EVERY,
        reach=rng.choice(list(Reach)),
        recall=rng.random() < 0.2,
    )


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_suspension_given_now_takes_away_what_decide_takes_away(block: int) -> None:
    """The short way of a suspension, through strata, and what it leaves for later judgements, relabelling included."""
    for seed in range(FIRST + block, FIRST + WORLDS, BLOCKS):
        rng = random.Random(seed + 2_000_000)
        plain = random_world(rng)
        for item in plain["items"]:  # a receipt in the future of the suspension would ask for the long way
            item.pop("received", None)
        world = from_plain(plain).world
        asked = readers(rng, plain, world)
        index, holding = index_of(world, rng.choice(moments(rng, plain)))
        for now in (Instant(index.now + step) for step in (2, 4, 6)):
            for reader in asked:
                index.visible(reader)
            index.advance(now)
            stop = new_stop(rng, index, asked)
            world = World(
                policy=having(world.policy, "suspensions", (*world.policy.suspensions, stop)), items=world.items
            )
            for reader in asked:
                lost = set(index.preview_suspension(stop, reader).lost)
                want = {place for place, name in enumerate(holding.names) if permits(world, name, reader, now)}
                assert set(index.visible(reader)) - lost == want, (reader, stop)
            index.suspend(stop)
            assert_agrees(index, holding, world, rng.sample(asked, 2))
            world = attested_now(rng, world, index, holding)


def attested_now(rng: random.Random, world: World, index: Index, holding: WorldHolding) -> World:
    """An attestation, or the withdrawal of one, to the world and to the index alike; the strata must follow."""
    place = rng.randrange(len(holding.names))
    name = holding.names[place]
    item = toggled(rng, world.items[name], index.now)
    if not valid(world, name, item):
        return world
    number = item_id(Ordinal(place))
    edges = tuple(replace(source, item=holding.numbers[source.item]) for source in item.sources)
    holding.items[number] = replace(holding.items[number], sources=edges)
    index.receive([], touched=[Ordinal(place)])
    return World(policy=world.policy, items={**world.items, name: item})


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_index_gives_the_answers_of_decide_after_any_sequence_of_changes(block: int) -> None:
    for seed in range(FIRST + block, FIRST + WORLDS, BLOCKS):
        rng = random.Random(seed + 1_000_000)
        plain = random_world(rng)
        whole = from_plain(plain).world
        asked = rng.sample(readers(rng, plain, whole), 3)
        times = moments(rng, plain)
        world = World(policy=without_some(rng, whole.policy), items=whole.items)
        index, holding = index_of(world, times[0])
        for now in times:
            index.advance(now)
            world = step(rng, world, whole, index, holding)
            assert_agrees(index, holding, world, asked)


def step(rng: random.Random, world: World, whole: World, index: Index, holding: WorldHolding) -> World:
    """One change, to the world and to the index alike."""
    if rng.random() < 0.25:
        return attested_now(rng, world, index, holding)
    policy = next_policy(rng, world.policy, whole.policy, index.now)
    fresh = World(policy=policy, items=world.items)
    numbered = WorldHolding(fresh).policy
    added = [stop for stop in numbered.suspensions if stop.id not in {known.id for known in world.policy.suspensions}]
    for reader in sorted(world.policy.partners):
        before = set(index.visible(reader))
        lost, gained = index.preview_suspension(added[0], reader) if added else index.preview(numbered, reader)
        want = {Ordinal(place) for place, name in enumerate(holding.names) if permits(fresh, name, reader, index.now)}
        assert (before - set(lost)) | set(gained) == want, reader
        assert before == set(index.visible(reader))
    if added:
        index.suspend(added[0])
    else:
        index.replace(numbered, index.now)
    return fresh


def permits(world: World, item: ItemId, reader: Recipient, now: Instant) -> bool:
    return isinstance(decide(world, item, reader, now), Permitted)


def valid(world: World, name: ItemId, item: Item) -> bool:
    try:
        World(policy=world.policy, items={**world.items, name: item})
    except Exception:  # noqa: BLE001 - an attestation before its source was received, say
        return False
    return True
