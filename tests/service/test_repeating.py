"""A request that comes again is done once, and answered the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.compose import Node, verify
from comity.core.errors import Forbidden
from comity.core.instant import NEVER
from comity.service import repeating
from comity.service.partners import add_domain
from comity.service.ports import Store
from comity.service.repeating import AnswerLost, Asked, KeyReused, UnderWay, once
from tests.nodes import ME, Clock, make

KEY = "0b5a7c1e-53a1-4b6c-8a0a-93d1a5f4a8f7"
ASKED = Asked(account="ann", key=KEY, request=b"1" * 32)
SECRET = b"comity_t-0123456789_secret"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    with make(tmp_path / "node", clock) as node:
        yield node


class Doing:
    """Registers a domain, and counts how often it was asked to."""

    def __init__(self, name: str = "space") -> None:
        self.name = name
        self.asked = 0

    def __call__(self, store: Store) -> bytes:
        self.asked += 1
        add_domain(store, self.name, ME)
        return SECRET


def domains(node: Node) -> frozenset[str]:
    with node.store.read() as reader:
        return reader.policy().domains


def test_the_same_request_is_done_once_and_answered_the_same(node: Node) -> None:
    doing = Doing()
    assert [once(node.store, node.vault, ASKED, doing) for _ in range(3)] == [SECRET] * 3
    assert doing.asked == 1


def test_what_is_kept_of_requests_is_no_part_of_the_register(node: Node) -> None:
    once(node.store, node.vault, ASKED, Doing())
    verify(node)
    with node.store.derive() as deriver:
        deriver.forget_repeats_before(NEVER)
    verify(node)


def test_another_request_under_the_key_is_refused(node: Node) -> None:
    once(node.store, node.vault, ASKED, Doing())
    with pytest.raises(KeyReused, match="new key"):
        once(node.store, node.vault, Asked(account="ann", key=KEY, request=b"2" * 32), Doing("sea"))
    assert "sea" not in domains(node)


def test_a_key_is_its_accounts_own(node: Node) -> None:
    once(node.store, node.vault, ASKED, Doing())
    once(node.store, node.vault, Asked(account="ben", key=KEY, request=b"2" * 32), Doing("sea"))
    assert "sea" in domains(node)


def test_what_failed_can_be_asked_again(node: Node) -> None:
    with pytest.raises(Forbidden, match="already"):
        once(node.store, node.vault, ASKED, Doing("operations"))
    assert once(node.store, node.vault, ASKED, Doing()) == SECRET


def test_a_request_that_is_being_answered_waits(node: Node) -> None:
    def meanwhile(store: Store) -> bytes:
        with pytest.raises(UnderWay, match="in a moment"):
            once(node.store, node.vault, ASKED, Doing("sea"))
        return Doing()(store)

    assert once(node.store, node.vault, ASKED, meanwhile) == SECRET
    assert "sea" not in domains(node)


def test_what_was_begun_and_took_too_long_is_done_by_whoever_began_it_last(node: Node, clock: Clock) -> None:
    def slow(store: Store) -> bytes:
        clock.pass_by(repeating.LEASE / 1_000_000)
        once(node.store, node.vault, ASKED, Doing("sea"))
        return Doing()(store)

    with pytest.raises(UnderWay, match="begun anew"):
        once(node.store, node.vault, ASKED, slow)
    assert "sea" in domains(node)
    assert "space" not in domains(node)


def test_whoever_was_killed_after_the_act_has_done_it_once(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(repeating._Noting, "give_up", lambda _: None)

        def killed(store: Store) -> bytes:
            Doing()(store)
            raise Killed

        with pytest.raises(Killed):
            once(node.store, node.vault, ASKED, killed)
    with pytest.raises(AnswerLost, match="was done"):
        once(node.store, node.vault, ASKED, Doing())
    assert "space" in domains(node)


def test_answers_are_kept_for_a_day(node: Node, clock: Clock) -> None:
    doing = Doing()
    once(node.store, node.vault, ASKED, doing)
    clock.pass_by(repeating.KEPT / 1_000_000 - 1)
    once(node.store, node.vault, ASKED, doing)
    clock.pass_by(2)
    with pytest.raises(Forbidden, match="already"):
        once(node.store, node.vault, ASKED, doing)


def test_nobody_reads_an_answer_in_the_record(node: Node, tmp_path: Path) -> None:
    once(node.store, node.vault, ASKED, Doing())
    kept = b"".join(path.read_bytes() for path in (tmp_path / "node").glob("comity.sqlite*"))
    assert SECRET not in kept
    assert KEY.encode() not in kept
    assert b"space" in kept
