"""What is of the moment, and may be forgotten. See `store.schema`."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table
from sqlalchemy.types import JSON

from comity.store.schema.columns import NUMBER, metadata

in_flight = Table(
    "in_flight",
    metadata,
    Column("act", ForeignKey("act.id"), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("began", BigInteger, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", NUMBER, primary_key=True),
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
