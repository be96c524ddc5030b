"""To come in by the word of an OpenID provider: OpenID Connect Core 1.0, authorization code flow, with PKCE (RFC 7636).

Authlib speaks OAuth, joserfc checks signatures. Rules kept here, each with its test:
1. https only, or this machine; the discovery document is that of the issuer asked (Discovery §4.3);
2. state, nonce and code verifier are drawn by lot for each login, used once, and forgotten after ten minutes;
3. an answer that names another issuer is none (RFC 9207), and so is one that names none where the provider always does;
4. the ID token is signed with a public key of the provider, by an algorithm that we name: never `none`, never a shared
   secret; issuer, audience, authorised party, times, nonce and, where stated, `at_hash` are what they must be;
5. of all that it says, issuer and subject are taken, and nothing else; of an answer no more than a mebibyte is read.

Every failure is a NotAuthenticated that says what was wrong with the exchange, and nothing of accounts.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256, sha384, sha512
from threading import Lock
from typing import Any, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from comity.core.errors import NotAuthenticated
from comity.core.instant import Instant
from comity.service.providers import Provider, is_safe
from comity.service.vault import Randomness

ALGORITHMS: Final = (
    "RS256",
    "PS256",
    "ES256",
    "RS384",
    "PS384",
    "ES384",
    "RS512",
    "PS512",
    "ES512",
    "Ed25519",
    "EdDSA",
)
LASTS: Final = 600
"""Seconds within which a login must be finished."""
LEEWAY: Final = 60
"""Seconds by which the provider's clock may differ."""
_PATIENCE: Final = 10.0
_LOT: Final = 32
_SECOND: Final = 1_000_000
_MOST_PENDING: Final = 10_000
_MOST: Final = 1 << 20
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """This node, as the provider knows it; without a secret it is a public client."""

    provider: Provider
    redirect: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A login that was begun; it leaves this process only sealed."""

    client: Client = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    until: Instant


class Logins:
    """The logins that were begun and are not finished; each can be finished once. For many threads."""

    def __init__(self, randomness: Randomness) -> None:
        """None was begun."""
        self._randomness = randomness
        self._pending: dict[str, Pending] = {}
        self._lock = Lock()

    def begin(self, client: Client, now: Instant) -> str:
        """The address at which the provider asks who somebody is."""
        pending = drawn(client, self._randomness, now)
        self._keep(pending, now)
        return address(pending)

    def finish(self, answer: Mapping[str, str], now: Instant) -> tuple[str, str]:
        """The issuer and the subject of whoever comes back with this answer: the parameters of the redirection.

        Whatever comes of it, the login is over.
        """
        with self._lock:
            pending = self._pending.pop(answer.get("state", ""), None)
        if pending is None:
            raise _over()
        return finish(pending, answer, now)

    def _keep(self, pending: Pending, now: Instant) -> None:
        """Keep one more, and forget those that took too long. One that cannot be asked about is forgotten so too."""
        with self._lock:
            self._pending = {state: each for state, each in self._pending.items() if now < each.until}
            if len(self._pending) >= _MOST_PENDING:
                raise NotAuthenticated("too many logins are under way: try again in a while")
            self._pending[pending.state] = pending


def drawn(client: Client, randomness: Randomness, now: Instant) -> Pending:
    """A login that begins now, with lots of its own. Whoever keeps it elsewhere than in this process seals it."""

    def lot() -> str:
        return urlsafe_b64encode(randomness(_LOT)).decode().rstrip("=")

    return Pending(client=client, state=lot(), nonce=lot(), verifier=lot(), until=Instant(now + LASTS * _SECOND))


def address(pending: Pending) -> str:
    """Where the provider asks who somebody is."""
    client = pending.client
    with _said("the provider could not be asked"), _session(client) as session:
        metadata = discover(client.provider)
        found, _ = session.create_authorization_url(
            metadata["authorization_endpoint"],
            state=pending.state,
            nonce=pending.nonce,
            code_verifier=pending.verifier,
        )
    return str(found)


def finish(pending: Pending, answer: Mapping[str, str], now: Instant) -> tuple[str, str]:
    """As `Logins.finish`, of a login that is known. The provider takes its code once."""
    ours = hmac.compare_digest(answer.get("state", "").encode(), pending.state.encode())
    if not ours or now >= pending.until:
        raise _over()
    return _finish(pending, answer, now)


def _over() -> NotAuthenticated:
    return NotAuthenticated("this login was not begun here, is finished, or took too long: begin again")


def discover(provider: Provider) -> dict[str, Any]:
    """What the provider says of itself; NotAuthenticated where it is another, or can be listened in on."""
    found = _fetched(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise NotAuthenticated("the provider calls itself by another name than the one registered: check --issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(found.get(name), str) or not is_safe(found[name]):
            raise NotAuthenticated(f"the provider's `{name}` is no safe address: ask whoever runs it")
    return found


def _finish(pending: Pending, answer: Mapping[str, str], now: Instant) -> tuple[str, str]:
    client = pending.client
    metadata = discover(client.provider)
    always = metadata.get("authorization_response_iss_parameter_supported") is True
    if answer.get("iss", None if always else client.provider.issuer) != client.provider.issuer:
        raise NotAuthenticated("the answer is another provider's: begin again")
    if "error" in answer or not answer.get("code"):
        raise NotAuthenticated("the provider did not let you in: begin again, or ask whoever runs it")
    with _said("the provider did not take its own code"), _session(client) as session:
        tokens = session.fetch_token(
            metadata["token_endpoint"],
            grant_type="authorization_code",
            code=answer["code"],
            code_verifier=pending.verifier,
        )
    return client.provider.issuer, _subject(pending, dict(tokens), _keys(metadata["jwks_uri"]), now)


def _subject(pending: Pending, tokens: Mapping[str, Any], keys: KeySet, now: Instant) -> str:
    """Rule 4."""
    with _said("the provider's ID token is not what it must be"):
        token = jwt.decode(str(tokens.get("id_token", "")), keys, algorithms=list(ALGORITHMS))
        registry = jwt.JWTClaimsRegistry(
            now=now // _SECOND,
            leeway=LEEWAY,
            iss={"essential": True, "value": pending.client.provider.issuer},
            aud={"essential": True, "value": pending.client.provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True},
        )
        registry.validate(token.claims)
        _check_rest(pending, tokens, token)
    return str(token.claims["sub"])


def _check_rest(pending: Pending, tokens: Mapping[str, Any], token: jwt.Token) -> None:
    """What the registry of claims does not know: ValueError where it is wrong."""
    claims, ours = token.claims, pending.client.provider.client_id
    if not hmac.compare_digest(str(claims["nonce"]).encode(), pending.nonce.encode()):
        raise ValueError("another nonce")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else ours) != ours:
        raise ValueError("another party")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise ValueError("no subject")
    if "at_hash" in claims and claims["at_hash"] != _half(
        str(token.header["alg"]), str(tokens.get("access_token", ""))
    ):
        raise ValueError("another access token")


def _half(algorithm: str, text: str) -> str:
    """The left half of the digest that goes with an algorithm (Core §3.1.3.6)."""
    made = {"256": sha256, "384": sha384}.get(algorithm[-3:], sha512)(text.encode()).digest()
    return urlsafe_b64encode(made[: len(made) // 2]).decode().rstrip("=")


def _keys(address: str) -> KeySet:
    """The provider's public keys. Shared secrets among them are left out."""
    with _said("the provider's keys cannot be read"):
        listed = [key for key in _fetched(address)["keys"] if key.get("kty") != "oct" and key.get("use") != "enc"]
        return KeySet.import_key_set({"keys": listed})


def _fetched(address: str) -> dict[str, Any]:
    with _said("the provider cannot be reached"), httpx2.Client(timeout=_PATIENCE, event_hooks=_HOOKS) as client:
        said = client.get(address, headers={"accept": "application/json", "accept-encoding": "identity"})
        said.raise_for_status()
        found = json.loads(said.content)
    if not isinstance(found, dict):
        raise NotAuthenticated("the provider cannot be reached: it answers something else")
    return found


def _session(client: Client) -> OAuth2Client:
    return OAuth2Client(
        client_id=client.provider.client_id,
        client_secret=client.secret,
        scope="openid",
        redirect_uri=client.redirect,
        code_challenge_method="S256",
        timeout=_PATIENCE,
        headers={"accept-encoding": "identity"},
        event_hooks=_HOOKS,
    )


class _Bounded(httpx2.SyncByteStream):
    """What a provider sends, as far as it is read."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        left = _MOST
        for part in self._stream:
            left -= len(part)
            if left < 0:
                raise ValueError("too much")
            yield part

    def close(self) -> None:
        self._stream.close()


def _bound(said: httpx2.Response) -> None:
    """Read no more than `_MOST` of it. What is packed is not unpacked: a little can be much."""
    if said.headers.get("content-encoding", "identity") != "identity" or not isinstance(
        said.stream, httpx2.SyncByteStream
    ):
        raise ValueError("packed")
    said.stream = _Bounded(said.stream)


_HOOKS: Final = {"response": [_bound]}


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Whatever goes wrong with a provider, in our words: what it sends is not trusted to be shown, or to be JSON."""
    try:
        yield
    except (
        AuthlibBaseError,
        JoseError,
        httpx2.HTTPError,
        httpx2.InvalidURL,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as problem:
        raise NotAuthenticated(f"{what} ({type(problem).__name__}): begin again, or ask whoever runs it") from problem
