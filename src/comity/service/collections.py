"""The collections of one caller: what it may have as a whole and by domain, and where it puts what it sends.

They are of the caller alone. A collection holds what the decision permits it, now; a domain has one if an agreement of
the holder with the caller's partner names it, or if the caller may see an item of it. An item is of the domains that
its first claim names: a hold binds it, and puts it nowhere. So nobody learns of a domain, or of a partner, from what is
there to be read or asked for.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pyroaring import BitMap

from comity.core.agreement import Agreement
from comity.core.claim import EVERY_DOMAIN
from comity.core.errors import UnknownName
from comity.core.partner import Recipient, base
from comity.core.role import Duty
from comity.index.engine import Index
from comity.service.ports import Reader, Store
from comity.service.release import named
from comity.service.standing import Behind, Standing
from comity.service.vault import Vault

NO_COLLECTION: Final = "no such collection: see which there are, with their ids, in the list of collections"
"""What is said of every collection that is not the caller's own, or that it does not read."""


class Holds(Enum):
    """What a collection holds."""

    EVERYTHING = "all"
    DOMAIN = "domain"
    INBOX = "inbox"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One collection of one caller. `alias` names it as well as `id` does; `domain` is its domain, if it has one."""

    id: str
    holds: Holds
    alias: str | None = None
    domain: str | None = None
    can_read: bool = False
    can_write: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: for whom, with which duties; `check` is asked of each snapshot, and raises what refuses them."""

    to: Recipient
    duties: frozenset[Duty]
    check: Callable[[Reader], None]


def listed(store: Store, standing: Standing, vault: Vault, asker: Asker) -> tuple[Collection, ...]:
    """Every collection of the caller, always in the same order."""
    while True:
        with store.read() as reader:
            asker.check(reader)
            try:
                with standing.at(reader) as index:
                    return tuple(collections(index, vault, asker))
            except Behind:
                continue


def collections(index: Index, vault: Vault, asker: Asker) -> Iterator[Collection]:
    """As `listed`, by this index; one after the other, for whoever looks for one."""
    to, reads, writes = asker.to, Duty.RELEASE in asker.duties, Duty.SUBMIT in asker.duties
    named(index.policy, to)

    def made(holds: Holds, domain: str | None = None) -> str:
        return _id(vault, to, holds, domain)

    if reads:
        everything = Holds.EVERYTHING
        yield Collection(id=made(everything), holds=everything, alias="all", can_read=True, can_write=writes)
        for domain in sorted(_agreed(index, to) | _seen(index, to)):
            yield Collection(id=made(Holds.DOMAIN, domain), holds=Holds.DOMAIN, domain=domain, can_read=True)
    if writes:
        yield Collection(id=made(Holds.INBOX), holds=Holds.INBOX, alias="inbox", can_write=True)


def withdrawn(vault: Vault, to: Recipient) -> Collection:
    """The collection of what the caller had and may not have any more: for whoever is told (`service.absences`)."""
    holds = Holds.WITHDRAWN
    return Collection(id=_id(vault, to, holds, None), holds=holds, alias="withdrawn", can_read=True)


def one(found: Iterable[Collection], name: str) -> Collection:
    """The collection with this id or alias. UnknownName, whether it is somebody else's or nobody's."""
    for collection in found:
        if name in (collection.id, collection.alias):
            return collection
    raise UnknownName(NO_COLLECTION)


def held(index: Index, collection: Collection) -> BitMap | None:
    """What may be in the collection, whoever may see it; None for everything."""
    return None if collection.domain is None else index.domains().get(collection.domain, BitMap())


def _agreed(index: Index, to: Recipient) -> frozenset[str]:
    """The domains that an agreement in force with the caller's partner names."""
    return frozenset[str]().union(*(fact.domains for fact in _agreements(index, to))) - {EVERY_DOMAIN}


def _agreements(index: Index, to: Recipient) -> list[Agreement]:
    """Those in force between the holder and the caller's partner."""
    policy, ways = index.policy, (index.policy.holder, base(to))
    return [fact for fact in policy.agreements if (fact.frm, fact.to) == ways and index.now in fact.window]


def _seen(index: Index, to: Recipient) -> frozenset[str]:
    """The domains of what the caller may see."""
    visible = index.visible(to)
    return frozenset(domain for domain, items in index.domains().items() if items.intersect(visible))


def _id(vault: Vault, to: Recipient, holds: Holds, domain: str | None) -> str:
    """An id in the form of a random UUID, always the same: nobody else can tell it, or whose it is."""
    said = json.dumps([to, holds.value, domain]).encode()
    return str(uuid.UUID(bytes=vault.digest("collections", said)[:16], version=4))
