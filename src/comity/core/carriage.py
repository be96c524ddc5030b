"""How claims come to an item: along which edges, and what the label would be with one word or attestation more.

`lineage` says what an item carries; this says by which way. Everything is computed per root claim, over the edges that
carry it and no others, so that an item with many sources is explained in the time of its label.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from comity.core.claim import Claim
from comity.core.instant import Instant, Window
from comity.core.lineage import Carried, Item, ItemId, Source, State, Terms, Use, along, labels, least_fixpoint, prune
from comity.core.partner import Code

SPOKEN: Final = ""
"""Stands among waivers for a consent that has not been given. No consent has an empty id."""


class Root(NamedTuple):
    """A claim in a label: the one at `place` among those of `item`."""

    item: ItemId
    place: int


class Edge(NamedTuple):
    """A lineage edge, by its ends."""

    item: ItemId
    source: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One item on a path from the item asked about to a root, as an explanation shows it.

    `use` is that of the edge that leads to it, None at the start, and `attested` whether an attestation of that edge
    counts. `parties` are the originators of its claims. An item that its reader may not know has no id and no parties.
    """

    item: ItemId | None
    parties: frozenset[Code]
    use: Use | None = None
    attested: bool = False


class Step(NamedTuple):
    """One item on a path, and the edge by which the path came to it (None at its start)."""

    item: ItemId
    by: Source | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """All that `item` carries at `at`: per root claim the triples at each item upstream, and the edges that carry."""

    items: Mapping[ItemId, Item]
    item: ItemId
    at: Instant
    terms: Terms
    held: Mapping[Root, Mapping[ItemId, Sequence[Carried]]]
    edges: Mapping[Root, Mapping[ItemId, Sequence[Source]]]

    def claim(self, root: Root) -> Claim:
        """The claim that `root` names."""
        return self.items[root.item].claims[root.place]

    def label(self) -> Iterator[Carried]:
        """What the item carries."""
        for held in self.held.values():
            yield from held.get(self.item, ())


def carriage(items: Mapping[ItemId, Item], item: ItemId, at: Instant, terms: Terms) -> Carriage:
    """Trace everything that `item` carries at `at`."""
    found = labels(items, item, at, terms)
    held: dict[Root, dict[ItemId, list[Carried]]] = {}
    for node, label in found.items():
        for triple in label:
            held.setdefault(Root(triple.root, triple.place), {}).setdefault(node, []).append(triple)
    edges: dict[Root, dict[ItemId, list[Source]]] = {root: {} for root in held}
    for node in found:
        for source in items[node].sources:
            for root in {Root(triple.root, triple.place) for triple in found[source.item]}:
                edges[root].setdefault(node, []).append(source)
    return Carriage(items=items, item=item, at=at, terms=terms, held=held, edges=edges)


def path(traced: Carriage, triple: Carried) -> tuple[Step, ...]:
    """The shortest path from the item to the root of `triple`, a triple of its label, along which it is carried.

    Each step carries a triple that becomes the one before it, down to what the root says itself; so a path that some
    consent or attestation has cleared is never shown for one that has not been cleared.
    """
    root = Root(triple.root, triple.place)
    origin = State(waivers=traced.terms.waivers(root.item, traced.claim(root)))
    queue = deque([(Step(traced.item, None), triple)])
    came: dict[tuple[ItemId, Carried], tuple[Step, Carried] | None] = {(traced.item, triple): None}
    while queue:
        step, carried = queue.popleft()
        if step.item == root.item and carried.state == origin:
            return _unwound(came, step, carried)
        for source, before in _before(traced, root, step.item, carried):
            if (source.item, before) not in came:
                came[source.item, before] = (step, carried)
                queue.append((Step(source.item, source), before))
    raise AssertionError("INVARIANT: what a label holds was carried there from its root")


def hops(traced: Carriage, steps: Iterable[Step]) -> tuple[Hop, ...]:
    """The path as an explanation shows it."""
    at = traced.at
    return tuple(
        Hop(
            item=step.item,
            parties=frozenset(claim.originator for claim in traced.items[step.item].claims if at in claim.window),
            use=step.by.use if step.by else None,
            attested=bool(step.by and step.by.cuts(at)),
        )
        for step in steps
    )


def _before(traced: Carriage, root: Root, node: ItemId, triple: Carried) -> Iterator[tuple[Source, Carried]]:
    """The triples at the sources of `node` that become `triple` there."""
    for source in traced.edges[root].get(node, ()):
        change = along(traced.items, traced.items[node], source, traced.at, traced.terms)
        for before in traced.held[root][source.item]:
            if change(before) == triple:
                yield source, before


def _unwound(
    came: Mapping[tuple[ItemId, Carried], tuple[Step, Carried] | None], step: Step, carried: Carried
) -> tuple[Step, ...]:
    steps = [step]
    back = came[step.item, carried]
    while back is not None:
        steps.append(back[0])
        back = came[back[0].item, back[1]]
    return tuple(reversed(steps))


def states(
    traced: Carriage, root: Root, *, attested: Iterable[Edge] = (), spoken: ItemId | None = None
) -> tuple[State, ...]:
    """What the item would carry of `root` were these edges attested now, and a consent (SPOKEN) given on `spoken`."""
    edges, chosen, claim = traced.edges[root], frozenset(attested), traced.claim(root)

    def waivers(node: ItemId, claim: Claim) -> frozenset[str]:
        return traced.terms.waivers(node, claim) | ({SPOKEN} if node == spoken else frozenset())

    terms = replace(traced.terms, waivers=waivers)

    def seeds(node: ItemId) -> Iterator[Carried]:
        if node == root.item:
            yield Carried(*root, State(waivers=waivers(node, claim)))

    def inflow(node: ItemId) -> Iterator[tuple[ItemId, Callable[[Carried], Carried]]]:
        for source in edges.get(node, ()):
            attests = source.use is Use.DRAWS_ON and Edge(node, source.item) in chosen
            edge = _attested(source, traced.at) if attests else source
            yield source.item, along(traced.items, traced.items[node], edge, traced.at, terms)

    found = least_fixpoint(traced.held[root], seeds, inflow, prune)
    return tuple(triple.state for triple in found[traced.item])


def _attested(source: Source, at: Instant) -> Source:
    return replace(source, attestations=(*source.attestations, Window(at)))
