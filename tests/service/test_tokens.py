"""Tokens let in whom they were made for, for as long as they may, and are kept so that nobody can use what is kept."""

import pickle
from collections.abc import Callable
from threading import Thread

import pytest
from sqlalchemy import select

from comity.compose import Node, open_node
from comity.core.errors import ComityError, Forbidden, MalformedInput, NotAuthenticated, UnknownName
from comity.core.role import Duty
from comity.service import tokens
from comity.service.accounts import NewAccount, add_account, disable, enable, reset, set_roles
from comity.service.authority import Principal
from comity.service.records import Word
from comity.service.tokens import CredentialCache, NewToken, authenticate, create_token, revoke_token
from comity.service.vault import Vault
from comity.store import schema
from tests.nodes import ME, Clock
from tests.refusing import refused
from tests.staff import ADMIN, OFFICER, ROLES, govern, through, token


@pytest.fixture
def staffed(node: Node) -> Node:
    """A governed node."""
    govern(node)
    return node


def who(node: Node, presented: str) -> Principal:
    with node.store.read() as reader:
        return authenticate(reader, presented, node.vault)


def test_a_token_says_who_comes_with_it(staffed: Node) -> None:
    issued = token(staffed, "release", "read")
    found = who(staffed, issued.secret)
    assert (found.account, found.through) == ("feed", issued.access.id)
    assert found.duties == {Duty.RELEASE, Duty.CONTENT}
    assert issued.secret.startswith(f"comity_{issued.access.id}_")
    assert len(issued.secret.split("_", 2)[2]) == 43


def test_every_wrong_token_gets_the_same_words(staffed: Node, clock: Clock) -> None:
    good, other, gone = (token(staffed, "release") for _ in range(3))
    revoke_token(staffed.store, gone.access.id, OFFICER)
    prefix, name, lot = good.secret.split("_", 2)
    wrong = [
        "", "_", "__", "comity", "comity__", f"comity_{name}", f"comity_{name}_", f"comity_{name}_{lot[:-1]}",
        f"comity_{name}_{lot}A", f"Comity_{name}_{lot}", f"comity_t-0000000000_{lot}", f"{good.secret}\n",
        f"comity_{name}_{other.secret.split('_', 2)[2]}", f"comity_{other.access.id}_{lot}", gone.secret,
        "comity_'; DROP TABLE token; --_x", "comity_\udcff_x", "x" * 100_000,
            "comity_\0_\0", f"comity_{name}_\ud800", good.access.digest.hex(),
    ]  # fmt: skip
    said = set()
    for presented in wrong:
        with refused(NotAuthenticated) as problem:
            who(staffed, presented)
        said.add(str(problem.value))
    clock.pass_by(91 * 24 * 3600)
    with refused(NotAuthenticated) as problem:
        who(staffed, good.secret)
    assert {str(problem.value)} == said
    assert prefix == "comity"


def test_what_is_kept_lets_nobody_in_and_no_secret_is_shown(staffed: Node) -> None:
    issued = token(staffed, "release")
    secret = issued.secret.split("_", 2)[2]
    for shown in (repr(issued), repr(staffed.vault), str(issued), repr(who(staffed, issued.secret))):
        assert secret not in shown
    cache = CredentialCache(staffed.vault)
    with staffed.store.read() as reader:
        cache.authenticate(reader, issued.secret)
        entries = [(key, principal) for key, (_, principal, _) in cache._kept.items()]
    assert secret.encode() not in pickle.dumps([(key, repr(principal)) for key, principal in entries])
    with staffed.store._database.reading() as connection:
        tables = schema.metadata.sorted_tables
        everything = "\n".join(str(row) for table in tables for row in connection.execute(select(table)))
    assert secret not in everything
    assert secret.encode() not in b"".join(each.read_bytes() for each in staffed.directory.rglob("*") if each.is_file())
    assert str(issued.access.digest) in everything


def test_another_node_s_key_makes_another_digest(staffed: Node) -> None:
    issued = token(staffed, "release")
    other = Vault(secret=bytes(32), randomness=staffed.vault.randomness)
    with staffed.store.read() as reader, refused(NotAuthenticated):
        authenticate(reader, issued.secret, other)


@pytest.mark.parametrize(
    ("account", "scopes", "maker"),
    [
        ("olga", {"accounts"}, "olga"),  # not hers
        ("feed", {"read"}, "admin"),  # an administrator sees no content, by no token either
        ("ukraine", {"release"}, "admin"),
        ("ukraine", {"read"}, "olga"),  # a partner's account has no eyes
        ("olga", {"release"}, "oscar"),  # in another person's name
        ("ann", {"read"}, "admin"),
        ("feed", {"submit"}, "ann"),  # a program's, by one who looks after none
        ("feed", {"release"}, "audrey"),
        ("nobody", {"release"}, "olga"),
    ],
)
def test_nobody_gives_what_they_do_not_have(staffed: Node, account: str, scopes: set[str], maker: str) -> None:
    new = NewToken(name="x", scopes=frozenset(scopes), account=account)
    with refused(Forbidden, match="is not yours to"):
        create_token(staffed.store, new, Word(actor=maker), vault=staffed.vault)


def test_a_token_gives_no_more_than_its_maker_may_still_do(staffed: Node) -> None:
    feeds, partner = token(staffed, "policy", "submit"), token(staffed, "release", "submit", account="ukraine")
    assert who(staffed, feeds.secret).duties == {Duty.POLICY, Duty.SUBMIT}
    set_roles(staffed.store, "olga", frozenset({ROLES["ann"]}), ADMIN)
    assert who(staffed, feeds.secret).duties == who(staffed, partner.secret).duties == {Duty.SUBMIT}
    left = disable(staffed.store, "olga", ADMIN)
    assert {each.id for each in left} == {feeds.access.id, partner.access.id}
    assert who(staffed, feeds.secret).duties == who(staffed, partner.secret).duties == frozenset()
    with refused(Forbidden), staffed.store.write("import", through(feeds), policy=True):
        pass
    enable(staffed.store, "olga", ADMIN)
    set_roles(staffed.store, "olga", frozenset({ROLES["olga"]}), ADMIN)
    assert who(staffed, feeds.secret).duties == {Duty.POLICY, Duty.SUBMIT}
    revoke_token(staffed.store, feeds.access.id, ADMIN)
    token(staffed, "read", account="olga")
    assert [each.id for each in disable(staffed.store, "olga", ADMIN)] == [partner.access.id]


def test_the_token_of_a_maker_who_is_nobody_gives_nothing_once_the_node_is_governed(node: Node) -> None:
    add_account(node.store, NewAccount(name="misp", service=True), ME, vault=node.vault)
    issued = token(node, "read", account="misp", word=ME)
    assert who(node, issued.secret).duties == {Duty.CONTENT}
    govern(node)
    assert who(node, issued.secret).duties == frozenset()


def test_a_token_makes_no_token(staffed: Node) -> None:
    new = NewToken(name="x", scopes=frozenset({"release"}), account="feed")
    with refused(ComityError):
        create_token(staffed.store, new, through(token(staffed, "release", account="olga")), vault=staffed.vault)


@pytest.mark.parametrize(
    "new",
    [
        NewToken(name="x", scopes=frozenset()),
        NewToken(name="x", scopes=frozenset({"own"})),
        NewToken(name="x", scopes=frozenset({"enter"})),
        NewToken(name="x", scopes=frozenset({"everything"})),
        NewToken(name=" ", scopes=frozenset({"read"})),
        NewToken(name="x", scopes=frozenset({"read"}), days=0),
        NewToken(name="x", scopes=frozenset({"read"}), days=367),
    ],
)
def test_a_token_has_a_name_scopes_and_an_end(staffed: Node, new: NewToken) -> None:
    with refused(MalformedInput):
        create_token(staffed.store, new, OFFICER, vault=staffed.vault)


def test_a_name_is_free_again_once_its_token_has_ended(staffed: Node) -> None:
    new = NewToken(name="feed", scopes=frozenset({"read"}))
    first = create_token(staffed.store, new, OFFICER, vault=staffed.vault)
    with refused(Forbidden, match="has a token `feed` already"):
        create_token(staffed.store, new, OFFICER, vault=staffed.vault)
    revoke_token(staffed.store, first.access.id, OFFICER)
    create_token(staffed.store, new, OFFICER, vault=staffed.vault)


def test_only_those_who_may_revoke_a_token(staffed: Node) -> None:
    mine, feeds = token(staffed, "read", account="olga"), token(staffed, "read")
    for issued, word in ((mine, Word(actor="oscar")), (mine, Word(actor="ann")), (feeds, Word(actor="ann"))):
        with refused(UnknownName):
            revoke_token(staffed.store, issued.access.id, word)
    with refused(UnknownName):
        revoke_token(staffed.store, "t-0000000000", OFFICER)
    revoke_token(staffed.store, mine.access.id, ADMIN)
    revoke_token(staffed.store, feeds.access.id, Word(actor="oscar"))
    with refused(Forbidden, match="has ended already"):
        revoke_token(staffed.store, mine.access.id, OFFICER)


def test_what_was_revoked_does_not_come_back_with_its_account(staffed: Node) -> None:
    issued = token(staffed, "read")
    disable(staffed.store, "feed", ADMIN)
    enable(staffed.store, "feed", ADMIN)
    with refused(NotAuthenticated):
        who(staffed, issued.secret)


def test_what_takes_from_an_account_raises_the_epoch(staffed: Node) -> None:
    mine = token(staffed, "read", account="olga")

    def epoch() -> int:
        with staffed.store.read() as reader:
            return reader.epoch()

    acts: list[Callable[[], object]] = [
        lambda: revoke_token(staffed.store, mine.access.id, OFFICER),
        lambda: set_roles(staffed.store, "olga", frozenset({ROLES["ann"]}), ADMIN),
        lambda: reset(staffed.store, "olga", ADMIN, vault=staffed.vault),
        lambda: disable(staffed.store, "olga", ADMIN),
        lambda: enable(staffed.store, "olga", ADMIN),
    ]
    for act in acts:
        before = epoch()
        act()
        assert epoch() == before + 1


def test_the_cache_says_what_the_record_says_whoever_changed_it(staffed: Node, clock: Clock) -> None:
    cache = CredentialCache(staffed.vault)
    issued, lasting = token(staffed, "release"), token(staffed, "release")

    def lets_in(secret: str) -> bool:
        with staffed.store.read() as reader:
            try:
                cached: Principal | None = cache.authenticate(reader, secret)
            except NotAuthenticated:
                cached = None
            try:
                assert cached == authenticate(reader, secret, staffed.vault)
            except NotAuthenticated:
                assert cached is None
        return cached is not None

    assert lets_in(issued.secret)
    assert lets_in(issued.secret)
    with open_node(staffed.directory, clock) as another:
        revoke_token(another.store, issued.access.id, OFFICER)
    assert not lets_in(issued.secret)
    assert lets_in(lasting.secret)
    clock.pass_by(91 * 24 * 3600)
    assert not lets_in(lasting.secret)


def test_the_cache_is_bounded_and_serves_many_threads(staffed: Node) -> None:
    cache, secrets = CredentialCache(staffed.vault, size=3), [token(staffed, "release").secret for _ in range(6)]
    found: list[str] = []

    def ask() -> None:
        for _ in range(5):
            for secret in secrets:
                with staffed.store.read() as reader:
                    found.append(cache.authenticate(reader, secret).account)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["feed"] * 120
    assert len(cache) == 3


def test_a_hit_asks_the_record_for_nothing_but_the_epoch(staffed: Node) -> None:
    cache, secret = CredentialCache(staffed.vault), token(staffed, "release").secret
    with staffed.store.read() as reader:
        first = cache.authenticate(reader, secret)
        assert cache.authenticate(reader, secret) is first
    assert tokens.digest(staffed.vault, secret) in cache._kept


def test_who_came_in_just_now_is_remembered_for_a_moment(staffed: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    issued, cache = token(staffed, "release"), CredentialCache(staffed.vault)
    moment = 100.0
    monkeypatch.setattr(tokens, "monotonic", lambda: moment)
    assert cache.lately(issued.secret) is None
    with staffed.store.read() as reader:
        found = cache.authenticate(reader, issued.secret)
    moment += tokens.LATELY / 2
    assert cache.lately(issued.secret) == found
    assert cache.lately(issued.secret[:-1] + "?") is None
    moment += tokens.LATELY / 2
    assert cache.lately(issued.secret) is None
