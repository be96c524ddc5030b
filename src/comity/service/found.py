"""The first act of a node: who holds it, and, from a world file, all the facts and items that are stated there.

A world brings its own clock: its valid times are kept exactly as stated, and an item without a time of receipt has
none, so that the node's answers are the world's. Only the recorded time is the node's own. One thing a node adds: an
object that names another of them is built on it, whether or not the world says so (semantics §6).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, cast
from uuid import uuid4

import rfc8785

from comity.core.claim import LEVELS
from comity.core.consent import Consent
from comity.core.errors import Fault, Forbidden, InvalidFacts
from comity.core.instant import Instant
from comity.core.lineage import Item, ItemId, Source, Use
from comity.core.partner import Code
from comity.core.world import Policy
from comity.formats import instant, stix
from comity.formats.world import WorldFile
from comity.index.holding import Ordinal, item_id
from comity.service.found_needs import load_needs, must_be_recordable
from comity.service.labels import Labels
from comity.service.markings import NAMED_ONLY
from comity.service.partners import as_code, make_partner
from comity.service.policy import must_be_name
from comity.service.ports import Store, Writer
from comity.service.records import NewAttestation, NewClaim, NewItem, NewSource, Partner, Reference, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What the first act recorded; `code` lets the first administrator in, once."""

    holder: Code
    partners: int
    items: int
    requirements: int = 0
    offers: int = 0
    code: str = field(default="", repr=False)


def found(
    store: Store, holder: str | None, world: WorldFile | None, word: Word, beside: Callable[[Writer], object]
) -> Founded:
    """Record who holds the node, all that the world states, and what `beside` writes.

    Raises Forbidden when neither names the holder or they differ, InvalidFacts for an object that is no STIX object or
    an amount that no node holds, MalformedInput for what is no name.
    """
    code = _holder(holder, world)
    policy = world.world.policy if world else Policy(holder=code, partners=frozenset({code}))
    names = world.names if world else {}
    _must_be_names(policy)
    if world:
        must_be_recordable(world.wants)
    with store.write("init", word, policy=True) as writer:
        partners = {name: make_partner(name, names.get(name)) for name in sorted(policy.partners)}
        _settle(writer, policy, partners.values())
        if world:
            _load(writer, world, partners)
        beside(writer)
        Labels(writer).refresh(map(Ordinal, range(1, writer.next_ordinal())))
    return _founded(code, world, len(partners))


def _founded(holder: Code, world: WorldFile | None, partners: int) -> Founded:
    if world is None:
        return Founded(holder=holder, partners=partners, items=0)
    return Founded(
        holder=holder,
        partners=partners,
        items=len(world.world.items),
        requirements=len(world.wants.requirements),
        offers=len(world.wants.offers),
    )


def _must_be_names(policy: Policy) -> None:
    """What a world file registers is called as what is registered one by one may be. MalformedInput for another."""
    registers = {"domain": policy.domains, "condition": policy.conditions, "community": policy.communities}
    for noun, names in registers.items():
        for name in sorted(names):
            must_be_name(noun, name)


def _holder(stated: str | None, world: WorldFile | None) -> Code:
    if world is None:
        if stated is None:
            raise Forbidden("a node has a holder: name it with --holder, or give a world file")
        return as_code(stated)
    if stated not in (None, world.world.policy.holder):
        raise Forbidden(f"the world's holder is `{world.world.policy.holder}`, not `{stated}`: leave out --holder")
    return world.world.policy.holder


def _settle(writer: Writer, policy: Policy, partners: Iterable[Partner]) -> None:
    """Record a policy, its consents apart: they name items."""
    writer.set_setting("holder", policy.holder)
    if policy.levels != LEVELS:
        writer.set_setting("levels", list(policy.levels))
    for partner in partners:
        writer.add_partner(partner)
    for domain in sorted(policy.domains):
        writer.add_domain(domain)
    for condition in sorted(policy.conditions):
        writer.add_condition(condition)
    for community in policy.communities.values():
        writer.add_community(community.name)
        for member in community.members:
            writer.add_member(community.name, member)
    for agreement in policy.agreements:
        writer.add_agreement(agreement)
    for delegation in policy.delegations:
        writer.add_delegation(delegation)
    for stop in policy.suspensions:
        writer.add_suspension(stop)


def _load(writer: Writer, world: WorldFile, partners: Mapping[Code, Partner]) -> None:
    """Record the items of a world, what is said of them, and what is needed and offered."""
    items, first = world.world.items, writer.next_ordinal()
    numbers = {name: Ordinal(first + place) for place, name in enumerate(items)}
    objects = _objects(world, writer.act.at, partners)
    contents = {name: _canonical(stated) for name, stated in objects.items()}
    writer.add_items(_row(item, numbers[name], objects[name], contents[name]) for name, item in items.items())
    writer.add_contents((numbers[name], content) for name, content in contents.items())
    writer.add_claims(
        NewClaim(numbers[name], place, claim) for name, item in items.items() for place, claim in enumerate(item.claims)
    )
    edges = [(row, source) for name, item in items.items() for row, source in _edges(item, numbers[name], numbers)]
    writer.add_sources(row for row, _ in edges)
    for row, source in edges:
        for window in source.attestations:
            writer.add_attestation(NewAttestation(row.item, row.source, window, row.edge))
    named = _Objects(world=world, stated=objects, items=_by_id(objects))
    writer.add_sources(NewSource(numbers[near], numbers[far], Use.REPRODUCES) for near, far in _named_edges(named))
    writer.add_references(_references(numbers, named))
    for consent in world.world.policy.consents:
        writer.add_consent(_numbered(consent, numbers))
    load_needs(writer, world.wants, numbers)


def _by_id(objects: Mapping[ItemId, Mapping[str, object]]) -> dict[object, list[ItemId]]:
    found: dict[object, list[ItemId]] = {}
    for name, stated in objects.items():
        found.setdefault(stated["id"], []).append(name)
    return found


def _edges(item: Item, number: Ordinal, numbers: Mapping[ItemId, Ordinal]) -> Iterator[tuple[NewSource, Source]]:
    """The edges of an item; the same one may be stated several times, attested and not."""
    stated = Counter[tuple[ItemId, Use]]()
    for source in item.sources:
        key = (source.item, source.use)
        yield NewSource(number, numbers[source.item], source.use, edge=stated[key]), source
        stated[key] += 1


def _row(item: Item, number: Ordinal, stated: Mapping[str, object], content: bytes) -> NewItem:
    title = stated.get("name")
    return NewItem(
        ordinal=number,
        name=item.id,
        stix_id=str(stated["id"]),
        version=str(stated.get("modified", "")),
        type=str(stated["type"]),
        title=title if isinstance(title, str) else None,
        submitter=item.claims[0].originator,
        received=item.received,
        digest=sha256(content).digest(),
    )


def _objects(world: WorldFile, now: Instant, partners: Mapping[Code, Partner]) -> dict[ItemId, Mapping[str, object]]:
    """The STIX object of each item: the one stated, else a report made for it."""
    found: dict[ItemId, Mapping[str, object]] = {}
    faults: list[Fault] = []
    taken: set[tuple[object, ...]] = set()
    for place, (name, item) in enumerate(world.world.items.items()):
        stated = world.objects.get(name)
        originator = item.claims[0].originator
        if stated is None:
            found[name] = _report(item, now if item.received is None else item.received, partners[originator])
            continue
        if (message := _unfit(stated)) is None:
            key = (stated["id"], stated.get("modified"), originator)
            message = "the object of another item of this originator" if key in taken else None
            taken.add(key)
        if message:
            mend = "state a STIX object with its own `id` and `type`"
            faults.append(Fault(place=("items", place, "object"), message=message, mend=mend))
        found[name] = stated
    if faults:
        raise InvalidFacts(tuple(faults))
    return found


def _canonical(stated: Mapping[str, object]) -> bytes:
    """The object as RFC 8785 writes it. Raises CanonicalizationError for a number that it has no form for."""
    return rfc8785.dumps(cast("dict[str, Any]", stated))


def _unfit(stated: Mapping[str, object]) -> str | None:
    """What keeps a stated object from being held, None if nothing does."""
    kind, name = stated.get("type"), stated.get("id")
    if not isinstance(kind, str) or not isinstance(name, str) or not name.startswith(f"{kind}--"):
        return "no STIX object: its `id` must start with its `type`"
    if not isinstance(stated.get("modified", ""), str):
        return "no STIX object: `modified` is no text"
    try:
        _canonical(stated)
    except rfc8785.CanonicalizationError as problem:
        return f"the object cannot be written in canonical form: {problem}"
    return None


def _report(item: Item, at: Instant, originator: Partner) -> dict[str, object]:
    """A STIX report that tells no more than the item's id; lineage stays beside the object, never in it."""
    moment = instant.show(at)
    return {
        "type": "report",
        "spec_version": "2.1",
        "id": f"report--{uuid4()}",
        "created_by_ref": originator.identity,
        "created": moment,
        "modified": moment,
        "name": item.id,
        "published": moment,
        "object_refs": [originator.identity],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Objects:
    """The objects of a world: by item, and the items by the STIX id of their object."""

    world: WorldFile
    stated: Mapping[ItemId, Mapping[str, object]]
    items: Mapping[object, list[ItemId]]

    def originator(self, name: ItemId) -> Code:
        return self.world.world.items[name].claims[0].originator

    def meant(self, ref: str, by: Code) -> Iterator[ItemId]:
        """The items that a reference by this partner binds to: those of its own, else all (semantics §6)."""
        found = [name for name in self.items.get(ref, ()) if not _only_named(self.stated[name])]
        own = [name for name in found if self.originator(name) == by]
        return iter(own or found)


def _references(numbers: Mapping[ItemId, Ordinal], objects: _Objects) -> Iterator[Reference]:
    """What the objects name, held or not: an edge to what comes later."""
    for name, stated in objects.stated.items():
        yield from references(numbers[name], stated)


def references(item: Ordinal, stated: Mapping[str, Any]) -> Iterator[Reference]:
    """The references of one item of a world, from its object: `store.verify` computes them again."""
    yield from (Reference(ref, item, "ref") for ref in sorted(set(_named(stated)) - {stated["id"]}))
    yield from (Reference(end, item, "derived") for end in _ends(stated))


def _named_edges(objects: _Objects) -> Iterator[tuple[ItemId, ItemId]]:
    """The edges that the objects bring, and the world does not state: an item goes only with all that it names."""
    sources = {name: {source.item for source in item.sources} for name, item in objects.world.world.items.items()}
    for near, far in _bindings(objects):
        if far != near and far not in sources[near]:
            sources[near].add(far)
            yield near, far


def _bindings(objects: _Objects) -> Iterator[tuple[ItemId, ItemId]]:
    """Which item is held to which: by its references, or as an end of a `derived-from`."""
    holder = objects.world.world.policy.holder
    for name, stated in objects.stated.items():
        by = objects.originator(name)
        for ref in _named(stated):
            yield from ((name, far) for far in objects.meant(ref, by))
        ends = _ends(stated)
        for near_id, far_id in (ends, ends[::-1]) if ends else ():
            for near in objects.items.get(near_id, ()):
                if by in (holder, objects.originator(near)):
                    yield from ((near, far) for far in objects.meant(far_id, by))


def _ends(stated: Mapping[str, object]) -> tuple[str, ...]:
    """The two ends of a `derived-from` relationship."""
    ends = (stated.get("source_ref"), stated.get("target_ref"))
    if stated.get("relationship_type") != stix.DERIVED_FROM:
        return ()
    return tuple(end for end in ends if isinstance(end, str)) if all(isinstance(end, str) for end in ends) else ()


def _only_named(stated: Mapping[str, object]) -> bool:
    """Whether the object is an unmarked identity or marking definition, which does not bind those that name it."""
    marked = stated.get("object_marking_refs") or stated.get("granular_markings")
    return stated["type"] in NAMED_ONLY and not marked


def _named(value: object) -> Iterator[str]:
    """Every id in a `*_ref` or `*_refs` property, at any depth."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key.endswith("_ref") and isinstance(inner, str):
                yield inner
            elif key.endswith("_refs") and isinstance(inner, list):
                yield from (each for each in inner if isinstance(each, str))
            else:
                yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _numbered(consent: Consent, numbers: Mapping[ItemId, Ordinal]) -> Consent:
    return replace(consent, item=item_id(numbers[consent.item]))
