"""A *desk*: what coverage, dependence, losses and plans of a node are counted from, on one snapshot, at one moment.

Rules kept here:
1. a moment is asked by today's record, as everywhere: what held then by valid time, and what had been received by then;
2. rules look labels and words up as a search does, and what the search index does not have yet is read;
3. a desk is made once for a question, and is good while its snapshot is open. Nothing is changed by counting.

Nothing here says who may read what was counted: it tells of everything that it was counted from (`index.mentioned`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pyroaring import BitMap

from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.core.requirement import Requirement
from comity.core.wants import Wants
from comity.formats.words import RULES, compared, words
from comity.index.counting import Survey
from comity.index.holding import Ordinal
from comity.index.surveying import survey_of
from comity.index.tagging import Entries
from comity.service.in_force import in_force
from comity.service.indexing import LABEL, catch_up_if_free, entries
from comity.service.policy import known
from comity.service.ports import Reader, Store
from comity.service.release import named, open_index

Check = Callable[[Reader], None]
"""Raises what refuses whoever asks."""


def asked_already(_: Reader) -> None:
    """The check of whoever has asked before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is counted from at `at`, and what is needed and offered then.

    `by_object`: items are named by their objects alone, for the shortest name of an item tells what else is held.
    """

    reader: Reader
    survey: Survey
    wants: Wants
    at: Instant
    by_object: bool = False

    def recipient(self, name: str) -> Recipient:
        """The recipient of that name. UnknownName."""
        return named(self.survey.index.policy, name)

    def requirement(self, name: str) -> Requirement:
        """The requirement in force with this id. UnknownName."""
        found = {str(each.id): each for each in self.wants.requirements}
        known("requirement", name, found)
        return found[name]

    def names(self, items: Iterable[int]) -> Mapping[Ordinal, str]:
        """The shortest name of each of the items, or that of its object."""
        numbers = list(map(Ordinal, items))
        if not self.by_object:
            return self.reader.handles(numbers)
        return {
            number: f"{each.stix_id}@{each.version}" if each.version else each.stix_id
            for number, each in self.reader.held(numbers).items()
        }

    def seen(self, readers: Iterable[Recipient]) -> BitMap:
        """All that any of these may see at the moment."""
        return BitMap().union(*map(self.survey.index.visible, readers))


@contextmanager
def desk(store: Store, check: Check, at: Instant | None = None, *, by_object: bool = False) -> Iterator[Desk]:
    """A desk on the node as it stands, or as of `at`; open for the block. `check` is asked on the same snapshot."""
    with store.read() as reader:
        check(reader)
    catch_up_if_free(store)
    with store.read() as reader:
        check(reader)
        yield desk_on(reader, at, by_object=by_object)


def desk_on(reader: Reader, at: Instant | None = None, *, by_object: bool = False) -> Desk:
    """A desk on this snapshot."""
    index = open_index(reader, at)
    wants = in_force(reader, index.now)
    survey = survey_of(index, wants.tags, Recorded(reader))
    return Desk(reader=reader, survey=survey, wants=wants, at=index.now, by_object=by_object)


class Recorded:
    """What the objects of a node say; answers as `index.tagging.Said` asks."""

    def __init__(self, reader: Reader) -> None:
        """Read what is not indexed yet."""
        self._reader = reader
        self._tail = Entries(dict(entries(reader, map(Ordinal, reader.unindexed(RULES)))))

    def labelled(self, label: str) -> BitMap:
        """See Said."""
        wanted = compared(label)
        return self._reader.marked(LABEL, (wanted,)).get(wanted, BitMap()) | self._tail.labelled(label)

    def saying(self, text: str) -> BitMap:
        """See Said."""
        wanted = words(text)
        return self._reader.having([(word, False) for word in wanted]) | self._tail.saying(text) if wanted else BitMap()
