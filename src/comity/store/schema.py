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

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import JSON

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Number = BigInteger().with_variant(Integer(), "sqlite")


def _act() -> Column[int]:
    return Column("act", ForeignKey("act.id"), nullable=False)


def _window() -> tuple[Column[int], Column[int]]:
    return Column("start", BigInteger, nullable=False), Column("end", BigInteger, nullable=False)


act = Table(
    "act",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("at", BigInteger, nullable=False, unique=True, comment="recorded time; strictly increasing"),
    Column("kind", String, nullable=False, comment="suspend, lift, import …: the name of the service's act"),
    Column("actor", String, nullable=False, comment="who did it, from --as"),
    Column("by", String, comment="the partner whose word it is, where that is not the holder"),
    Column("evidence", String, comment="how that word reached us"),
    Column("why", String),
    Column("epoch", BigInteger, nullable=False, comment="the policy epoch that holds after this act"),
)

setting = Table(
    "setting",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("name", String, nullable=False, comment="holder, levels, green-community …; the newest row holds"),
    Column("value", JSON, nullable=False),
    _act(),
)

partner = Table(
    "partner",
    metadata,
    Column("code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("identity", String, nullable=False, unique=True, comment="STIX id of the identity made for it, random"),
    _act(),
)

default_terms = Table(
    "default_terms",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("partner", ForeignKey("partner.code"), nullable=False),
    Column("level", String, nullable=False),
    Column("domains", JSON, nullable=False),
    Column("audience", JSON(none_as_null=True), comment="absent: no list is stated"),
    _act(),
)

domain = Table("domain", metadata, Column("name", String, primary_key=True), _act())
condition = Table("condition", metadata, Column("name", String, primary_key=True), _act())
community = Table("community", metadata, Column("name", String, primary_key=True), _act())

membership = Table(
    "membership",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("community", ForeignKey("community.name"), nullable=False),
    Column("partner", ForeignKey("partner.code"), nullable=False),
    *_window(),
    _act(),
)


def _grant() -> tuple[Column[str], ...]:
    return (
        Column("id", String, primary_key=True),
        Column("frm", ForeignKey("partner.code"), nullable=False),
        Column("to", ForeignKey("partner.code"), nullable=False),
        Column("ceiling", String, nullable=False),
        Column("domains", JSON, nullable=False),
    )


agreement = Table(
    "agreement",
    metadata,
    *_grant(),
    Column("onward", String, nullable=False),
    Column("derivation", String, nullable=False),
    Column("accepts", JSON, nullable=False),
    *_window(),
    _act(),
)

delegation = Table("delegation", metadata, *_grant(), *_window(), _act())

suspension = Table(
    "suspension",
    metadata,
    Column("id", String, primary_key=True),
    Column("frm", ForeignKey("partner.code"), nullable=False),
    Column("to", ForeignKey("partner.code"), nullable=False),
    Column("domains", JSON, nullable=False),
    Column("reach", String, nullable=False),
    Column("recall", Boolean, nullable=False),
    Column("given", BigInteger, nullable=False),
    *_window(),
    _act(),
)

_OTHER_NAME: Final = text("name <> stix_id")
"""Most items are called by their STIX id, which has an index of its own."""

item = Table(
    "item",
    metadata,
    Column("id", _Number, primary_key=True, comment="ordinal, dense, in order of receipt"),
    Column("name", String, nullable=False, comment="what people call it: its STIX id, or its id in a world file"),
    Column("stix_id", String, nullable=False),
    Column("version", String, nullable=False, comment="`modified` as stated; empty where the object has none"),
    Column("type", String, nullable=False),
    Column("title", String, comment="for people only; nothing is decided by it"),
    Column("submitter", ForeignKey("partner.code"), nullable=False),
    Column("received", BigInteger, comment="absent only for items of a world file that states none"),
    Column("digest", LargeBinary(32), nullable=False, comment="SHA-256 of the bytes"),
    Column("apart_from", ForeignKey("item.id"), comment="the earlier copy of the same version whose bytes differ"),
    Column("label", ForeignKey("label.id"), comment="derived: see core.lineage; null only inside a transaction"),
    _act(),
    UniqueConstraint("stix_id", "submitter", "version", "digest"),
    Index("ix_item_name", "name", sqlite_where=_OTHER_NAME, postgresql_where=_OTHER_NAME),
    Index(None, "received"),
)

content = Table(
    "content",
    metadata,
    Column("item", ForeignKey("item.id"), primary_key=True),
    Column("bytes", LargeBinary, nullable=False, comment="exactly as received"),
)

terms = Table(
    "terms",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("value", String, nullable=False, unique=True, comment="a claim without its window, canonical JSON"),
)

claim = Table(
    "claim",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("item", ForeignKey("item.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False, comment="0: the first claim (the newest such row holds); else further"),
    Column("terms", ForeignKey("terms.id"), nullable=False),
    *_window(),
    _act(),
)

source = Table(
    "source",
    metadata,
    Column("item", ForeignKey("item.id"), primary_key=True),
    Column("source", ForeignKey("item.id"), primary_key=True),
    Column("use", String, primary_key=True),
    Column("edge", Integer, primary_key=True, comment="0, and on where a world states the same edge several times"),
    Column("inherited", Boolean, nullable=False, comment="from the predecessor of a new version"),
    _act(),
    Index(None, "source"),
    sqlite_with_rowid=False,
)

attestation = Table(
    "attestation",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("item", ForeignKey("item.id"), nullable=False, index=True),
    Column("source", ForeignKey("item.id"), nullable=False),
    Column("edge", Integer, nullable=False, comment="which of the `draws-on` edges from the item to the source"),
    Column("attested", BigInteger, nullable=False),
    Column("withdrawn", BigInteger, nullable=False),
    _act(),
)

_DERIVED: Final = text("kind = 'derived'")

reference = Table(
    "reference",
    metadata,
    Column("ref", String, primary_key=True, comment="a STIX id that the item names, held or not"),
    Column("item", ForeignKey("item.id"), primary_key=True),
    Column("kind", String, primary_key=True, comment="ref: a *_ref(s) property; derived: an end of a derived-from"),
    Index("ix_reference_item", "item", sqlite_where=_DERIVED, postgresql_where=_DERIVED),
    sqlite_with_rowid=False,
)

consent = Table(
    "consent",
    metadata,
    Column("id", String, primary_key=True),
    Column("by", ForeignKey("partner.code"), nullable=False),
    Column("item", ForeignKey("item.id"), nullable=False, index=True),
    Column("to", JSON, nullable=False),
    Column("use", String, nullable=False),
    Column("given", BigInteger, nullable=False),
    *_window(),
    _act(),
)

requirement = Table(
    "requirement",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("domains", JSON, nullable=False),
    Column("region", String),
    Column("priority", Integer, nullable=False, comment="from 1, the most urgent, to 5"),
    Column("kind", String, nullable=False),
    Column("items", BigInteger, comment="wanted in each period; both stated or neither"),
    Column("period", BigInteger, comment="microseconds"),
    Column("freshness", BigInteger, comment="microseconds"),
    Column("corroboration", BigInteger, comment="independent root originators"),
    *_window(),
    _act(),
)

tag = Table(
    "tag",
    metadata,
    Column("id", String, primary_key=True),
    Column("requirement", ForeignKey("requirement.id"), nullable=False),
    Column("item", ForeignKey("item.id"), comment="the one item; absent: a rule, which states what follows"),
    *(Column(name, String) for name in ("type", "domain", "label", "text")),
    *_window(),
    _act(),
)


def _capacity() -> tuple[Column[int], Column[int]]:
    return (
        Column("items", BigInteger, nullable=False, comment="at most, in each period"),
        Column("period", BigInteger, nullable=False, comment="microseconds"),
    )


pool = Table(
    "pool",
    metadata,
    Column("id", String, primary_key=True),
    Column("partner", ForeignKey("partner.code"), nullable=False),
    *_capacity(),
    *_window(),
    _act(),
)

offer = Table(
    "offer",
    metadata,
    Column("id", String, primary_key=True),
    Column("partner", ForeignKey("partner.code"), nullable=False),
    *_capacity(),
    Column("ceiling", String, nullable=False),
    Column("requirement", ForeignKey("requirement.id"), comment="what it is for; or the domain: one of the two"),
    Column("domain", String),
    Column("quality", Integer, nullable=False, comment="of a hundred items, how many may count"),
    Column("lead_time", BigInteger, nullable=False, comment="microseconds"),
    Column("pool", ForeignKey("pool.id")),
    *_window(),
    _act(),
)

ending = Table(
    "ending",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("kind", String, nullable=False, comment="the table whose row ends"),
    Column("subject", String, nullable=False, comment="its id"),
    Column("at", BigInteger, nullable=False, comment="valid time of the end; the earliest end holds"),
    _act(),
    Index(None, "kind", "subject"),
)

klass = Table(
    "class",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("terms", ForeignKey("terms.id"), nullable=False),
    Column("value", String, nullable=False, unique=True, comment="derived: one index class, canonical JSON"),
)

label = Table(
    "label",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("classes", LargeBinary, nullable=False, unique=True, comment="derived: sorted class ids, 4 bytes each"),
)

labelled = Table(
    "labelled",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("moment", BigInteger, nullable=False, comment="derived: when every label that is kept holds"),
)

relabelled = Table(
    "relabelled",
    metadata,
    Column("epoch", _Number, primary_key=True, autoincrement=False, comment="of the act that labelled them"),
    Column("items", LargeBinary, nullable=False, comment="derived: whose label it set, a roaring bitmap"),
)

shown = Table(
    "shown",
    metadata,
    Column("reader", String, primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("items", LargeBinary, nullable=False, comment="derived: what became visible then, a roaring bitmap"),
)

listing = Table(
    "listing",
    metadata,
    Column("reader", String, primary_key=True),
    Column("version", BigInteger, nullable=False, comment="derived: how often `shown` was kept for the reader"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("item", ForeignKey("item.id"), comment="the item held with an empty audience, where it has a usable id"),
    Column("submitter", ForeignKey("partner.code"), nullable=False),
    Column("position", BigInteger, nullable=False, comment="ordinal in its bundle"),
    Column("reason", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("bytes", LargeBinary, comment="kept here where there is no item"),
    _act(),
    Index(None, "submitter", "digest"),
)

resolution = Table(
    "resolution",
    metadata,
    Column("quarantine", ForeignKey("quarantine.id"), primary_key=True),
    Column("outcome", String, nullable=False, comment="accepted or discarded"),
    _act(),
)

leaf = Table(
    "leaf",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False, comment="position in the register, from 0"),
    Column("entry", LargeBinary, nullable=False, comment="what the act says and a digest of its rows: store.seal"),
    Column("hash", LargeBinary(32), nullable=False, comment="RFC 9162 leaf hash of the entry"),
    Column("act", ForeignKey("act.id"), nullable=False, unique=True, comment="always seq + 1: each act is one entry"),
)

disclosure = Table(
    "disclosure",
    metadata,
    Column("act", ForeignKey("act.id"), primary_key=True),
    Column("recipient", String, nullable=False, index=True),
    Column("at", BigInteger, nullable=False, comment="the time that was decided on"),
    Column("items", LargeBinary, nullable=False, comment="numbers, in the order handed over, 4 bytes each"),
    Column("nonce", LargeBinary(16), nullable=False, comment="with the node's secret, the salt of each commitment"),
    Column("root", LargeBinary(32), nullable=False, comment="the Merkle root over the commitments to the items"),
    Column("portions", String, nullable=False, comment="JSON: each originator's code to its number of items and root"),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("id", String, primary_key=True, comment="of its public half; the newest row signs"),
    Column("public", LargeBinary(32), nullable=False, comment="Ed25519"),
    Column("endorsement", LargeBinary(64), comment="the signature of the key before it, absent for the first"),
    _act(),
)

head = Table(
    "head",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("size", BigInteger, nullable=False, comment="entries of the register that it speaks of"),
    Column("root", LargeBinary(32), nullable=False),
    Column("document", LargeBinary, nullable=False, comment="the signed head, canonical JSON"),
)

in_flight = Table(
    "in_flight",
    metadata,
    Column("act", ForeignKey("act.id"), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("began", BigInteger, nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False, comment="person, partner or service"),
    Column("recipient", String, comment="of a partner's account: the partner, or the part of it, that it stands for"),
    _act(),
)

standing = Table(
    "standing",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("account", ForeignKey("account.name"), nullable=False, index=True),
    Column("roles", JSON, nullable=False, comment="the newest row of an account holds"),
    Column("active", Boolean, nullable=False),
    _act(),
)

credential = Table(
    "credential",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("account", ForeignKey("account.name"), nullable=False, index=True),
    Column("kind", String, nullable=False, comment="password, link or oidc; an ending revokes it"),
    Column("value", String, nullable=False, comment="argon2id hash, keyed digest of a one-time code, issuer + subject"),
    Column("expires", BigInteger, nullable=False),
    _act(),
    Index(None, "kind", "value"),
)


def _secret() -> tuple[Column[Any], ...]:
    return (
        Column("id", String, primary_key=True),
        Column("account", ForeignKey("account.name"), nullable=False, index=True),
        Column("digest", LargeBinary(32), nullable=False, unique=True, comment="keyed digest of the secret"),
        Column("expires", BigInteger, nullable=False),
    )


token = Table(
    "token",
    metadata,
    *_secret(),
    Column("name", String, nullable=False, comment="what its owner calls it"),
    Column("scopes", JSON, nullable=False),
    _act(),
)

session = Table(
    "session", metadata, *_secret(), Column("way", String, nullable=False, comment="password, link, oidc"), _act()
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("subject", String, nullable=False, comment="what is counted: an account's name, a place; may be forgotten"),
    Column("at", BigInteger, nullable=False),
    Index(None, "subject", "at"),
)

submission = Table(
    "submission",
    metadata,
    Column("id", String, primary_key=True, comment="drawn by lot, a UUID"),
    Column("recipient", String, nullable=False, comment="for whom the account stands that submitted it"),
    Column("at", BigInteger, nullable=False, index=True),
    Column("outcomes", JSON, nullable=False, comment="of each object: its id, its version, what became"),
)

repeat = Table(
    "repeat",
    metadata,
    Column("name", String, primary_key=True, comment="a keyed digest of the account and its key for the request"),
    Column("request", LargeBinary, nullable=False, comment="the SHA-256 of what is asked"),
    Column("claim", String, nullable=False, comment="drawn by lot, by whoever works on it"),
    Column("at", BigInteger, nullable=False, index=True),
    Column("did", BigInteger, comment="the number of the first act that it has done"),
    Column("answer", LargeBinary, comment="sealed"),
)

proposal = Table(
    "proposal",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False, comment="the act that waits for a second person"),
    Column("arguments", JSON, nullable=False),
    _act(),
)

answer = Table(
    "answer",
    metadata,
    Column("proposal", ForeignKey("proposal.id"), primary_key=True),
    Column("outcome", String, nullable=False, comment="approved or rejected"),
    _act(),
)

search_mark = Table(
    "search_mark",
    metadata,
    Column("field", String, primary_key=True, comment="label; copies: of versions that are held twice"),
    Column("value", String, primary_key=True),
    Column("part", Integer, primary_key=True, comment="the numbers of its items are of this 65536"),
    Column("items", LargeBinary, nullable=False, comment="derived: which items have the value, a roaring bitmap"),
)

search_state = Table(
    "search_state",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("items", BigInteger, nullable=False, comment="derived: up to which item the search index was filled"),
    Column("rules", String, nullable=False, comment="derived: by which rules"),
)
