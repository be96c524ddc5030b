"""What whoever runs the node asks of it: whether it lives, whether it can serve, and how it is doing.

Anybody may ask the first two, which tell nothing else. The numbers tell how much is going on here.
"""

import re
from ipaddress import ip_address
from typing import Final

from fastapi import Request
from starlette.responses import JSONResponse, Response

from comity.core.role import Duty
from comity.web.auth import Served, caller, place_of
from comity.web.metrics import MEDIA
from comity.web.routes import Route
from comity.web.serving import Serving

_FORWARDED: Final = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"})
"""Headers that a proxy adds."""
_HOST: Final = re.compile(r"\[[^\]]*\]|[^:]*")
"""The name in a Host header, without its port."""


async def health() -> Response:
    """This process answers."""
    return JSONResponse({"status": "alive"})


def readiness(serving: Served) -> Response:
    """This process can serve: its database answers, is of this program's revision, and its keys are there."""
    serving.ready()
    return JSONResponse({"status": "ready"})


def numbers(request: Request, serving: Served) -> Response:
    """How the server is doing. From this machine anybody may ask; from elsewhere an administrator or an auditor."""
    if not _from_here(request, serving):
        found = caller(request)
        with serving.store.read() as reader:
            found.having(Duty.LISTS)(reader)
    return Response(serving.metrics.text(), media_type=MEDIA)


def _from_here(request: Request, serving: Serving) -> bool:
    """Whether whoever asks is on this machine, and not somebody's proxy or a page in somebody's browser."""
    if serving.behind_proxy or _FORWARDED & set(request.headers):
        return False
    host = _HOST.match(request.headers.get("host", ""))
    asked = host[0].strip("[]") if host is not None else ""
    return _loopback(place_of(request) or "") and (asked == "localhost" or _loopback(asked))


def _loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


ROUTES: Final = (
    Route(method="GET", path="/healthz", endpoint=health),
    Route(method="GET", path="/readyz", endpoint=readiness),
    Route(method="GET", path="/metrics", endpoint=numbers),
)
