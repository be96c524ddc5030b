"""What became of what was submitted over the network; and what readers were shown is dated anew.

Frozen: what it makes is what nodes have.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. Nobody had a cursor before this, so that readers' lists begin anew, with dates of their own."""
    op.create_table(
        "submission",
        sa.Column("id", sa.String(), nullable=False, comment="drawn by lot, a UUID"),
        sa.Column("recipient", sa.String(), nullable=False, comment="for whom the account stands that submitted it"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcomes", sa.JSON(), nullable=False, comment="of each object: its id, its version, what became"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    op.create_index(op.f("ix_submission_at"), "submission", ["at"], unique=False)
    op.execute(sa.text("DELETE FROM shown"))
    op.execute(sa.text("DELETE FROM listing"))


def downgrade() -> None:
    """Nothing is taken back."""
    raise NotImplementedError("nothing is taken back: restore the backup that was made before")
