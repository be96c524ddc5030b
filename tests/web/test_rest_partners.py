"""REST for partners' accounts: what is theirs, what they send, and nothing else; and what every route keeps."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from comity.compose import Node
from comity.service.accounts import link
from comity.service.providers import Provider, add_provider, identity
from comity.web.problem import meanings
from comity.web.rest.document import made
from comity.web.rest.routes import DOCUMENTED
from tests.nodes import Clock
from tests.sending import bundle, found, ident, thing
from tests.staff import ADMIN, PASSWORD
from tests.web.asking import BASE, WHY, Caller, application, bad, good, staffed
from tests.web.provider import CLIENT, Book, running, way_back

KEY = "0b5a7c1e-53a1-4b6c-8a0a-93d1a5f4a8f7"
OWN = frozenset(
    {
        "/whoami",
        "/logout",
        "/login",
        "/enrol",
        "/password",
        "/export",
        "/import",
        "/submissions/{id}",
        "/search",
        "/suggest",
        "/markings",
        "/tokens",
        "/tokens/{id}/revoke",
        "/sessions",
        "/sessions/{id}/end",
    }
)
"""What a partner's account may ask for, below `/api/v1`."""


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Node]:
    with found(tmp_path_factory.mktemp("rest") / "node", clock) as node:
        yield node


@pytest.fixture(scope="module")
def people(node: Node, clock: Clock) -> Mapping[str, Caller]:
    return staffed(node, clock)


@pytest.fixture(scope="module")
def olga(people: Mapping[str, Caller]) -> Caller:
    return people["olga"]


@pytest.fixture(scope="module")
def ukraine(people: Mapping[str, Caller]) -> Caller:
    return people["ukraine"]


def objects(caller: Caller, **query: object) -> tuple[list[Any], str | None]:
    """The objects of one page of an export, and the path of the next."""
    answer = caller.get("/export", **query)
    assert answer.status_code == 200, answer.text
    link = answer.headers.get("link")
    return answer.json().get("objects", []), None if link is None else link[1 : link.index(">")]


def test_an_export_is_paged_and_recorded_and_has_all_that_may_go(
    olga: Caller, ukraine: Caller, people: Mapping[str, Caller], node: Node
) -> None:
    assert good(olga.send("USA", bundle(*(thing(f"page {number}") for number in range(5)))))["accepted"] == 5
    with node.store.read() as reader:
        before = len(list(reader.disclosures(to="UKR")))
    seen: list[str] = []
    page, path = objects(ukraine, limit=2)
    while True:
        seen += [each["id"] for each in page]
        if path is None:
            break
        answer = ukraine.client.get(path, headers=dict(ukraine.headers))
        page = answer.json()["objects"]
        link = answer.headers.get("link")
        path = None if link is None else link[1 : link.index(">")]
    visible = olga.read("/visible", to="UKR")
    assert sorted(seen) == sorted(each["id"] for each in visible["items"])
    with node.store.read() as reader:
        assert len(list(reader.disclosures(to="UKR"))) == before + -(-len(seen) // 2)
    _, path = objects(ukraine, limit=1)
    cursor = str(path).rpartition("after=")[2]
    bad(olga.get("/export", to="UKR", after=cursor), 400, "malformed-input")
    bad(ukraine.get("/export", to="FRA"), 403, "forbidden")
    bad(people["ann"].get("/export", to="UKR"), 403, "forbidden")
    bad(olga.get("/export"), 400, "malformed-input")
    bad(olga.get("/export", to="NOBODY"), 404, "unknown-name")
    assert [each["id"] for each in objects(olga, to="UKR")[0]] == seen


def test_bytes_leave_as_they_were_received(olga: Caller, ukraine: Caller) -> None:
    raw = json.dumps(thing("odd layout"), indent=3).encode()
    good(olga.send("USA", bundle(raw)))
    assert raw in ukraine.get("/export").content


def test_an_export_without_items_is_a_bundle_without_objects(people: Mapping[str, Caller]) -> None:
    assert people["alice"].get("/export").json().keys() <= {"type", "id", "objects"}


def test_a_partner_submits_its_own_and_looks_up_what_became_of_it(
    ukraine: Caller, people: Mapping[str, Caller], node: Node
) -> None:
    sent = good(ukraine.send(None, bundle(thing("of ukraine"), b"[1]")))
    assert [each["message"] is None for each in sent["objects"]] == [True, False]
    assert ukraine.read(f"/submissions/{sent['submission']}") == sent
    with node.store.read() as reader:
        (held,) = reader.copies([ident("of ukraine")])[ident("of ukraine")]
        assert held.submitter == "UKR"
    others, none = (
        people["alice"].get(f"/submissions/{name}") for name in (sent["submission"], KEY.replace("0b", "1c"))
    )
    assert (others.status_code, others.content) == (none.status_code, none.content)
    assert others.status_code == 404
    bad(ukraine.send("USA", bundle(thing("not of ukraine"))), 403, "forbidden")
    bad(people["olga"].get(f"/submissions/{sent['submission']}"), 403, "forbidden")


def test_what_others_have_sent_is_told_to_nobody_who_sends_it_too(olga: Caller, ukraine: Caller) -> None:
    good(olga.send("FRA", bundle(thing("of france too"))))
    known, unknown = (good(ukraine.send(None, bundle(thing(name))))["objects"] for name in ("of france too", "new"))
    assert [each["message"] for each in known] == [each["message"] for each in unknown] == [None]


def test_a_sidecar_says_what_the_objects_do_not(olga: Caller, people: Mapping[str, Caller]) -> None:
    item = ident("beside")
    sidecar = f"items: [{{id: {item}, originator: USA, level: SECRET, releasable_to: [GBR]}}]"
    parts = {"bundle": bundle(thing("beside")), "sidecar": sidecar.encode()}
    body = b"".join(
        b'--XX\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), content)
        for name, content in parts.items()
    )
    form = "multipart/form-data; boundary=XX"
    assert good(olga.send("USA", body + b"--XX--\r\n", form))["accepted"] == 1
    assert olga.read("/items", item=item)["claims"][0]["level"] == "SECRET"
    bad(people["ukraine"].send(None, body + b"--XX--\r\n", form), 403, "forbidden")
    alone = b'--XX\r\nContent-Disposition: form-data; name="sidecar"\r\n\r\n%s\r\n--XX--\r\n' % sidecar.encode()
    for broken in (body, b"", alone, body + body + b"--XX--\r\n", b"--XX\r\n\r\nx\r\n--XX--\r\n"):
        bad(olga.send("USA", broken, form), 400, "malformed-input")


def test_what_is_no_bundle_is_not_taken_in(olga: Caller, people: Mapping[str, Caller]) -> None:
    bad(olga.send("USA", b"{}", "text/plain"), 415, "wrong-media")
    bad(olga.send("USA", b"[]"), 400, "malformed-input")
    bad(olga.send(None, bundle()), 400, "malformed-input")
    bad(olga.send("NOBODY", bundle(thing("x"))), 404, "unknown-name")
    bad(people["adam"].send("USA", bundle(thing("x"))), 403, "forbidden")


@pytest.mark.parametrize("route", DOCUMENTED, ids=lambda route: f"{route.method} {route.path}")
def test_a_partner_is_refused_what_is_not_its_own_whatever_it_names(route: Any, ukraine: Caller) -> None:  # noqa: ANN401
    path = route.path.removeprefix(BASE)
    if path in OWN or path.startswith(("/login/", "/problems")):
        return
    example = examples()[route.method.lower(), route.path]
    answers = [ask(ukraine, route.method, path, example, name) for name in (ident("page 1"), "none")]
    for answer in answers:
        bad(answer, 403, "forbidden")
    assert answers[0].content == answers[1].content


def examples() -> dict[tuple[str, str], tuple[dict[str, object], object]]:
    """A request for each route that is read: its query, and its body."""
    document = made(DOCUMENTED)
    found: dict[tuple[str, str], tuple[dict[str, object], object]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            stated = [
                each for each in operation.get("parameters", ()) if each["in"] == "query" and each.get("required")
            ]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            query: dict[str, object] = {each["name"]: "UKR" for each in stated}
            found[method, path] = (query, None if body is None else filled(document, body))
    return found


def filled(document: dict[str, Any], schema: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The smallest value of a schema."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    stated = [*schema.get("examples", ()), *schema.get("enum", ())]
    if stated:
        return stated[0]
    if "properties" in schema:
        return {name: filled(document, schema["properties"][name]) for name in schema.get("required", ())}
    if schema.get("type") == "object":
        return {}
    if schema.get("type") == "array":
        return [filled(document, schema["items"])]
    return 1 if schema.get("type") == "integer" else "UKR"


def ask(caller: Caller, method: str, path: str, example: tuple[dict[str, object], Any], name: str) -> Any:  # noqa: ANN401
    """Ask for a route, about something of this name."""
    query, body = example
    query = {key: name if key == "item" else value for key, value in query.items()}
    for part, value in (("{number}", "1"), ("{id}", "p-1"), ("{name}", "olga"), ("{code}", "FRA")):
        path = path.replace(part, value)
    if method == "GET":
        return caller.get(path, **query)
    return caller.client.post(
        f"{BASE}{path}", json=body, params={k: str(v) for k, v in query.items()}, headers=dict(caller.headers)
    )


@pytest.mark.parametrize("route", DOCUMENTED, ids=lambda route: f"{route.method} {route.path}")
def test_nobody_is_let_in_without_credentials(route: Any, people: Mapping[str, Caller]) -> None:  # noqa: ANN401
    path = route.path.removeprefix(BASE)
    if path.startswith(("/login", "/enrol", "/password", "/problems")):
        return
    answer = ask(people["nobody"], route.method, path, examples()[route.method.lower(), route.path], "x")
    bad(answer, 401, "not-authenticated")


def test_the_same_key_does_one_act_and_gives_one_answer(olga: Caller, people: Mapping[str, Caller], node: Node) -> None:
    first = olga.post("/domains", {"domain": "keyed"}, KEY)
    again = olga.post("/domains", {"domain": "keyed"}, KEY)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (200, b'{"domain":"keyed"}')
    bad(olga.post("/domains", {"domain": "other"}, KEY), 422, "key-reused")
    bad(olga.post("/conditions", {"condition": "keyed"}, KEY), 422, "key-reused")
    bad(people["oscar"].post("/domains", {"domain": "keyed"}, KEY), 403, "forbidden")
    bad(people["ann"].post("/domains", {"domain": "keyed"}, KEY), 403, "forbidden")
    bad(olga.post("/domains", {"domain": "third"}, "too short"), 400, "malformed-input")
    with node.store.read() as reader:
        assert sum(act.kind == "domain" and act.word.actor == "olga" for act in reader.acts()) == 1


def test_an_import_that_is_sent_again_is_taken_in_once(olga: Caller, ukraine: Caller) -> None:
    content = bundle(thing("sent twice"))
    answers = [olga.send("USA", content, key=f"{KEY}-import").content for _ in range(2)]
    assert answers[0] == answers[1]
    assert json.loads(answers[0])["accepted"] == 1
    own = [ukraine.send(None, bundle(thing("sent twice by us")), key=f"{KEY}-import").json() for _ in range(2)]
    assert own[0] == own[1]


def test_a_new_token_is_answered_again_to_whoever_made_it(people: Mapping[str, Caller]) -> None:
    admin = Caller(people["adam"].client, {})
    begun = admin.do("/login", {"account": "admin", "password": PASSWORD})
    admin = Caller(people["adam"].client, {"Authorization": f"Bearer {begun['session']}"})
    wanted = {"name": "kept", "scopes": ["read-accounts"]}
    made_ = [admin.do("/tokens", wanted, f"{KEY}-token") for _ in range(2)]
    assert made_[0] == made_[1]
    assert len(admin.read("/tokens", account="admin")["tokens"]) == 1


def test_a_cookie_lets_in_a_page_of_ours_and_no_other(node: Node, clock: Clock, people: Mapping[str, Caller]) -> None:
    assert people
    client = TestClient(application(node, clock), base_url="https://node.example")
    begun = client.post(f"{BASE}/login", json={"account": "admin", "password": PASSWORD, "cookie": True})
    said = begun.json()
    stated = begun.headers["set-cookie"].lower()
    assert said["session"] is None
    assert all(part in stated for part in ("httponly", "samesite=strict", "secure", "path=/api/v1/", "max-age="))
    assert client.get(f"{BASE}/whoami").json()["csrf"] == said["csrf"]
    ours = {"X-Comity-CSRF": said["csrf"]}
    new = {"name": "of a page", "scopes": ["read-accounts"]}
    assert bad(client.post(f"{BASE}/tokens", json=new), 403, "forbidden")
    assert bad(client.post(f"{BASE}/tokens", json=new, headers={"X-Comity-CSRF": "0" * 64}), 403, "forbidden")
    there = {"Sec-Fetch-Site": "cross-site"}
    assert bad(client.post(f"{BASE}/tokens", json=new, headers={**ours, **there}), 403, "forbidden")
    assert bad(client.get(f"{BASE}/whoami", headers=there), 403, "forbidden")
    assert client.post(f"{BASE}/tokens", json=new, headers=ours).status_code == 200
    assert client.get("/taxii2/").status_code == 401
    assert client.post(f"{BASE}/logout", headers=ours).status_code == 200
    assert client.get(f"{BASE}/whoami").status_code == 401
    other = {"account": "admin", "password": PASSWORD}
    assert client.post(f"{BASE}/login", json=other, headers=there).status_code == 403


def test_a_provider_lets_in_whom_it_knows_and_the_browser_that_asked(
    node: Node, clock: Clock, people: Mapping[str, Caller]
) -> None:
    assert people
    app = application(node, clock)
    with running(Book(now=clock(), subject="4711", public=True)) as book:
        add_provider(node.store, Provider(name="ministry", issuer=book.issuer, client_id=CLIENT), ADMIN)
        with node.store.read() as reader:
            link(node.store, "ann", identity(reader, "ministry", "4711"), ADMIN)
        browser, other = (TestClient(app, base_url="https://node.example", follow_redirects=False) for _ in range(2))
        away = browser.get(f"{BASE}/login/ministry")
        assert away.status_code == 303
        stated = away.headers["set-cookie"].lower()
        assert all(part in stated for part in ("httponly", "samesite=lax", "secure", "path=/api/v1/login/ministry/"))
        back = way_back(away.headers["location"])
        assert back.startswith(f"https://node.example{BASE}/login/ministry/back?")
        bad(other.get(back), 401, "not-authenticated")
        bad(browser.get(back.replace("state=", "state=x")), 401, "not-authenticated")
        said = good(browser.get(back))
        assert (said["account"], said["session"]) == ("ann", None)
        assert browser.get(f"{BASE}/whoami").json()["account"] == "ann"
        bad(browser.get(back), 401, "not-authenticated")
        bad(browser.get(f"{BASE}/login/none"), 404, "unknown-name")
        bad(browser.get(f"{BASE}/login/ministry", headers={"Host": "a b"}), 400, "malformed-input")
        book.subject = "4712"
        away = browser.get(f"{BASE}/login/ministry")
        bad(browser.get(way_back(away.headers["location"])), 401, "not-authenticated")


def test_no_other_route_lets_anybody_in() -> None:
    """Whatever asks for no duty is one of these, and each asks for a password, a code or who one is."""
    open_ = {
        route.path.removeprefix(BASE)
        for route in DOCUMENTED
        if route.more.get("openapi_extra", {}).get("security") == [] and not route.path.startswith("/problems")
    }
    assert open_ == {"/login", "/login/{name}", "/login/{name}/back", "/enrol", "/password"}


def test_every_type_of_problem_has_its_page(people: Mapping[str, Caller]) -> None:
    client = people["nobody"].client
    for said, meaning in meanings():
        page = client.get(f"/problems/{said.type}")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/plain")
        assert said.title in page.text
        assert meaning in page.text
    bad(client.get("/problems/none"), 404, "not-there")


def test_the_document_is_the_same_for_everybody_and_names_every_problem(people: Mapping[str, Caller]) -> None:
    client = people["nobody"].client
    document = client.get(f"{BASE}/openapi.json").json()
    assert document == made(DOCUMENTED)
    assert document["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in json.dumps(document)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert "404" in operation["responses"], (method, path)


def test_every_member_and_parameter_says_what_it_is() -> None:
    document = made(DOCUMENTED)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for stated in operation.get("parameters", ()):
                assert stated.get("description") or stated["schema"].get("description"), (path, stated["name"])
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description") or schema.get("enum"), name


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'{"domain":"a\\u0000b"}', b'{"domain":1}', b'{"domain":"a","more":1}', b"[" * 20000]
)
def test_what_cannot_be_read_is_a_problem(olga: Caller, body: bytes) -> None:
    headers = {**olga.headers, "Content-Type": "application/json"}
    bad(olga.client.post(f"{BASE}/domains", content=body, headers=headers), 400, "malformed-input")


def test_what_goes_wrong_with_facts_is_said_place_by_place(olga: Caller) -> None:
    wrong = {"from": "GBR", "to": "FRA", "ceiling": "NONE", "domains": ["none"]}
    answer = olga.post("/agreements", wrong)
    bad(answer, 422, "invalid-facts")
    assert {fault["place"][-1] for fault in answer.json()["faults"]} == {"ceiling", "domains"}
    bad(olga.post("/suspensions", {"suspensions": [], **WHY}), 400, "malformed-input")
