"""What would be gone, for whom, if suspensions were made now: one, several at once, every single one, every pair.

Nothing is changed by asking. What a supposed suspension stops comes out of the strata (`stopping`); each makes refusals
and no permission, so what several stop is what any of them stops. Only where the strata cannot say it – a recall, for
the holder's own reading, and a suspension at the very moment of an attestation – every class is judged anew.

INVARIANT: what is lost is what `core.decision.decide` permits, and refuses once the supposed suspensions are added;
tests hold it to that on random worlds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple, TypeVar

from pyroaring import BitMap

from comity.core.agreement import Reach
from comity.core.coverage import Coverage
from comity.core.instant import Window
from comity.core.loss import Change, Hurt, Supposed
from comity.core.partner import Code, Recipient, base
from comity.core.requirement import Requirement, RequirementId
from comity.index.counting import Survey, count, covering
from comity.index.engine import Index
from comity.index.stopping import stopped

Name = TypeVar("Name", bound=str)


def lost(index: Index, supposed: Iterable[Supposed], reader: Recipient) -> BitMap:
    """The items that `reader` sees now and would not see, if all of these were made now.

    Raises InvalidFacts for a partner or domain that the policy does not know.
    """
    longest = max((len(stop.id) for stop in index.policy.suspensions), default=0)
    stops = [each.made("s" * (longest + place), index.now) for place, each in enumerate(supposed, start=1)]
    return index.preview_suspensions(stops, reader).lost


# One loss, in detail


class Stand(NamedTuple):
    """How one requirement stands for a reader before a loss: the items that cover it, and the coverage."""

    requirement: Requirement
    items: BitMap
    coverage: Coverage


def standing(survey: Survey, requirements: Iterable[Requirement], reader: Recipient, window: Window) -> list[Stand]:
    """How these requirements stand for `reader` in the window: counted once, for many losses."""
    found = []
    for requirement in requirements:
        items = covering(survey, requirement.id, reader, window)
        found.append(Stand(requirement, items, count(survey, requirement.id, reader, window, items)))
    return found


def hurt(survey: Survey, stands: Iterable[Stand], gone: BitMap) -> list[Hurt]:
    """What becomes of each requirement if these items are lost."""
    return [
        Hurt(requirement=stand.requirement, before=stand.coverage, after=_after(survey, stand, gone))
        for stand in stands
    ]


def _after(survey: Survey, stand: Stand, gone: BitMap) -> Coverage:
    before = stand.coverage
    if stand.items.isdisjoint(gone):
        return before
    return count(survey, before.requirement, before.recipient, before.window, stand.items - gone)


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a reader would lose: the items, and what is left, by whose they are and by their domains, in order.

    An item of several domains counts in each. A group in which the reader sees nothing is not listed.
    """

    reader: Recipient
    items: BitMap
    whole: Change
    originators: tuple[tuple[Code, Change], ...]
    domains: tuple[tuple[str, Change], ...]


def loss(survey: Survey, supposed: Iterable[Supposed], reader: Recipient) -> Loss:
    """What `reader` would lose of all that it sees now."""
    gone, seen = lost(survey.index, supposed, reader), survey.index.visible(reader)
    return Loss(
        reader=reader,
        items=gone,
        whole=Change(before=len(seen), after=len(seen) - len(gone)),
        originators=tuple(_changes(survey.facets.by_originator, seen, gone)),
        domains=tuple(_changes(survey.facets.by_domain, seen, gone)),
    )


def _changes(groups: Mapping[Name, BitMap], seen: BitMap, gone: BitMap) -> Iterator[tuple[Name, Change]]:
    for name, items in sorted(groups.items()):
        if before := items.intersection_cardinality(seen):
            yield name, Change(before=before, after=before - items.intersection_cardinality(gone))


# Every single loss


class Single(NamedTuple):
    """One supposed suspension, how many items are lost in all, and to whom how many."""

    supposed: Supposed
    lost: int
    readers: tuple[tuple[Recipient, int], ...]


def singles(index: Index, readers: Sequence[Recipient], reach: Reach = Reach.ONWARD) -> list[Single]:
    """Every suspension of one partner by another, whole, with what these readers would lose (N−1).

    The costliest first, by the items lost to all readers together; equal ones by code.
    """
    # A suspension of the holder is in everybody's way, and so is one of somebody who attests at this very moment: the
    # terms of the attestation read it.
    everybody = {index.policy.holder, *index.attesting(index.now)}
    near = {base(reader): [each for each in readers if base(each) == base(reader)] for reader in readers}
    near |= {partner: list(readers) for partner in everybody}
    found = []
    for each in _every(index, near, reach):
        counts = tuple((reader, number) for reader, number in _counts(index, each, near[each.to]) if number)
        found.append(Single(each, sum(number for _, number in counts), counts))
    return sorted(found, key=lambda single: (-single.lost, single.supposed.frm, single.supposed.to))


def _every(index: Index, stopped: Iterable[Code], reach: Reach) -> Iterator[Supposed]:
    """Each suspension of one of these partners by another."""
    for to in sorted(set(stopped)):
        for frm in sorted(index.policy.partners - {to}):
            yield Supposed(frm=frm, to=to, reach=reach)


def _counts(index: Index, supposed: Supposed, readers: Iterable[Recipient]) -> Iterator[tuple[Recipient, int]]:
    """As many items as `lost` says, for each of the readers; where the strata say it, no bitmap is made of them."""
    if supposed.to in index.attesting(index.now):
        yield from ((reader, len(lost(index, [supposed], reader))) for reader in readers)
        return
    stop = supposed.made("supposed", index.now)
    policy = index.policy.with_suspension(stop)
    for reader in readers:
        if reader != policy.holder:  # whom only a recall stops
            met = stopped(index.carriers, policy, stop, reader, index.now)
            yield reader, met.intersection_cardinality(index.visible(reader))


# Every pair


class Pair(NamedTuple):
    """Two supposed suspensions, how many items are lost by both, and the requirements that only both together lose."""

    first: Supposed
    second: Supposed
    lost: int
    together: tuple[RequirementId, ...]


class _Cost(NamedTuple):
    """What one of them costs, and what each requirement has left."""

    supposed: Supposed
    gone: BitMap
    left: list[BitMap]


def pairs(index: Index, stands: Sequence[Stand], reader: Recipient, reach: Reach = Reach.ONWARD) -> list[Pair]:
    """Every two suspensions, of its partner or the holder, that cost `reader` more together than either alone (N−2).

    First those that lose the most requirements only together, then the costliest by items, then by code. `stands` are
    the requirements as they stand for `reader`.
    """
    near = {base(reader), index.policy.holder}
    costs = [_costs(index, each, reader, stands) for each in _every(index, near, reach)]
    attesting = index.attesting(index.now).keys() & near
    found = []
    for first, second in combinations([cost for cost in costs if cost.gone or attesting], 2):
        moving = attesting & {first.supposed.to, second.supposed.to}  # a label that moves meets the other, too
        gone = lost(index, [first.supposed, second.supposed], reader) if moving else first.gone | second.gone
        if len(gone) > max(len(first.gone), len(second.gone)):
            found.append(
                Pair(first.supposed, second.supposed, len(gone), tuple(_together(stands, first, second, gone)))
            )
    return sorted(found, key=lambda pair: (-len(pair.together), -pair.lost, *_names(pair.first), *_names(pair.second)))


def _costs(index: Index, supposed: Supposed, reader: Recipient, stands: Sequence[Stand]) -> _Cost:
    gone = lost(index, [supposed], reader)
    return _Cost(
        supposed, gone, [stand.items - gone for stand in stands] if gone else [stand.items for stand in stands]
    )


def _together(stands: Sequence[Stand], first: _Cost, second: _Cost, gone: BitMap) -> Iterator[RequirementId]:
    """The requirements of which either leaves something, and both leave nothing."""
    for stand, one, two in zip(stands, first.left, second.left, strict=True):
        if one and two and one.issubset(gone):
            yield stand.requirement.id


def _names(supposed: Supposed) -> tuple[Code, Code]:
    return supposed.frm, supposed.to
