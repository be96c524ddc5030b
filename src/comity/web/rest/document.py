"""The OpenAPI document: what is asked, what is answered, by what one comes in. It is the same for everybody."""

from functools import cache
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse, Response

from comity import __version__
from comity.web.cookie import HEADER
from comity.web.problem import PROBLEM_MEDIA
from comity.web.rest.describing import BASE, Mending, Problem
from comity.web.routes import Route

_ABOUT: Final = """What Comity's command line does, under the same names.

Come in by a token or a session as `Bearer`, or by HTTP Basic with an account and its password or token. Who may do what
is said by the roles of accounts and the scopes of tokens; a partner's account has its own surface: `whoami`, `export`,
`import`, `submissions`, `search`, `suggest`, `markings`, `tokens` and `sessions`.

A list that has a `next` goes on after it: hand it back as `after`. Problems are RFC 9457's; their `type` leads to a
page of this server. What a route does not know, in the query or in a body, is refused. Send an `Idempotency-Key` with
what changes anything, and send it again if no answer comes.
"""
_SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token, or a session."},
    "basic": {"type": "http", "scheme": "basic", "description": "An account, and its password or a token of its own."},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "comity-session",
        "description": f"A session in a browser; what changes anything states `{HEADER}`, too.",
    },
}
_FRAMEWORKS: Final = ("HTTPValidationError", "ValidationError")


def made(routes: tuple[Route, ...]) -> dict[str, Any]:
    """The document of these routes, those that are documented."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, separate_input_output_schemas=False)
    for route in routes:
        if route.documented:
            more = {"response_model": None, **route.more}
            app.add_api_route(route.path, route.endpoint, methods=[route.method], **more)
    found = get_openapi(
        title="Comity",
        version=__version__,
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    found["security"] = [{"bearer": []}, {"basic": []}, {"cookie": []}]
    schemas = found["components"]["schemas"]
    for name in _FRAMEWORKS:
        schemas.pop(name, None)
    found["components"]["securitySchemes"] = _SCHEMES
    for shape in (Problem, Mending):
        schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[shape.__name__] = schema
    problems: dict[str, Any] = {}
    for path in found["paths"].values():
        for operation in path.values():
            _tidy(operation, problems)
    found["components"]["responses"] = dict(sorted(problems.items()))
    found["components"]["schemas"] = dict(sorted(schemas.items()))
    return found


def _tidy(operation: dict[str, Any], problems: dict[str, Any]) -> None:
    """What the framework adds and never answers goes; what is the same everywhere stands once, in `problems`."""
    answers = operation["responses"]
    for status, answer in list(answers.items()):
        content = answer.get("content", {})
        if "HTTPValidationError" in str(content.get("application/json", "")):
            del answers[status]
        elif PROBLEM_MEDIA in content:
            problems[status] = answer
            answers[status] = {"$ref": f"#/components/responses/{status}"}


def route(routes: tuple[Route, ...]) -> Route:
    """The route by which the document of these is asked for."""

    @cache
    def document() -> dict[str, Any]:
        return made(routes)

    def openapi() -> Response:
        """This document."""
        return JSONResponse(document())

    return Route(method="GET", path=f"{BASE}/openapi.json", endpoint=openapi)
