"""What a sidecar says of the objects in a bundle: terms and sources that the objects themselves do not state.

A sidecar speaks with the submitter's word and no louder: it can attest only for items that the submitter originates,
and its attestations are stamped by the node, never back-dated. An item of which it names a source that is not held is
quarantined: an edge that is lost would free the item. For the same reason all that it says must be of an object in the
bundle, or the bundle is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from comity.core.claim import Claim
from comity.core.errors import Forbidden, UnknownName
from comity.core.instant import Instant, Window
from comity.core.lineage import Source, Use
from comity.core.partner import Code
from comity.formats.fault import Fault, Flaw
from comity.formats.world import Beside, Sidecar, canonical
from comity.index.holding import Ordinal, ordinal
from comity.service.intake import Fresh
from comity.service.laid import Laid
from comity.service.ports import Writer
from comity.service.records import Held, NewAttestation, NewSource, Reference

_NAMED: Final = 5
"""Entries of a sidecar that an error names."""


def of(sidecar: Sidecar | None, item: Fresh | Held) -> Beside | None:
    """What the sidecar says of this version of the object, and of the object whatever its version."""
    if sidecar is None:
        return None
    always = sidecar.items.get(item.stix_id)
    versioned = sidecar.items.get(canonical(f"{item.stix_id}@{item.version}"))
    return _joined(versioned, always) if versioned and always else versioned or always


def claims(beside: Beside | None) -> tuple[Claim, ...]:
    """All that the sidecar claims of one object."""
    if beside is None:
        return ()
    return beside.further_claims if beside.claim is None else (beside.claim, *beside.further_claims)


def refuse_unmatched(sidecar: Sidecar | None, items: Iterable[Fresh | Held]) -> None:
    """UnknownName, where the sidecar says something of what is not among `items`: its word would be lost."""
    if sidecar is None:
        return
    left = dict.fromkeys(sidecar.items)
    for item in items:
        left.pop(item.stix_id, None)
        left.pop(canonical(f"{item.stix_id}@{item.version}"), None)
    if left:
        named = ", ".join(f"`{name}`" for name in list(left)[:_NAMED])
        more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
        raise UnknownName(
            f"the sidecar speaks of {named}{more}, which is not in the bundle: correct the id or the version, or leave"
            " it out; nothing is taken in"
        )


def refuse_foreign(sidecar: Sidecar | None, submitter: Code, now: Instant) -> None:
    """Forbidden, where the sidecar attests for somebody else, or for a time that has not come."""
    for name, stated in sidecar.items.items() if sidecar else ():
        always = sidecar.items.get(name.partition("@")[0]) if sidecar else None
        beside = stated if always is None or always is stated else _joined(stated, always)
        windows = [window for source in beside.sources for window in source.attestations]
        originator = beside.claim.originator if beside.claim else submitter
        if windows and submitter != originator:
            raise Forbidden(f"`{name}` is attested by `{submitter}`, but only `{originator}` can: leave out `attested`")
        if any(window.start > now for window in windows):
            raise Forbidden(f"`{name}` is attested in the future: import it then, or leave out `attested`")


def flawed(writer: Writer, sidecar: Sidecar | None, fresh: Sequence[Fresh]) -> list[Fresh]:
    """The items, those with a source that is not held marked with the flaw."""
    if sidecar is None:
        return list(fresh)
    held = _held(writer, sidecar)
    return [_flawed(item, of(sidecar, item), held) for item in fresh]


def link(laid: Laid, sidecar: Sidecar | None, submitter: Code, fresh: Sequence[Fresh]) -> None:
    """Add the edges that the sidecar states, and the attestations of those items that are not flawed.

    A source that is not held is named, so that the edge is added when it comes, also if the item was accepted before.
    """
    if sidecar is None:
        return
    held, span = _held(laid.writer, sidecar), Window(laid.writer.act.at)
    named: list[Reference] = []
    for item in fresh:
        beside = of(sidecar, item)
        # A source that is named twice is attested only if both say so.
        freed: dict[Ordinal, bool] = {}
        for source in beside.sources if beside else ():
            found = _copies(held, source.item)
            own = [copy for copy in found if copy.submitter == submitter] or found
            attested = item.flaw is None and any(window.end > span.start for window in source.attestations)
            laid.add_sources(NewSource(item.ordinal, copy.ordinal, source.use) for copy in own)
            for copy in own if attested else ():
                freed.setdefault(copy.ordinal, True)
            for copy in own if source.use is Use.DRAWS_ON and not attested else ():
                freed[copy.ordinal] = False
            if not own:
                named.append(Reference(source.item.partition("@")[0], item.ordinal, "stated"))
        for number in (number for number, free in freed.items() if free):
            laid.writer.add_attestation(NewAttestation(item.ordinal, number, span))
    laid.writer.add_references(named)


def bind(laid: Laid, sidecar: Sidecar | None, submitter: Code, known: Mapping[Ordinal, Held]) -> set[Ordinal]:
    """Add the edges that the sidecar states of copies that are held already; returns those that have an edge more.

    Such an edge binds from now on and frees nothing: it is not attested here. Raises UnknownName for a source that is
    not held, unless it was named before; Forbidden for an edge that was never attested.
    """
    if sidecar is None:
        return set()
    held, edges = _held(laid.writer, sidecar), set[NewSource]()
    for copy in known.values():
        beside = of(sidecar, copy)
        stated = {(ordinal(edge.item), edge.use) for edge in laid.sources([copy.ordinal]).get(copy.ordinal, ())}
        for source in beside.sources if beside else ():
            found = _copies(held, source.item)
            if not found:
                _refuse_unknown(laid.writer, copy, source)
            own = [each for each in found if each.submitter == submitter] or found
            _refuse_unattested(laid.writer, copy, source, own)
            # What has been said before bound the copies of that time, and is not said anew.
            if not any((each.ordinal, use) in stated for each in found for use in (source.use, Use.REPRODUCES)):
                edges |= {NewSource(copy.ordinal, each.ordinal, source.use) for each in own if each != copy}
    laid.add_sources(edges)
    return {edge.item for edge in edges}


def _refuse_unknown(writer: Writer, copy: Held, source: Source) -> None:
    """UnknownName, unless the copy names the source already, and so will have the edge when it comes."""
    named = writer.referrers({source.item.partition("@")[0]}, before=writer.next_ordinal())
    if not any(row.item == copy.ordinal and row.kind != "derived" for row in named):
        raise UnknownName(
            f"`{copy.stix_id}` is held already, and its source `{source.item}` is not held: import that first"
        )


def _refuse_unattested(writer: Writer, copy: Held, source: Source, found: Iterable[Held]) -> None:
    """Forbidden for an attestation that is none yet: what frees is not done in passing."""
    if not source.attestations or copy.ordinal in writer.waiting([copy.ordinal]):
        return
    if not any(writer.attestations(copy.ordinal, each.ordinal) for each in found):
        raise Forbidden(
            f"`{copy.stix_id}` is held already: leave out `attested` of `{source.item}`, and attest it with"
            " `comity attest`"
        )


def _joined(versioned: Beside, always: Beside) -> Beside:
    """Both: the terms of the version where it states any; further claims and sources add up."""
    return Beside(
        claim=versioned.claim or always.claim,
        further_claims=tuple(dict.fromkeys((*versioned.further_claims, *always.further_claims))),
        sources=(*versioned.sources, *always.sources),
    )


def _flawed(item: Fresh, beside: Beside | None, held: Mapping[str, list[Held]]) -> Fresh:
    if item.flaw is not None or beside is None:
        return item
    missing = [source.item for source in beside.sources if not _copies(held, source.item)]
    if not missing:
        return item
    detail = f"the sidecar names the source `{missing[0]}`, which is not held: import that first"
    return item._replace(flaw=Fault(code=Flaw.UNKNOWN_SOURCE, detail=detail))


def _held(writer: Writer, sidecar: Sidecar) -> Mapping[str, list[Held]]:
    names = {source.item for beside in sidecar.items.values() for source in beside.sources}
    return writer.copies({name.partition("@")[0] for name in names})


def _copies(held: Mapping[str, list[Held]], name: str) -> list[Held]:
    stix_id, _, version = name.partition("@")
    meant = canonical(name)
    found = held.get(stix_id, ())
    return [copy for copy in found if not version or canonical(f"{stix_id}@{copy.version}") == meant]
