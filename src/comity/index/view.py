"""What one reader sees: every class judged for it, the items that carry no refused one, and since when.

A view is a cache of judgements by `core.decision.refusals`, made for one policy and good until the next boundary in
time. What it has not judged it does not show.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from pyroaring import BitMap

from comity.core.decision import Reason, refusals
from comity.core.instant import Instant
from comity.core.lineage import ItemId
from comity.core.partner import Code, Recipient
from comity.core.world import Policy
from comity.index.appearances import Appearances
from comity.index.carriers import Carriers

Refusals = tuple[tuple[Code, str], ...]
"""Whose word is in the way, and how: the reasons that a class gives, whatever its roots."""


TOLD: Final = 32
"""Sets of reasons that are remembered for one item at a time."""


class Trace:
    """The label of one item, class by class with its roots, and the reasons that were made of it, whoever asked."""

    __slots__ = ("_roots", "_told", "classes")

    def __init__(self, roots: Mapping[int, Collection[ItemId]]) -> None:
        """`roots`: the numbers of the classes, each with its roots."""
        self.classes = frozenset(roots)
        self._roots = roots
        self._told: dict[tuple[frozenset[int], tuple[Refusals, ...]], tuple[Reason, ...]] = {}

    def reasons(self, classes: frozenset[int], given: tuple[Refusals, ...]) -> tuple[Reason, ...]:
        """What these classes give against a reader, root by root, in order."""
        known = self._told.get((classes, given))
        if known is None:
            found = {
                Reason(partner, root, code)
                for number, stated in zip(classes, given, strict=True)
                for partner, code in stated
                for root in self._roots[number]
            }
            if len(self._told) >= TOLD:
                self._told.clear()
            known = self._told[classes, given] = tuple(sorted(found))
        return known


class View:
    """The judgements of one reader, and what follows from them."""

    def __init__(self, reader: Recipient, carriers: Carriers, appearances: Appearances | None) -> None:
        """A view that has judged nothing yet; `appearances` is what the reader was shown before."""
        self.reader = reader
        self.visible = BitMap()
        self.fresh = False
        self.listed = False
        self.appearances = appearances
        self._carriers = carriers
        self._refused: dict[int, Refusals] = {}
        self._passed: set[int] = set()
        self._stale: set[Code] = set()

    def branch(self, dirty: set[Code] | None) -> "View":
        """A view of the same reader with the same judgements, but for those of the `dirty` originators (None: all)."""
        other = View(self.reader, self._carriers, None)
        if dirty is not None:
            self._drop_stale()
            other._refused, other._passed = dict(self._refused), set(self._passed)
            other.forget(dirty)
        return other

    def judge(self, number: int, policy: Policy, now: Instant) -> Refusals:
        """Every reason that the class with this number gives against the reader; empty if none."""
        if self._stale:
            self._drop_stale()
        if number in self._passed:
            return ()
        known = self._refused.get(number)
        if known is None:
            found = refusals(policy, self._carriers.book.cases[number], self.reader, now)
            known = tuple((partner, code.value) for partner, code in found)
            if known:
                self._refused[number] = known
            else:
                self._passed.add(number)
        return known

    def reasons(self, trace: Trace, policy: Policy, now: Instant) -> tuple[Reason, ...]:
        """Every reason against the reader that a label gives, root by root, in order."""
        if self._stale:
            self._drop_stale()
        doubtful = trace.classes - self._passed
        try:
            given = tuple(map(self._refused.__getitem__, doubtful))
        except KeyError:
            given = tuple(self.judge(number, policy, now) for number in doubtful)
        return trace.reasons(doubtful, given)

    def refused(self, policy: Policy, now: Instant) -> Iterator[int]:
        """The numbers of the classes that the reader is refused."""
        return (number for number in self._carriers.by_class if self.judge(number, policy, now))

    def refresh(self, policy: Policy, now: Instant) -> None:
        """Judge what is not judged, so that `visible` is what the reader may see at `now`."""
        if not self.fresh:
            carriers = self._carriers
            hidden = union(carriers.by_class[number] for number in self.refused(policy, now))
            self.visible = carriers.everything - hidden - carriers.later
            self.fresh, self.listed = True, False

    def list(self, clock: Instant) -> Appearances:
        """The reader's list, brought up to date: what has become visible since the last look has since `clock`.

        INVARIANT: by the time of the look, not by that of a change, which may be one that concerns others alone; and by
        the clock, not by the time of a decision, which is the latest recorded one where the clock is behind that.
        """
        if self.appearances is None:
            self.appearances = Appearances()
            self.appearances.begin(self.visible, self._carriers.by_receipt)
        elif not self.listed:
            self.appearances.follow(self.visible, clock)
        self.listed = True
        return self.appearances

    def forget(self, originators: Iterable[Code] | None) -> None:
        """Take back the judgements of these originators' classes; None: all of them."""
        self.fresh = False
        if originators is None:
            self._refused.clear()
            self._passed.clear()
        else:
            self._stale.update(originators)

    def _drop_stale(self) -> None:
        """Forget what was taken back: when somebody asks, so that a suspension need not wait for it."""
        for originator in self._stale:
            numbers = self._carriers.book.of(originator)
            self._passed.difference_update(numbers)
            for number in numbers:
                self._refused.pop(number, None)
        self._stale.clear()

    def lose(self, stopped: BitMap, originator: Code | None) -> None:
        """Take `stopped` out of sight at once; its classes are judged again when they are next asked about."""
        fresh = self.fresh
        self.forget(None if originator is None else (originator,))
        self.visible = self.visible - stopped
        self.fresh, self.listed = fresh, False


def union(bitmaps: Iterable[BitMap]) -> BitMap:
    """All that is in any of the bitmaps."""
    return BitMap.union(BitMap(), *bitmaps)
