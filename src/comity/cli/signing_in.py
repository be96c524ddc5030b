"""To come in by a provider, from a terminal: a listener on this machine takes the way back (RFC 8252 §7.3)."""

import hmac
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from comity.cli.options import clock
from comity.compose import Node
from comity.core.errors import NotAuthenticated
from comity.service import sessions
from comity.service.providers import identity_of, provider
from comity.service.tokens import Issued

_WAY_BACK: Final = "/back"
_STEP: Final = 5.0
"""Seconds after which whoever has connected and says nothing is left."""


def by_provider(node: Node, name: str) -> Issued:
    """Print the provider's address, wait for the browser to come back, and come in."""
    from comity.web import oidc  # noqa: PLC0415 - Authlib is loaded by those who come in with it

    with node.store.read() as reader:
        found = provider(reader, name)
    with _Listener(("127.0.0.1", 0), _Way) as listener:
        listener.timeout = _STEP
        redirect = f"http://127.0.0.1:{listener.server_port}{_WAY_BACK}"
        client = oidc.Client(provider=found, redirect=redirect, secret=node.provider_secret(name))
        logins, begun = oidc.Logins(node.vault.randomness), clock()
        address = logins.begin(client, begun)
        listener.state = dict(parse_qsl(urlsplit(address).query))["state"]
        sys.stderr.write(f"open this address in a browser on this machine:\n{address}\n")
        sys.stderr.flush()
        while listener.answer is None:
            if clock() >= begun + oidc.LASTS * 1_000_000:
                raise NotAuthenticated("nobody came back from the provider in time: begin again")
            listener.handle_request()
        issuer, subject = logins.finish(listener.answer, clock())
    return sessions.enter(node.store, identity_of(issuer, subject), vault=node.vault)


class _Listener(HTTPServer):
    """Listens on this machine only, until one answer with the state that was drawn has come."""

    state = ""
    answer: dict[str, str] | None = None


class _Way(BaseHTTPRequestHandler):
    """Takes the parameters of the redirection, and says that the window may be closed."""

    server: _Listener
    timeout = _STEP

    def do_GET(self) -> None:
        """Take the answer, unless this is something else that a browser asks for, or that another has made up."""
        asked = urlsplit(self.path)
        answer = dict(parse_qsl(asked.query, keep_blank_values=True))
        ours = hmac.compare_digest(answer.get("state", "").encode(), self.server.state.encode())
        taken = asked.path == _WAY_BACK and bool(self.server.state) and ours
        if taken:
            self.server.answer = answer
        self.send_response(200 if taken else 404)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.send_header("cache-control", "no-store")
        self.send_header("referrer-policy", "no-referrer")
        self.end_headers()
        self.wfile.write(b"Go back to the terminal; this window may be closed.\n" if taken else b"")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address has the code in it."""
