"""To come in by a password or a code, and to be kept out in the same words, after the same work, for any reason."""

import pytest
from argon2 import PasswordHasher

from comity.compose import Node, open_node
from comity.core.errors import ComityError, MalformedInput, NotAuthenticated
from comity.core.instant import Instant
from comity.service import limits, passwords
from comity.service.accounts import disable, reset, unlock
from comity.service.authority import governed
from comity.service.limits import MINUTE, locked_until
from comity.service.records import NewCredential, Word
from comity.service.sessions import change_password, end_session, enrol, enter, login
from comity.service.tokens import authenticate
from tests.nodes import ME, Clock
from tests.refusing import refused
from tests.staff import ADMIN, PASSWORD, govern

WRONG = "no password of anybody"
NEW = "quite another password"


def failure(node: Node, name: str, password: str, place: str | None = None) -> str:
    with refused(NotAuthenticated) as problem:
        login(node.store, name, password, vault=node.vault, place=place)
    return str(problem.value)


def open_(node: Node, secret: str) -> bool:
    with node.store.read() as reader:
        try:
            authenticate(reader, secret, node.vault)
        except NotAuthenticated:
            return False
    return True


def acts(node: Node) -> list[str]:
    with node.store.read() as reader:
        return [act.kind for act in reader.acts()]


def test_the_first_administrator_comes_in_by_a_code_used_once(node: Node) -> None:
    code = reset(node.store, "admin", ME, vault=node.vault)
    with node.store.read() as reader:
        assert not governed(reader)
    assert enrol(node.store, code, PASSWORD, vault=node.vault) == "admin"
    with node.store.read() as reader:
        assert governed(reader)
    with refused(NotAuthenticated, match="this code lets nobody in"):
        enrol(node.store, code, PASSWORD, vault=node.vault)
    assert open_(node, login(node.store, "admin", PASSWORD, vault=node.vault).secret)
    assert acts(node)[-3:] == ["account-reset", "enrol", "login"]


def test_a_code_lasts_a_week_and_goes_with_the_next_one(node: Node, clock: Clock) -> None:
    old = reset(node.store, "admin", ME, vault=node.vault)
    new = reset(node.store, "admin", ME, vault=node.vault)
    with refused(NotAuthenticated):
        enrol(node.store, old, PASSWORD, vault=node.vault)
    clock.pass_by(7 * 24 * 3600 + 1)
    with refused(NotAuthenticated):
        enrol(node.store, new, PASSWORD, vault=node.vault)


@pytest.mark.parametrize("password", ["", "short", "eleven char", "x" * 1025])
def test_a_password_is_long_enough_and_a_refused_one_uses_no_code_up(node: Node, password: str) -> None:
    code = reset(node.store, "admin", ME, vault=node.vault)
    with refused(MalformedInput):
        enrol(node.store, code, password, vault=node.vault)
    enrol(node.store, code, PASSWORD, vault=node.vault)


def test_a_password_is_not_the_account_s_name() -> None:
    with refused(MalformedInput, match="not the account's name"):
        passwords.hashed("Administrator", "administrator", bytes)


def test_a_password_is_the_same_on_every_keyboard() -> None:
    kept = passwords.hashed("Ångström unit", "x", bytes)
    assert kept.startswith("$argon2id$")
    assert passwords.fits(kept, "A\u030angstro\u0308m unit")
    assert not passwords.fits(kept, "angstrom unit")
    assert not passwords.fits(None, "Ångström unit")
    assert not passwords.fits("no hash", "Ångström unit")


def test_the_hash_of_nobody_costs_what_a_real_one_costs() -> None:
    assert not passwords.outdated(passwords._NOBODYS)
    assert not passwords.outdated(passwords.hashed(PASSWORD, "x", bytes))
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD))


def test_an_old_hash_is_made_anew_when_its_owner_comes_in(node: Node) -> None:
    govern(node)
    with node.store.write("account-reset", ADMIN, policy=True) as writer:
        for each in writer.credentials("admin"):
            writer.add_ending("credential", each.id, writer.act.at)
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        writer.add_credential(NewCredential("admin", "password", weak, Instant(writer.act.at * 2)))
    login(node.store, "admin", PASSWORD, vault=node.vault)
    with node.store.read() as reader:
        (kept,) = reader.credentials("admin")
    assert not passwords.outdated(kept.value)
    login(node.store, "admin", PASSWORD, vault=node.vault)


def test_why_somebody_is_kept_out_is_not_told(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = govern(node)
    enrol(node.store, codes["ann"], PASSWORD, vault=node.vault)
    disable(node.store, "ann", ADMIN)
    before, fits = acts(node), passwords.fits
    worked: list[str] = []

    def counted(kept: str | None, password: str) -> bool:
        worked.append(password)
        return fits(kept, password)

    monkeypatch.setattr(passwords, "fits", counted)
    said = {
        failure(node, "nobody", PASSWORD),
        failure(node, "admin", WRONG),
        failure(node, "ann", PASSWORD),  # disabled
        failure(node, "olga", PASSWORD),  # has not come in yet
        failure(node, "feed", PASSWORD),  # a program
        failure(node, "", ""),
        failure(node, "admin", "x" * 100_000),
        failure(node, "\0\ud800", "\0\udcff"),
    }
    assert len(said) == 1
    assert len(worked) == 8
    assert acts(node) == before


def test_an_account_is_locked_in_the_words_of_a_wrong_password(node: Node, clock: Clock) -> None:
    govern(node)
    said = {failure(node, "admin", WRONG) for _ in range(5)}
    assert failure(node, "admin", PASSWORD) in said
    clock.pass_by(59)
    assert failure(node, "admin", PASSWORD) in said
    clock.pass_by(2)
    login(node.store, "admin", PASSWORD, vault=node.vault)
    failure(node, "admin", WRONG)
    login(node.store, "admin", PASSWORD, vault=node.vault)


def test_tries_count_in_every_process_and_an_administrator_unlocks(node: Node, clock: Clock) -> None:
    govern(node)
    with open_node(node.directory, clock) as another:
        for place in (node, another, node, another, node):
            failure(place, "admin", WRONG)
        failure(another, "admin", PASSWORD)
        unlock(another.store, "admin", ADMIN, vault=node.vault)
    login(node.store, "admin", PASSWORD, vault=node.vault)


def test_a_try_counts_while_it_is_looked_at(node: Node) -> None:
    govern(node)
    tries = [limits.counted(node.store, node.vault, "admin", None) for _ in range(7)]
    assert [each is not None for each in tries] == [True] * 5 + [False] * 2


def test_a_place_is_counted_whatever_it_tries_and_others_are_not(node: Node) -> None:
    govern(node)
    for number in range(20):
        assert limits.counted(node.store, node.vault, f"name-{number}", "198.51.100.7")
    assert not limits.counted(node.store, node.vault, "another", "198.51.100.7")
    failure(node, "admin", PASSWORD, place="198.51.100.7")
    with refused(NotAuthenticated, match="this code lets nobody in"):
        enrol(node.store, reset(node.store, "olga", ADMIN, vault=node.vault), PASSWORD, vault=node.vault,
              place="198.51.100.7")  # fmt: skip
    login(node.store, "admin", PASSWORD, vault=node.vault, place="198.51.100.8")


def test_a_guesser_locks_an_account_for_nobody_who_is_elsewhere(node: Node) -> None:
    govern(node)
    for _ in range(9):
        failure(node, "admin", WRONG, place="198.51.100.7")
    failure(node, "admin", PASSWORD, place="198.51.100.7")
    login(node.store, "admin", PASSWORD, vault=node.vault, place="198.51.100.8")
    failure(node, "admin", PASSWORD, place="198.51.100.7")  # what was guessed there is not forgotten by that
    login(node.store, "admin", PASSWORD, vault=node.vault)
    unlock(node.store, "admin", ADMIN, vault=node.vault)
    login(node.store, "admin", PASSWORD, vault=node.vault, place="198.51.100.7")


def test_guessers_at_many_places_have_twenty_tries_together(node: Node) -> None:
    govern(node)
    tries = [limits.counted(node.store, node.vault, "admin", f"198.51.100.{number}") for number in range(22)]
    assert [each is not None for each in tries] == [True] * 20 + [False] * 2
    failure(node, "admin", PASSWORD)
    unlock(node.store, "admin", ADMIN, vault=node.vault)
    login(node.store, "admin", PASSWORD, vault=node.vault)


def test_to_come_in_is_no_failure_of_the_place(node: Node) -> None:
    govern(node)
    for _ in range(19):
        limits.counted(node.store, node.vault, None, "198.51.100.7")
    for _ in range(2):
        login(node.store, "admin", PASSWORD, vault=node.vault, place="198.51.100.7")


def test_no_name_that_was_typed_is_kept_and_a_day_later_nothing(node: Node, clock: Clock) -> None:
    govern(node)
    failure(node, "my password, typed in the wrong place", "x")
    with node.store.read() as reader:
        assert reader.attempts("my password, typed in the wrong place") == ()
        subject = limits.subject(node.vault, "account", "my password, typed in the wrong place")
        assert len(reader.attempts(subject)) == 1
    clock.pass_by(24 * 3600 + 1)
    limits.counted(node.store, node.vault, "another", None)
    with node.store.read() as reader:
        assert reader.attempts(subject) == ()


def minutes(*times: float) -> list[Instant]:
    return [Instant(int(time * MINUTE)) for time in times]


@pytest.mark.parametrize(
    ("failures", "lasts"),
    [
        ((), None),
        ((0, 1, 2, 3), None),
        ((0, 1, 2, 3, 4), 1),
        ((0, 4, 8, 12, 15), None),  # the first is a quarter of an hour old
        ((0, 4, 8, 12, 15, 15.5), 1),
        ((0, 1, 2, 3, 4, 600), 2),  # however long ago the lock was
        ((0, 1, 2, 3, 4, 5, 6), 4),
        ((0, 1, 2, 3, 4, *range(5, 11)), 60),
        ((0, 1, 2, 3, 4, *range(5, 500)), 60),
    ],
)
def test_each_failure_doubles_the_lock_up_to_an_hour(failures: tuple[float, ...], lasts: float | None) -> None:
    end = None if lasts is None else Instant(int((failures[-1] + lasts) * MINUTE))
    assert locked_until(minutes(*failures)) == end


def test_a_session_lasts_twelve_hours_or_until_one_goes(node: Node, clock: Clock) -> None:
    govern(node)
    first, second = (login(node.store, "admin", PASSWORD, vault=node.vault) for _ in range(2))
    end_session(node.store, first.access.id, Word(actor="admin", through=first.access.id))
    assert not open_(node, first.secret)
    assert open_(node, second.secret)
    clock.pass_by(12 * 3600 - 5)
    assert open_(node, second.secret)
    clock.pass_by(10)
    assert not open_(node, second.secret)


def test_sessions_end_with_the_password_the_account_and_a_reset(node: Node) -> None:
    codes = govern(node)
    enrol(node.store, codes["ann"], PASSWORD, vault=node.vault)

    def come_in(password: str) -> str:
        return login(node.store, "ann", password, vault=node.vault).secret

    first = come_in(PASSWORD)
    change_password(node.store, "ann", (PASSWORD, NEW), vault=node.vault)
    assert not open_(node, first)
    failure(node, "ann", PASSWORD)
    second = come_in(NEW)
    code = reset(node.store, "ann", ADMIN, vault=node.vault)
    assert not open_(node, second)
    failure(node, "ann", NEW)
    enrol(node.store, code, NEW, vault=node.vault)
    third = come_in(NEW)
    disable(node.store, "ann", ADMIN)
    assert not open_(node, third)


def test_a_password_is_changed_by_whoever_knows_it(node: Node) -> None:
    govern(node)
    with refused(NotAuthenticated):
        change_password(node.store, "admin", (WRONG, NEW), vault=node.vault)
    with refused(MalformedInput):
        change_password(node.store, "admin", (PASSWORD, "short"), vault=node.vault)
    login(node.store, "admin", PASSWORD, vault=node.vault)


def test_nobody_ends_another_s_session(node: Node) -> None:
    govern(node)
    issued = login(node.store, "admin", PASSWORD, vault=node.vault)
    for name in ("olga", "ann"):
        with refused(ComityError, match="no session"):
            end_session(node.store, issued.access.id, Word(actor=name))
    assert open_(node, issued.secret)


def test_a_provider_s_word_lets_in_whom_it_was_linked_to_and_nobody_else(node: Node) -> None:
    govern(node)
    with refused(NotAuthenticated, match="this provider's word lets nobody in"):
        enter(node.store, '["https://id.example","olga"]', vault=node.vault)
