"""People and partners who ask a node over HTTP, in the process of the test: each comes in by a token of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from comity.compose import Node, serving
from comity.core.role import SCOPES, duties
from comity.service.records import Word
from comity.service.tokens import NewToken, create_token
from comity.web import app as apps
from comity.web.guard import guarded
from tests.nodes import Clock
from tests.staff import OFFICER, ROLES, govern

BASE = "/api/v1"
STIX = "application/stix+json;version=2.1"
WHY = {"why": "the test"}
WORD = {"evidence": "note 7", **WHY}


@dataclass(slots=True)
class Caller:
    """One who asks. Paths are those below `/api/v1`."""

    client: TestClient
    headers: Mapping[str, str]

    def get(self, path: str, **query: object) -> Response:
        """Ask."""
        return self.client.get(f"{BASE}{path}", params=_said(query), headers=dict(self.headers))

    def post(self, path: str, body: object = None, key: str | None = None, **query: object) -> Response:
        """Act."""
        headers = {**self.headers, **({} if key is None else {"Idempotency-Key": key})}
        return self.client.post(f"{BASE}{path}", json=body, params=_said(query), headers=headers)

    def send(self, frm: str | None, content: bytes, media: str = STIX, key: str | None = None) -> Response:
        """Take in these bytes, as sent by this partner."""
        headers = {**self.headers, "Content-Type": media, **({} if key is None else {"Idempotency-Key": key})}
        return self.client.post(f"{BASE}/import", content=content, params=_said({"from": frm}), headers=headers)

    def read(self, path: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        """What is answered, which is no problem."""
        return good(self.get(path, **query))

    def do(self, path: str, body: object = None, key: str | None = None, **query: object) -> Any:  # noqa: ANN401 - JSON
        """What is answered to an act, which is no problem."""
        return good(self.post(path, body, key, **query))


def _said(query: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items() if value is not None}


def good(found: Response) -> Any:  # noqa: ANN401 - JSON
    """The JSON of an answer that is no problem."""
    assert found.status_code == 200, found.text
    return found.json()


def bad(found: Response, status: int, kind: str) -> str:
    """What a problem says."""
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["type"] == f"/problems/{kind}", found.text
    return str(found.json()["detail"])


def application(node: Node, clock: Clock) -> ASGIApp:
    """The application over this node, with the bounds that every request keeps."""
    served = serving(node, clock)
    return guarded(apps.build(served), served)


def staffed(node: Node, clock: Clock) -> Mapping[str, Caller]:
    """Govern the node; everybody who works here, the partners' accounts `ukraine` and `alice`, and nobody."""
    return callers(node, clock, secrets(node))


def secrets(node: Node) -> Mapping[str, str]:
    """Govern the node; a token of everybody who works here, and of the partners' accounts."""
    govern(node)
    return {name: own(node, name) for name in ROLES} | {name: partners(node, name) for name in ("ukraine", "alice")}


def callers(node: Node, clock: Clock, known: Mapping[str, str]) -> Mapping[str, Caller]:
    """Those who come in by these tokens, and nobody."""
    client = TestClient(application(node, clock), raise_server_exceptions=False, follow_redirects=False)
    found = {name: Caller(client, {"Authorization": f"Bearer {secret}"}) for name, secret in known.items()}
    return {**found, "nobody": Caller(client, {})}


def own(node: Node, name: str) -> str:
    """A token of a person's own making, with all that the person may do."""
    scopes = frozenset(duty.value for duty in duties({ROLES[name]}) & SCOPES)
    new = NewToken(name=f"own {node.vault.randomness(3).hex()}", scopes=scopes)
    return create_token(node.store, new, Word(actor=name), vault=node.vault).secret


def partners(node: Node, name: str) -> str:
    """A token of a partner's account."""
    new = NewToken(name=f"of {node.vault.randomness(3).hex()}", scopes=frozenset({"submit", "release"}), account=name)
    return create_token(node.store, new, OFFICER, vault=node.vault).secret
