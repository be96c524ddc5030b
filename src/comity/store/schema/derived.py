"""What can be computed again from the rest. See `store.schema`."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table

from comity.store.schema.columns import NUMBER, metadata

klass = Table(
    "class",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("terms", ForeignKey("terms.id"), nullable=False),
    Column("value", String, nullable=False, unique=True, comment="derived: one index class, canonical JSON"),
)

label = Table(
    "label",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("classes", LargeBinary, nullable=False, unique=True, comment="derived: sorted class ids, 4 bytes each"),
)

labelled = Table(
    "labelled",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("moment", BigInteger, nullable=False, comment="derived: when every label that is kept holds"),
)

relabelled = Table(
    "relabelled",
    metadata,
    Column("epoch", NUMBER, primary_key=True, autoincrement=False, comment="of the act that labelled them"),
    Column("items", LargeBinary, nullable=False, comment="derived: whose label it set, a roaring bitmap"),
)

shown = Table(
    "shown",
    metadata,
    Column("reader", String, primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("items", LargeBinary, nullable=False, comment="derived: what became visible then, a roaring bitmap"),
)

listing = Table(
    "listing",
    metadata,
    Column("reader", String, primary_key=True),
    Column("version", BigInteger, nullable=False, comment="derived: how often `shown` was kept for the reader"),
)

search_mark = Table(
    "search_mark",
    metadata,
    Column("field", String, primary_key=True, comment="label; copies: of versions that are held twice"),
    Column("value", String, primary_key=True),
    Column("part", Integer, primary_key=True, comment="the numbers of its items are of this 65536"),
    Column("items", LargeBinary, nullable=False, comment="derived: which items have the value, a roaring bitmap"),
)

search_state = Table(
    "search_state",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("items", BigInteger, nullable=False, comment="derived: up to which item the search index was filled"),
    Column("rules", String, nullable=False, comment="derived: by which rules"),
)
