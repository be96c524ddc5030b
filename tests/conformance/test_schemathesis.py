"""Whatever is asked of REST, as whomever: no fault of the server, and no answer that its document does not name.

$COMITY_SCHEMATHESIS says how many requests are made up for each route and role, by default a few.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from comity.web.rest.document import made
from comity.web.rest.routes import DOCUMENTED
from tests.nodes import Clock, make
from tests.web.asking import Caller, staffed

EXAMPLES = int(os.environ.get("COMITY_SCHEMATHESIS", "4"))
ROLES = ("adam", "ann", "olga", "audrey", "ukraine", "nobody")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(made(DOCUMENTED))
ROUTES = sorted((route.path, route.method) for route in DOCUMENTED)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Caller]]:
    clock = Clock()
    with make(tmp_path_factory.mktemp("made-up") / "node", clock) as node:
        yield staffed(node, clock)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_every_answer_is_one_that_the_document_names(
    people: Mapping[str, Caller], role: str, path: str, method: str
) -> None:
    who = people[role]
    strategy = SCHEMA[path][method].as_strategy()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES < 10,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: Any) -> None:  # noqa: ANN401 - schemathesis's own, of many types
        sent = case.as_transport_kwargs()
        headers = {**{str(k): str(v) for k, v in (sent.get("headers") or {}).items()}, **who.headers}
        answer = who.client.request(
            method,
            case.formatted_path,
            params=sent.get("params"),
            headers=headers,
            json=sent.get("json"),
            content=sent.get("data") if isinstance(sent.get("data"), bytes | str) else None,
        )
        case.validate_response(answer, checks=CHECKS)

    ask()
