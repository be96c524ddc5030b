"""The acts, the register over them, and what of the register is signed. See `store.schema`."""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table

from comity.store.schema.columns import NUMBER, by_act, metadata

act = Table(
    "act",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("at", BigInteger, nullable=False, unique=True, comment="recorded time; strictly increasing"),
    Column("kind", String, nullable=False, comment="suspend, lift, import …: the name of the service's act"),
    Column("actor", String, nullable=False, comment="who did it, from --as"),
    Column("by", String, comment="the partner whose word it is, where that is not the holder"),
    Column("evidence", String, comment="how that word reached us"),
    Column("why", String),
    Column("epoch", BigInteger, nullable=False, comment="the policy epoch that holds after this act"),
)

leaf = Table(
    "leaf",
    metadata,
    Column("seq", NUMBER, primary_key=True, autoincrement=False, comment="position in the register, from 0"),
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
    by_act(),
)

head = Table(
    "head",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("size", BigInteger, nullable=False, comment="entries of the register that it speaks of"),
    Column("root", LargeBinary(32), nullable=False),
    Column("document", LargeBinary, nullable=False, comment="the signed head, canonical JSON"),
)
