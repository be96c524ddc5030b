"""The search index: words and labels of items. It is filled when somebody searches.

Frozen: what it makes is what nodes have.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make its tables, empty."""
    op.create_table(
        "search_mark",
        sa.Column(
            "field",
            sa.String(),
            nullable=False,
            comment="label; copies: of versions that are held twice",
        ),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False, comment="the numbers of its items are of this 65536"),
        sa.Column(
            "items", sa.LargeBinary(), nullable=False, comment="derived: which items have the value, a roaring bitmap"
        ),
        sa.PrimaryKeyConstraint("field", "value", "part", name=op.f("pk_search_mark")),
    )
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), nullable=False, comment="always 1"),
        sa.Column(
            "items",
            sa.BigInteger(),
            nullable=False,
            comment="derived: up to which item the search index was filled",
        ),
        sa.Column("rules", sa.String(), nullable=False, comment="derived: by which rules"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_state")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_word USING"
            " fts5(words, content='', detail=none, columnsize=0, tokenize='ascii')"
        )
    else:
        op.execute("CREATE TABLE search_word (item bigint PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_search_word_words ON search_word USING gin (words)")


def downgrade() -> None:
    """A record is never taken back."""
    raise NotImplementedError("a record is never taken back: restore the backup that was made before")
