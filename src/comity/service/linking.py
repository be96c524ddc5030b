"""The lineage that STIX structure brings, semantics §6: references, late arrivals, `derived-from`, new versions.

1. Every reference is a `reproduces` edge to the copies of that id by the same submitter, else to every copy held.
2. A reference to what is not held binds nothing; when the id arrives, the edge is added then.
3. An unmarked identity or marking definition does not bind those that name it.
4. An imported `derived-from` taints an end only if its submitter is that end's originator or the holder.
5. A new version inherits its predecessor's sources, as edges that go only by attestation.
6. What is relayed reproduces the copies that its originator has sent itself: those of that version, else all.
7. What the holder takes in as its own reproduces the copies that it had from others before, unless it was its own
   already: a bundle of its own that carries what partners gave it makes none of that its own.

INVARIANT: edges are only ever added. A copy that arrives later can bind more; it never frees what is bound.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from comity.core.lineage import Use
from comity.core.partner import Code
from comity.index.holding import Ordinal, ordinal
from comity.service.intake import Fresh
from comity.service.laid import Laid
from comity.service.markings import Markings
from comity.service.ports import Writer
from comity.service.records import Held, NewSource, Reference
from comity.service.versions import chains

Copies = Mapping[str, Sequence[Held]]


def link(laid: Laid, markings: Markings, holder: Code, fresh: Sequence[Fresh]) -> set[Ordinal]:
    """Add every edge that the new items bring; returns the items, new or not, that have an edge more.

    The claims of the new items must have been written.
    """
    ids = {item.stix_id for item in fresh}
    late = laid.writer.referrers(ids, before=laid.first) if laid.first > 1 else []
    relations = _relations(laid.writer, fresh, late)
    copies = _copies(laid, markings.submitter, fresh, _named(fresh, late, relations))
    edges = [
        *_references(fresh, copies, markings),
        *_late(laid, late, copies, markings),
        *_tainted(laid, holder, relations, copies, markings),
    ]
    laid.add_sources(edges)
    again = {item.stix_id for item in fresh if not item.alone}
    touched = {edge.item for edge in edges} | reproduce(laid, again)
    older = laid.writer.held(item for item in touched if item < laid.first).values()
    return touched | inherit(laid, again.union(held.stix_id for held in older))


def _named(fresh: Sequence[Fresh], late: Iterable[Reference], relations: Iterable["Relation"]) -> set[str]:
    """Every id to which there may be an edge."""
    return {row.ref for row in late}.union(*(item.refs for item in fresh), *(ends for _, ends in relations))


def _copies(laid: Laid, submitter: Code, fresh: Sequence[Fresh], named: set[str]) -> Copies:
    """Every copy of these ids; new items that stand alone need no looking up."""
    again, act = {item.stix_id for item in fresh if not item.alone}, laid.writer.act
    copies: dict[str, Sequence[Held]] = {
        item.stix_id: [item.held(submitter, act)]
        for item in fresh
        if item.stix_id in named and item.stix_id not in again
    }
    return copies | dict(laid.writer.copies(named - copies.keys()))


def targets(copies: Copies, ref: str, submitter: Code, markings: Markings) -> Iterator[Ordinal]:
    """What a reference by `submitter` binds to: its own copies of the id, else every copy held."""
    found = copies.get(ref, ())
    own = [copy for copy in found if copy.submitter == submitter]
    return (copy.ordinal for copy in own or found if markings.binds(copy))


def _references(fresh: Sequence[Fresh], copies: Copies, markings: Markings) -> Iterator[NewSource]:
    """Rule 1, for what the new items name."""
    bound: dict[str, tuple[Ordinal, ...]] = {}
    for item in fresh:
        for ref in item.refs:
            if ref not in bound:
                bound[ref] = tuple(targets(copies, ref, markings.submitter, markings))
            for target in bound[ref]:
                if target != item.ordinal:
                    yield NewSource(item.ordinal, target, Use.REPRODUCES)


def _late(laid: Laid, late: Sequence[Reference], copies: Copies, markings: Markings) -> Iterator[NewSource]:
    """Rule 2, for those that have named the new items all along."""
    referrers = laid.writer.held({row.item for row in late})
    for row in late:
        for target in targets(copies, row.ref, referrers[row.item].submitter, markings):
            if row.kind != "derived" and target >= laid.first:
                yield NewSource(row.item, target, Use.REPRODUCES)


Relation = tuple[Code, tuple[str, ...]]
"""A `derived-from`: who submitted it, and the ids of its two ends."""


def _relations(writer: Writer, fresh: Sequence[Fresh], late: Sequence[Reference]) -> list[Relation]:
    """Every `derived-from` that is new, or has a new end."""
    numbers = {row.item for row in late if row.kind == "derived"}
    numbers |= {item.ordinal for item in fresh if item.derived}
    held = writer.held(numbers)
    ends: dict[Ordinal, list[str]] = {}
    for row in writer.derivations(numbers):
        if row.kind == "derived":
            ends.setdefault(row.item, []).append(row.ref)
    return [(held[number].submitter, tuple(refs)) for number, refs in ends.items()]


def _tainted(
    laid: Laid, holder: Code, relations: Sequence[Relation], copies: Copies, markings: Markings
) -> Iterator[NewSource]:
    """Rule 4: which end it is that derives from the other is not certain, so each is held to the other."""
    ends = {copy.ordinal for _, refs in relations for ref in refs for copy in copies.get(ref, ())}
    originators = {number: claims[0].originator for number, claims in laid.claims(ends).items()}
    for submitter, refs in relations:
        for near in refs:
            for end in copies.get(near, ()):
                if submitter not in (holder, originators[end.ordinal]):
                    continue
                for far in refs:
                    for target in targets(copies, far, submitter, markings) if far != near else ():
                        yield NewSource(end.ordinal, target, Use.REPRODUCES)


def reproduce(laid: Laid, ids: Iterable[str]) -> set[Ordinal]:
    """Rules 6 and 7, for every copy of these ids; returns the copies that are built on others.

    Else a relay that says less of an object than its originator does would free it, and so would the holder by taking
    it in again (law `laundering_fails`).
    """
    holder = laid.writer.policy().holder
    edges: list[NewSource] = []
    for copies in laid.writer.copies(ids).values():
        claims = laid.claims([copy.ordinal for copy in copies])
        originators = {copy.ordinal: claims[copy.ordinal][0].originator for copy in copies}
        for copy in copies:
            before = [*_sent_itself(copy, copies, originators), *_had_before(copy, copies, originators, holder)]
            edges.extend(NewSource(copy.ordinal, source, Use.REPRODUCES) for source in dict.fromkeys(before))
    laid.add_sources(edges)
    return {edge.item for edge in edges}


def _sent_itself(copy: Held, copies: Sequence[Held], originators: Mapping[Ordinal, Code]) -> Iterator[Ordinal]:
    """Rule 6: what the originator of a relayed copy has sent itself, of that version if it has."""
    originator = originators[copy.ordinal]
    own = [other for other in copies if other.submitter == originator != copy.submitter]
    same = [other for other in own if other.version == copy.version]
    return (other.ordinal for other in same or own)


def _had_before(
    copy: Held, copies: Sequence[Held], originators: Mapping[Ordinal, Code], holder: Code
) -> Iterator[Ordinal]:
    """Rule 7: what the holder had of this id from others. What it had first itself, others can only echo."""
    first = min(other.ordinal for other in copies)
    if copy.submitter == holder and originators[first] != holder:
        yield from (other.ordinal for other in copies if other.ordinal < copy.ordinal and other.submitter != holder)


def inherit(laid: Laid, ids: Iterable[str]) -> set[Ordinal]:
    """Rule 5, for every version of these ids; returns the versions that have an edge more."""
    found = chains(laid.writer, laid, ids)
    held = laid.sources([version.ordinal for chain in found for version in chain])
    sources = {number: {ordinal(edge.item) for edge in edges} for number, edges in held.items()}
    added: list[NewSource] = []
    for chain in found:
        for before, after in pairwise(version.ordinal for version in chain):
            own = sources.setdefault(after, set())
            missing = sources.get(before, set()) - own - {after}
            added.extend(NewSource(after, source, Use.DRAWS_ON, inherited=True) for source in missing)
            own |= missing
    laid.add_sources(added)
    return {edge.item for edge in added}
