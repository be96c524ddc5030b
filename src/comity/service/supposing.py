"""What supposed suspensions of a node would cost: some, every single one, every pair. For the holder's own people.

Nothing is changed by asking, and nothing is recorded. All items are counted; `limit` says how many are listed. What
each number means: docs/explanation/analysis.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from comity.core.agreement import Reach
from comity.core.errors import InvalidFacts, MalformedInput
from comity.core.instant import Instant, Window
from comity.core.loss import Effect, Hurt, Supposed, worst_first
from comity.core.partner import Recipient
from comity.index import losing
from comity.index.losing import Loss, Pair, Single, Stand
from comity.index.mentioned import Reported
from comity.service.covering import ASKED, Listed, Span, listed, urgent_first
from comity.service.policy import must_be_two
from comity.service.ports import Store
from comity.service.surveying import Check, Desk, desk

DETAILED: Final = 100
"""Losses of one recipient by one suspension that are counted by requirement, of those that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposing:
    """For whom it is counted – by default for every partner –, in which window, and at which moment: by default now.

    `by_object`: see `Desk`.
    """

    to: tuple[str, ...] = ()
    span: Span = ASKED
    at: Instant | None = None
    by_object: bool = False
    detailed: int = DETAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What one recipient would lose; `hurts` are all requirements, those hurt most first, and `more` are not listed."""

    loss: Loss
    hurts: tuple[Hurt, ...]
    listed: tuple[Listed, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What supposed suspensions would cost together, recipient by recipient."""

    at: Instant
    window: Window
    supposed: tuple[Supposed, ...]
    readers: tuple[Lost, ...]
    reported: Reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one recipient would lose by a single suspension: items, and the requirements that are hurt, worst first.

    `hurts` is None where it was not counted: only the first losses are, of those that are listed.
    """

    reader: Recipient
    items: int
    hurts: tuple[Hurt, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A single suspension, and the items that all who were asked about lose together."""

    supposed: Supposed
    items: int
    costs: tuple[Cost, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Every single suspension that costs anything, the costliest first; `more` are not listed."""

    at: Instant
    window: Window
    readers: tuple[Recipient, ...]
    ranked: tuple[Ranked, ...]
    more: int
    reported: Reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Every two suspensions that cost a recipient more together than either alone; `more` are not listed."""

    at: Instant
    window: Window
    recipient: Recipient
    pairs: tuple[Pair, ...]
    more: int
    reported: Reported


def losses(
    store: Store, check: Check, asked: Supposing, supposed: Sequence[Supposed], limit: int | None = None
) -> Losses:
    """What would be lost if all of these were made. UnknownName, MalformedInput; InvalidFacts for a strange partner."""
    if not supposed:
        raise MalformedInput("nothing is supposed: name at least one suspension")
    with desk(store, check, asked.at, by_object=asked.by_object) as at:
        must_be_supposable(at, supposed)
        window = asked.span.window(at.at)
        named = _readers(at, asked.to)
        readers = tuple(_lost(at, supposed, reader, _stands(at, reader, window), limit) for reader in named)
        reported = _reported(at, named)
    return Losses(at=at.at, window=window, supposed=tuple(supposed), readers=readers, reported=reported)


def every_single(
    store: Store, check: Check, asked: Supposing, reach: Reach = Reach.ONWARD, limit: int | None = None
) -> Ranking:
    """Every suspension of one partner by another, with what it would cost (N−1). UnknownName, MalformedInput."""
    with desk(store, check, asked.at, by_object=asked.by_object) as at:
        window, readers = asked.span.window(at.at), _readers(at, asked.to)
        costly = [single for single in losing.singles(at.survey.index, readers, reach) if single.lost]
        first = costly[:limit]
        detailed = _detailed(at, first, window, asked.detailed)
        ranked = tuple(
            Ranked(
                supposed=each.supposed,
                items=each.lost,
                costs=tuple(
                    Cost(reader=reader, items=items, hurts=detailed.get((each.supposed, reader)))
                    for reader, items in each.readers
                ),
            )
            for each in first
        )
        reported = _reported(at, readers)
    more = len(costly) - len(first)
    return Ranking(at=at.at, window=window, readers=tuple(readers), ranked=ranked, more=more, reported=reported)


def every_pair(
    store: Store, check: Check, asked: Supposing, reach: Reach = Reach.ONWARD, limit: int | None = None
) -> Pairs:
    """Every two suspensions that cost one recipient more together than either does alone (N−2). As `every_single`."""
    if len(asked.to) != 1:
        raise MalformedInput("every pair is found for one recipient: name exactly one")
    with desk(store, check, asked.at, by_object=asked.by_object) as at:
        window, to = asked.span.window(at.at), at.recipient(asked.to[0])
        found = losing.pairs(at.survey.index, _stands(at, to, window), to, reach)
        reported = _reported(at, [to])
    first, more = tuple(found[:limit]), len(found[limit:]) if limit is not None else 0
    return Pairs(at=at.at, window=window, recipient=to, pairs=first, more=more, reported=reported)


def must_be_supposable(at: Desk, supposed: Sequence[Supposed]) -> None:
    """InvalidFacts, whose places are those of what is supposed: others stand before it in the policy.

    MalformedInput for one of a partner towards itself, as where it is made.
    """
    for place, each in enumerate(supposed):
        must_be_two("a suspension", each.frm, each.to)
        try:
            at.survey.index.policy.with_suspension(each.made(" supposed", at.at))
        except InvalidFacts as problem:
            faults = (replace(fault, place=("suspensions", place, *fault.place[2:])) for fault in problem.faults)
            raise InvalidFacts(tuple(faults)) from problem


def _reported(at: Desk, readers: Sequence[Recipient]) -> Reported:
    """A loss tells of all that was there before it, lost or not."""
    return Reported(at.seen(readers), tuple(readers))


def _readers(at: Desk, names: Iterable[str]) -> list[Recipient]:
    """Those that are named, each once; every partner, where nobody is."""
    return list(dict.fromkeys(map(at.recipient, names))) or sorted(at.survey.index.policy.partners)


def _stands(at: Desk, reader: Recipient, window: Window) -> list[Stand]:
    return losing.standing(at.survey, urgent_first(at.wants.requirements), reader, window)


def _lost(
    at: Desk, supposed: Sequence[Supposed], reader: Recipient, stands: Sequence[Stand], limit: int | None
) -> Lost:
    found = losing.loss(at.survey, supposed, reader)
    shown = listed(at, found.items, limit)
    return Lost(
        loss=found,
        hurts=tuple(worst_first(losing.hurt(at.survey, stands, found.items))),
        listed=shown,
        more=len(found.items) - len(shown),
    )


def _detailed(
    at: Desk, singles: Iterable[Single], window: Window, most: int
) -> dict[tuple[Supposed, Recipient], tuple[Hurt, ...]]:
    """What the first of these losses do to requirements. How each requirement stands is counted once for a reader."""
    stands: dict[Recipient, list[Stand]] = {}
    found = {}
    losses_of_one = ((each.supposed, reader) for each in singles for reader, _ in each.readers)
    for supposed, reader in islice(losses_of_one, most):
        if reader not in stands:
            stands[reader] = _stands(at, reader, window)
        gone = losing.lost(at.survey.index, [supposed], reader)
        hurts = worst_first(losing.hurt(at.survey, stands[reader], gone))
        found[supposed, reader] = tuple(each for each in hurts if each.effect is not Effect.UNAFFECTED)
    return found
