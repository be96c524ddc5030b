"""Labels, kept up to date: when an item, an edge, an attestation, a claim or a consent is new, re-label downstream.

The walk is made when something is written, never when something is decided. What is re-labelled starts from nothing, so
a label can fall (an attestation) as well as rise, also around a cycle; the labels of all else stand as they are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

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
    sources = holding.sources(region)
    outside = {edge for edges in sources.values() for source in edges if (edge := ordinal(source.item)) not in region}
    given = {node: frozenset(label) for node, label in kept(outside).items()}
    labeller = _Labeller(policy=policy, now=now, book=book, terms=terms(policy), eras=Eras(policy))

    def seeds(node: Ordinal) -> Iterable[int]:
        return given[node] if node in given else labeller.own(node, claims[node])

    def inflow(node: Ordinal) -> Iterable[tuple[Ordinal, Callable[[int], int]]]:
        for source in sources.get(node, ()):
            yield ordinal(source.item), labeller.along(node, claims[node][0].originator, source)

    # What has no source carries its own claims and nothing else: most items, so they are not walked.
    alone = [node for node in region if not sources.get(node)]
    labels = {node: labeller.alone(node, claims[node]) for node in alone}
    near = {edge for edges in sources.values() for source in edges if (edge := ordinal(source.item)) in labels}
    walked = (region - labels.keys()) | near | outside
    found = least_fixpoint(_sources_first(walked, sources), seeds, inflow, labeller.prune)
    return labels | {node: tuple(sorted(label)) for node, label in found.items() if node in region}


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
    _along: dict[object, dict[int, int]] = field(default_factory=dict)
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

    def alone(self, node: Ordinal, claims: tuple[Claim, ...]) -> Label:
        """The label of an item without sources."""
        own = self.own(node, claims)
        known = self._labels.get(own)
        if known is None:
            known = self._labels[own] = tuple(sorted(self.prune(own)))
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
        known = self._along.setdefault((partner if cuts else None, cuts, consented), {})

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


def _sources_first(nodes: set[Ordinal], sources: Mapping[Ordinal, tuple[Source, ...]]) -> list[Ordinal]:
    """`nodes` such that, cycles apart, each comes after its sources."""
    order: list[Ordinal] = []
    seen: set[Ordinal] = set()
    for start in sorted(nodes):
        stack = [(start, iter(sources.get(start, ())))] if start not in seen else []
        seen.add(start)
        while stack:
            node, rest = stack[-1]
            fresh = next((after for edge in rest if (after := ordinal(edge.item)) not in seen), None)
            if fresh is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(fresh)
                stack.append((fresh, iter(sources.get(fresh, ()))))
    return order
