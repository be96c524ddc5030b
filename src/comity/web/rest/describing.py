"""How a route is described: its name, its answer, and the problems that it may end with."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, Field

from comity.service.reasons import STATED
from comity.web.problem import PROBLEM_MEDIA, kinds
from comity.web.rest.shapes import Shape, Stated
from comity.web.routes import Route

BASE: Final = "/api/v1"
READING: Final = (400, 401, 403, 404, 408, 409, 413, 429, 431, 500, 503)
"""The statuses of problems that any question may end with."""
ACTING: Final = (*READING, 415, 422)
"""Those of an act."""


class Mending(Shape):
    """One thing that is wrong with stated facts."""

    place: list[str | int] = Field(description="The path of members and positions to it.")
    message: str
    mend: str = Field(description="What to write instead.")


class Problem(BaseModel):
    """A problem (RFC 9457). Its `type` is a path of this server, where it is explained."""

    type: str = Field(examples=["/problems/unknown-name"])
    title: str
    status: int
    detail: str
    faults: list[Mending] | None = Field(None, description="Of `invalid-facts`: everything that is wrong.")
    candidates: list[str] | None = Field(None, description="Of `ambiguous-item`: the names that tell them apart.")


def get(path: str, endpoint: Callable[..., Any], answer: Any, **more: Any) -> Route:  # noqa: ANN401 - FastAPI's own
    """A question."""
    return _route("GET", path, endpoint, answer, {"fails": READING, **more})


def post(path: str, endpoint: Callable[..., Any], answer: Any, **more: Any) -> Route:  # noqa: ANN401 - as above
    """An act."""
    return _route("POST", path, endpoint, answer, {"fails": ACTING, **more})


def _route(method: str, path: str, endpoint: Callable[..., Any], answer: Any, more: dict[str, Any]) -> Route:  # noqa: ANN401
    summary, _, about = (inspect.getdoc(endpoint) or "").partition("\n\n")
    fails, content = more.pop("fails"), more.pop("content", None)
    status, command, others = more.pop("status", 200), more.pop("command", None), more.pop("responses", {})
    responses: dict[int | str, Any] = {code: problem(code) for code in fails}
    responses[status] = {"description": "Done." if method == "POST" else "The answer."}
    if content is not None:
        responses[status]["content"] = content
    _asks_for_a_reason(endpoint, command)
    extra = {} if command is None else {"x-comity-command": command}
    if (body := more.pop("request_body", None)) is not None:
        extra["requestBody"] = body
    extra |= more.pop("openapi", {})
    return Route(
        method=method,
        path=f"{BASE}{path}",
        endpoint=endpoint,
        documented=True,
        any_query=more.pop("any_query", False),
        more={
            "response_model": answer,
            "status_code": status,
            "summary": summary.rstrip("."),
            "description": about or summary,
            "operation_id": f"{method.lower()}{path}".replace("/", "_").replace("{", "").replace("}", ""),
            "tags": [path.split("/")[1]],
            "responses": {**responses, **others},
            "openapi_extra": extra,
            **more,
        },
    )


def _asks_for_a_reason(endpoint: Callable[..., Any], command: str | None) -> None:
    """INVARIANT: no route is made that asks for a reason where the command of its name does not, or the other way."""
    body = inspect.signature(endpoint).parameters.get("body")
    stated = body is not None and inspect.isclass(body.annotation) and issubclass(body.annotation, Stated)
    if stated is not (command in STATED):
        raise TypeError(f"`{command}`: its route takes `Stated` if `service.reasons` names it, and else does not")


def problem(status: int) -> Mapping[str, Any]:
    """What is documented of the problems with this status."""
    said = [f"`{kind.type}`" for kind in kinds() if kind.status == status]
    return {
        "description": f"A problem: {', '.join(said)}.",
        "content": {PROBLEM_MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
