"""One row of the route table that `web.app` is built from. Each surface has its `ROUTES`; nothing else routes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path. What answers GET answers HEAD, too, with the same headers and no body.

    `endpoint` is a FastAPI path function: it takes `auth.Known` unless anybody may ask, and returns a Response. `more`
    are further arguments of `FastAPI.add_api_route`, for the OpenAPI document; without `documented` it is not in there.
    With `any_query`, it takes parameters that it does not declare: those that somebody else adds.
    """

    method: str
    path: str
    endpoint: Callable[..., Any]
    documented: bool = False
    any_query: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
