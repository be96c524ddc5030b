"""Plans over REST: as what is asked for, within bounds, and for whoever may see content."""

import csv
import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from comity.compose import Node, serving
from comity.core.programme import Answer, Limits, Programme
from comity.formats import world
from comity.solver import solve
from comity.web import app as apps
from comity.web.guard import guarded
from tests.cli.stage import WORLD
from tests.nodes import Clock, make
from tests.plain import instant
from tests.web.asking import BASE, Caller, bad, callers, secrets

ASKED = {"to": ["UKR"], "at": "2025-03-06T12:00:00Z"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    clock = Clock(instant("2025-04-01T00:00:00Z"))
    with make(tmp_path_factory.mktemp("plans") / "node", clock, world.read(WORLD.read_text("utf-8"))) as node:
        yield node


@pytest.fixture(scope="module")
def known(node: Node) -> Mapping[str, str]:
    return secrets(node)


@pytest.fixture(scope="module")
def people(node: Node, known: Mapping[str, str]) -> Mapping[str, Caller]:
    return callers(node, Clock(instant("2025-04-01T00:00:00Z")), known)


def as_media(who: Caller, path: str, media: str | None, body: object) -> tuple[int, Mapping[str, str], str]:
    headers = {**who.headers, **({} if media is None else {"Accept": media})}
    answer = who.client.post(f"{BASE}{path}", json=body, headers=headers)
    return answer.status_code, answer.headers, answer.text


def test_a_plan_is_answered_as_json_csv_or_a_page(people: Mapping[str, Caller]) -> None:
    olga = people["olga"]
    for media in (None, "*/*", "application/json", "text/csv;q=0.5, application/*"):
        status, headers, text = as_media(olga, "/plans", media, ASKED)
        assert (status, headers["content-type"]) == (200, "application/json")
        assert json.loads(text)["plan"]["ended"] == "best"
    status, headers, text = as_media(olga, "/plans", "text/csv", {**ASKED, "csv": "worth"})
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/csv")
    assert next(csv.reader(text.splitlines()))[0] == "partner"
    status, headers, text = as_media(olga, "/plans", "text/html, application/json;q=0.9", ASKED)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    (style,) = re.findall("<style>(.*)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert policy.endswith("sandbox")
    for media in ("text/plain", "image/*", "text/html;q=0", "nonsense"):
        assert as_media(olga, "/plans", media, ASKED)[0] == 406


def test_two_plans_are_compared(people: Mapping[str, Caller]) -> None:
    olga = people["olga"]
    first, second = (
        olga.do("/plans", ASKED),
        olga.do("/plans", {**ASKED, "suspensions": [{"from": "GBR", "to": "UKR"}]}),
    )
    both = {"first": first, "second": second}
    found = olga.do("/plans/compare", both)
    assert found["gained"] == pytest.approx(second["plan"]["points"] - first["plan"]["points"])
    assert as_media(olga, "/plans/compare", "text/csv", both)[2].startswith('"need","first","second"')
    assert "Two plans" in as_media(olga, "/plans/compare", "text/html", both)[2]
    for broken in ({**first, "needs": {}}, {**first, "plan": {**first["plan"], "bound": 10**400}}, {}):
        bad(olga.post("/plans/compare", {"first": first, "second": broken}), 400, "malformed-input")
    long = {**first, "needs": [first["needs"][0]] * 10_001}
    assert "command line" in bad(olga.post("/plans/compare", {"first": long, "second": first}), 400, "malformed-input")
    nan = json.dumps({**both, "second": {**second, "plan": {**second["plan"], "bound": float("nan")}}})
    sent = olga.client.post(
        f"{BASE}/plans/compare", content=nan, headers={**olga.headers, "Content-Type": "application/json"}
    )
    bad(sent, 400, "malformed-input")


def test_a_known_plan_is_begun_with(people: Mapping[str, Caller]) -> None:
    olga = people["olga"]
    first = olga.do("/plans", ASKED)
    assert first["assigned"]
    for more in ({"greedy": True}, {"anew": True}):
        assert olga.do("/plans", {**ASKED, **more, "known": first["assigned"]})["assigned"] == first["assigned"]
    barred = {**ASKED, "suspensions": [{"from": "GBR", "to": "UKR"}], "known": first["assigned"]}
    assert "leave it out" in bad(olga.post("/plans", barred), 409, "refused")


@pytest.mark.parametrize(
    "body",
    [
        {"time": 11},
        {"time": 0},
        {"gap": 101},
        {"known": [{"need": "n", "supply": "s", "units": 0}]},
        {"last": "P7D", "start": "2025-03-01T00:00:00Z"},
        {"suspensions": [{"from": "USA"}]},
        {"suspensions": [{"from": "USA", "to": "USA"}]},
        {"csv": "everything"},
    ],
)
def test_what_is_out_of_bounds_is_refused(people: Mapping[str, Caller], body: Mapping[str, object]) -> None:
    bad(people["olga"].post("/plans", {**ASKED, **body}), 400, "malformed-input")


def test_only_who_sees_content_plans(people: Mapping[str, Caller]) -> None:
    for name, path in ((name, path) for name in ("adam", "ukraine", "alice") for path in ("/plans", "/plans/compare")):
        bad(people[name].post(path, {**ASKED} if path == "/plans" else {"first": {}, "second": {}}), 403, "forbidden")
    bad(people["nobody"].post("/plans", ASKED), 401, "not-authenticated")
    assert people["ann"].post("/plans", ASKED).status_code == 200


def test_while_one_plan_is_solved_the_node_answers_and_the_account_makes_no_other(
    node: Node, known: Mapping[str, str]
) -> None:
    """The solver waits until the test has asked for something else: nothing of the node is held meanwhile."""
    begun, go_on, held = threading.Event(), threading.Event(), list[int]()

    def waiting(programme: Programme, limits: Limits, start: tuple[float, ...]) -> Answer:
        held.append(node.store._database.engine.pool.checkedout())  # type: ignore[attr-defined]  # of its own pool
        begun.set()
        assert go_on.wait(30)
        return solve(programme, limits, start)

    clock = Clock(instant("2025-04-01T00:00:00Z"))
    served = serving(node, clock)
    object.__setattr__(served, "solve", waiting)
    client = TestClient(guarded(apps.build(served), served), raise_server_exceptions=False)
    olga, ann = (Caller(client, {"Authorization": f"Bearer {known[name]}"}) for name in ("olga", "ann"))
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(olga.post("/plans", ASKED).status_code))
    thread.start()
    try:
        assert begun.wait(30)
        bad(olga.post("/plans", {**ASKED, "greedy": True}), 429, "too-many-at-once")
        assert ann.do("/plans", {**ASKED, "greedy": True})["assigned"]
        assert olga.do("/requirements", {"title": "more", "id": "more"})["id"] == "more"
    finally:
        go_on.set()
        thread.join(30)
    assert (answers, held) == ([200], [0])
    assert olga.post("/plans", {**ASKED, "greedy": True}).status_code == 200


def test_a_plan_of_too_much_is_refused_with_what_to_do(
    people: Mapping[str, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comity.web.rest.plans.ROUTES_MOST", 3)
    assert "plan for fewer recipients" in bad(people["olga"].post("/plans", ASKED), 400, "malformed-input")


def test_a_plan_of_many_offers_is_refused_where_it_would_take_long_to_explain(
    people: Mapping[str, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comity.web.rest.plans.EXPLAINED_MOST", 3)
    assert "takes too long to explain" in bad(people["olga"].post("/plans", ASKED), 400, "malformed-input")
