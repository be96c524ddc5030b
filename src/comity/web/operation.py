"""What whoever runs the node asks of it: whether it lives, and whether it can serve. Anybody may ask these two."""

from typing import Final

from starlette.responses import JSONResponse, Response

from comity.web.auth import Served
from comity.web.routes import Route


def health() -> Response:
    """This process answers."""
    return JSONResponse({"status": "alive"})


def readiness(serving: Served) -> Response:
    """This process can serve: its database answers, is of this program's revision, and its keys are there."""
    serving.ready()
    return JSONResponse({"status": "ready"})


ROUTES: Final = (
    Route(method="GET", path="/healthz", endpoint=health),
    Route(method="GET", path="/readyz", endpoint=readiness),
)
