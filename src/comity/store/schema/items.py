"""What is held: items, their bytes, claims and lineage, and what waits in quarantine. See `store.schema`."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from comity.store.schema.columns import NUMBER, by_act, metadata, window

_OTHER_NAME: Final = text("name <> stix_id")
"""Most items are called by their STIX id, which has an index of its own."""

item = Table(
    "item",
    metadata,
    Column("id", NUMBER, primary_key=True, comment="ordinal, dense, in order of receipt"),
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
    by_act(),
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
    Column("id", NUMBER, primary_key=True),
    Column("value", String, nullable=False, unique=True, comment="a claim without its window, canonical JSON"),
)

claim = Table(
    "claim",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("item", ForeignKey("item.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False, comment="0: the first claim (the newest such row holds); else further"),
    Column("terms", ForeignKey("terms.id"), nullable=False),
    *window(),
    by_act(),
)

source = Table(
    "source",
    metadata,
    Column("item", ForeignKey("item.id"), primary_key=True),
    Column("source", ForeignKey("item.id"), primary_key=True),
    Column("use", String, primary_key=True),
    Column("edge", Integer, primary_key=True, comment="0, and on where a world states the same edge several times"),
    Column("inherited", Boolean, nullable=False, comment="from the predecessor of a new version"),
    by_act(),
    Index(None, "source"),
    sqlite_with_rowid=False,
)

attestation = Table(
    "attestation",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("item", ForeignKey("item.id"), nullable=False, index=True),
    Column("source", ForeignKey("item.id"), nullable=False),
    Column("edge", Integer, nullable=False, comment="which of the `draws-on` edges from the item to the source"),
    Column("attested", BigInteger, nullable=False),
    Column("withdrawn", BigInteger, nullable=False),
    by_act(),
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

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("item", ForeignKey("item.id"), comment="the item held with an empty audience, where it has a usable id"),
    Column("submitter", ForeignKey("partner.code"), nullable=False),
    Column("position", BigInteger, nullable=False, comment="ordinal in its bundle"),
    Column("reason", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("bytes", LargeBinary, comment="kept here where there is no item"),
    by_act(),
    Index(None, "submitter", "digest"),
)

resolution = Table(
    "resolution",
    metadata,
    Column("quarantine", ForeignKey("quarantine.id"), primary_key=True),
    Column("outcome", String, nullable=False, comment="accepted or discarded"),
    by_act(),
)
