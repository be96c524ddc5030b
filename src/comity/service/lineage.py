"""What an item is built on and what is built on it, as a tree both ways, for people to read.

A tree is bounded in depth and size; what is left out is counted. An item that was shown before is shown again without
what is below it, and marked; so a cycle ends where it closes.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from comity.core.instant import Instant, Window
from comity.core.lineage import Source, Use
from comity.core.partner import Code
from comity.index.holding import Ordinal, ordinal
from comity.service.ports import Reader, Store
from comity.service.records import Held

DEPTH: Final = 12
SIZE: Final = 200

Again = Literal["cycle", "shown"]


class Edge(NamedTuple):
    """How an item is built on a source; `attested` is when an attestation that counts now was made."""

    use: Use
    attested: Instant | None


@dataclass(slots=True, kw_only=True)
class Branch:
    """One item in a tree; `edge` is None at its root. `more` items below it are left out."""

    item: Ordinal
    edge: Edge | None = None
    again: Again | None = None
    below: list["Branch"] = field(default_factory=list)
    more: int = 0


class Described(NamedTuple):
    """What people know an item by."""

    item: Held
    name: str
    originator: Code
    apart_from: str | None
    """The name of an earlier copy of the same version whose content differs, if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The item, all that it is built on, and all that is built on it; `known` describes every item in the trees."""

    sources: Branch
    dependants: Branch
    known: Mapping[Ordinal, Described]


Next = Callable[[Ordinal], list[tuple[Ordinal, Edge]]]


def lineage(store: Store, name: str, *, depth: int = DEPTH, size: int = SIZE) -> Lineage:
    """The lineage of the item, both ways. Raises UnknownName and AmbiguousItem."""
    with store.read() as reader:
        item, now = reader.one(name).ordinal, reader.now()
        sources = _grow(item, lambda number: _sources(reader, number, now), depth, size)
        dependants = _grow(item, lambda number: _dependants(reader, number, now), depth, size)
        numbers = {branch.item for tree in (sources, dependants) for branch in _all(tree)}
        held, names, claims = reader.held(numbers), reader.handles(numbers), reader.claims(numbers)
        others = reader.handles({copy.apart_from for copy in held.values() if copy.apart_from is not None})
        known = {
            number: Described(
                held[number],
                names[number],
                claims[number][0].originator,
                None if (other := held[number].apart_from) is None else others[other],
            )
            for number in sorted(numbers)
        }
        return Lineage(sources=sources, dependants=dependants, known=known)


def _grow(start: Ordinal, after: Next, depth: int, size: int) -> Branch:
    """The tree from `start` on, breadth first, so that what is near is shown before what is far."""
    root = Branch(item=start)
    shown = {start}
    queue = deque([(root, frozenset({start}))])
    count = 1
    while queue:
        branch, path = queue.popleft()
        edges = after(branch.item)
        if len(path) > depth:
            branch.more = len(edges)
            continue
        for number, edge in edges:
            if count >= size:
                branch.more += 1
                continue
            again: Again | None = "cycle" if number in path else "shown" if number in shown else None
            child = Branch(item=number, edge=edge, again=again)
            branch.below.append(child)
            count += 1
            shown.add(number)
            if again is None:
                queue.append((child, path | {number}))
    return root


def _all(branch: Branch) -> Iterable[Branch]:
    stack = [branch]
    while stack:
        one = stack.pop()
        yield one
        stack += one.below


def _sources(reader: Reader, item: Ordinal, now: Instant) -> list[tuple[Ordinal, Edge]]:
    found = reader.sources([item]).get(item, ())
    return [(ordinal(source.item), _edge(source, now)) for source in sorted(found, key=_place)]


def _dependants(reader: Reader, item: Ordinal, now: Instant) -> list[tuple[Ordinal, Edge]]:
    after = sorted(reader.dependants([item]))
    sources = reader.sources(after)
    return [
        (number, _edge(source, now)) for number in after for source in sources[number] if ordinal(source.item) == item
    ]


def _edge(source: Source, now: Instant) -> Edge:
    counting: list[Window] = sorted(source.cuts(now), key=lambda window: window.start)
    return Edge(source.use, counting[0].start if counting else None)


def _place(source: Source) -> tuple[int, str]:
    return ordinal(source.item), source.use.value
