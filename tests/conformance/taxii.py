"""A node that is served, and a partner's client of it: for the checks of TAXII, and for stock clients."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx2

from comity.compose import Node, open_node, serving
from comity.core.instant import Instant
from comity.service.accounts import NewAccount, add_account
from comity.web.serving import Bounds
from tests.nodes import Clock
from tests.sending import found
from tests.server.running import running
from tests.staff import ADMIN, govern, token

__all__ = ["MEDIA", "ROOT", "Api", "client", "clock", "served"]

MEDIA: Final = "application/taxii+json;version=2.1"
ROOT: Final = "/taxii2/comity/"
BODY: Final = 200_000
WORLD: Final = """
holder: GBR
partners: {GBR: {name: UK}, USA: {name: US}, FRA: {name: France}, DEU: {name: Germany}, UKR: {name: Ukraine}}
domains: [maritime, cyber]
communities: {E2: [GBR, UKR]}
agreements:
  - {id: usa-gbr, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free, derivation: own-analysis}
  - {id: fra-gbr, from: FRA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: gbr-ukr, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
  - {id: gbr-usa, from: GBR, to: USA, ceiling: SECRET, domains: [general, maritime]}
"""


def clock() -> Instant:
    """The time, as it is."""
    return Instant(time.time_ns() // 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A client of the API root, as one account, and what it has as credentials."""

    http: httpx2.Client
    account: str = ""
    secret: str = ""

    @property
    def auth(self) -> tuple[str, str] | None:
        return (self.account, self.secret) if self.account else None

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:  # noqa: ANN401 - as httpx2 has it
        """Any request; `path` is below the API root unless it begins with `/`."""
        headers = {"Accept": MEDIA} | more.pop("headers", {})
        where = path if path.startswith("/") else f"{ROOT}{path}"
        return self.http.request(method, where, headers=headers, auth=self.auth, **more)

    def get(self, path: str, params: Any = None, **headers: str) -> httpx2.Response:  # noqa: ANN401 - as above
        return self.ask("GET", path, params=params, headers=headers)

    def add(self, *objects: dict[str, Any], to: str = "all") -> dict[str, Any]:
        """Send objects, one envelope; its status."""
        said = self.post({"objects": list(objects)}, to=to)
        assert said.status_code == 202, said.text
        status: dict[str, Any] = said.json()
        return status

    def post(self, envelope: object, to: str = "all", **headers: str) -> httpx2.Response:
        headers = {"Content-Type": MEDIA} | headers
        content = {"content": envelope} if isinstance(envelope, bytes) else {"json": envelope}
        return self.ask("POST", f"collections/{to}/objects/", headers=headers, **content)

    def objects(self, params: Any = None, of: str = "all", kind: str = "objects") -> dict[str, Any]:  # noqa: ANN401
        said = self.get(f"collections/{of}/{kind}/", params)
        assert said.status_code == 200, said.text
        document: dict[str, Any] = said.json()
        return document

    def ids(self, params: Any = None, of: str = "all", kind: str = "objects") -> list[str]:  # noqa: ANN401 - as above
        return [each["id"] for each in self.objects(params, of, kind).get("objects", [])]

    def collection(self, alias: str) -> dict[str, Any]:
        """The collection with this alias or title."""
        (one,) = [
            each
            for each in self.get("collections/").json()["collections"]
            if alias in (each.get("alias"), each["title"])
        ]
        collection: dict[str, Any] = one
        return collection


@contextmanager
def served(folder: Path, database: str | None = None, bounds: Bounds | None = None) -> Iterator[tuple[Node, str]]:
    """A governed node of WORLD that is served, and where; everyone has default terms."""
    found(folder, Clock(), WORLD, "RESTRICTED", database).close()
    with open_node(folder, clock) as node:
        govern(node)
        for name, recipient in (("usa", "USA"), ("france", "FRA")):
            add_account(node.store, NewAccount(name=name, recipient=recipient), ADMIN, vault=node.vault)
        limits = bounds or replace(Bounds(), body=BODY)
        with running(serving(node, clock, limits)) as server:
            host, port = server.place
            yield node, f"http://{host}:{port}"


@contextmanager
def client(node: Node, where: str, account: str = "usa", *scopes: str) -> Iterator[Api]:
    """A client that comes as this account, with a token for all that it may do, or for these scopes."""
    with httpx2.Client(base_url=where, timeout=60) as http:
        issued = token(node, *(scopes or ("release", "submit")), account=account)
        yield Api(http=http, account=account, secret=issued.secret)
