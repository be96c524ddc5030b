"""The second migration: each act an entry of the register, parties' logs, signed heads, accounts.

Frozen: what it makes is what nodes have. The entries of the acts that are there already are made by `store.migrate`,
once the schema is up to date.
"""

import sqlalchemy as sa
from alembic import op

from comity.core.errors import NodeDamaged

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the new tables, and those anew that were written for disclosures item by item."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM disclosure")).scalar():
        raise NodeDamaged(
            "this node has disclosures as an early development version kept them, and they cannot be carried over: "
            "keep the node with that version, and make a new one"
        )
    for table in ("in_flight", "disclosure", "leaf"):
        op.drop_table(table)
    _register()
    _accounts()
    _access()


def downgrade() -> None:
    """A register is never taken back."""
    raise NotImplementedError("a register is never taken back: restore the backup that was made before")


def _register() -> None:
    op.create_table(
        "head",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="entries of the register that it speaks of"),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False, comment="the signed head, canonical JSON"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head")),
    )
    op.create_table(
        "disclosure",
        sa.Column("act", _NUMBER, nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="the time that was decided on"),
        sa.Column("items", sa.LargeBinary(), nullable=False, comment="numbers, in the order handed over, 4 bytes each"),
        sa.Column(
            "nonce",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="with the node's secret, the salt of each commitment",
        ),
        sa.Column(
            "root",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="the Merkle root over the commitments to the items",
        ),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_disclosure_act")),
        sa.PrimaryKeyConstraint("act", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_recipient"), "disclosure", ["recipient"], unique=False)
    op.create_table(
        "in_flight",
        sa.Column("act", _NUMBER, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_in_flight_act")),
        sa.PrimaryKeyConstraint("act", name=op.f("pk_in_flight")),
    )
    op.create_table(
        "leaf",
        sa.Column("seq", _NUMBER, autoincrement=False, nullable=False, comment="position in the register, from 0"),
        sa.Column(
            "entry", sa.LargeBinary(), nullable=False, comment="what the act says and a digest of its rows: store.seal"
        ),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False, comment="RFC 9162 leaf hash of the entry"),
        sa.Column("act", _NUMBER, nullable=False, comment="always seq + 1: each act is one entry"),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_leaf_act")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_leaf")),
        sa.UniqueConstraint("act", name=op.f("uq_leaf_act")),
    )
    op.create_table(
        "receipt",
        sa.Column(
            "party", sa.String(), nullable=False, comment="whose log this is a leaf of: a partner, or a part of one"
        ),
        sa.Column("side", sa.String(), nullable=False, comment="received: handed to it; originated: of its material"),
        sa.Column("seq", _NUMBER, autoincrement=False, nullable=False, comment="position in that log, from 0"),
        sa.Column("entry", sa.LargeBinary(), nullable=False, comment="canonical JSON: what the party may be shown"),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False, comment="RFC 9162 leaf hash of the entry"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_receipt_act")),
        sa.PrimaryKeyConstraint("party", "side", "seq", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_act"), "receipt", ["act"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("id", sa.String(), nullable=False, comment="of its public half; the newest row signs"),
        sa.Column("public", sa.LargeBinary(length=32), nullable=False, comment="Ed25519"),
        sa.Column(
            "endorsement",
            sa.LargeBinary(length=64),
            nullable=True,
            comment="the signature of the key before it, absent for the first",
        ),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_signing_key_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
    )


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="person, partner or service"),
        sa.Column(
            "recipient",
            sa.String(),
            nullable=True,
            comment="of a partner's account: the partner, or the part of it, that it stands for",
        ),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_account_act")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )
    op.create_table(
        "credential",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="password, link or oidc; an ending revokes it"),
        sa.Column(
            "value",
            sa.String(),
            nullable=False,
            comment="argon2id hash, keyed digest of a one-time code, issuer + subject",
        ),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_credential_account")),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_credential_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
    )
    op.create_index(op.f("ix_credential_account"), "credential", ["account"], unique=False)
    op.create_index(op.f("ix_credential_kind_value"), "credential", ["kind", "value"], unique=False)
    op.create_table(
        "standing",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False, comment="the newest row of an account holds"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_standing_account")),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_standing_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing")),
    )
    op.create_index(op.f("ix_standing_account"), "standing", ["account"], unique=False)


def _access() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column(
            "subject",
            sa.String(),
            nullable=False,
            comment="what is counted: an account's name, a place; may be forgotten",
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_subject_at"), "attempt", ["subject", "at"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="the act that waits for a second person"),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_proposal_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_table(
        "answer",
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False, comment="approved or rejected"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_answer_act")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_answer_proposal")),
        sa.PrimaryKeyConstraint("proposal", name=op.f("pk_answer")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False, comment="keyed digest of the secret"),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(), nullable=False, comment="password, link, oidc"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_session_account")),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_session_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_session_digest")),
    )
    op.create_index(op.f("ix_session_account"), "session", ["account"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False, comment="keyed digest of the secret"),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False, comment="what its owner calls it"),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_token_account")),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_token_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    op.create_index(op.f("ix_token_account"), "token", ["account"], unique=False)
    op.create_table(
        "relabelled",
        sa.Column("epoch", _NUMBER, autoincrement=False, nullable=False, comment="of the act that labelled them"),
        sa.Column("items", sa.LargeBinary(), nullable=False, comment="derived: whose label it set, a roaring bitmap"),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_relabelled")),
    )
    op.create_table(
        "listing",
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column(
            "version", sa.BigInteger(), nullable=False, comment="derived: how often `shown` was kept for the reader"
        ),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_listing")),
    )
