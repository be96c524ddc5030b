"""What items are: whose, of which type and domains, received when. Bitmaps out of the classes, for what is counted.

Whose an item is, and its domains, its first claim says (`index.firsts`). It is true of the index as it stands: after a
change it is made anew.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import chain, islice, pairwise

from pyroaring import BitMap

from comity.core.claim import Claim
from comity.core.instant import Instant, Window
from comity.core.partner import Code
from comity.index.engine import Index
from comity.index.firsts import by_first_claim
from comity.index.holding import Ordinal
from comity.index.view import union

Named = tuple[Code, frozenset[str]]
"""What a first claim says of an item's originator and domains."""


class Facets:
    """The items of an index by type, domain, originator and time of receipt. Nothing of it is to be changed."""

    def __init__(self, index: Index) -> None:
        """Read the classes, and what is ambiguous from the holding."""
        self._carriers = index.carriers
        self.by_type = index.carriers.by_kind
        self.by_originator: dict[Code, BitMap] = {}
        self.by_domain: dict[str, BitMap] = {}
        for (originator, domains), items in by_first_claim(index.carriers, index.holding, _named, {}).items():
            self.by_originator.setdefault(originator, BitMap()).update(items)
            for domain in domains:
                self.by_domain.setdefault(domain, BitMap()).update(items)
        self._times = sorted(at for at in index.carriers.by_receipt if at is not None)
        held = [place for place, at in enumerate(self._times) if index.carriers.by_receipt[at]]
        received = [index.carriers.by_receipt[self._times[place]] for place in held]
        self._in_order = all(earlier.max() < later.min() for earlier, later in pairwise(received))
        self._groups, self._firsts = held, [items.min() for items in received]
        self._places: array[int] | None = None
        self._received: dict[Window, BitMap] = {}

    def received(self, window: Window) -> BitMap:
        """The items that were received in the window. What has no time of receipt is in none."""
        known = self._received.get(window)
        if known is None:
            first, last = bisect_left(self._times, window.start), bisect_left(self._times, window.end)
            known = union(self._carriers.by_receipt[at] for at in self._times[first:last])
            self._received[window] = known
        return known

    def latest(self, items: BitMap, limit: int | None = None) -> list[Ordinal]:
        """So many of the items, those that were received last first; what has no time of receipt comes last."""
        undated = self._carriers.by_receipt.get(None, BitMap())
        if self._in_order and items.isdisjoint(undated):
            return [Ordinal(item) for item in islice(reversed(items), limit)]
        dated = (self._carriers.by_receipt[at] for at in reversed(self._times))
        groups = (reversed(group & items) for group in chain(dated, (undated,)) if group.intersect(items))
        return [Ordinal(item) for item in islice(chain.from_iterable(groups), limit)]

    def newest(self, items: BitMap) -> Instant | None:
        """When the last of the items was received; None of no items. All of them must have been at a stated time."""
        if not items:
            return None
        if self._in_order:  # as in a node that takes in what it is sent: the last one is the newest
            return self._times[self._groups[bisect_right(self._firsts, items.max()) - 1]]
        if self._places is None:
            self._places = self._placed()
        places = self._places
        return self._times[max(places[item] for item in items)]

    def _placed(self) -> "array[int]":
        """For each item the place of its time of receipt among all times."""
        places = array("I", bytes(4 * (max((items.max() for items in self._all()), default=0) + 1)))
        for place, at in enumerate(self._times):
            for item in self._carriers.by_receipt[at]:
                places[item] = place
        return places

    def _all(self) -> Iterable[BitMap]:
        return (items for items in self._carriers.by_receipt.values() if items)


def _named(claim: Claim) -> Named:
    return claim.originator, claim.domains
