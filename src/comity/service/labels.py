"""The seam between the record and the labels that the index computes: what is written re-labels what is built on it.

The labels that are kept hold for every item at one moment (`Reader.labelled`). So a refresh re-labels what was touched,
what the policy's change has moved, and those items whose attestations have begun or ceased to count since then.
"""

from collections.abc import Iterable

from comity.core.instant import Instant
from comity.core.lineage import State
from comity.core.world import Policy
from comity.index import change
from comity.index.classes import Book
from comity.index.holding import Holding, Ordinal, ordinal
from comity.index.kept import case
from comity.index.labelling import relabel
from comity.service.ports import Reader, Writer
from comity.service.records import ClassRow


def book(reader: Reader) -> Book:
    """Every class that is kept, under its number."""
    return Book(case(row.claim, _state(row), own=row.own, passes=row.passes) for row in reader.classes())


def numbered(reader: Reader, known: Book, after: int) -> dict[int, int]:
    """The classes that are kept under numbers after `after`: their numbers in another book, which learns of them."""
    return {
        row.number: known.number(case(row.claim, _state(row), own=row.own, passes=row.passes))
        for row in reader.classes(after)
    }


class Labels:
    """Keeps labels up to date for one writer; an import that writes in parts reads the classes only once."""

    def __init__(self, writer: Writer, holding: Holding | None = None) -> None:
        """Read nothing yet; `holding` answers for the items instead of the writer, where it has them at hand."""
        self._writer = writer
        self._holding = holding or writer
        self._book: Book | None = None

    def refresh(self, touched: Iterable[Ordinal] = ()) -> set[Ordinal]:
        """Re-label `touched`, what time has moved, and all that is built on either; which items that was."""
        writer, since, now = self._writer, self._writer.labelled(), self._writer.act.at
        items = {*touched, *writer.turned(since, now)}
        if items:
            self._relabel(items)
        writer.set_labelled(now)
        return items

    def follow(self, before: Policy, touched: Iterable[Ordinal] = ()) -> None:
        """As `refresh`, after the policy has changed from `before` to the writer's."""
        horizon = max(self._writer.latest_receipt(), Instant(self._writer.act.at - 1))  # what labels have read facts at
        found = change.between(before, self._writer.policy(), horizon)
        everything = range(1, self._writer.next_ordinal()) if found.labels else ()
        self.refresh({*touched, *map(Ordinal, everything), *map(ordinal, found.items)})

    def _relabel(self, items: set[Ordinal]) -> None:
        writer = self._writer
        self._book = self._book or book(writer)
        known = len(self._book)
        labels = relabel(writer.policy(), self._holding, items, writer.act.at, self._book)
        writer.intern_classes(
            ClassRow(
                number=number,
                claim=new.claim,
                own=new.own,
                assessable=new.state.assessable,
                analysed=new.state.analysed,
                waivers=new.state.waivers,
                passes=new.passes,
            )
            for number, new in self._book.since(known)
        )
        writer.set_labels(labels)


def refresh(writer: Writer, touched: Iterable[Ordinal], holding: Holding | None = None) -> None:
    """Re-label `touched` and all that is built on it, once; `holding` as for Labels."""
    Labels(writer, holding).refresh(touched)


def stale(reader: Reader) -> set[Ordinal]:
    """The items whose label, computed again from nothing at the moment that it is kept for, is not the one kept."""
    everything = [Ordinal(number) for _, _, _, items in reader.census() for number in items]
    found = relabel(reader.policy(), reader, everything, reader.labelled(), book(reader))
    before = reader.labels(everything)
    return {item for item, label in found.items() if before.get(item) != label}


def _state(row: ClassRow) -> State:
    return State(assessable=row.assessable, analysed=row.analysed, waivers=row.waivers)
