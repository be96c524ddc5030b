"""Which parameters of a query a route takes: those that it declares, and no others.

What is not known would be left out without a word: who misspells `at` would be told of now, and take it for then. So it
is refused, as an unknown member of a body is, before anything is asked. The way to a provider's login and back is the
exception: what providers add there is theirs (see `web.routes`). TAXII has rules of its own.
"""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from comity.core.errors import MalformedInput


async def only_declared(request: Request) -> None:
    """MalformedInput for a parameter that the route does not declare."""
    route: APIRoute = request.scope["route"]
    declared = frozenset(queries(route))
    for name in request.query_params:
        if name not in declared:
            taken = ", ".join(f"`{each}`" for each in sorted(declared)) or "none"
            raise MalformedInput(f"query.{name}: there is no such parameter here: leave it out; there is {taken}")


def queries(route: APIRoute) -> Iterator[str]:
    """The parameters of its query: of the function, of what it depends on, and those that are only described."""
    yield from _queries(route.dependant)
    for each in (route.openapi_extra or {}).get("parameters", ()):
        if each["in"] == "query":
            yield each["name"]


def _queries(dependant: Dependant) -> Iterator[str]:
    yield from (each.alias for each in dependant.query_params)
    for each in dependant.dependencies:
        yield from _queries(each)
