"""Which items carry which class: the bitmaps of the index, and the label of each item that they are made of.

Strata are the bitmaps that a suspension meets: all items that carry a class of one originator, set of domains and state
that a suspension is *sure* to stop, and beside them the classes that have to be judged one by one (public ones, and
those with a consent that may speak louder).
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from pyroaring import BitMap

from comity.core.decision import Case
from comity.core.instant import ALWAYS, UNBOUNDED, Instant
from comity.core.partner import ANYONE, Code
from comity.index.classes import Book
from comity.index.holding import Ordinal
from comity.index.labelling import Label

Key = TypeVar("Key")


class Stratum(NamedTuple):
    """What a suspension asks of a class of an originator before it looks closer."""

    domains: frozenset[str]
    own: bool
    assessable: bool


@dataclass(slots=True)
class Layer:
    """One stratum: the items that carry a class it is sure of, and the classes to judge one by one."""

    sure: BitMap = field(default_factory=BitMap)
    unsure: list[int] = field(default_factory=list)


class _Gathered(dict[Key, "array[int]"]):
    """Item numbers by key, gathered before they become bitmaps: numbers one by one are dear there."""

    def __missing__(self, key: Key) -> "array[int]":
        found = self[key] = array("I")
        return found


class Carriers:
    """The labels of all items, both ways: item → classes and class → items.

    INVARIANT: `everything` holds only items with a label that is not empty. An item that carries nothing would be
    refused to nobody; an unfinished label is never taken for an empty one.

    `later` is what nobody sees yet, because it was received after the moment that is asked about.
    """

    def __init__(self, book: Book) -> None:
        """Start with no items; `book` numbers the classes."""
        self.book = book
        self.everything = BitMap()
        self.later = BitMap()
        self.by_class: dict[int, BitMap] = {}
        self.by_kind: dict[str, BitMap] = {}
        self.by_receipt: dict[Instant | None, BitMap] = {}
        self.latest = ALWAYS
        self._labels: list[bytes] = [b""]
        self._label_numbers: dict[bytes, int] = {b"": 0}
        self._label_of = array("I")
        self._originators: dict[int, frozenset[Code]] = {}
        self._strata: dict[Code, dict[Stratum, Layer]] = {}
        self._sure: dict[tuple[Code, frozenset[Stratum]], BitMap] = {}

    def load(self, census: Iterable[tuple[Label, Instant | None, str, Iterable[Ordinal]]]) -> None:
        """Take in many items at once, in groups of the same label, time of receipt and kind."""
        kinds, receipts, members = _Gathered[str](), _Gathered[Instant | None](), _Gathered[int]()
        held, packed, labelled = array("I"), array("I"), array("I")
        for label, received, kind, items in census:
            numbers = array("I", items)
            held.extend(numbers)
            packed.extend([self._intern(label)] * len(numbers))
            kinds[kind].extend(numbers)
            if label:
                labelled.extend(numbers)
            receipts[received].extend(numbers)
            for number in label:
                members[number].extend(numbers)
        self._seat(held)
        for item, label_number in zip(held, packed, strict=True):
            self._label_of[item] = label_number
        self.everything.update(labelled)
        for kind, numbers in kinds.items():
            self._place(numbers, kind)
        for received, numbers in receipts.items():
            self._receive(numbers, received)
        for number, numbers in members.items():
            self._carriers(number).update(numbers)
        self._forget_strata()

    def add(self, item: Ordinal, received: Instant | None, kind: str) -> None:
        """Take in one item, as yet without a label (nobody sees it until `relabel` gives it one)."""
        numbers = array("I", [item])
        self._seat(numbers)
        self._place(numbers, kind)
        self._receive(numbers, received)

    def label(self, item: Ordinal) -> Label:
        """The classes that the item carries."""
        if item not in self.everything:
            return ()
        return tuple(array("I", self._labels[self._label_of[item]]))

    def originators(self, item: Ordinal) -> frozenset[Code]:
        """Whose claims the item carries: worked out once for each different label."""
        if item not in self.everything:
            return frozenset()
        number = self._label_of[item]
        known = self._originators.get(number)
        if known is None:
            classes = array("I", self._labels[number])
            known = frozenset(self.book.cases[one].claim.originator for one in classes)
            self._originators[number] = known
        return known

    def relabel(self, labels: Mapping[Ordinal, Label]) -> BitMap:
        """Give items other labels; returns the items whose label did change."""
        changed = BitMap()
        for item, label in labels.items():
            before = frozenset(self.label(item))
            after = frozenset(label)
            if before == after:
                continue
            changed.add(item)
            for number in before - after:
                self.by_class[number].discard(item)
            for number in after - before:
                self._carriers(number).add(item)
            if label:
                self.everything.add(item)
            else:
                self.everything.discard(item)
            self._label_of[item] = self._intern(label)
        if changed:
            self._forget_strata()
        return changed

    def strata(self, originator: Code) -> dict[Stratum, Layer]:
        """Every stratum of the originator, built anew after a label has changed."""
        known = self._strata.get(originator)
        if known is None:
            known = self._strata[originator] = {}
            for number in self.book.of(originator):
                if carrying := self.by_class.get(number):
                    case = self.book.cases[number]
                    layer = known.setdefault(_stratum(case), Layer())
                    if _may_pass(case):
                        layer.unsure.append(number)
                    else:
                        layer.sure |= carrying
        return known

    def sure(self, originator: Code, strata: frozenset[Stratum]) -> BitMap:
        """All items of these strata of the originator that a suspension is sure of. Not to be changed."""
        known = self._sure.get((originator, strata))
        if known is None:
            layers = self.strata(originator)
            known = self._sure[originator, strata] = BitMap.union(BitMap(), *(layers[one].sure for one in strata))
        return known

    def _forget_strata(self) -> None:
        self._strata.clear()
        self._sure.clear()

    def _seat(self, numbers: "array[int]") -> None:
        """Make room for the labels of these items."""
        if (short := max(numbers, default=0) + 1 - len(self._label_of)) > 0:
            self._label_of.extend(array("I", bytes(4 * short)))

    def _place(self, numbers: "array[int]", kind: str) -> None:
        self.by_kind.setdefault(kind, BitMap()).update(numbers)

    def _receive(self, numbers: "array[int]", received: Instant | None) -> None:
        self.by_receipt.setdefault(received, BitMap()).update(numbers)
        if received is not None:
            self.latest = max(self.latest, received)

    def _carriers(self, number: int) -> BitMap:
        carrying = self.by_class.get(number)
        if carrying is None:
            carrying = self.by_class[number] = BitMap()
        return carrying

    def _intern(self, label: Label) -> int:
        packed = array("I", label).tobytes()
        number = self._label_numbers.setdefault(packed, len(self._labels))
        if number == len(self._labels):
            self._labels.append(packed)
        return number


def _stratum(case: Case) -> Stratum:
    return Stratum(case.claim.domains, case.own, case.state.assessable)


def _may_pass(case: Case) -> bool:
    """Whether an open, overlapping suspension that reaches the case might not be a reason against it."""
    claim = case.claim
    return bool(
        case.state.waivers or case.passes or claim.window != UNBOUNDED or (claim.audience and ANYONE in claim.audience)
    )
