"""The one route table, and the application that is built from it.

INVARIANT: every answer that is an error is made by `comity.web.problem`, whoever found it: a route, the framework, or
the bounds that every request keeps (`comity.web.guard`). Nothing of the framework's own goes out: no redirects, no
pages of documentation, no bodies of errors.
"""

from http import HTTPStatus
from typing import Final

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from comity import __version__
from comity.core.errors import ComityError, MalformedInput
from comity.web import events, operation, problem, taxii
from comity.web.declared import only_declared
from comity.web.noted import PROBLEM, note
from comity.web.rest.describing import BASE
from comity.web.rest.routes import ROUTES as REST
from comity.web.routes import Route
from comity.web.serving import Serving

TABLE: Final[tuple[Route, ...]] = (*operation.ROUTES, *taxii.ROUTES, *events.ROUTES, *REST)
"""Every route. Surfaces add theirs here."""


_SILENT: Final = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
"""The framework would tell whoever the environment names of every request, its path and its query."""


def build(serving: Serving) -> FastAPI:
    """The application of one process, over what it serves."""
    app = FastAPI(
        title="Comity",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        telemetry=_SILENT,
    )
    app.state.serving = serving
    for route in TABLE:
        _add(app, route)
    for kind in (ComityError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _said)
    return app


def _add(app: FastAPI, route: Route) -> None:
    more = {"response_model": None, **route.more}
    if route.path.startswith(f"{BASE}/") and not route.any_query:
        more["dependencies"] = [*more.get("dependencies", ()), Depends(only_declared)]
    app.add_api_route(route.path, route.endpoint, methods=[route.method], include_in_schema=route.documented, **more)
    if route.method == "GET":
        app.add_api_route(route.path, route.endpoint, methods=["HEAD"], include_in_schema=False, **more)


async def _said(request: Request, found: Exception) -> Response:
    """Whatever went wrong, in our words."""
    ours = _ours(request, found)
    note(request.scope, PROBLEM, ours)
    return problem.answer(ours, request.scope["path"])


def _ours(request: Request, found: Exception) -> Exception:
    """The framework's own errors as ours."""
    if isinstance(found, RequestValidationError):
        return MalformedInput("; ".join(_misread(error) for error in found.errors()) or "the request cannot be read")
    if isinstance(found, HTTPException) and found.status_code == HTTPStatus.BAD_REQUEST:  # a body that did not come
        return (
            found.__cause__ if isinstance(found.__cause__, ComityError) else MalformedInput("the body cannot be read")
        )
    if isinstance(found, HTTPException):
        methods = _methods(request.app, request.scope)
        return problem.NotAllowed(methods) if methods else problem.NotThere()
    return found


def _misread(error: dict[str, object]) -> str:
    """One thing that is wrong with a request: where, and what. Never the input itself."""
    place = error.get("loc", ())
    where = ".".join(str(step) for step in place) if isinstance(place, tuple) else ""
    return f"{where or 'the request'}: {error.get('msg', 'cannot be read')}"


def _methods(app: FastAPI, scope: Scope) -> tuple[str, ...]:
    """What this path can be asked for."""
    found = [route for route in app.routes if route.matches(scope)[0] is not Match.NONE]
    return tuple(sorted({method for route in found for method in getattr(route, "methods", None) or ()}))
