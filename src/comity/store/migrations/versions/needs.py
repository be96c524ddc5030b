"""What is needed, what counts towards it, and what partners offer: facts of the node, each a row of its act.

Frozen: what it makes is what nodes have.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "requirement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False, comment="from 1, the most urgent, to 5"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=True, comment="wanted in each period; both stated or neither"),
        sa.Column("period", sa.BigInteger(), nullable=True, comment="microseconds"),
        sa.Column("freshness", sa.BigInteger(), nullable=True, comment="microseconds"),
        sa.Column("corroboration", sa.BigInteger(), nullable=True, comment="independent root originators"),
        *_window(),
        *_keys("requirement"),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=False),
        sa.Column("item", _number(), nullable=True, comment="the one item; absent: a rule, which states what follows"),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("type", "domain", "label", "text")),
        *_window(),
        *_keys("tag", requirement="requirement.id", item="item.id"),
    )
    op.create_table(
        "pool",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        *_capacity(),
        *_window(),
        *_keys("pool", partner="partner.code"),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        *_capacity(),
        sa.Column("ceiling", sa.String(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=True, comment="what it is for; or the domain: one of the two"),
        sa.Column("domain", sa.String(), nullable=True),
        sa.Column("quality", sa.Integer(), nullable=False, comment="of a hundred items, how many may count"),
        sa.Column("lead_time", sa.BigInteger(), nullable=False, comment="microseconds"),
        sa.Column("pool", sa.String(), nullable=True),
        *_window(),
        *_keys("offer", partner="partner.code", requirement="requirement.id", pool="pool.id"),
    )


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _capacity() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("items", sa.BigInteger(), nullable=False, comment="at most, in each period"),
        sa.Column("period", sa.BigInteger(), nullable=False, comment="microseconds"),
    )


def _window() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("act", _number(), nullable=False),
    )


def _keys(table: str, **named: str) -> tuple[sa.Constraint, ...]:
    foreign = {**named, "act": "act.id"}
    return (
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
            for column, target in foreign.items()
        ),
    )


def downgrade() -> None:
    """A record is never taken back."""
    raise NotImplementedError("a record is never taken back: restore the backup that was made before")
