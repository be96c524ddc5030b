"""What a bundle holds that the node does not: each element known already, new, kept apart, or quarantined.

One *copy* is (id, version, submitter) and its content. The same content again changes nothing; other content under the
same version is kept apart and flagged, and never replaces what is held. What cannot be read as STIX is quarantined with
its reason; if it has a usable id it is held all the same, so that what names it waits with it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from comity.core.instant import Instant
from comity.core.partner import Code
from comity.formats import stix, strict_json
from comity.formats.bundle import Element
from comity.formats.fault import Fault, Flaw
from comity.formats.marking import Kind
from comity.formats.salvage import Salvaged, salvage
from comity.formats.stix import StixObject
from comity.index.holding import Ordinal
from comity.service.ports import Writer
from comity.service.records import Act, Held, NewItem, NewQuarantine, Reference

UNNUMBERED: Final = Ordinal(0)
BATCH: Final = 2000
"""Elements that are looked up and written together."""
_NO_OBJECT: Final = frozenset({Flaw.TRUNCATED, Flaw.TRAILING, Flaw.UNKNOWN_PROPERTY, Flaw.TOO_LARGE})
"""Flaws of what is no whole element of a bundle, or too large to be looked into."""


class Fresh(NamedTuple):
    """An item that this import has added; `flaw` says why it is quarantined, if it is.

    `alone`: no other copy of its id was held when it came, nor had come earlier in the bundle.
    `apart`: another copy of the same version says something else.
    """

    ordinal: Ordinal
    stix_id: str
    version: str
    type: str
    refs: tuple[str, ...] = ()
    markings: tuple[str, ...] = ()
    granular: tuple[str, ...] = ()
    derived: tuple[str, str] | None = None
    kind: Kind | None = None
    position: int = 0
    digest: bytes = b""
    alone: bool = False
    apart: bool = False
    flaw: Fault | None = None

    def held(self, submitter: Code, act: Act) -> Held:
        """The item as a row of the record, without what only people read."""
        return Held(
            self.ordinal,
            self.stix_id,
            self.stix_id,
            self.version,
            self.type,
            None,
            submitter,
            act.at,
            self.digest,
            None,
            act.id,
        )


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the elements of a bundle.

    `known` are the copies that came again and were held before; `bound` of them are bound by more than before.
    """

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    flagged: int = 0
    quarantined: int = 0
    bound: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    known: dict[Ordinal, Held] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Candidate:
    """An element on its way in; `ordinal` and `apart_from` are set when it is found to be new.

    What was parsed is not kept: the values of a whole batch would fill the processor's cache many times over.
    """

    position: int
    raw: bytes
    digest: bytes
    ordinal: Ordinal = UNNUMBERED
    apart_from: Ordinal | None = None
    alone: bool = False
    stix_id: str | None = None
    object: StixObject | None = None
    salvaged: Salvaged | None = None
    flaw: Fault | None = None

    @property
    def version(self) -> str:
        found = self.object or self.salvaged
        return "" if found is None else found.modified


def take_in(writer: Writer, submitter: Code, elements: Iterable[Element], counts: Counts) -> Iterator[Fresh]:
    """Hold what is new among `elements`, and yield it: contents and references are written, claims and edges not."""
    batch: list[_Candidate] = []
    for element in elements:
        batch.append(_candidate(element))
        if len(batch) >= BATCH:
            yield from _hold(writer, submitter, batch, counts)
            batch = []
    yield from _hold(writer, submitter, batch, counts)


def _candidate(element: Element) -> _Candidate:
    position, raw, digest = element.ordinal, element.raw, hashlib.sha256(element.raw).digest()
    found = element.value if isinstance(element.value, Fault) else stix.examine(element.value, raw)
    if not isinstance(found, Fault):
        return _Candidate(position=position, raw=raw, digest=digest, object=found, stix_id=found.id)
    kept = None if found.code in _NO_OBJECT else salvage(raw)
    stix_id = None if kept is None else kept.id
    return _Candidate(position=position, raw=raw, digest=digest, flaw=found, salvaged=kept, stix_id=stix_id)


def _hold(writer: Writer, submitter: Code, batch: list[_Candidate], counts: Counts) -> list[Fresh]:
    """Write what is new in one batch."""
    counts.read += len(batch)
    named = [candidate for candidate in batch if candidate.stix_id is not None]
    known = _Known(writer, submitter, named)
    new = [candidate for candidate in named if known.is_new(candidate)]
    counts.known |= known.again
    counts.unchanged += len(named) - len(new)
    fresh = [_fresh(candidate) for candidate in new]
    at = writer.act.at
    writer.add_items(_row(item, candidate, submitter, at) for item, candidate in zip(fresh, new, strict=True))
    writer.add_contents((candidate.ordinal, candidate.raw) for candidate in new)
    writer.add_references(_references(fresh))
    _keep_nameless(writer, submitter, [candidate for candidate in batch if candidate.stix_id is None], counts)
    return fresh


def _fresh(candidate: _Candidate) -> Fresh:
    found = candidate.object
    stix_id = candidate.stix_id or ""
    if found is None:
        return Fresh(
            ordinal=candidate.ordinal,
            stix_id=stix_id,
            version=candidate.version,
            type=stix_id.partition("--")[0],
            refs=candidate.salvaged.refs if candidate.salvaged else (),
            derived=candidate.salvaged.derived if candidate.salvaged else None,
            position=candidate.position,
            digest=candidate.digest,
            alone=candidate.alone,
            apart=candidate.apart_from is not None,
            flaw=candidate.flaw,
        )
    return Fresh(
        ordinal=candidate.ordinal,
        stix_id=stix_id,
        version=found.modified,
        type=found.type,
        refs=found.refs,
        markings=found.markings,
        derived=found.derived,
        granular=found.granular,
        kind=found.kind,
        position=candidate.position,
        digest=candidate.digest,
        alone=candidate.alone,
        apart=candidate.apart_from is not None,
    )


def _row(item: Fresh, candidate: _Candidate, submitter: Code, at: Instant) -> NewItem:
    title = None if candidate.object is None else candidate.object.title
    name = item.stix_id
    return NewItem(
        item.ordinal, name, name, item.version, item.type, title, submitter, at, item.digest, candidate.apart_from
    )


def _references(items: Iterable[Fresh]) -> Iterator[Reference]:
    for item in items:
        yield from _named(item.ordinal, item.refs, item.derived)


def _named(item: Ordinal, refs: Iterable[str], derived: Iterable[str] | None) -> Iterator[Reference]:
    yield from (Reference(ref, item, "ref") for ref in refs)
    yield from (Reference(end, item, "derived") for end in derived or ())


def references(item: Ordinal, raw: bytes) -> Iterator[Reference]:
    """The references of an item that came in a bundle, from its bytes alone: `store.verify` computes them again.

    INVARIANT: for bytes that are held the answer never changes, or a node that was whole would not verify.
    """
    value = strict_json.parse(raw)
    vetted = value if isinstance(value, Fault) else strict_json.vet(raw, value)
    read = vetted if isinstance(vetted, Fault) else stix.examine(vetted, raw)
    found = salvage(raw) if isinstance(read, Fault) else read
    if found is not None:
        yield from _named(item, found.refs, found.derived)


def _keep_nameless(writer: Writer, submitter: Code, candidates: list[_Candidate], counts: Counts) -> None:
    """Quarantine what has no usable id, once."""
    seen = writer.quarantined_digests(submitter, {candidate.digest for candidate in candidates})
    rows = []
    for candidate in candidates:
        if candidate.digest in seen or candidate.flaw is None:
            counts.unchanged += 1
            continue
        seen.add(candidate.digest)
        rows.append(
            quarantined(submitter, candidate.position, candidate.flaw, candidate.digest)._replace(content=candidate.raw)
        )
        count_flaw(counts, candidate.flaw)
    writer.add_quarantine(rows)


def quarantined(
    submitter: Code, position: int, flaw: Fault, digest: bytes, item: Ordinal | None = None
) -> NewQuarantine:
    """The row of a quarantine."""
    return NewQuarantine(
        item=item,
        submitter=submitter,
        position=position,
        reason=flaw.code.value,
        detail=flaw.detail,
        digest=digest,
        content=None,
    )


def count_flaw(counts: Counts, flaw: Fault) -> None:
    """One more quarantined, for this reason."""
    counts.quarantined += 1
    counts.reasons[flaw.code.value] += 1


class _Known:
    """The copies of the ids of one batch: those held, and those that came earlier in the batch."""

    def __init__(self, writer: Writer, submitter: Code, batch: list[_Candidate]) -> None:
        self._writer = writer
        self._submitter = submitter
        self._next = writer.next_ordinal()
        held = writer.copies({candidate.stix_id for candidate in batch if candidate.stix_id is not None})
        self._copies: dict[tuple[str | None, str], list[Held | _Candidate]] = {}
        self._ids = set(held)
        self.again: dict[Ordinal, Held] = {}
        for copies in held.values():
            for copy in copies:
                self._copies.setdefault((copy.stix_id, copy.version), []).append(copy)

    def is_new(self, candidate: _Candidate) -> bool:
        """Whether no copy of the submitter's has this content; if so it is numbered, and set apart from others."""
        copies = self._copies.setdefault((candidate.stix_id, candidate.version), [])
        others = []
        for copy in copies:
            if not self._same(copy, candidate):
                others.append(copy.ordinal)
            elif isinstance(copy, _Candidate):
                return False
            elif copy.submitter == self._submitter:
                self.again[copy.ordinal] = copy
                return False
        candidate.ordinal = self._next
        candidate.apart_from = min(others, default=None)
        candidate.alone = candidate.stix_id not in self._ids
        if candidate.stix_id is not None:
            self._ids.add(candidate.stix_id)
        self._next = Ordinal(self._next + 1)
        copies.append(candidate)
        return True

    def _same(self, copy: Held | _Candidate, candidate: _Candidate) -> bool:
        if copy.digest == candidate.digest:
            return True
        if isinstance(copy, _Candidate):
            raw = copy.raw
        else:
            raw = next(content for _, content in self._writer.content([copy.ordinal]))
        return _content(raw) == _content(candidate.raw)


def _content(raw: bytes) -> str | bytes:
    """What the bytes say, however they are laid out; the bytes themselves where readers differ on what they say."""
    value = strict_json.parse(raw)
    if isinstance(value, Fault):
        return raw
    try:
        return json.dumps(value, sort_keys=True)
    except RecursionError:
        return raw
