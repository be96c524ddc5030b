"""Who may come in, and what waits for a second person. See `store.schema`."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, String, Table
from sqlalchemy.types import JSON

from comity.store.schema.columns import NUMBER, by_act, metadata

account = Table(
    "account",
    metadata,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False, comment="person, partner or service"),
    Column("recipient", String, comment="of a partner's account: the partner, or the part of it, that it stands for"),
    by_act(),
)

standing = Table(
    "standing",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("account", ForeignKey("account.name"), nullable=False, index=True),
    Column("roles", JSON, nullable=False, comment="the newest row of an account holds"),
    Column("active", Boolean, nullable=False),
    by_act(),
)

credential = Table(
    "credential",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("account", ForeignKey("account.name"), nullable=False, index=True),
    Column("kind", String, nullable=False, comment="password, link or oidc; an ending revokes it"),
    Column("value", String, nullable=False, comment="argon2id hash, keyed digest of a one-time code, issuer + subject"),
    Column("expires", BigInteger, nullable=False),
    by_act(),
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
    by_act(),
)

session = Table(
    "session", metadata, *_secret(), Column("way", String, nullable=False, comment="password, link, oidc"), by_act()
)

proposal = Table(
    "proposal",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False, comment="the act that waits for a second person"),
    Column("arguments", JSON, nullable=False),
    by_act(),
)

answer = Table(
    "answer",
    metadata,
    Column("proposal", ForeignKey("proposal.id"), primary_key=True),
    Column("outcome", String, nullable=False, comment="approved or rejected"),
    by_act(),
)
