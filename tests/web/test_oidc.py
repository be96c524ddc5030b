"""To come in by a provider's word: the honest way, and every attack on it that the standard warns of."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from comity.core.errors import NotAuthenticated
from comity.core.instant import Instant
from comity.service.providers import Provider
from comity.web.oidc import Client, Logins
from tests.nodes import START, Lots
from tests.refusing import refused
from tests.web.provider import CLIENT, SECRET, Book, browse, running

BACK = "http://127.0.0.1:1/back"
SECOND = 1_000_000


@pytest.fixture(scope="module")
def key() -> Key:
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@pytest.fixture
def book(key: Key) -> Iterator[Book]:
    """An honest provider."""
    with running(Book(now=START, key=key)) as book:
        yield book


@pytest.fixture
def logins() -> Logins:
    return Logins(Lots())


def client(book: Book, secret: str | None = SECRET) -> Client:
    return Client(provider=Provider(name="it", issuer=book.issuer, client_id=CLIENT), redirect=BACK, secret=secret)


def come_in(book: Book, logins: Logins, now: Instant = START) -> tuple[str, str]:
    return logins.finish(browse(logins.begin(client(book), START)), now)


def kept_out(book: Book, logins: Logins, now: Instant = START) -> str:
    with refused(NotAuthenticated) as problem:
        come_in(book, logins, now)
    return str(problem.value)


def b64(document: object) -> str:
    return urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def nonce_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["nonce"][0]


def test_the_provider_says_who_it_is(book: Book, logins: Logins) -> None:
    assert come_in(book, logins) == (book.issuer, "4711")
    book.subject = "another"
    assert come_in(book, logins) == (book.issuer, "another")


def test_a_client_without_a_secret_has_its_verifier(book: Book, logins: Logins) -> None:
    book.public = True
    answer = browse(logins.begin(client(book, secret=None), START))
    assert logins.finish(answer, START) == (book.issuer, "4711")


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("PS256", RSAKey.generate_key(2048, {"kid": "two"})),
        ("ES256", ECKey.generate_key("P-256", {"kid": "two"})),
        ("Ed25519", OKPKey.generate_key("Ed25519", {"kid": "two"})),
    ],
)
def test_the_usual_algorithms_are_taken(book: Book, logins: Logins, algorithm: str, key: Key) -> None:
    book.key = key
    book.claims = {"at_hash": None}
    address = logins.begin(client(book), START)
    book.token = book.signed(nonce_of(address), {"alg": algorithm, "kid": "two"})
    assert logins.finish(browse(address), START) == (book.issuer, "4711")


def test_each_login_has_lots_of_its_own_and_shows_no_verifier(book: Book, logins: Logins) -> None:
    first, second = (parse_qs(urlsplit(logins.begin(client(book), START)).query) for _ in range(2))
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))
    assert "code_verifier" not in first
    assert SECRET not in repr(client(book))
    assert first["state"][0] not in repr(list(logins._pending.values()))


def test_a_state_that_was_not_drawn_here_is_nobody_s(book: Book, logins: Logins) -> None:
    answer = browse(logins.begin(client(book), START))
    for state in ("", "x", answer["state"][:-1]):
        with refused(NotAuthenticated, match="not begun here"):
            logins.finish({**answer, "state": state}, START)
    with refused(NotAuthenticated, match="not begun here"):
        Logins(Lots()).finish(answer, START)
    assert logins.finish(answer, START)


def test_an_answer_counts_once(book: Book, logins: Logins) -> None:
    answer = browse(logins.begin(client(book), START))
    logins.finish(answer, START)
    with refused(NotAuthenticated, match="is finished"):
        logins.finish(answer, START)


def test_a_code_of_another_login_is_not_taken(book: Book, logins: Logins) -> None:
    stolen = browse(logins.begin(client(book), START))["code"]
    mine = browse(logins.begin(client(book), START))
    with refused(NotAuthenticated, match="did not take its own code"):  # another verifier
        logins.finish({**mine, "code": stolen}, START)


def test_a_code_that_was_used_is_not_taken(book: Book, logins: Logins) -> None:
    first = browse(logins.begin(client(book), START))
    logins.finish(first, START)
    second = browse(logins.begin(client(book), START))
    with refused(NotAuthenticated, match="did not take its own code"):
        logins.finish({**second, "code": first["code"]}, START)


def test_a_login_that_took_too_long_is_over(book: Book, logins: Logins) -> None:
    assert "took too long" in kept_out(book, logins, Instant(START + 600 * SECOND))


def test_an_answer_of_another_issuer_is_none(book: Book, logins: Logins) -> None:
    book.answer = {"iss": "https://evil.example"}
    assert "another provider's" in kept_out(book, logins)
    book.answer = {"iss": None}
    assert "another provider's" in kept_out(book, logins)
    book.metadata = {"authorization_response_iss_parameter_supported": False}
    assert come_in(book, logins)


def test_two_providers_are_not_mixed_up(book: Book, logins: Logins, key: Key) -> None:
    with running(Book(now=START, key=key, subject="4711")) as evil:
        evil.metadata = {"authorization_endpoint": book.said()["authorization_endpoint"]}
        answer = browse(logins.begin(client(evil), START))  # our user believes to be at `evil`, and was at `book`
        with refused(NotAuthenticated, match="another provider's"):
            logins.finish(answer, START)
        assert answer["code"] in book.codes  # which `evil` has not seen


def test_a_refusal_is_one(book: Book, logins: Logins) -> None:
    book.answer = {"error": "access_denied", "error_description": "\x1b[31m<script>", "code": None}
    said = kept_out(book, logins)
    assert "did not let you in" in said
    assert "script" not in said


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another login"},
        {"nonce": None},
        {"nonce": ["x"]},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": []},
        {"aud": None},
        {"aud": [CLIENT, "another"]},  # and does not say for whom
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": START // SECOND - 61},
        {"exp": None},
        {"exp": "never"},
        {"exp": float("nan")},
        {"iat": START // SECOND + 61},
        {"iat": None},
        {"nbf": START // SECOND + 61},
        {"sub": ""},
        {"sub": None},
        {"sub": 4711},
        {"sub": True},
        {"sub": ["4711"]},
        {"sub": {"4711": 1}},
        {"at_hash": "another"},
    ],
)
def test_a_token_is_for_us_from_it_about_this_login_and_now(
    book: Book, logins: Logins, claims: dict[str, object]
) -> None:
    book.claims = claims
    assert "ID token is not what it must be" in kept_out(book, logins)


def test_several_audiences_are_well_if_it_is_for_us(book: Book, logins: Logins) -> None:
    book.claims = {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert come_in(book, logins)


def test_a_token_that_is_not_signed_is_none(book: Book, logins: Logins) -> None:
    address = logins.begin(client(book), START)
    claims = book.signed(nonce_of(address)).split(".")[1]
    for header in ({"alg": "none"}, {"alg": "None"}, {"alg": "NONE", "kid": "one"}, {}):
        book.token = f"{b64(header)}.{claims}."
        with refused(NotAuthenticated, match="ID token is not what it must be"):
            logins.finish(browse(address), START)
        address = logins.begin(client(book), START)
        claims = book.signed(nonce_of(address)).split(".")[1]


def test_a_public_key_is_no_shared_secret(book: Book, logins: Logins, key: Key) -> None:
    assert isinstance(key, RSAKey)
    for shape in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1):
        address = logins.begin(client(book), START)
        said = f"{b64({'alg': 'HS256', 'kid': 'one'})}.{book.signed(nonce_of(address)).split('.')[1]}"
        shared = key.public_key.public_bytes(Encoding.PEM, shape)
        mac = urlsafe_b64encode(hmac.digest(shared, said.encode(), "sha256")).decode().rstrip("=")
        book.token = f"{said}.{mac}"
        with refused(NotAuthenticated, match="ID token is not what it must be"):
            logins.finish(browse(address), START)


def test_a_shared_secret_among_its_keys_is_left_out(book: Book, logins: Logins) -> None:
    shared = OctKey.import_key("0123456789abcdef0123456789abcdef", {"kid": "shared"})
    book.more_keys = [dict(shared.as_dict(private=True))]
    address = logins.begin(client(book), START)
    book.token = book.signed(nonce_of(address), {"alg": "HS256", "kid": "shared"}, shared)
    with refused(NotAuthenticated, match="ID token is not what it must be"):
        logins.finish(browse(address), START)


def test_a_key_that_is_not_the_provider_s_signs_nothing(book: Book, logins: Logins) -> None:
    other = RSAKey.generate_key(2048, {"kid": "one"})
    address = logins.begin(client(book), START)
    for header in (
        {"alg": "RS256", "kid": "one"},
        {"alg": "RS256", "kid": "two"},
        {"alg": "RS256"},
        {"alg": "RS256", "kid": "one", "jwk": other.as_dict(private=False)},
        {"alg": "RS256", "kid": "one", "jku": f"{book.issuer}/others"},
    ):
        book.token = book.signed(nonce_of(address), header, other)
        with refused(NotAuthenticated, match="ID token is not what it must be"):
            logins.finish(browse(address), START)
        address = logins.begin(client(book), START)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", f"{b64({'alg': 'RS256'})}.e30.AAAA", "\x00" * 9])
def test_what_is_no_token_is_none(book: Book, logins: Logins, token: str) -> None:
    book.token = token or "."
    assert "ID token is not what it must be" in kept_out(book, logins)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "http://127.0.0.1.evil.example/keys"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": ["https://id.example"]},
    ],
)
def test_a_provider_that_is_another_or_can_be_listened_in_on_is_not_asked(
    book: Book, logins: Logins, metadata: dict[str, object]
) -> None:
    book.metadata = metadata
    with refused(NotAuthenticated):
        logins.begin(client(book), START)


@pytest.mark.parametrize(
    "keys", [[{}], [{"kty": "RSA"}], ["x"], [{"kty": "RSA", "n": "AQ", "e": "AQAB", "kid": "one"}]]
)
def test_keys_that_are_none_let_nobody_in(book: Book, logins: Logins, keys: list[dict[str, object]]) -> None:
    answer = browse(logins.begin(client(book), START))
    book.key, book.more_keys = OctKey.generate_key(256), keys
    with refused(NotAuthenticated):
        logins.finish(answer, START)


def test_no_answer_is_read_without_end(book: Book, logins: Logins) -> None:
    much = "x" * (2 << 20)
    address = logins.begin(client(book), START)
    book.token = much
    with refused(NotAuthenticated, match="did not take its own code .ValueError"):
        logins.finish(browse(address), START)
    address, book.token, book.more_keys = logins.begin(client(book), START), None, [{"kty": much}]
    with refused(NotAuthenticated, match="cannot be reached .ValueError"):
        logins.finish(browse(address), START)
    book.more_keys, book.metadata = [], {"more": much}
    with refused(NotAuthenticated, match="cannot be reached .ValueError"):
        logins.begin(client(book), START)
    book.metadata, book.packed = {}, True
    with refused(NotAuthenticated, match="cannot be reached .ValueError"):
        logins.begin(client(book), START)


def test_many_begin_and_finish_at_the_same_time(book: Book, logins: Logins) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: come_in(book, logins), range(24)))
    assert found == [(book.issuer, "4711")] * 24
    assert not logins._pending


def test_a_provider_that_is_not_there_is_said_so(logins: Logins) -> None:
    nobody = Client(provider=Provider(name="it", issuer="http://127.0.0.1:1", client_id=CLIENT), redirect=BACK)
    with refused(NotAuthenticated, match="cannot be reached"):
        logins.begin(nobody, START)
