"""Replay: every recorded disclosure is decided again as of its time, from what was recorded by then (law `replay`).

Of each response it is asked, of a reader that knows no later act:
1. whether its time is that of its act: after all that was recorded before, and not after its own recording;
2. whether its root is that over the commitments to its items, and their bytes are those that were received;
3. whether the law permits each item for the recipient.
What cannot be asked, because an item or the recipient was not known then, is answered with no.

What was known changes only with an act that records anything beside a disclosure: the responses in between are decided
from one reader. Which acts those are is said by the register's own entries, and `verify` holds these to the rows.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Final, NamedTuple, Self

from pyroaring import BitMap

from comity.core.commitment import root_over
from comity.core.errors import ComityError, UnknownName
from comity.core.instant import ALWAYS, Instant
from comity.formats import instant
from comity.index.holding import Ordinal, ordinal
from comity.service.ports import Reader, Store
from comity.service.recording import committing
from comity.service.records import Disclosed, Held, Leaf
from comity.service.release import Refused, judged, named
from comity.service.vault import Vault

_CHUNK: Final = 1000
"""Items that are judged together."""
_DISCLOSED: Final = frozenset({"disclosure"})
"""The rows of an act that hands over and changes nothing that anything is decided on."""

Progress = Callable[[int], None]
"""Is told how many responses are done."""


class Finding(NamedTuple):
    """What is wrong with one response, in words; `item` is the shown name of the item that it is about, if of one.

    `reasons` are why that item is refused, as `PARTNER/ROOT/CODE` with the root's shown name.
    """

    leaf: int
    recipient: str
    at: Instant
    item: str | None
    wrong: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many responses and items were decided again, and what was found: nothing, if all are permitted."""

    responses: int
    items: int
    findings: tuple[Finding, ...]


def replay(
    store: Store, vault: Vault, *, to: str | None = None, start: int = 0, progress: Progress | None = None
) -> Replayed:
    """Decide the recorded disclosures again: all, those to one recipient, those from one entry of the register on.

    Raises UnknownName for a recipient that no partner is known for.
    """
    findings: list[Finding] = []
    responses = items = 0
    with store.read() as today, _Then(store, vault) as then:
        only = None if to is None else named(today.policy(), to)
        for moment in _moments(today, start):
            if only in (None, moment.disclosed.recipient):
                findings += _shown(today, moment.disclosed, then.objections(moment))
                responses += 1
                items += len(moment.disclosed.items)
                if progress is not None:
                    progress(responses)
    return Replayed(responses=responses, items=items, findings=tuple(findings))


class _Moment(NamedTuple):
    """A response, the last act up to its own that recorded anything else, and the times that its own lies between."""

    disclosed: Disclosed
    until: int
    after: Instant
    recorded: Instant | None


class _Objection(NamedTuple):
    """A finding before its names are known."""

    item: Ordinal | None
    wrong: str
    refused: Refused | None = None


class _Then:
    """What was recorded by an act: one reader, kept for as long as nothing else was recorded."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._key = vault.key("salts")
        self._open = ExitStack()
        self._until = 0
        self._reader: Reader | None = None
        self._whole = BitMap()
        """The items whose bytes were seen to be those received; bytes are as old as their item."""

    def objections(self, moment: _Moment) -> Iterator[_Objection]:
        """Everything that is wrong with one response."""
        reader, disclosed = self._by(moment.until), moment.disclosed
        if moment.recorded is None:
            yield _Objection(None, "the register has no entry for it")
        elif not moment.after < disclosed.at <= moment.recorded:
            yield _Objection(None, "it is dated before what was recorded earlier, or after its own recording")
        held = reader.held(disclosed.items)
        if len(held) == len(disclosed.items):
            made = root_over(map(committing(self._key, disclosed.nonce), map(held.__getitem__, disclosed.items)))
            if made != disclosed.root:
                yield _Objection(None, "its root is not that of its items")
        for items in _chunks(disclosed.items):
            yield from (_Objection(item, "it was not held then") for item in items if item not in held)
            known = [item for item in items if item in held]
            yield from self._altered(reader, {item: held[item] for item in known})
            yield from _refused(reader, known, disclosed)

    def _by(self, until: int) -> Reader:
        if self._reader is None or until != self._until:
            self._open.close()
            self._reader = self._open.enter_context(self._store.read(until))
            self._until = until
        return self._reader

    def _altered(self, reader: Reader, held: Mapping[Ordinal, Held]) -> Iterator[_Objection]:
        """The items whose bytes are not those received; those seen before are not read again."""
        unseen = [item for item in held if item not in self._whole]
        for item, content in reader.content(unseen):
            if hashlib.sha256(content).digest() == held[item].digest:
                self._whole.add(item)
        yield from (_Objection(item, "its bytes are not those received") for item in held if item not in self._whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()


def _refused(reader: Reader, items: list[Ordinal], disclosed: Disclosed) -> Iterator[_Objection]:
    """The items that may not go. What cannot be decided is not permitted."""
    try:
        to = named(reader.policy(), disclosed.recipient)
        verdicts = list(judged(reader, items, to, disclosed.at))
    except UnknownName:
        yield from (_Objection(item, "its recipient was not known then") for item in items)
    except (ComityError, LookupError, ValueError) as problem:
        yield from (_Objection(item, f"it cannot be decided: {problem}") for item in items)
    else:
        for found in verdicts:
            if isinstance(found, Refused):
                yield _Objection(ordinal(found.item), "it is refused", found)


def _moments(reader: Reader, start: int) -> Iterator[_Moment]:
    """The responses from an entry on, in order, each with what the register says of when it was."""
    entries = reader.leaves(max(start - 1, 0))
    passed = _Passed(until=start, before=ALWAYS, at=ALWAYS, seq=start - 2)
    for disclosed in reader.disclosures(start=start):
        while passed.seq < disclosed.leaf and (leaf := next(entries, None)) is not None:
            passed = passed.by(leaf)
        recorded = passed.at if passed.seq == disclosed.leaf else None
        yield _Moment(disclosed, passed.until or disclosed.leaf + 1, passed.before, recorded)


class _Passed(NamedTuple):
    """How far the register was walked: `until` as in _Moment, the times of the last entry and of the one before."""

    until: int
    before: Instant
    at: Instant
    seq: int

    def by(self, leaf: Leaf) -> Self:
        """One entry further."""
        said = _said(leaf)
        moved = not said.rows <= _DISCLOSED or not self.until
        return self._replace(until=leaf.act if moved else self.until, before=self.at, at=said.at, seq=leaf.seq)


class _Said(NamedTuple):
    """What an entry says of its act."""

    at: Instant
    rows: frozenset[str]


def _said(leaf: Leaf) -> _Said:
    """An entry that cannot be read says nothing that could be relied on; `verify` names it."""
    try:
        entry = json.loads(leaf.entry)
        return _Said(instant.parse(entry["at"]), frozenset(entry["rows"]))
    except (ComityError, ValueError, LookupError, TypeError):
        return _Said(ALWAYS, frozenset({"unknown"}))


def _shown(reader: Reader, disclosed: Disclosed, found: Iterable[_Objection]) -> Iterator[Finding]:
    """The findings with the names that people use; a number stands where there is no such item."""
    for item, wrong, refused in found:
        reasons = () if refused is None else refused.reasons
        about = [] if item is None else [item]
        names = reader.handles([*about, *(ordinal(reason.root) for reason in reasons)])
        roots = [names[ordinal(reason.root)] for reason in reasons]
        why = [f"{reason.partner}/{root}/{reason.code}" for reason, root in zip(reasons, roots, strict=True)]
        name = names.get(item, f"#{item}") if item is not None else None
        yield Finding(disclosed.leaf, disclosed.recipient, disclosed.at, name, wrong, tuple(sorted(why)))


def _chunks(items: tuple[Ordinal, ...]) -> Iterator[tuple[Ordinal, ...]]:
    return (items[place : place + _CHUNK] for place in range(0, len(items), _CHUNK))
