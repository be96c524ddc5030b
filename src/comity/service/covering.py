"""How well what is needed is covered for somebody, and on whom that depends: for the holder's own people.

All items are counted; `limit` says how many are listed, the newest first. Nothing is handed over by it, and nothing is
recorded. What each number means: docs/explanation/analysis.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from pyroaring import BitMap

from comity.core.coverage import Dependence, bounded
from comity.core.errors import MalformedInput
from comity.core.instant import Instant, Window
from comity.core.partner import Code, Recipient
from comity.core.requirement import Credibility, Grade, Reliability, Requirement
from comity.formats import instant
from comity.index import counting
from comity.index.counting import CommonSource
from comity.index.holding import Ordinal
from comity.index.losing import Stand, standing
from comity.index.mentioned import Reported
from comity.service.ports import Store
from comity.service.records import Held
from comity.service.surveying import Check, Desk, desk

WEEK: Final = 7 * 86_400 * 1_000_000
"""How long a window is where nobody says."""
_FIRST: Final = instant.parse("0001-01-01T00:00:00Z")
"""No time before it can be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The window that is counted in, as it was asked for: what is not stated is the week up to the moment."""

    start: Instant | None = None
    end: Instant | None = None
    last: int | None = None

    def window(self, at: Instant) -> Window:
        """The window, of one who asks about `at`. MalformedInput for what is none."""
        if self.start is not None and self.last is not None:
            raise MalformedInput("a window is stated by its start or by its length: leave `start` or `last` out")
        end = at if self.end is None else self.end
        start = end - (WEEK if self.last is None else self.last) if self.start is None else self.start
        if start < _FIRST:
            raise MalformedInput("a window begins in the year 0001 or later: state a later end, or a shorter `last`")
        return bounded(Window(Instant(start), end))


ASKED: Final = Span()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """For whom it is counted, in which window, and at which moment: by default now. `by_object`: see `Desk`."""

    to: str
    span: Span = ASKED
    at: Instant | None = None
    by_object: bool = False


class Listed(NamedTuple):
    """An item that was counted, whose it is, and how it is graded."""

    item: Held
    name: str
    originator: Code
    grade: Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How requirements are covered for a recipient, the most urgent first."""

    recipient: Recipient
    at: Instant
    window: Window
    stands: tuple[Stand, ...]
    reported: Reported


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredOne:
    """How one requirement is covered, and by which items; `more` are not listed."""

    recipient: Recipient
    at: Instant
    stand: Stand
    listed: tuple[Listed, ...]
    more: int
    reported: Reported


class Common(NamedTuple):
    """A common source with the names of its root; see `index.counting.CommonSource`."""

    root: tuple[str, ...]
    originators: tuple[Code, ...]
    items: int
    hidden: bool


class SoleSource(NamedTuple):
    """A requirement of which nothing would be left without one of these originators."""

    requirement: Requirement
    items: int
    originators: tuple[Code, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rests:
    """On whom it depends what covers a requirement, or, where none is named, all that the recipient sees.

    Of `common` the first are listed, and `more` not. `soles` are the sole-source requirements in the window, the most
    urgent first: all of them, or the one that was asked about.
    """

    recipient: Recipient
    at: Instant
    window: Window
    requirement: Requirement | None
    dependence: Dependence
    common: tuple[Common, ...]
    more: int
    soles: tuple[SoleSource, ...]
    reported: Reported


def coverage(store: Store, check: Check, asked: Asked) -> Covered:
    """How every requirement in force is covered. UnknownName, MalformedInput."""
    with desk(store, check, asked.at, by_object=asked.by_object) as at:
        to, window = at.recipient(asked.to), asked.span.window(at.at)
        stands = standing(at.survey, urgent_first(at.wants.requirements), to, window)
    counted = BitMap().union(*(stand.items for stand in stands))
    return Covered(recipient=to, at=at.at, window=window, stands=tuple(stands), reported=Reported(counted, (to,)))


def coverage_of(store: Store, check: Check, asked: Asked, requirement: str, limit: int | None = None) -> CoveredOne:
    """How one requirement is covered, and by what. UnknownName, MalformedInput."""
    with desk(store, check, asked.at, by_object=asked.by_object) as at:
        to, stand = _stand(at, asked, requirement)
        shown = listed(at, stand.items, limit)
    return CoveredOne(
        recipient=to,
        at=at.at,
        stand=stand,
        listed=shown,
        more=len(stand.items) - len(shown),
        reported=Reported(stand.items, (to,)),
    )


def dependence(
    store: Store, check: Check, asked: Asked, requirement: str | None = None, limit: int | None = None
) -> Rests:
    """On whom it depends what covers a requirement, or all that the recipient sees. UnknownName, MalformedInput."""
    with desk(store, check, asked.at, by_object=asked.by_object) as at:
        to, window = at.recipient(asked.to), asked.span.window(at.at)
        if requirement is None:
            of, items = None, at.survey.index.visible(to)
            stands = standing(at.survey, urgent_first(at.wants.requirements), to, window)
        else:
            _, stand = _stand(at, asked, requirement)
            of, items, stands = stand.requirement, stand.items, [stand]
        sources = counting.common_sources(at.survey, to, items)
        first = sources if limit is None else sources[:limit]
        return Rests(
            recipient=to,
            at=at.at,
            window=window,
            requirement=of,
            dependence=counting.dependence(at.survey, items),
            common=tuple(_common(at, first)),
            more=len(sources) - len(first),
            soles=tuple(_soles(at, stands)),
            reported=Reported(items, (to,)),
        )


def urgent_first(requirements: Iterable[Requirement]) -> list[Requirement]:
    """The most urgent first, then by id."""
    return sorted(requirements, key=lambda each: (each.priority, each.id))


def listed(at: Desk, items: BitMap, limit: int | None) -> tuple[Listed, ...]:
    """So many of the items, those that were received last first."""
    numbers = at.survey.facets.latest(items, limit)
    held, names, claims = at.reader.held(numbers), at.names(numbers), at.reader.claims(numbers)
    return tuple(
        Listed(held[number], names[number], claims[number][0].originator, _grade(at, number)) for number in numbers
    )


def _grade(at: Desk, item: Ordinal) -> Grade:
    letters, digits = at.survey.reliability.items(), at.survey.credibility.items()
    reliability: Reliability | None = next((grade for grade, items in letters if item in items), None)
    credibility: Credibility | None = next((grade for grade, items in digits if item in items), None)
    return Grade(reliability=reliability, credibility=credibility)


def _stand(at: Desk, asked: Asked, requirement: str) -> tuple[Recipient, Stand]:
    to, window = at.recipient(asked.to), asked.span.window(at.at)
    return to, standing(at.survey, [at.requirement(requirement)], to, window)[0]


def _common(at: Desk, sources: list[CommonSource]) -> Iterable[Common]:
    names = at.names(BitMap(item for source in sources for item in source.root))
    for source in sources:
        yield Common(
            root=tuple(sorted(names[item] for item in source.root)),
            originators=source.originators,
            items=len(source.items),
            hidden=source.hidden,
        )


def _soles(at: Desk, stands: Iterable[Stand]) -> Iterable[SoleSource]:
    for stand in stands:
        if soles := counting.dependence(at.survey, stand.items).soles:
            yield SoleSource(stand.requirement, len(stand.items), soles)
