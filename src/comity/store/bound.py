"""What was recorded by an act: a statement that sees no row of any later one.

INVARIANT: every table with an `act` is bounded, and every table whose rows belong to items is bounded by the item's
act; so nobody has to remember it where a statement is written, and a new table cannot be forgotten. What is left as it
is says nothing by itself (interned terms), or is derived and of today (UNBOUNDED says which).
"""

from functools import cache
from typing import Any, Final, cast

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Select, Table, bindparam, exists
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import Subquery

from comity.store import schema

UNBOUNDED: Final = frozenset(
    {
        schema.terms,  # values without a time: a claim's row says that it was stated
        schema.klass,
        schema.label,
        schema.labelled,
        schema.relabelled,
        schema.shown,
        schema.listing,
        schema.head,  # says itself how many entries it speaks of
        schema.attempt,
        schema.submission,
        schema.repeat,
        schema.search_mark,
        schema.search_state,
    }
)
"""The tables that a bounded statement reads as they are today."""


BY: Final = "known_by"
"""The name under which a bounded statement is given the number of the act."""


def bounded(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The statement, as if no act after the one called BY had been recorded."""

    def replaced(element: object, **_: object) -> object:
        table = element if isinstance(element, Table) else getattr(element, "table", None)
        if not isinstance(table, Table) or table in UNBOUNDED:
            return None
        return _view(table) if element is table else _view(table).c[element.key]  # type: ignore[attr-defined]

    return cast("Select[*tuple[Any, ...]]", visitors.replacement_traverse(statement, {}, replaced))


@cache
def _view(table: Table) -> Subquery:
    """The rows of a table that were recorded by then, in the table's place."""
    by: BindParameter[int] = bindparam(BY, type_=BigInteger)
    return table.select().where(_known(table, by)).subquery(table.name)


def _known(table: Table, by: BindParameter[int]) -> ColumnElement[bool]:
    """Whether a row of the table was recorded by then."""
    if table is schema.act:
        return table.c.id <= by
    if "act" in table.c:
        return table.c.act <= by
    item = schema.item.alias("of")  # by another name, so that it is not bounded a second time
    return exists().where(item.c.id == table.c.item, item.c.act <= by)
