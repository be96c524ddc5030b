"""The application by itself: who is let in, and what every error looks like."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from comity.compose import Node, serving
from comity.core.role import Duty
from comity.service.accounts import disable
from comity.service.limits import FAILURES
from comity.service.sessions import change_password, end_session, login
from comity.service.tokens import revoke_token
from comity.web import app as apps
from comity.web.auth import Caller, Known, Served
from comity.web.routes import Route
from tests.nodes import Clock, make
from tests.staff import ADMIN, OFFICER, PASSWORD, govern, token


def whoami(known: Known) -> Response:
    found: dict[str, Any] = {"account": known.account, "recipient": known.recipient, "partner": known.partner}
    return JSONResponse({**found, "scopes": sorted(duty.value for duty in known.scopes)})


def number(number: int) -> Response:
    return JSONResponse(number)


def broken() -> Response:
    raise ZeroDivisionError("imagery, SECRET")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    with make(tmp_path / "node", clock) as node:
        govern(node)
        yield node


@pytest.fixture
def app(node: Node, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    own = (
        Route(method="GET", path="/whoami", endpoint=whoami),
        Route(method="GET", path="/number/{number}", endpoint=number),
        Route(method="POST", path="/number/{number}", endpoint=number),
        Route(method="GET", path="/broken", endpoint=broken),
    )
    monkeypatch.setattr(apps, "TABLE", (*apps.TABLE, *own))
    return apps.build(serving(node, clock))


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def basic(account: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{account}:{password}'.encode()).decode()}"}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_lets_in_as_its_account(client: TestClient, node: Node) -> None:
    issued = token(node, "release", account="ukraine")
    said = client.get("/whoami", headers=bearer(issued.secret)).json()
    assert said == {"account": "ukraine", "recipient": "UKR", "partner": "UKR", "scopes": ["release"]}
    assert client.get("/whoami", headers=basic("ukraine", issued.secret)).json() == said


def test_a_part_of_a_partner_is_let_in_as_itself(client: TestClient, node: Node) -> None:
    issued = token(node, "release", account="alice")
    said = client.get("/whoami", headers=bearer(issued.secret)).json()
    assert (said["recipient"], said["partner"]) == ("GBR/alice", "GBR")


def test_a_token_is_that_of_its_account_alone(client: TestClient, node: Node) -> None:
    issued = token(node, "release", account="ukraine")
    assert client.get("/whoami", headers=basic("alice", issued.secret)).status_code == 401


def test_a_password_lets_in_and_opens_one_session(client: TestClient, node: Node) -> None:
    for _ in range(3):
        assert client.get("/whoami", headers=basic("admin", PASSWORD)).json()["account"] == "admin"
    with node.store.read() as reader:
        assert len([each for each in reader.accesses("admin") if each.name == "password"]) == 1


def test_nobody_comes_in_by_the_session_that_another_password_has_opened(client: TestClient) -> None:
    assert client.get("/whoami", headers=basic("admin", PASSWORD)).status_code == 200
    assert client.get("/whoami", headers=basic("admin", "wrong password")).status_code == 401
    assert client.get("/whoami", headers=basic("adam", PASSWORD)).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic !",
        "Basic YWRtaW4=",
        "Basic " + b64encode(b"\xff:\xff").decode(),
        "Bearer",
        "Bearer nonsense",
        "Bearer comity_t-0123456789_" + "A" * 43,
        "Digest username=admin",
        "Basic " + b64encode(b"admin:wrong password").decode(),
        "Basic " + b64encode(b"nobody:wrong password").decode(),
        "Basic " + b64encode(b"feed:wrong password").decode(),
        "Bearer " + "A" * 10_000,
    ],
)
def test_whoever_is_not_let_in_is_told_the_same(client: TestClient, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    said = client.get("/whoami", headers=headers)
    assert said.status_code == 401
    assert said.headers["www-authenticate"].startswith("Basic realm=")
    assert said.headers["content-type"] == "application/problem+json"
    assert said.json() == client.get("/whoami").json()


def test_two_authorizations_are_none(client: TestClient, node: Node) -> None:
    secret = token(node, "release", account="ukraine").secret
    twice = [("Authorization", f"Bearer {secret}"), ("Authorization", f"Bearer {secret}")]
    assert client.get("/whoami", headers=twice).status_code == 401


def test_a_token_that_is_revoked_lets_nobody_in(client: TestClient, node: Node) -> None:
    issued = token(node, "release", account="ukraine")
    assert client.get("/whoami", headers=bearer(issued.secret)).status_code == 200
    revoke_token(node.store, issued.access.id, OFFICER)
    assert client.get("/whoami", headers=bearer(issued.secret)).status_code == 401


def test_a_password_that_was_changed_lets_nobody_in(client: TestClient, node: Node) -> None:
    assert client.get("/whoami", headers=basic("admin", PASSWORD)).status_code == 200
    change_password(node.store, "admin", (PASSWORD, "another one that is long"), vault=node.vault)
    assert client.get("/whoami", headers=basic("admin", PASSWORD)).status_code == 401
    assert client.get("/whoami", headers=basic("admin", "another one that is long")).status_code == 200


def test_a_session_that_ended_is_begun_anew_by_its_password_only(client: TestClient, node: Node, clock: Clock) -> None:
    issued = login(node.store, "admin", PASSWORD, vault=node.vault)
    assert client.get("/whoami", headers=bearer(issued.secret)).status_code == 200
    end_session(node.store, issued.access.id, ADMIN)
    assert client.get("/whoami", headers=bearer(issued.secret)).status_code == 401
    assert client.get("/whoami", headers=basic("admin", PASSWORD)).status_code == 200
    clock.pass_by(12 * 3600)
    assert client.get("/whoami", headers=basic("admin", PASSWORD)).status_code == 200


def test_a_disabled_account_lets_nobody_in(client: TestClient, node: Node) -> None:
    issued = token(node, "release", account="ukraine")
    assert client.get("/whoami", headers=bearer(issued.secret)).status_code == 200
    disable(node.store, "ukraine", ADMIN)
    assert client.get("/whoami", headers=bearer(issued.secret)).status_code == 401


def test_a_guesser_is_locked_out_and_told_nothing_else(client: TestClient) -> None:
    before = client.get("/whoami", headers=basic("admin", "wrong password"))
    for _ in range(FAILURES):
        client.get("/whoami", headers=basic("admin", "another wrong one"))
    after = client.get("/whoami", headers=basic("admin", PASSWORD))
    assert (after.status_code, after.content) == (before.status_code, before.content)


def test_a_caller_is_asked_again_in_the_snapshot_that_is_decided_on(app: FastAPI, node: Node) -> None:
    found: list[Caller] = []

    def keep(served: Served, known: Known) -> Response:
        assert served.store is node.store
        found.append(known)
        return Response()

    app.add_api_route("/keep", keep)
    issued = token(node, "release", account="ukraine")
    TestClient(app).get("/keep", headers=bearer(issued.secret))
    checks = [found[0].releasing("UKR"), found[0].having(Duty.RELEASE)]
    with node.store.read() as reader:
        for check in checks:
            check(reader)
        with pytest.raises(Exception, match="alone"):
            found[0].releasing("GBR")(reader)
        with pytest.raises(Exception, match="a partner's account gets what it may have"):
            found[0].having(Duty.CONTENT)(reader)
    revoke_token(node.store, issued.access.id, OFFICER)
    with node.store.read() as reader:
        for check in checks:
            with pytest.raises(Exception, match="not valid"):
                check(reader)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/healthz/", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/docs", 404),
        ("POST", "/healthz", 405),
        ("OPTIONS", "/healthz", 405),
        ("GET", "/number/x", 400),
        ("GET", "/broken", 500),
    ],
)
def test_every_error_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    said = client.request(method, path)
    assert said.status_code == status
    assert said.headers["content-type"] == "application/problem+json"
    assert said.json().keys() == {"type", "title", "status", "detail"}
    assert said.json()["status"] == status
    assert "imagery" not in said.text
    assert "x" not in said.json()["detail"].split() if path == "/number/x" else True


def test_below_taxii_every_error_is_one_of_taxii(client: TestClient) -> None:
    said = client.get("/taxii2/nothing/")
    assert said.status_code == 404
    assert said.headers["content-type"] == "application/taxii+json;version=2.1"
    assert said.json()["http_status"] == "404"
    assert said.json()["title"]


def test_a_path_says_all_its_methods(client: TestClient) -> None:
    assert client.put("/number/1").headers["allow"] == "GET, HEAD, POST"


def test_what_answers_get_answers_head(client: TestClient) -> None:
    said = client.head("/healthz")
    assert said.status_code == 200
    assert said.headers["content-length"] == client.get("/healthz").headers["content-length"]


def test_a_node_is_ready_while_its_keys_and_its_database_are_there(client: TestClient, node: Node) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}
    keys = node.directory / "keys" / "signing"
    keys.rename(node.directory / "keys" / "elsewhere")
    said = client.get("/readyz")
    assert said.status_code == 503
    assert str(node.directory) not in said.text


def test_the_framework_tells_nobody_of_requests(node: Node, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    telemetry = apps.build(serving(node, clock))._telemetry
    assert not any(telemetry.values())
