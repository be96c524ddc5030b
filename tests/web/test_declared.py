"""A parameter that a route does not declare is refused, as an unknown member of a body is."""

import re
from collections.abc import Iterator, Mapping

import pytest
from fastapi.routing import APIRoute

from comity.compose import serving
from comity.web import app as apps
from comity.web.declared import queries
from comity.web.rest.document import made
from comity.web.rest.providers import ROUTES as PROVIDERS
from comity.web.rest.routes import DOCUMENTED
from comity.web.routes import Route
from tests.nodes import Clock, make
from tests.web.asking import BASE, Caller, bad, staffed

OTHERS = {route.path for route in PROVIDERS}
"""The way to a provider and back."""
REFUSING = [route for route in apps.TABLE if route.path.startswith(f"{BASE}/") and route.path not in OTHERS]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Caller]]:
    clock = Clock()
    with make(tmp_path_factory.mktemp("declared") / "node", clock) as node:
        yield staffed(node, clock)


@pytest.mark.parametrize("route", REFUSING, ids=lambda route: f"{route.method} {route.path}")
@pytest.mark.parametrize("who", ["olga", "nobody"])
def test_every_route_refuses_what_it_does_not_declare(people: Mapping[str, Caller], who: str, route: Route) -> None:
    path = re.sub(r"\{[^}]*\}", "1", route.path)
    caller = people[who]
    for method in {route.method, "HEAD" if route.method == "GET" else route.method}:
        found = caller.client.request(method, path, params={"att": "x"}, headers=dict(caller.headers))
        assert found.status_code == 400
    assert bad(caller.client.request(route.method, path, params={"att": ""}), 400, "malformed-input").startswith(
        "query.att: there is no such parameter here: leave it out; there is "
    )


def test_a_misspelt_moment_is_not_answered_for_now(people: Mapping[str, Caller]) -> None:
    ann = people["ann"]
    said = bad(ann.get("/coverage", to="UKR", ad="2025-03-05T11:00:00Z"), 400, "malformed-input")
    assert said.endswith("leave it out; there is `at`, `end`, `last`, `start`, `to`")
    assert bad(ann.post("/plans", {}, at="2025-03-05T11:00:00Z"), 400, "malformed-input").endswith("there is none")


def test_a_route_declares_what_the_document_names(tmp_path_factory: pytest.TempPathFactory) -> None:
    with make(tmp_path_factory.mktemp("document") / "node", Clock()) as node:
        app = apps.build(serving(node, Clock()))
    declared = {
        (route.path, method.lower()): set(queries(route))
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    for path, operations in made(DOCUMENTED)["paths"].items():
        for method, operation in operations.items():
            named = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
            assert declared[path, method] == named


def test_a_provider_may_add_to_the_way_back_what_it_likes(people: Mapping[str, Caller]) -> None:
    for path in ("/login/ministry", "/login/ministry/back"):
        bad(people["nobody"].get(path, iss="x", session_state="y"), 404, "unknown-name")
