"""What is needed, what counts towards it, and what partners offer. See `store.schema`."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table
from sqlalchemy.types import JSON

from comity.store.schema.columns import by_act, metadata, window

requirement = Table(
    "requirement",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("domains", JSON, nullable=False),
    Column("region", String),
    Column("priority", Integer, nullable=False, comment="from 1, the most urgent, to 5"),
    Column("kind", String, nullable=False),
    Column("items", BigInteger, comment="wanted in each period; both stated or neither"),
    Column("period", BigInteger, comment="microseconds"),
    Column("freshness", BigInteger, comment="microseconds"),
    Column("corroboration", BigInteger, comment="independent root originators"),
    *window(),
    by_act(),
)

tag = Table(
    "tag",
    metadata,
    Column("id", String, primary_key=True),
    Column("requirement", ForeignKey("requirement.id"), nullable=False),
    Column("item", ForeignKey("item.id"), comment="the one item; absent: a rule, which states what follows"),
    *(Column(name, String) for name in ("type", "domain", "label", "text")),
    *window(),
    by_act(),
)


def _capacity() -> tuple[Column[int], Column[int]]:
    return (
        Column("items", BigInteger, nullable=False, comment="at most, in each period"),
        Column("period", BigInteger, nullable=False, comment="microseconds"),
    )


pool = Table(
    "pool",
    metadata,
    Column("id", String, primary_key=True),
    Column("partner", ForeignKey("partner.code"), nullable=False),
    *_capacity(),
    *window(),
    by_act(),
)

offer = Table(
    "offer",
    metadata,
    Column("id", String, primary_key=True),
    Column("partner", ForeignKey("partner.code"), nullable=False),
    *_capacity(),
    Column("ceiling", String, nullable=False),
    Column("requirement", ForeignKey("requirement.id"), comment="what it is for; or the domain: one of the two"),
    Column("domain", String),
    Column("quality", Integer, nullable=False, comment="of a hundred items, how many may count"),
    Column("lead_time", BigInteger, nullable=False, comment="microseconds"),
    Column("pool", ForeignKey("pool.id")),
    *window(),
    by_act(),
)
