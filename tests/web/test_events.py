"""Streams of events from real servers to real clients, on both stores."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from comity.compose import Node, open_node
from comity.core.instant import Instant
from comity.core.role import Role
from comity.service.accounts import NewAccount, add_account, disable
from comity.service.gone import tell_withdrawals
from comity.service.sessions import end_session, enrol
from comity.service.suspending import NewSuspension, lift, suspend
from comity.service.tokens import Issued, revoke_token
from comity.web.serving import Bounds
from tests.following import PATH, Follower, bearer, following
from tests.nodes import ME, Clock, word_of
from tests.sending import found, ident, send, thing
from tests.serving import Served, served, until
from tests.staff import ADMIN, OFFICER, PASSWORD, govern, token

SOON = 5.0
"""Seconds in which what ends must have ended, on a machine that has other things to do."""


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("database") if request.param == "postgresql" else None


@pytest.fixture
def folder(tmp_path: Path, kept: str | None) -> Path:
    place = tmp_path / "node"
    with found(place, Clock(now()), database=kept) as node:
        govern(node)
        add_account(
            node.store,
            NewAccount(name=ME.actor, roles=frozenset({Role.RELEASE_OFFICER})),
            ADMIN,
            vault=node.vault,
        )
    return place


@pytest.fixture
def node(folder: Path) -> Iterator[Node]:
    with open_node(folder, now) as node:
        yield node


@pytest.fixture
def site(node: Node) -> Iterator[Served]:
    with served(node.directory, "--workers", "2") as site:
        yield site


def now() -> Instant:
    return Instant(time.time_ns() // 1000)


def partner(node: Node, account: str = "ukraine") -> Issued:
    return token(node, "release", "submit", account=account)


def asked(site: Served, path: str, authorization: str | None, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    line = HTTPConnection(*site.place, timeout=60)
    said = {"Authorization": authorization} if authorization else {}
    line.request(method, path, headers=said | headers)
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, body


def ended_soon(follower: Follower) -> float:
    began = time.monotonic()
    follower.until(lambda: follower.ended is not None)
    return time.monotonic() - began


def test_what_a_caller_may_have_is_told_as_it_comes(node: Node, site: Served) -> None:
    send(node, "USA", thing("old"))
    with following(site.place, bearer(partner(node).secret)) as follower:
        assert (follower.status, follower.headers["content-type"]) == (200, "text/event-stream")
        assert follower.headers["cache-control"] == "no-store"
        assert "content-encoding" not in follower.headers
        for name in "abc":
            send(node, "USA", thing(name))
            follower.until(lambda name=name: ident(name) in follower.ids())  # type: ignore[misc]
        assert follower.ids() == [ident(name) for name in "abc"]
        assert follower.kinds() == ["item"] * 3


def test_it_goes_on_in_any_process_where_it_was_with_nothing_lost_or_twice(node: Node, site: Served) -> None:
    secret, last, told = bearer(partner(node).secret), None, []
    for step in range(6):
        with following(site.place, secret, last=last) as follower:
            send(node, "USA", thing(f"with {step}"))
            follower.until(lambda step=step, follower=follower: ident(f"with {step}") in follower.ids())  # type: ignore[misc]
            told += follower.ids()
            last = follower.heard[-1].id
        send(node, "USA", thing(f"without {step} a"), thing(f"without {step} b"))
    with following(site.place, secret, last=last) as follower:
        follower.until(lambda: len(follower.ids()) == 2)
        told += follower.ids()
    assert len(told) == len(set(told)) == 18


def test_from_the_start_it_tells_everything(node: Node, site: Served) -> None:
    send(node, "USA", *(thing(str(number)) for number in range(250)))
    with following(site.place, bearer(partner(node).secret), query="?from=start") as follower:
        follower.until(lambda: len(follower.ids()) == 250)
    with node.store.read() as reader:
        sizes = [len(each.items) for each in reader.disclosures(to="UKR")]
    assert sizes == [100, 100, 50]


def test_an_unread_event_is_told_again_and_only_that(node: Node, site: Served) -> None:
    """A client that goes in the middle of the events has what it read, and gets the rest."""
    send(node, "USA", *(thing(str(number)) for number in range(30)))
    secret = bearer(partner(node).secret)
    with following(site.place, secret, query="?from=start") as first:
        first.until(lambda: len(first.ids()) == 30)
    items = [each for each in first.heard if each.kind == "item"]
    for place in (0, 7, 28):
        with following(site.place, secret, last=items[place].id) as second:
            second.until(lambda place=place, second=second: len(second.ids()) == 29 - place)  # type: ignore[misc]
            assert second.ids() == first.ids()[place + 1 :]


def test_a_suspension_stops_it_and_a_lift_lets_it_go_on(node: Node, site: Served) -> None:
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    with following(site.place, bearer(partner(node).secret)) as follower:
        send(node, "USA", thing("a"))
        follower.until(lambda: follower.ids() == [ident("a")])
        stop = suspend(node.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"))
        send(node, "USA", thing("b"))
        send(node, "FRA", thing("c"))
        follower.until(lambda: ident("c") in follower.ids())
        assert follower.ids() == [ident("a"), ident("c")]
        follower.until(lambda: follower.ids("withdrawn") == [ident("a")])
        lift(node.store, stop.id, word_of("USA"))
        follower.until(lambda: len(follower.ids()) == 4)
        assert set(follower.ids()[2:]) == {ident("a"), ident("b")}
        withdrawn = next(each for each in follower.heard if each.kind == "withdrawn")
        assert set(withdrawn.said) == {"id", "version"}
        assert b"USA" not in follower.raw


@pytest.mark.parametrize("way", ["revoke", "disable", "session"])
def test_it_ends_when_its_caller_is_let_in_no_more(node: Node, site: Served, way: str) -> None:
    issued, secret = None, ""
    if way == "session":
        code = add_account(node.store, NewAccount(name="eve", roles=frozenset({Role.ANALYST})), ADMIN, vault=node.vault)
        enrol(node.store, code[1] or "", PASSWORD, vault=node.vault)
        secret = "Basic " + b64encode(f"eve:{PASSWORD}".encode()).decode()
    else:
        issued = partner(node)
        secret = bearer(issued.secret)
    with ExitStack() as held:
        streams = [held.enter_context(following(site.place, secret)) for _ in range(4)]  # of both workers
        if way == "session":
            with node.store.read() as reader:
                opened = [each.id for each in reader.accesses("eve") if each.expires > reader.now()]
            for each in opened:
                end_session(node.store, each, ADMIN)
        elif way == "disable":
            disable(node.store, "ukraine", ADMIN)
        elif issued is not None:
            revoke_token(node.store, issued.access.id, OFFICER)
        assert max(ended_soon(each) for each in streams) < SOON
        assert {each.ended for each in streams} == {"whole"}
        send(node, "USA", thing("a"))
        assert [each.kinds() for each in streams] == [[]] * 4


def test_a_server_that_stops_ends_its_streams_whole(node: Node) -> None:
    with served(node.directory, "--workers", "2") as site, ExitStack() as held:
        secret = bearer(partner(node).secret)
        streams = [held.enter_context(following(site.place, secret)) for _ in range(3)]
        began = time.monotonic()
        site.process.terminate()
        for each in streams:
            each.until(lambda each=each: each.ended is not None)  # type: ignore[misc]
        assert time.monotonic() - began < SOON
        assert site.process.wait(60) == 0
        assert {each.ended for each in streams} == {"whole"}


def test_an_account_has_a_few_streams_and_others_are_answered_meanwhile(node: Node) -> None:
    """More streams than requests that are worked on at once: an idle one keeps nobody out."""
    secrets = [bearer(partner(node, name).secret) for name in ("ukraine", "alice")]
    secrets += [bearer(token(node, "read").secret)]
    for name in ("one", "two", "three"):
        add_account(node.store, NewAccount(name=name, recipient=f"GBR/{name}"), ADMIN, vault=node.vault)
        secrets.append(bearer(token(node, "release", account=name).secret))
    bounds = Bounds()
    with served(node.directory) as site, ExitStack() as held:
        for secret in secrets:
            for _ in range(bounds.streams_of_one):
                stream = held.enter_context(following(site.place, secret))
                assert stream.status == 200
            assert asked(site, PATH, secret)[0] == 429
        assert len(secrets) * bounds.streams_of_one > bounds.at_once
        assert asked(site, "/readyz", None)[0] == 200
        assert asked(site, "/taxii2/comity/collections/", secrets[0])[0] in (200, 406)
    with served(node.directory) as site, following(site.place, secrets[0]) as again:
        assert again.status == 200


def test_what_is_gone_makes_room(node: Node) -> None:
    secret = bearer(partner(node).secret)
    with served(node.directory) as site:
        for _ in range(3 * Bounds().streams_of_one):

            def follows() -> bool:
                with following(site.place, secret) as stream:
                    return stream.status == 200

            until(follows)


def test_what_is_asked_wrongly_is_a_problem(node: Node, site: Served) -> None:
    send(node, "USA", thing("a"))
    ours, others = bearer(partner(node).secret), bearer(partner(node, "alice").secret)
    with following(site.place, ours) as follower:
        last = follower.heard[-1].id
    assert asked(site, PATH, None)[0] == 401
    for headers in ({"Last-Event-ID": "nonsense"}, {"Last-Event-ID": last[:-2] + "AA"}):
        status, body = asked(site, PATH, ours, **headers)
        assert (status, json.loads(body)["status"]) == (400, 400)
    assert asked(site, PATH, others, **{"Last-Event-ID": last})[0] == 400
    assert asked(site, f"{PATH}?from=yesterday", ours)[0] == 400
    assert asked(site, PATH, ours, "POST")[0] == 405
    assert asked(site, PATH, ours, "HEAD") == (200, b"")


def test_what_concerns_others_makes_no_byte(node: Node, site: Served) -> None:
    """Two followers; what concerns one alone leaves no trace in what the other reads."""
    with (
        following(site.place, bearer(partner(node).secret)) as ukraine,
        following(site.place, bearer(token(node, "read-policy", "read-register").secret)) as auditor,
    ):
        before = bytes(ukraine.raw)
        for step in range(3):
            stop = suspend(node.store, NewSuspension(frm="FRA", to="DEU"), word_of("FRA"))
            lift(node.store, stop.id, word_of("FRA"))
            send(node, "DEU", thing(f"bad {step}", object_marking_refs=["nonsense"]))
        auditor.until(lambda: [said["act"] for said in auditor.of("act")].count("import") == 3)
        send(node, "USA", thing("a"))
        ukraine.until(lambda: bool(ukraine.ids()))
        assert ukraine.kinds() == ["item"]
        assert bytes(ukraine.raw).startswith(before)
