"""What is gone for a reader as a collection of objects of our own, where it is told (`service.gone`).

An object names the id and the version that the reader had, and says nothing else of it. It is of the reader's own past
and hands over nothing, so that it is no response. When the reader may have that version again, its object is gone.
"""

import json
import uuid
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.core.role import Duty
from comity.formats import instant
from comity.index.appearances import Appearances, Dated
from comity.service.collections import Asker, Collection, withdrawn
from comity.service.gone import Had, agreements, gone, is_told
from comity.service.listing import Question, version_of
from comity.service.ports import Reader
from comity.service.records import Held
from comity.service.releasing import LIMIT, Outlet
from comity.service.standing import Behind
from comity.service.vault import Vault

TYPE: Final = "x-comity-withdrawal"
"""The type of the objects. Nobody else's objects have it in this collection, which holds no other."""


class Absence(NamedTuple):
    """One object: its id, its date in the reader's list of what is gone, and what is gone."""

    id: str
    at: Instant
    ref: str
    version: str

    def content(self) -> bytes:
        """It as STIX, always with the same bytes."""
        at = instant.show(self.at)
        said = {"type": TYPE, "spec_version": "2.1", "id": self.id, "created": at, "modified": at}
        return json.dumps({**said, "withdrawn_ref": self.ref, "withdrawn_version": self.version}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absences:
    """A page of them, and whether there are more."""

    page: tuple[Absence, ...]
    more: bool


def told_in(outlet: Outlet, asker: Asker) -> Collection | None:
    """The collection, None where nothing is told."""
    with outlet.store.read() as reader:
        asker.check(reader)
        return withdrawn(outlet.vault, asker.to) if _is_told(reader, asker) else None


def absences(outlet: Outlet, had: Had, asker: Asker, question: Question) -> Absences | None:
    """A page of what is gone, by the reader's own dates; None where nothing is told."""
    while True:
        with outlet.store.read() as reader:
            asker.check(reader)
            if not _is_told(reader, asker):
                return None
            try:
                listed = gone(outlet, had, reader, asker.to)
            except Behind:
                continue
            return _page(reader, outlet.vault, asker.to, listed, question)


def _is_told(reader: Reader, asker: Asker) -> bool:
    return Duty.RELEASE in asker.duties and is_told(agreements(reader), reader.policy(), asker.to, reader.now())


def _page(reader: Reader, vault: Vault, to: Recipient, listed: Appearances, question: Question) -> Absences:
    limit, found = min(question.limit, LIMIT), list[Absence]()
    places = listed.dated(question.after)
    while len(found) <= limit and (part := list(islice(places, LIMIT))):
        rows = reader.held(place.item for place in part)
        made = (_absence(vault, to, place, rows[place.item]) for place in part)
        found += [each for each in made if _is_asked(each, question)]
    return Absences(page=tuple(found[:limit]), more=len(found) > limit)


def _absence(vault: Vault, to: Recipient, place: Dated, item: Held) -> Absence:
    """INVARIANT: the id is made of what the reader has, and of when it was told: it tells of no copy, and of nobody."""
    said = json.dumps([to, item.stix_id, version_of(item), place.at]).encode()
    name = uuid.UUID(bytes=vault.digest("collections", said)[:16], version=4)
    return Absence(f"{TYPE}--{name}", place.at, item.stix_id, version_of(item))


def _is_asked(one: Absence, question: Question) -> bool:
    """Whether it is asked for; each has one version, which is its date."""
    asked, versions = question, question.versions
    ids = (asked.ids is None or one.id in asked.ids) and asked.item in (None, one.id)
    types = (asked.types is None or TYPE in asked.types) and (asked.specs is None or "2.1" in asked.specs)
    return ids and types and (versions.every or versions.last or versions.first or (one.at, "") in versions.exactly)
