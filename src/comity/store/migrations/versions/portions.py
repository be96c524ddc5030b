"""The third migration: the leaves of parties' logs follow from their responses, and are no rows of their own.

Frozen: what it makes is what nodes have.
"""

import sqlalchemy as sa
from alembic import op

from comity.core.errors import NodeDamaged

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the rows of the logs; a disclosure says of each originator what it carried of its material."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM disclosure")).scalar():
        raise NodeDamaged(
            "this node has disclosures as an early development version kept them, and they cannot be carried over: "
            "keep the node with that version, and make a new one"
        )
    for table in ("receipt", "disclosure"):
        op.drop_table(table)
    op.create_table(
        "disclosure",
        sa.Column("act", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
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
        sa.Column(
            "portions",
            sa.String(),
            nullable=False,
            comment="JSON: each originator's code to its number of items and root",
        ),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_disclosure_act")),
        sa.PrimaryKeyConstraint("act", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_recipient"), "disclosure", ["recipient"], unique=False)


def downgrade() -> None:
    """A register is never taken back."""
    raise NotImplementedError("a register is never taken back: restore the backup that was made before")
