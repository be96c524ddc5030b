"""What an item is built on, and what is built on it: a tree both ways."""

from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from comity.core.role import Duty
from comity.service import lineage as trees
from comity.service.lineage import Branch, Lineage
from comity.web.rest.acting import Ask, answered
from comity.web.rest.asking import ItemAsked
from comity.web.rest.describing import get
from comity.web.rest.shapes import Shape, When, shown

_DEEPEST: Final = 50
_MOST: Final = 2000


class Root(Shape):
    """An item, as people know it."""

    item: str
    originator: str
    type: str
    title: str | None
    apart_from: str | None = Field(description="An earlier copy of the same version whose content differs.")


class Below(Root):
    """An item in a tree, with what is below it."""

    use: str | None
    attested: When | None
    again: Literal["cycle", "shown"] | None = Field(description="It was shown before, and what is below it with it.")
    below: list["Below"]
    more: int = Field(description="Items below it that are left out.")


class Tree(Root):
    """An item, with all that it is built on and all that is built on it."""

    sources: list[Below]
    more_sources: int
    dependants: list[Below]
    more_dependants: int


def lineage(
    ask: Ask,
    item: ItemAsked,
    depth: Annotated[int, Query(ge=1, le=_DEEPEST, description="So many steps.")] = trees.DEPTH,
    size: Annotated[int, Query(ge=1, le=_MOST, description="So many items each way.")] = trees.SIZE,
) -> Response:
    """What an item is built on, and what is built on it."""
    with ask.reading(Duty.CONTENT):
        pass
    found = trees.lineage(ask.served.store, item, depth=depth, size=size)
    tree = Tree(
        **_described(found, found.sources).model_dump(),
        sources=_below(found, found.sources),
        more_sources=found.sources.more,
        dependants=_below(found, found.dependants),
        more_dependants=found.dependants.more,
    )
    return answered(tree)


def _below(found: Lineage, branch: Branch) -> list[Below]:
    return [_shown(found, child) for child in branch.below]


def _shown(found: Lineage, branch: Branch) -> Below:
    edge = branch.edge
    return Below(
        **_described(found, branch).model_dump(),
        use=None if edge is None else edge.use.value,
        attested=None if edge is None else shown(edge.attested),
        again=branch.again,
        below=_below(found, branch),
        more=branch.more,
    )


def _described(found: Lineage, branch: Branch) -> Root:
    known = found.known[branch.item]
    return Root(
        item=known.name,
        originator=known.originator,
        type=known.item.type,
        title=known.item.title,
        apart_from=known.apart_from,
    )


ROUTES: Final = (get("/lineage", lineage, Tree, command="lineage"),)
