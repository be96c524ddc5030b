"""What an item is built on, and the label that it therefore carries: the least fixpoint of semantics §2.

Rules kept here:
1. an item carries its own claims, and through each source all that the source carries;
2. only an attested `draws-on` edge cuts, and only while its attestation counts;
3. waivers are the consents of a claim's originator (or its delegate) on the items along the way;
4. lineage may be cyclic: an unfinished label is never taken for an empty one, the fixpoint is run to its end.

A triple *(root claim, cutters, waivers)* is kept as what it decides at one moment – assessable or not, analysed or
not, which waivers – and of the triples of one root only those are kept that no stricter one stands beside: a stricter
triple refuses whatever the laxer one refuses, for the same reasons.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NewType, TypeVar

from comity.core.claim import Claim
from comity.core.instant import Instant, Window
from comity.core.partner import Code

ItemId = NewType("ItemId", str)
"""Names one immutable version of something held."""


class Use(Enum):
    """What an item does with a source."""

    REPRODUCES = "reproduces"
    DRAWS_ON = "draws-on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A lineage edge to `item`. `attestations` are the windows `[attested, withdrawn)` of a `draws-on` edge."""

    item: ItemId
    use: Use = Use.REPRODUCES
    attestations: tuple[Window, ...] = ()

    def cuts(self, moment: Instant) -> tuple[Window, ...]:
        """The attestations that count at `moment`."""
        if not self.attestations:
            return ()
        return tuple(window for window in self.attestations if moment in window)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One immutable version of something held: its claims (the first is its originator's) and its sources."""

    id: ItemId
    claims: tuple[Claim, ...]
    sources: tuple[Source, ...] = ()

    @property
    def received(self) -> Instant | None:
        """When the holder received it, None where that is not known."""
        return self.claims[0].received


@dataclass(frozen=True, slots=True)
class State:
    """What a triple decides at one moment, beside its root claim."""

    assessable: bool = False
    analysed: bool = False
    waivers: frozenset[str] = frozenset()

    def stricter(self, other: "State") -> bool:
        """Whether this state refuses whatever `other` refuses (so `other` adds nothing beside it)."""
        return self.assessable <= other.assessable and self.analysed <= other.analysed and self.waivers <= other.waivers


@dataclass(frozen=True, slots=True)
class Carried:
    """One triple of a label: the claim at `place` among those of `root`, with its state."""

    root: ItemId
    place: int
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the policy says of claims along the way; all that lineage needs to know of agreements and consents.

    `own_analysis(partner, claim, attested)`: whether that partner's analysis attested at that time frees the claim.
    `waivers(item, claim)`: the ids of the consents on `item` that speak for `claim`.
    """

    own_analysis: Callable[[Code, Claim, Instant], bool]
    waivers: Callable[[ItemId, Claim], frozenset[str]]


def carried(items: Mapping[ItemId, Item], start: ItemId, moment: Instant, terms: Terms) -> tuple[Carried, ...]:
    """The label of `start` at `moment`: its triples, ordered by root and place."""
    return labels(items, start, moment, terms)[start]


def labels(
    items: Mapping[ItemId, Item], start: ItemId, moment: Instant, terms: Terms
) -> dict[ItemId, tuple[Carried, ...]]:
    """The labels at `moment` of `start` and of everything that it is built on, directly or not."""
    return labels_of(items, (start,), moment, terms)


def labels_of(
    items: Mapping[ItemId, Item], starts: Iterable[ItemId], moment: Instant, terms: Terms
) -> dict[ItemId, tuple[Carried, ...]]:
    """As `labels`, for all of `starts` in one go: what they have in common is labelled once."""

    def seeds(node: ItemId) -> Iterable[Carried]:
        for place, claim in enumerate(items[node].claims):
            yield Carried(node, place, State(waivers=terms.waivers(node, claim)))

    def inflow(node: ItemId) -> Iterable[tuple[ItemId, Callable[[Carried], Carried]]]:
        for source in items[node].sources:
            yield source.item, along(items, items[node], source, moment, terms)

    found = least_fixpoint(upstream(items, *starts), seeds, inflow, prune)
    return {node: tuple(sorted(label, key=_order)) for node, label in found.items()}


def along(
    items: Mapping[ItemId, Item], node: Item, source: Source, moment: Instant, terms: Terms
) -> Callable[[Carried], Carried]:
    """How `node` carries what its `source` carries: cut if the edge is attested, waived as originators consent."""
    cuts = source.cuts(moment)
    partner = node.claims[0].originator

    def change(triple: Carried) -> Carried:
        claim, state = items[triple.root].claims[triple.place], triple.state
        changed = State(
            assessable=state.assessable or any(frees(partner, claim, cut, terms) for cut in cuts),
            analysed=state.analysed or bool(cuts),
            waivers=state.waivers | terms.waivers(node.id, claim),
        )
        return Carried(triple.root, triple.place, changed)

    return change


def frees(partner: Code, claim: Claim, cut: Window, terms: Terms) -> bool:
    """Whether an analysis by `partner`, attested when `cut` starts, makes `claim` assessable. Semantics §3."""
    return partner == claim.originator or terms.own_analysis(partner, claim, cut.start)


def upstream(items: Mapping[ItemId, Item], *starts: ItemId) -> tuple[ItemId, ...]:
    """`starts` and everything that they are built on; sources come before what is built on them, cycles apart."""
    order: list[ItemId] = []
    seen: set[ItemId] = set()
    for start in starts:
        stack = [(start, iter(items[start].sources))] if start not in seen else []
        seen.add(start)
        while stack:
            node, rest = stack[-1]
            for source in rest:
                if source.item not in seen:
                    seen.add(source.item)
                    stack.append((source.item, iter(items[source.item].sources)))
                    break
            else:
                order.append(node)
                stack.pop()
    return tuple(order)


def prune(triples: Iterable[Carried]) -> frozenset[Carried]:
    """The triples beside which no stricter one of the same root claim stands."""
    by_claim: dict[tuple[ItemId, int], list[Carried]] = {}
    for triple in triples:
        by_claim.setdefault((triple.root, triple.place), []).append(triple)
    return frozenset(
        triple
        for rivals in by_claim.values()
        for triple in rivals
        if not any(rival is not triple and rival.state.stricter(triple.state) for rival in rivals)
    )


Node = TypeVar("Node", bound=Hashable)
Entry = TypeVar("Entry", bound=Hashable)


def least_fixpoint(
    nodes: Iterable[Node],
    seeds: Callable[[Node], Iterable[Entry]],
    inflow: Callable[[Node], Iterable[tuple[Node, Callable[[Entry], Entry]]]],
    keep: Callable[[Iterable[Entry]], frozenset[Entry]],
) -> dict[Node, frozenset[Entry]]:
    """The least labels such that each node holds its seeds and, changed on the way, what flows in from its sources.

    `keep` drops what adds nothing; it must be monotone. `nodes` must hold every source; give sources first where that
    is possible. Runs until nothing changes, so cycles are safe.
    """
    found: dict[Node, frozenset[Entry]] = {}
    edges: dict[Node, list[tuple[Node, Callable[[Entry], Entry]]]] = {}

    def label(node: Node) -> frozenset[Entry]:
        arrived = [change(entry) for source, change in edges[node] for entry in found.get(source, ())]
        return keep({*seeds(node), *arrived} if arrived else seeds(node))

    early: set[Node] = set()
    for node in nodes:
        edges[node] = list(inflow(node))
        if any(source not in found for source, _ in edges[node]):
            early.add(node)
        found[node] = label(node)
    return _settled(found, edges, early, label) if early else found


def _settled(
    found: dict[Node, frozenset[Entry]],
    edges: Mapping[Node, list[tuple[Node, Callable[[Entry], Entry]]]],
    early: set[Node],
    label: Callable[[Node], frozenset[Entry]],
) -> dict[Node, frozenset[Entry]]:
    """The fixpoint from `found`, where the nodes of `early` were labelled before all of their sources were."""
    outflow: dict[Node, list[Node]] = {node: [] for node in found}
    for node, sources in edges.items():
        for source, _ in sources:
            outflow[source].append(node)
    queue, waiting = deque(node for node in found if node in early), set(early)
    while queue:
        node = queue.popleft()
        waiting.discard(node)
        fresh = label(node)
        if fresh != found[node]:
            found[node] = fresh
            after = [near for near in outflow[node] if near not in waiting]
            queue.extend(after)
            waiting.update(after)
    return found


def _order(triple: Carried) -> tuple[ItemId, int, bool, bool, tuple[str, ...]]:
    state = triple.state
    return triple.root, triple.place, state.assessable, state.analysed, tuple(sorted(state.waivers))
