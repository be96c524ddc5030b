"""What one reader sees: every class judged for it, the items that carry no refused one, and since when.

A view is a cache of judgements by `core.decision.refusals`, made for one policy and good until the next boundary in
time. What it has not judged it does not show.
"""

from collections.abc import Iterable, Iterator

from pyroaring import BitMap

from comity.core.decision import Obstacle, refusals
from comity.core.instant import Instant
from comity.core.partner import Code, Recipient
from comity.core.world import Policy
from comity.index.appearances import Appearances
from comity.index.carriers import Carriers

Refusals = tuple[tuple[Code, Obstacle], ...]


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
        self._judged: dict[Code, dict[int, Refusals]] = {}

    def branch(self, dirty: set[Code] | None) -> "View":
        """A view of the same reader with the same judgements, but for those of the `dirty` originators (None: all)."""
        other = View(self.reader, self._carriers, None)
        if dirty is not None:
            other._judged = {name: dict(judged) for name, judged in self._judged.items() if name not in dirty}
        return other

    def judge(self, number: int, policy: Policy, now: Instant) -> Refusals:
        """Every reason that the class with this number gives against the reader; empty if none."""
        case = self._carriers.book.cases[number]
        judged = self._judged.setdefault(case.claim.originator, {})
        known = judged.get(number)
        if known is None:
            known = judged[number] = tuple(refusals(policy, case, self.reader, now))
        return known

    def refused(self, policy: Policy, now: Instant) -> Iterator[int]:
        """The numbers of the classes that the reader is refused."""
        for originator, numbers in self._carriers.by_originator.items():
            judged = self._judged.setdefault(originator, {})
            for number in numbers:
                if judged[number] if number in judged else self.judge(number, policy, now):
                    yield number

    def refresh(self, policy: Policy, now: Instant) -> None:
        """Judge what is not judged, so that `visible` is what the reader may see at `now`."""
        if not self.fresh:
            self.visible = self._carriers.everything - union(
                self._carriers.by_class[number] for number in self.refused(policy, now)
            )
            self.fresh, self.listed = True, False

    def list(self, changed: Instant) -> Appearances:
        """The reader's list, brought up to date: what has become visible since the last look has since `changed`."""
        if self.appearances is None:
            self.appearances = Appearances()
            self.appearances.begin(self.visible, self._carriers.by_receipt)
        elif not self.listed:
            self.appearances.follow(self.visible, changed)
        self.listed = True
        return self.appearances

    def forget(self, originators: Iterable[Code] | None) -> None:
        """Take back the judgements of these originators' classes; None: all of them."""
        self.fresh = False
        if originators is None:
            self._judged.clear()
        else:
            for originator in originators:
                self._judged.pop(originator, None)

    def lose(self, stopped: BitMap, originator: Code | None) -> None:
        """Take `stopped` out of sight at once; its classes are judged again when they are next asked about."""
        fresh = self.fresh
        self.forget(None if originator is None else (originator,))
        self.visible = self.visible - stopped
        self.fresh, self.listed = fresh, False


def union(bitmaps: Iterable[BitMap]) -> BitMap:
    """All that is in any of the bitmaps."""
    return BitMap.union(BitMap(), *bitmaps)
