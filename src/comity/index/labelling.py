"""Labels, kept up to date: when an item, an edge, an attestation, a claim or a consent is new, re-label downstream.

The walk is made when something is written, never when something is decided. What is re-labelled starts from nothing, so
a label can fall (an attestation) as well as rise, also around a cycle; the labels of all else stand as they are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from comity.core.claim import Claim
from comity.core.decision import Case, passes_on, terms
from comity.core.instant import Instant, Window
from comity.core.lineage import Source, State, Terms, frees, least_fixpoint
from comity.core.partner import Code
from comity.core.world import Policy
from comity.index.classes import Book, Eras
from comity.index.holding import Holding, Ordinal, item_id, ordinal

Label = tuple[int, ...]
"""The numbers of an item's classes, sorted."""


Kept = Callable[[Iterable[Ordinal]], Mapping[Ordinal, Label]]
"""Answers with the labels of items as they stand."""


def relabel(  # noqa: PLR0913 - the facts, the place, the time and the numbering of classes are what a label rests on
    policy: Policy,
    holding: Holding,
    items: Iterable[Ordinal],
    now: Instant,
    book: Book,
    *,
    kept: Kept | None = None,
) -> dict[Ordinal, Label]:
    """The labels at `now` of `items` and of all that is built on them; new classes are numbered in `book`.

    The labels of all else are asked of `kept`, by default those that the holding keeps.
    """
    return compute(policy, holding, downstream(holding, items), now, book, kept=kept or holding.labels)


def downstream(holding: Holding, items: Iterable[Ordinal]) -> set[Ordinal]:
    """`items` and everything that is built on them, directly or not."""
    found = set(items)
    front = found
    while front:
        front = holding.dependants(front) - found
        found = found | front
    return found


def compute(  # noqa: PLR0913 - as relabel
    policy: Policy, holding: Holding, region: set[Ordinal], now: Instant, book: Book, *, kept: Kept
) -> dict[Ordinal, Label]:
    """The labels at `now` of the items of `region`, which must hold all that is built on any of them."""
    claims = holding.claims(region)
    edges = {node: [(ordinal(edge.item), edge) for edge in found] for node, found in holding.sources(region).items()}
    labeller = _Labeller(policy=policy, now=now, book=book, terms=terms(policy), eras=Eras(policy))
    # What has no source carries its own claims and nothing else: most items, so they are not walked.
    alone = {node: labeller.alone(node, claims[node]) for node in region if not edges.get(node)}
    named = {near for found in edges.values() for near, _ in found}
    given = {node: frozenset(label) for node, label in kept(named - region).items()}
    given.update((node, alone[node]) for node in named & alone.keys())

    def seeds(node: Ordinal) -> Iterable[int]:
        return given[node] if node in given else labeller.own(node, claims[node])

    def inflow(node: Ordinal) -> Iterable[tuple[Ordinal, Callable[[int], int]]]:
        return [(near, labeller.along(node, claims[node][0].originator, edge)) for near, edge in edges.get(node, ())]

    walked = chain(named - edges.keys(), _sources_first(edges))
    found = least_fixpoint(walked, seeds, inflow, labeller.prune)
    return {node: labeller.label(alone[node] if node in alone else found[node]) for node in region}


@dataclass(kw_only=True)
class _Labeller:
    """Seeds, edges and pruning of `core.lineage`, over class numbers, each change of class worked out once."""

    policy: Policy
    now: Instant
    book: Book
    terms: Terms
    eras: Eras
    _own: dict[tuple[int, ...], frozenset[int]] = field(default_factory=dict)
    _labels: dict[frozenset[int], Label] = field(default_factory=dict)
    _pruned: dict[frozenset[int], frozenset[int]] = field(default_factory=dict)
    _along: dict[object, Callable[[int], int]] = field(default_factory=dict)
    _plain: dict[int, bool] = field(default_factory=dict)

    def own(self, node: Ordinal, claims: tuple[Claim, ...]) -> frozenset[int]:
        """The classes of an item's own claims."""
        if self.policy.consents and self.policy.consents_on(item_id(node)):
            return self._seed(node, claims)
        # Most items share their claims with many others; to know a claim by its place is cheaper than to hash it. The
        # claims are held by the caller meanwhile, so a place means one claim.
        key = tuple(map(id, claims))
        known = self._own.get(key)
        if known is None:
            known = self._own[key] = self._seed(node, claims)
        return known

    def alone(self, node: Ordinal, claims: tuple[Claim, ...]) -> frozenset[int]:
        """The classes of an item without sources."""
        return self.prune(self.own(node, claims))

    def label(self, numbers: frozenset[int]) -> Label:
        """The label of an item with these classes; most items share it with many others."""
        known = self._labels.get(numbers)
        if known is None:
            known = self._labels[numbers] = tuple(sorted(numbers))
        return known

    def _seed(self, node: Ordinal, claims: tuple[Claim, ...]) -> frozenset[int]:
        name = item_id(node)
        return frozenset(
            self.book.number(
                Case(
                    claim=self.eras.rounded(claim),
                    state=State(waivers=self.policy.waivers(name, claim)),
                    own=True,
                    passes=passes_on(self.policy, name),
                )
            )
            for claim in claims
        )

    def along(self, node: Ordinal, partner: Code, source: Source) -> Callable[[int], int]:
        """How `node` carries the classes of its source."""
        cuts = source.cuts(self.now)
        consented = node if self.policy.consents and self.policy.consents_on(item_id(node)) else None
        key = partner if cuts else None, cuts, consented
        known = self._along.get(key)
        if known is None:
            known = self._along[key] = self._change(node, partner, cuts)
        return known

    def _change(self, node: Ordinal, partner: Code, cuts: tuple[Window, ...]) -> Callable[[int], int]:
        known: dict[int, int] = {}

        def change(number: int) -> int:
            if number not in known:
                known[number] = self.book.number(self._carried(node, partner, cuts, self.book.cases[number]))
            return known[number]

        return change

    def _carried(self, node: Ordinal, partner: Code, cuts: tuple[Window, ...], case: Case) -> Case:
        name, state = item_id(node), case.state
        return Case(
            claim=case.claim,
            state=State(
                assessable=state.assessable or any(frees(partner, case.claim, cut, self.terms) for cut in cuts),
                analysed=state.analysed or bool(cuts),
                waivers=state.waivers | self.policy.waivers(name, case.claim),
            ),
            own=False,
            passes=passes_on(self.policy, name),
        )

    def prune(self, numbers: Iterable[int]) -> frozenset[int]:
        """Drop the classes beside which a stricter one of the same claim stands."""
        label = frozenset(numbers)
        known = self._pruned.get(label)
        if known is None:
            known = self._pruned[label] = self._strictest(label)
        return known

    def _strictest(self, label: frozenset[int]) -> frozenset[int]:
        if all(map(self._is_plain, label)):
            return label
        cases = self.book.cases
        rivals: dict[tuple[Claim, bool], list[int]] = {}
        for number in label:
            rivals.setdefault((cases[number].claim, cases[number].own), []).append(number)
        return frozenset(
            number
            for group in rivals.values()
            for number in group
            if not any(rival != number and cases[rival].state.stricter(cases[number].state) for rival in group)
        )

    def _is_plain(self, number: int) -> bool:
        known = self._plain.get(number)
        if known is None:
            known = self._plain[number] = self.book.cases[number].state == State()
        return known


def _sources_first(edges: Mapping[Ordinal, list[tuple[Ordinal, Source]]]) -> list[Ordinal]:
    """The nodes that have edges such that, cycles apart, each comes after its sources."""
    order: list[Ordinal] = []
    seen: set[Ordinal] = set()
    for start in sorted(edges):
        stack = [(start, iter(edges[start]))] if start not in seen else []
        seen.add(start)
        while stack:
            node, rest = stack[-1]
            fresh = next((near for near, _ in rest if near in edges and near not in seen), None)
            if fresh is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(fresh)
                stack.append((fresh, iter(edges[fresh])))
    return order
