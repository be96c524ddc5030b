"""A partner's TAXII client, at an application by itself."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from starlette.testclient import TestClient

from comity.compose import Node, serving
from comity.service.accounts import NewAccount, add_account
from comity.service.tokens import NewToken, create_token
from comity.web import app as apps
from comity.web.guard import guarded
from tests.nodes import ME, Clock

MEDIA: Final = "application/taxii+json;version=2.1"
COLLECTIONS: Final = "/taxii2/comity/collections/"
ALL: Final = f"{COLLECTIONS}all/"


@dataclass(slots=True)
class Side:
    """A node, and the reader's client of it."""

    node: Node
    http: TestClient
    headers: dict[str, str]

    def ask(self, method: str, path: str, content: bytes | None = None) -> tuple[object, ...]:
        """A whole answer, but for the date."""
        said = self.http.request(method, path, headers=self.headers, content=content)
        headers = sorted((name, value) for name, value in said.headers.multi_items() if name != "date")
        return said.status_code, headers, said.content


@contextmanager
def client(node: Node, clock: Clock, recipient: str) -> Iterator[Side]:
    """A client that comes as this recipient, to an open node."""
    name = recipient.lower().replace("/", "-")
    add_account(node.store, NewAccount(name=name, recipient=recipient), ME, vault=node.vault)
    new = NewToken(name="taxii", scopes=frozenset({"release", "submit"}), account=name)
    secret = create_token(node.store, new, ME, vault=node.vault).secret
    basic = b64encode(f"{name}:{secret}".encode()).decode()
    headers = {"Accept": MEDIA, "Authorization": f"Basic {basic}", "Content-Type": MEDIA}
    served = serving(node, clock)
    with TestClient(guarded(apps.build(served), served), raise_server_exceptions=False) as http:
        yield Side(node, http, headers)
