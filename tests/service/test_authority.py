"""No act passes by: whoever has not its duty, or is not who they say, writes nothing."""

import io
from contextlib import suppress

import pytest

from comity.compose import Node
from comity.core.errors import ComityError, Forbidden, NotAuthenticated
from comity.core.role import ACTS, Duty
from comity.formats import world
from comity.formats.world import Sidecar
from comity.service import authority
from comity.service.accounts import disable, require_login, set_roles
from comity.service.authority import check
from comity.service.disclose import export
from comity.service.partners import as_code
from comity.service.proposals import set_two_person
from comity.service.receive import receive
from comity.service.records import Word
from comity.service.release import decide
from comity.service.suspending import NewSuspension, suspend
from comity.service.tokens import revoke_token
from tests.nodes import Clock
from tests.refusing import refused
from tests.sending import bundle, ident, thing
from tests.staff import ADMIN, OFFICER, ROLES, govern, through, token


class Undone(Exception):
    """The act could be done, and is not."""


def may(node: Node, kind: str, word: Word) -> bool:
    """Whether this act can be written on this word; nothing of it stays."""
    try:
        with node.store.write(kind, word, policy=False):
            raise Undone  # noqa: TRY301 - it is the way out of the act
    except Undone:
        return True
    except (Forbidden, NotAuthenticated):
        return False


INTAKE = {"import", "withdraw"}
QUARANTINE = {"accept", "discard"}
REGISTERS = {"partner", "domain", "condition"}
NEEDS = {"requirement", "requirement-end", "tag", "tag-remove", "pool", "pool-end", "offer", "offer-end"}
ENTER = {"enrol", "password", "login", "restore", "migrate"}
OWN = {"token", "token-revoke", "session-end"} | ENTER
RELEASE = {"export", "release"}
POLICY = {
    "community", "community-member", "community-member-end", "green-community", "agreement", "agreement-end",
    "agreement-withdrawals",
    "delegation", "delegation-end", "suspend", "lift", "consent", "consent-withdraw", "attest", "attest-withdraw",
    "propose", "proposal-reject",
}  # fmt: skip
MAY = {
    "ann": INTAKE | OWN,
    "colin": INTAKE | QUARANTINE | REGISTERS | NEEDS | OWN,
    "olga": INTAKE | QUARANTINE | REGISTERS | NEEDS | POLICY | RELEASE | OWN,
    "audrey": OWN,
    "adam": set(ACTS) - INTAKE - QUARANTINE - REGISTERS - NEEDS - POLICY - RELEASE,
}
"""What each may do, written down once more."""


def test_each_role_does_its_acts_and_no_others(node: Node) -> None:
    govern(node)
    for name, kinds in MAY.items():
        done = {kind for kind in ACTS if may(node, kind, Word(actor=name))}
        assert done == kinds, name


def test_an_act_that_nobody_has_the_duty_of_is_done_by_nobody(node: Node) -> None:
    assert may(node, "something-new", Word(actor="anybody"))
    govern(node)
    assert not any(may(node, "something-new", Word(actor=name)) for name in (*ROLES, "admin"))


def test_a_node_is_open_until_its_first_administrator_comes_in(node: Node) -> None:
    assert all(may(node, kind, Word(actor="anybody")) for kind in ACTS)
    govern(node)
    assert not any(may(node, kind, Word(actor="anybody")) for kind in ACTS)


def test_who_is_not_there_disabled_or_no_person_gets_the_same_words(node: Node) -> None:
    govern(node)
    disable(node.store, "ann", ADMIN)
    said = set()
    for name in ("ann", "zoe", "feed", "ukraine"):
        with refused(NotAuthenticated) as problem, node.store.write("import", Word(actor=name), policy=True):
            pass
        said.add(str(problem.value).replace(name, "…"))
    assert len(said) == 1


def test_nothing_of_a_refused_act_stays(node: Node) -> None:
    govern(node)
    with node.store.read() as reader:
        before = (reader.latest(), reader.epoch(), sum(1 for _ in reader.leaves()))
    with refused(Forbidden, match="it is for: release-officer"):
        suspend(node.store, NewSuspension(frm="GBR", to="UKR"), Word(actor="ann"))
    with node.store.read() as reader:
        assert (reader.latest(), reader.epoch(), sum(1 for _ in reader.leaves())) == before


def test_a_token_gives_its_scopes_and_no_more(node: Node) -> None:
    govern(node)
    word = through(token(node, "policy", "read"))
    assert {kind for kind in ACTS if may(node, kind, word)} == POLICY
    mine = through(token(node, "policy", account="olga"))
    set_roles(node.store, "olga", frozenset({ROLES["ann"]}), ADMIN)
    assert not any(may(node, kind, mine) for kind in ACTS)


def test_who_may_not_is_told_what_is_in_the_way(node: Node) -> None:
    govern(node)

    def told(kind: str, word: Word) -> str:
        with refused(Forbidden) as problem, node.store.write(kind, word, policy=True):
            pass
        return str(problem.value)

    roles = "may not do this: it is for: release-officer"
    assert roles in told("suspend", Word(actor="ann"))
    assert roles in told("suspend", through(token(node, "read", account="ann", word=Word(actor="ann"))))
    scoped = told("suspend", through(token(node, "read", "submit", account="olga")))
    assert scoped.startswith("this token of `olga` is for read, submit, and this takes `policy`: use one")
    assert told("suspend", through(token(node, "read"))).startswith("this token of `feed` is for read, and this takes")
    assert "come in with `comity login`" in told("token", through(token(node, "policy", account="olga")))
    partner = through(token(node, "submit", account="ukraine"))
    assert told("suspend", partner).startswith("`ukraine` stands for `UKR`: a partner's account gets what it may have")
    assert told("release", partner).startswith("this token of `ukraine` is for submit, and this takes `release`")
    made = through(token(node, "policy"))
    set_roles(node.store, "olga", frozenset({ROLES["ann"]}), ADMIN)
    assert told("suspend", made).startswith("whoever made this token of `feed` may not do this any more")


def test_a_token_is_nobody_else_s_name(node: Node) -> None:
    govern(node)
    issued = token(node, "policy")
    assert not may(node, "suspend", Word(actor="olga", through=issued.access.id))
    assert not may(node, "suspend", Word(actor="feed", through="t-0000000000"))


def test_what_is_revoked_expired_or_disabled_writes_nothing_more(node: Node, clock: Clock) -> None:
    govern(node)
    revoked, expiring, disabled = (through(token(node, "policy")) for _ in range(3))
    assert all(may(node, "suspend", word) for word in (revoked, expiring, disabled))
    revoke_token(node.store, str(revoked.through), OFFICER)
    assert not may(node, "suspend", revoked)
    clock.pass_by(90 * 24 * 3600 - 60)
    assert may(node, "suspend", expiring)
    clock.pass_by(120)
    assert not may(node, "suspend", expiring)
    fresh = through(token(node, "policy"))
    disable(node.store, "feed", ADMIN)
    assert not may(node, "suspend", fresh)


def test_where_a_login_is_required_no_name_is_enough(node: Node) -> None:
    govern(node)
    word = through(token(node, "policy"))
    require_login(node.store, ADMIN, required=True)
    assert {kind for kind in ACTS if may(node, kind, Word(actor="olga"))} == ENTER
    assert may(node, "suspend", word)


def submit(node: Node, submitter: str, word: Word, said: Sidecar | None = None) -> None:
    stream = io.BytesIO(bundle(thing(submitter)))
    receive(node.store, stream, submitter=as_code(submitter), word=word, sidecar=said, drain=0)


def sidecar(node: Node, text: str) -> Sidecar:
    with node.store.read() as reader:
        return world.read_sidecar(text, reader.policy())


@pytest.fixture
def partner(node: Node) -> Word:
    """A partner's own token."""
    govern(node)
    return through(token(node, "submit", "release", account="ukraine"))


def test_a_partner_is_handed_its_own_and_nobody_else_s(node: Node, partner: Word) -> None:
    folder = node.directory.parent
    export(node.store, "UKR", folder / "own", partner, vault=node.vault)
    with refused(Forbidden, match="stands for `UKR` alone"):
        export(node.store, "FRA", folder / "other", partner, vault=node.vault)
    assert not (folder / "other").exists()
    with node.store.read() as reader:
        assert [each.recipient for each in reader.disclosures()] == ["UKR"]
        authority.may_release(partner, "UKR")(reader)
        for to in ("FRA", "UKR/part"):
            with refused(Forbidden):
                authority.may_release(partner, to)(reader)
        with refused(Forbidden):
            authority.check(reader, partner, Duty.CONTENT)


def test_a_partner_submits_its_own_and_nobody_else_s(node: Node, partner: Word) -> None:
    with refused(ComityError, match="stands for `UKR` alone"):
        submit(node, "USA", partner)
    submit(node, "UKR", partner)


def test_a_partner_speaks_for_nobody_else_where_nothing_is_new_either(node: Node, partner: Word) -> None:
    submit(node, "USA", OFFICER)  # has no terms, and waits in quarantine
    terms = f"items: [{{id: {ident('USA')}, originator: USA, level: UNCLASSIFIED, releasable_to: ['*']}}]"
    for said in (None, sidecar(node, terms)):
        with refused(Forbidden, match="stands for `UKR` alone"):
            submit(node, "USA", partner, said)
    with node.store.read() as reader:
        assert len(reader.open_quarantine()) == 1
    with refused(Forbidden, match="stands for `UKR` alone"), node.store.write("import", partner, policy=True):
        pass  # says from nobody that it takes in


SOURCED = f"""
items:
  - id: {ident("GBR")}
    originator: GBR
    level: SECRET
    releasable_to: [UKR]
    sources: [{{item: {ident("USA")}, use: draws-on, attested: 2025-01-01T00:00:00Z}}]
"""


def send_source(node: Node) -> None:
    """What the analysis draws on; it may not go to Ukraine."""
    said = f"items: [{{id: {ident('USA')}, originator: USA, level: SECRET, releasable_to: [GBR]}}]"
    submit(node, "USA", OFFICER, sidecar(node, said))


def test_who_may_not_attest_attests_by_no_sidecar(node: Node) -> None:
    govern(node)
    send_source(node)
    for word in (Word(actor="ann"), through(token(node, "submit"))):
        with refused(Forbidden, match=f"`{word.actor}` may not attest, .* leave out `attested`, and attest with"):
            submit(node, "GBR", word, sidecar(node, SOURCED))
    submit(node, "GBR", Word(actor="ann"), sidecar(node, SOURCED.replace(", attested: 2025-01-01T00:00:00Z", "")))
    assert not decide(node.store, ident("GBR"), "UKR").permitted


def test_who_may_attest_does_so_by_a_sidecar_until_it_takes_two(node: Node) -> None:
    govern(node)
    send_source(node)
    set_two_person(node.store, frozenset({"attest"}), ADMIN)
    with refused(Forbidden, match="takes two persons in this node, so not in passing"):
        submit(node, "GBR", OFFICER, sidecar(node, SOURCED))
    set_two_person(node.store, frozenset(), ADMIN)
    submit(node, "GBR", OFFICER, sidecar(node, SOURCED))
    with node.store.read() as reader:
        assert reader.attestations(reader.one(ident("GBR")).ordinal, reader.one(ident("USA")).ordinal)


def test_what_is_for_another_act_is_not_done_in_passing(node: Node) -> None:
    govern(node)
    name = suspend(node.store, NewSuspension(frm="GBR", to="UKR"), OFFICER).id
    with (
        refused(Forbidden, match="`ann` may not lift"),
        node.store.write("import", Word(actor="ann"), policy=True) as writer,
    ):
        writer.add_ending("suspension", name, writer.act.at)


def test_what_was_given_is_seen_and_what_was_taken_is_gone_though_readers_remember(node: Node) -> None:
    govern(node)
    word = through(token(node, "policy", account="olga"))

    def lets_in() -> bool:
        with node.store.read() as reader, suppress(Forbidden, NotAuthenticated):
            return bool(check(reader, word, Duty.POLICY))
        return False

    assert lets_in()
    assert lets_in()  # as it is remembered
    set_roles(node.store, "olga", frozenset({ROLES["ann"]}), ADMIN)
    assert not lets_in()
    set_roles(node.store, "olga", frozenset({ROLES["olga"]}), ADMIN)
    assert lets_in()
    disable(node.store, "olga", ADMIN)
    assert not lets_in()


def test_what_is_remembered_ends_by_itself(node: Node, clock: Clock) -> None:
    govern(node)
    word = through(token(node, "policy"))
    with node.store.read() as reader:
        check(reader, word, Duty.POLICY)
        clock.pass_by(400 * 24 * 3600)
        with refused(NotAuthenticated):
            check(reader, word, Duty.POLICY)
