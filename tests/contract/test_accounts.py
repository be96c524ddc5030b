"""Accounts, and what lets them in: what every store keeps of them, and forgets."""

from comity.compose import Node
from comity.core.instant import NEVER, Instant, Window
from comity.core.role import Kind, Role
from comity.service.partners import as_code
from comity.service.ports import Store
from comity.service.records import Access, Account, NewAttestation, NewCredential
from tests.nodes import ME, SECOND, Clock

ANN = Account("ann", Kind.PERSON, None, frozenset({Role.ANALYST, Role.AUDITOR}), active=True)


def test_an_account_is_as_its_newest_standing_says(store: Store) -> None:
    with store.write("account", ME, policy=False) as writer:
        writer.add_account(ANN)
        assert writer.account("ann") == ANN
        first = writer.act.id
    with store.write("account-roles", ME, policy=True) as writer:
        writer.add_standing("ann", frozenset(), active=False)
    with store.read() as reader:
        assert reader.account("ann") == ANN._replace(roles=frozenset(), active=False)
        assert [each.name for each in reader.accounts()] == ["admin", "ann"]
        assert reader.account("nobody") is None
    with store.read(until=first) as reader:
        assert reader.account("ann") == ANN
    with store.read(until=first - 1) as reader:
        assert reader.account("ann") is None
        assert [each.name for each in reader.accounts()] == ["admin"]


def test_a_credential_counts_until_it_ends_or_expires(store: Store, clock: Clock) -> None:
    with store.write("account", ME, policy=False) as writer:
        writer.add_account(ANN)
        short = Instant(writer.act.at + 10 * SECOND)
        numbers = [
            writer.add_credential(NewCredential("ann", "password", "a hash", NEVER)),
            writer.add_credential(NewCredential("ann", "link", "a digest", short)),
            writer.add_credential(NewCredential("ann", "oidc", "a name", NEVER)),
        ]
    with store.read() as reader:
        found = reader.credentials("ann")
        assert [each.id for each in found] == numbers
        assert reader.credential("link", "a digest") == found[1]
        assert reader.credential("password", "a digest") is None
    with store.write("account-reset", ME, policy=True) as writer:
        writer.add_ending("credential", numbers[0], writer.act.at)
    clock.pass_by(11)
    with store.read() as reader:
        assert [each.id for each in reader.credentials("ann")] == numbers[2:]
        assert reader.credential("link", "a digest") is None


def test_tokens_and_sessions_end_by_a_row(store: Store) -> None:
    with store.write("token", ME, policy=False) as writer:
        writer.add_account(ANN)
        until = Instant(writer.act.at + SECOND)
        token = Access("t-1", "ann", bytes(32), until, "feed", ("read", "submit"), "tester")
        session = Access("n-1", "ann", bytes([1] * 32), until, "password", None, "tester")
        for each in (token, session):
            writer.add_access(each)
    with store.read() as reader:
        assert (reader.access("t-1"), reader.access("n-1"), reader.access("t-2")) == (token, session, None)
        assert reader.accesses() == reader.accesses("ann") == (token, session)
        assert reader.accesses("admin") == ()
    with store.write("token-revoke", ME, policy=True) as writer:
        writer.add_ending("token", "t-1", writer.act.at)
        ended = writer.act.at
    with store.read() as reader:
        assert reader.access("t-1") == token._replace(expires=ended)
        assert reader.access("n-1") == session


def test_attempts_are_counted_apart_and_forgotten(store: Store) -> None:
    with store.derive() as deriver:
        numbers = [deriver.note_attempt(subject, Instant(at)) for subject, at in (("a", 3), ("a", 1), ("b", 2))]
        assert len(set(numbers)) == 3
    with store.read() as reader:
        assert (reader.attempts("a"), reader.attempts("b"), reader.attempts("c")) == ((1, 3), (2,), ())
    with store.derive() as deriver:
        deriver.forget_attempt(numbers[0])
        deriver.forget_attempts("b")
        assert (deriver.attempts("a"), deriver.attempts("b")) == ((1,), ())
        deriver.forget_attempts_before(Instant(2))
        assert deriver.attempts("a") == ()
        for subject in ("a", "a/1", "a/2", "ab", "_"):
            deriver.note_attempt(subject, Instant(4))
        deriver.forget_attempts("_", under=True)
        deriver.forget_attempts("a")
        assert [len(deriver.attempts(each)) for each in ("a", "a/1", "a/2", "ab", "_")] == [0, 1, 1, 1, 0]
        deriver.forget_attempts("a", under=True)
        assert [len(deriver.attempts(each)) for each in ("a", "a/1", "a/2", "ab")] == [0, 0, 0, 1]


def test_a_proposal_is_answered_once_and_keeps_its_words(store: Store) -> None:
    with store.write("propose", ME, policy=False) as writer:
        name = writer.add_proposal("lift", {"id": "s-1"})
    with store.read() as reader:
        found = reader.proposal(name)
        assert found is not None
        assert (found.id, found.kind, found.arguments, found.word, found.answer) == (
            "p-1",
            "lift",
            {"id": "s-1"},
            ME,
            None,
        )
        assert reader.proposal("p-2") is None
    with store.write("proposal-reject", ME, policy=False) as writer:
        writer.answer(name, "rejected")
        assert writer.add_proposal("attest", {"item": "#1"}) == "p-2"
    with store.read() as reader:
        assert [each.answer for each in reader.proposals()] == ["rejected", None]


def test_an_act_knows_whom_it_hands_over_to_and_takes_in_from(node: Node) -> None:
    with node.store.write("import", ME, policy=True) as writer:
        assert writer.parties() == (None, frozenset())
        writer.take_in_from(as_code("USA"))
        assert writer.parties() == (None, frozenset({as_code("USA")}))


def test_an_act_knows_what_it_lets_flow(node: Node) -> None:
    with node.store.write("attest", ME, policy=True) as writer:
        assert (writer.newly_attested(), writer.newly_ended("suspension")) == (frozenset(), frozenset())
        item, source = writer.one("analysis").ordinal, writer.one("imagery").ordinal
        writer.add_attestation(NewAttestation(item, source, Window(writer.act.at)))
        writer.add_ending("suspension", "s-1", writer.act.at)
        writer.add_ending("attestation", 1, writer.act.at)
        assert writer.newly_attested() == {(item, source)}
        assert writer.newly_ended("suspension") == {"s-1"}
