"""The pages that the types of problems lead to: plain text, for anybody, from this server."""

from typing import Annotated, Final

from fastapi import Path
from starlette.responses import PlainTextResponse, Response

from comity.web.problem import NotThere, meanings
from comity.web.rest.describing import problem
from comity.web.routes import Route

_MEDIA: Final = "text/plain"


def page(name: Annotated[str, Path(max_length=100, description="The last part of a problem's `type`.")]) -> Response:
    """What a type of problem means."""
    for said, meaning in meanings():
        if said.type == name:
            status = f"{said.status.value} {said.status.phrase}"
            return PlainTextResponse(f"{said.title}\n\n{meaning}\n\nHTTP status: {status}\n", media_type=_MEDIA)
    raise NotThere


ROUTES: Final = (
    Route(
        method="GET",
        path="/problems/{name}",
        endpoint=page,
        documented=True,
        more={
            "summary": "What a type of problem means",
            "operation_id": "get_problem",
            "tags": ["problems"],
            "response_class": PlainTextResponse,
            "responses": {status: problem(status) for status in (400, 404, 408, 413, 431, 500, 503)},
            "openapi_extra": {"security": []},
        },
    ),
)
