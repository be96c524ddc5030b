"""What items' first claims say. A further claim binds whom an item may go to; it changes nothing of what the item is.

A first claim is never bounded in time. So in the index it is among those classes of an item's own claims that are not
bounded, and only items with several such that differ are looked up.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from pyroaring import BitMap

from comity.core.claim import Claim
from comity.core.instant import UNBOUNDED
from comity.index.carriers import Carriers
from comity.index.holding import Holding, Ordinal

Said = TypeVar("Said", bound=Hashable)


def by_first_claim(
    carriers: Carriers, holding: Holding, said: Callable[[Claim], Said], known: dict[Said, BitMap]
) -> dict[Said, BitMap]:
    """The items by what is `said` of their first claims. `known` has what was looked up before, and is added to."""
    own: dict[Said, list[BitMap]] = {}
    for number, carrying in carriers.by_class.items():
        case = carriers.book.cases[number]
        if case.own and carrying and case.claim.window == UNBOUNDED:
            own.setdefault(said(case.claim), []).append(carrying)
    found = {each: BitMap.union(BitMap(), *bitmaps) for each, bitmaps in own.items()}
    seen, doubtful = BitMap(), BitMap()
    for items in found.values():
        doubtful |= items & seen
        seen |= items
    doubtful |= carriers.everything - seen
    if doubtful:
        for items in found.values():
            items.difference_update(doubtful)
        _look_up(holding, doubtful, said, known)
        for each, looked_up in known.items():
            found.setdefault(each, BitMap()).update(looked_up & doubtful)
    return found


class Domains:
    """Of which domains items are, by their first claims; made when it is asked for, and kept until labels change."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._items: dict[str, BitMap] | None = None
        self._known: dict[frozenset[str], BitMap] = {}

    def forget(self, items: Iterable[Ordinal]) -> None:
        """The labels of these items are others, and so may be their claims."""
        self._items = None
        others = BitMap(items)
        for known in self._known.values():
            known.difference_update(others)

    def of(self, carriers: Carriers, holding: Holding) -> Mapping[str, BitMap]:
        """The items by domain. Nothing of it is to be changed."""
        if self._items is None:
            made: dict[str, BitMap] = {}
            for domains, items in by_first_claim(carriers, holding, _domains, self._known).items():
                for domain in domains:
                    made.setdefault(domain, BitMap()).update(items)
            self._items = made
        return self._items


def _domains(claim: Claim) -> frozenset[str]:
    return claim.domains


def _look_up(holding: Holding, items: BitMap, said: Callable[[Claim], Said], known: dict[Said, BitMap]) -> None:
    """What the first claims of these items say, asked of the holding where it is not known."""
    asked = items - BitMap.union(BitMap(), *known.values())
    if asked:
        for item, claims in holding.claims(map(Ordinal, asked)).items():
            known.setdefault(said(claims[0]), BitMap()).add(item)
