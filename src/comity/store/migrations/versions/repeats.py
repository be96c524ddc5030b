"""Requests that may come again, with what was answered to them.

Frozen: what it makes is what nodes have.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    op.create_table(
        "repeat",
        sa.Column(
            "name", sa.String(), nullable=False, comment="a keyed digest of the account and its key for the request"
        ),
        sa.Column("request", sa.LargeBinary(), nullable=False, comment="the SHA-256 of what is asked"),
        sa.Column("claim", sa.String(), nullable=False, comment="drawn by lot, by whoever works on it"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("did", sa.BigInteger(), nullable=True, comment="the number of the first act that it has done"),
        sa.Column("answer", sa.LargeBinary(), nullable=True, comment="sealed"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_repeat")),
    )
    op.create_index(op.f("ix_repeat_at"), "repeat", ["at"], unique=False)


def downgrade() -> None:
    """A record is never taken back."""
    raise NotImplementedError("a record is never taken back: restore the backup that was made before")
