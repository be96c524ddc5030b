"""A small OpenID provider on this machine: an honest one, unless it is told to lie."""

import gzip
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import Key, RSAKey

from comity.core.instant import Instant

SECRET = "of the client"  # noqa: S105 - of a client that is made up
CLIENT = "comity"


def _b64(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


@dataclass
class Book:
    """What the provider knows, and which lies it tells."""

    now: Instant
    subject: str = "4711"
    key: Key = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    more_keys: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    """Put over what it says of itself."""
    claims: dict[str, Any] = field(default_factory=dict)
    """Put over the claims of ID tokens; None leaves one out."""
    answer: dict[str, str | None] = field(default_factory=dict)
    """Put over the parameters of the redirection."""
    token: str | None = None
    """In place of the ID token."""
    packed: bool = False
    """What it says is packed, whatever was asked for."""
    public: bool = False
    """Clients have no secret."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    given: int = 0
    issuer: str = ""

    def said(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "authorization_response_iss_parameter_supported": True,
        } | self.metadata

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False), *self.more_keys]}

    def authorized(self, asked: Mapping[str, str]) -> str:
        """Where the browser goes, once somebody has come in here."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["scope"] == "openid"
        assert asked["code_challenge_method"] == "S256"
        self.given += 1
        code = f"code-{self.given}"
        self.codes[code] = dict(asked)
        answer = {"code": code, "state": asked["state"], "iss": self.issuer} | self.answer
        stated = {key: value for key, value in answer.items() if value is not None}
        return f"{asked['redirect_uri']}?{urlencode(stated)}"

    def exchanged(self, asked: Mapping[str, str], credentials: str) -> dict[str, Any] | None:
        """The tokens for a code: once, for the client that it was given to, with its verifier."""
        known = self.codes.pop(asked.get("code", ""), None)
        if known is None or asked["redirect_uri"] != known["redirect_uri"]:
            return None
        if _b64(sha256(asked.get("code_verifier", "").encode()).digest()) != known["code_challenge"]:
            return None
        wanted = "" if self.public else f"{CLIENT}:{SECRET}"
        if unquote(credentials) != wanted or (self.public and asked.get("client_id") != CLIENT):
            return None
        return {"access_token": "access", "token_type": "Bearer", "id_token": self.token or self.signed(known["nonce"])}

    def signed(self, nonce: str, header: Mapping[str, Any] | None = None, key: Key | None = None) -> str:
        """An ID token."""
        now = self.now // 1_000_000
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": _b64(sha256(b"access").digest()[:16]),
        } | self.claims
        stated = {name: value for name, value in claims.items() if value is not None}
        using = dict(header or {"alg": "RS256", "kid": "one"})
        return jwt.encode(using, stated, key or self.key, algorithms=[using["alg"]])


class _Site(BaseHTTPRequestHandler):
    book: Book

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        match asked.path:
            case "/.well-known/openid-configuration":
                self._say(self.book.said())
            case "/keys":
                self._say(self.book.keys())
            case "/authorize":
                self.send_response(302)
                self.send_header("location", self.book.authorized(dict(parse_qsl(asked.query))))
                self.end_headers()
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        basic = self.headers.get("authorization", "").removeprefix("Basic ")
        found = self.book.exchanged({key: values[0] for key, values in body.items()}, b64decode(basic).decode())
        self._say(found or {"error": "invalid_grant"}, 200 if found else 400)

    def _say(self, document: Mapping[str, Any], code: int = 200) -> None:
        self.send_response(code)
        self.send_header("content-type", "application/json")
        said = json.dumps(document).encode()
        if self.book.packed:
            self.send_header("content-encoding", "gzip")
            said = gzip.compress(said)
        self.end_headers()
        with suppress(ConnectionError):  # nobody reads on
            self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        pass


@contextmanager
def running(book: Book) -> Iterator[Book]:
    """The provider, on a port of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), type("_Its", (_Site,), {"book": book})) as server:
        book.issuer = book.issuer or f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield book
        finally:
            server.shutdown()
            thread.join()


def browse(address: str) -> dict[str, str]:
    """What a browser comes back with."""
    return dict(parse_qsl(urlsplit(way_back(address)).query))


def way_back(address: str) -> str:
    """Where the provider sends a browser."""
    with httpx2.Client() as client:
        return str(client.get(address).headers["location"])
