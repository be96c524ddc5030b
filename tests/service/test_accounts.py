"""What an administrator may do to accounts, what nobody may, and that all of it is on the record."""

from collections.abc import Callable

import pytest

from comity.compose import Node
from comity.core.errors import Forbidden, MalformedInput, NotAuthenticated, UnknownName
from comity.core.instant import NEVER
from comity.core.role import Kind, Role
from comity.service.accounts import NewAccount, add_account, disable, enable, link, reset, set_roles, unlink
from comity.service.authority import governed
from comity.service.providers import Provider, add_provider, identity, providers
from comity.service.records import Account, Word
from comity.service.sessions import enrol, enter
from tests.nodes import ME
from tests.staff import ADMIN, PASSWORD, ROLES, govern

ANALYST = frozenset({Role.ANALYST})
ADAM = Word(actor="adam", why="his work")
MINISTRY = Provider(name="ministry", issuer="https://id.example", client_id="comity")


def standing(node: Node, name: str) -> Account | None:
    with node.store.read() as reader:
        return reader.account(name)


def test_a_new_node_has_one_administrator_and_knows_nobody_else(node: Node) -> None:
    with node.store.read() as reader:
        assert reader.accounts() == (Account("admin", Kind.PERSON, None, frozenset({Role.ADMINISTRATOR}), active=True),)
        (code,) = reader.credentials("admin")
        assert (code.kind, code.expires < NEVER) == ("link", True)
        assert not governed(reader)


def test_the_accounts_are_listed_by_name_as_they_stand(node: Node) -> None:
    govern(node)
    set_roles(node.store, "ann", frozenset({Role.ANALYST, Role.AUDITOR}), ADMIN)
    disable(node.store, "colin", ADMIN)
    with node.store.read() as reader:
        found = {each.name: each for each in reader.accounts()}
        assert all(reader.account(name) == each for name, each in found.items())
    assert list(found) == sorted([*ROLES, "admin", "alice", "feed", "ukraine"])
    assert found["ann"].roles == {Role.ANALYST, Role.AUDITOR}
    assert not found["colin"].active
    assert (found["alice"].kind, found["alice"].recipient) == (Kind.PARTNER, "GBR/alice")
    assert (found["feed"].kind, found["feed"].roles) == (Kind.SERVICE, frozenset())


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (NewAccount(name="Ann", roles=ANALYST), "no name for an account"),
        (NewAccount(name="", roles=ANALYST), "no name for an account"),
        (NewAccount(name="../x", roles=ANALYST), "no name for an account"),
        (NewAccount(name="x" * 65, roles=ANALYST), "no name for an account"),
        (NewAccount(name="a b\n", roles=ANALYST), "no name for an account"),
        (NewAccount(name="zoe"), "a person has a role"),
        (NewAccount(name="zoe", roles=frozenset({Role.ADMINISTRATOR, Role.AUDITOR})), "has no other role"),
        (NewAccount(name="zoe", roles=ANALYST, recipient="UKR"), "only a person has roles"),
        (NewAccount(name="zoe", roles=ANALYST, service=True), "only a person has roles"),
        (NewAccount(name="zoe", recipient="UKR", service=True), "a program's or a partner's"),
    ],
)
def test_an_account_is_one_thing_with_a_plain_name(node: Node, new: NewAccount, said: str) -> None:
    govern(node)
    with pytest.raises(MalformedInput, match=said):
        add_account(node.store, new, ADMIN, vault=node.vault)


def test_a_partner_s_account_is_of_a_partner_that_is_there(node: Node) -> None:
    with pytest.raises(UnknownName):
        add_account(node.store, NewAccount(name="poland", recipient="POL"), ME, vault=node.vault)


def test_no_account_is_added_twice(node: Node) -> None:
    govern(node)
    with pytest.raises(Forbidden, match="is there already"):
        add_account(node.store, NewAccount(name="ann", roles=ANALYST), ADMIN, vault=node.vault)


def test_nobody_changes_an_account_of_their_own(node: Node) -> None:
    govern(node)
    add_provider(node.store, MINISTRY, ADMIN)
    with node.store.read() as reader:
        mine = identity(reader, "ministry", "adam")
    acts: list[Callable[[], object]] = [
        lambda: set_roles(node.store, "admin", ANALYST, ADMIN),
        lambda: disable(node.store, "admin", ADMIN),
        lambda: link(node.store, "admin", mine, ADMIN),
    ]
    for act in acts:
        with pytest.raises(Forbidden, match="nobody changes an account of their own"):
            act()


def test_one_administrator_who_can_come_in_stays(node: Node) -> None:
    codes = govern(node)
    acts: list[Callable[[], object]] = [
        lambda: disable(node.store, "admin", ADAM),
        lambda: set_roles(node.store, "admin", ANALYST, ADAM),
    ]
    for act in acts:
        with pytest.raises(Forbidden, match="has to stay"):  # adam has a code, which nobody may ever use
            act()
    enrol(node.store, codes["adam"], PASSWORD, vault=node.vault)
    disable(node.store, "admin", ADAM)
    with pytest.raises(Forbidden, match="own"):
        disable(node.store, "adam", ADAM)


def test_the_last_administrator_shuts_the_node_by_no_way(node: Node) -> None:
    codes = govern(node)
    with pytest.raises(Forbidden, match="has to stay"):
        reset(node.store, "admin", ADMIN, vault=node.vault)
    enrol(node.store, codes["adam"], PASSWORD, vault=node.vault)
    reset(node.store, "admin", ADMIN, vault=node.vault)
    with pytest.raises(Forbidden, match="has to stay"):
        reset(node.store, "adam", ADAM, vault=node.vault)
    add_provider(node.store, MINISTRY, ADAM)
    with node.store.read() as reader:
        hers = identity(reader, "ministry", "admin")
    link(node.store, "admin", hers, ADAM)
    disable(node.store, "adam", ADMIN)
    with pytest.raises(Forbidden, match="has to stay"):
        unlink(node.store, "admin", ADMIN)
    assert enter(node.store, hers, vault=node.vault).access.account == "admin"


def test_an_administrator_who_comes_in_by_a_provider_governs_the_node(node: Node) -> None:
    add_provider(node.store, MINISTRY, ME)
    with node.store.read() as reader:
        ann, hers, epoch = identity(reader, "ministry", "ann"), identity(reader, "ministry", "admin"), reader.epoch()
    add_account(node.store, NewAccount(name="ann", roles=ANALYST), ME, vault=node.vault)
    link(node.store, "ann", ann, ME)
    link(node.store, "admin", hers, ME)
    enter(node.store, ann, vault=node.vault)
    with node.store.read() as reader:
        assert not governed(reader)
    enter(node.store, hers, vault=node.vault)
    with node.store.read() as reader:
        assert governed(reader)
        assert reader.epoch() > epoch + 3
    with pytest.raises(NotAuthenticated):
        disable(node.store, "ann", ME)


def test_what_is_so_already_is_not_done_again(node: Node) -> None:
    govern(node)
    with pytest.raises(Forbidden, match="is not disabled"):
        enable(node.store, "ann", ADMIN)
    disable(node.store, "ann", ADMIN)
    with pytest.raises(Forbidden, match="is disabled already"):
        disable(node.store, "ann", ADMIN)
    with pytest.raises(Forbidden, match="is no person's"):
        set_roles(node.store, "feed", frozenset(), ADMIN)
    with pytest.raises(Forbidden, match="has no password"):
        reset(node.store, "feed", ADMIN, vault=node.vault)
    for name in ("zoe", "\0", "\ud800"):
        with pytest.raises(UnknownName):
            reset(node.store, name, ADMIN, vault=node.vault)


def test_every_act_on_accounts_is_an_entry_of_the_register(node: Node) -> None:
    govern(node)
    disable(node.store, "ann", Word(actor="adam", why="has left"))
    with node.store.read() as reader:
        last = list(reader.acts())[-1]
        entry = list(reader.leaves())[last.leaf].entry.decode()
    assert '"actor":"adam"' in entry
    assert '"why":"has left"' in entry
    assert '"kind":"account-disable"' in entry
    assert '"standing":[1,' in entry


def test_a_provider_lets_in_whom_it_is_linked_to(node: Node) -> None:
    govern(node)
    add_provider(node.store, MINISTRY, ADMIN)
    add_provider(node.store, Provider(name="other", issuer="https://other.example", client_id="comity"), ADMIN)
    with node.store.read() as reader:
        ann, elsewhere = identity(reader, "ministry", "4711"), identity(reader, "other", "4711")
    link(node.store, "ann", ann, ADMIN)
    assert enter(node.store, ann, vault=node.vault).access.account == "ann"
    with pytest.raises(Exception, match="lets nobody in here"):
        enter(node.store, elsewhere, vault=node.vault)
    with pytest.raises(Forbidden, match="is linked to an account already"):
        link(node.store, "colin", ann, ADMIN)
    unlink(node.store, "ann", ADMIN)
    with pytest.raises(Exception, match="lets nobody in here"):
        enter(node.store, ann, vault=node.vault)


def test_a_provider_keeps_its_issuer(node: Node) -> None:
    govern(node)
    add_provider(node.store, MINISTRY, ADMIN)
    add_provider(node.store, Provider(name="ministry", issuer=MINISTRY.issuer, client_id="new"), ADMIN)
    with pytest.raises(Forbidden, match="has another issuer"):
        add_provider(node.store, Provider(name="ministry", issuer="https://evil.example", client_id="new"), ADMIN)
    with node.store.read() as reader:
        assert providers(reader)["ministry"].client_id == "new"


@pytest.mark.parametrize(
    "issuer",
    ["http://id.example", "ftp://id.example", "id.example", "", "https://", f"https://{'u:p@'}id.example",
     "https://id.example?x=1", "https://id.example#x", "http://127.0.0.1.example", f"http://{'localhost@'}id.example"],
)  # fmt: skip
def test_a_provider_is_asked_where_nobody_listens_in(node: Node, issuer: str) -> None:
    with pytest.raises(MalformedInput):
        add_provider(node.store, Provider(name="x", issuer=issuer, client_id="comity"), ME)
