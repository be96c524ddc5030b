"""The routes of REST and their OpenAPI document, read from the program itself."""

from collections.abc import Iterator
from json import dumps
from typing import Any

from comity.web.rest.describing import BASE
from comity.web.rest.document import made
from comity.web.rest.routes import DOCUMENTED, LEFT_OUT
from tools.pages import codes, table


def document() -> str:
    """The OpenAPI document, as `GET /api/v1/openapi.json` answers it."""
    return f"{dumps(made(DOCUMENTED), indent=1, ensure_ascii=False)}\n"


def page() -> str:
    """The reference page."""
    found = made(DOCUMENTED)
    tags = dict.fromkeys(operation["tags"][0] for _, _, operation in _operations(found))
    parts = [
        "# REST",
        (
            f"Every route of `{BASE}`, beside [events](../how-to/events.md). The [OpenAPI document](openapi.json),"
            " which a server gives out as `GET /api/v1/openapi.json`, has every member of every body. How to use it:"
            " [how to use REST](../how-to/rest.md). What goes wrong: [problems over HTTP](problems.md). Who may do"
            " what: [accounts](../how-to/accounts.md)."
        ),
        "## Commands that have no route",
        table(("command", "because"), ((f"`comity {name}`", reason) for name, reason in LEFT_OUT.items())),
    ]
    for tag in tags:
        rows = [
            (
                f"`{method.upper()} {path}`",
                f"{operation['summary']}.".replace("?.", "?"),
                codes(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"),
                f"`comity {command}`" if (command := operation.get("x-comity-command")) else "",
            )
            for path, method, operation in _operations(found)
            if operation["tags"][0] == tag
        ]
        parts += [f"## {tag}", table(("route", "", "query", "command"), rows)]
    return "\n\n".join(parts) + "\n"


def _operations(found: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation
