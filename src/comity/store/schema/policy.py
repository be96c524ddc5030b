"""Who is a partner, what was agreed, and what holds it back. See `store.schema`."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table
from sqlalchemy.types import JSON

from comity.store.schema.columns import NUMBER, by_act, metadata, window

setting = Table(
    "setting",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("name", String, nullable=False, comment="holder, levels, green-community …; the newest row holds"),
    Column("value", JSON, nullable=False),
    by_act(),
)

partner = Table(
    "partner",
    metadata,
    Column("code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("identity", String, nullable=False, unique=True, comment="STIX id of the identity made for it, random"),
    by_act(),
)


default_terms = Table(
    "default_terms",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("partner", ForeignKey("partner.code"), nullable=False),
    Column("level", String, nullable=False),
    Column("domains", JSON, nullable=False),
    Column("audience", JSON(none_as_null=True), comment="absent: no list is stated"),
    by_act(),
)


domain = Table("domain", metadata, Column("name", String, primary_key=True), by_act())

condition = Table("condition", metadata, Column("name", String, primary_key=True), by_act())

community = Table("community", metadata, Column("name", String, primary_key=True), by_act())

membership = Table(
    "membership",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("community", ForeignKey("community.name"), nullable=False),
    Column("partner", ForeignKey("partner.code"), nullable=False),
    *window(),
    by_act(),
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
    *window(),
    by_act(),
)

delegation = Table("delegation", metadata, *_grant(), *window(), by_act())

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
    *window(),
    by_act(),
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
    *window(),
    by_act(),
)

ending = Table(
    "ending",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("kind", String, nullable=False, comment="the table whose row ends"),
    Column("subject", String, nullable=False, comment="its id"),
    Column("at", BigInteger, nullable=False, comment="valid time of the end; the earliest end holds"),
    by_act(),
    Index(None, "kind", "subject"),
)
