"""The columns that tables share, and the metadata that they all belong to. See `store.schema`."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")


def by_act() -> Column[int]:
    """The act that recorded the row."""
    return Column("act", ForeignKey("act.id"), nullable=False)


def window() -> tuple[Column[int], Column[int]]:
    """Valid time."""
    return Column("start", BigInteger, nullable=False), Column("end", BigInteger, nullable=False)
