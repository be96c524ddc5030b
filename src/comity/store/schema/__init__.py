"""One schema for SQLite and PostgreSQL: append-only rows, each with the act that recorded it.

INVARIANT: rows are only ever inserted. What changes is said by a later row: an `ending` closes a window early, a newer
`claim` at place 0 follows an accepted quarantine, a `resolution` answers a quarantine. What may be rewritten either can
be computed again from the rest (`item.label`, `labelled`, `relabelled`, `shown`, `listing`, `class`, `label`,
`search_mark`, `search_state`) or is of the moment (`in_flight`, `attempt`, `submission`, `repeat`). Every other row is
covered by the register entry of its act (see `store.seal`), is one (`leaf`), is signed (`head`), or is held by
`store.verify` to what is covered: `content` to the item's digest, `reference` to the bytes, `terms` and `act` as part
of what names them.

Two times: `start` and `end` are valid time, in microseconds (see `core.instant`; an absent bound is its extreme). The
recorded time, the actor, the reason and the policy epoch are those of the row's `act`. Lists are JSON, sorted.
"""

from comity.store.schema.accounts import account, answer, credential, proposal, session, standing, token
from comity.store.schema.columns import metadata
from comity.store.schema.derived import klass, label, labelled, listing, relabelled, search_mark, search_state, shown
from comity.store.schema.items import (
    attestation,
    claim,
    content,
    item,
    quarantine,
    reference,
    resolution,
    source,
    terms,
)
from comity.store.schema.momentary import attempt, in_flight, repeat, submission
from comity.store.schema.needs import offer, pool, requirement, tag
from comity.store.schema.policy import (
    agreement,
    community,
    condition,
    consent,
    default_terms,
    delegation,
    domain,
    ending,
    membership,
    partner,
    setting,
    suspension,
)
from comity.store.schema.register import act, disclosure, head, leaf, signing_key

__all__ = [
    "account",
    "act",
    "agreement",
    "answer",
    "attempt",
    "attestation",
    "claim",
    "community",
    "condition",
    "consent",
    "content",
    "credential",
    "default_terms",
    "delegation",
    "disclosure",
    "domain",
    "ending",
    "head",
    "in_flight",
    "item",
    "klass",
    "label",
    "labelled",
    "leaf",
    "listing",
    "membership",
    "metadata",
    "offer",
    "partner",
    "pool",
    "proposal",
    "quarantine",
    "reference",
    "relabelled",
    "repeat",
    "requirement",
    "resolution",
    "search_mark",
    "search_state",
    "session",
    "setting",
    "shown",
    "signing_key",
    "source",
    "standing",
    "submission",
    "suspension",
    "tag",
    "terms",
    "token",
]
