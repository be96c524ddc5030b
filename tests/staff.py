"""People at a node: a governed one, with an account of each kind."""

from typing import Final

from comity.compose import Node
from comity.core.role import Role
from comity.service.accounts import NewAccount, add_account, reset
from comity.service.records import Word
from comity.service.sessions import enrol
from comity.service.tokens import Issued, NewToken, create_token
from tests.nodes import ME

PASSWORD: Final = "correct horse battery"  # noqa: S105 - of people who are made up
ROLES: Final = {
    "ann": Role.ANALYST,
    "colin": Role.COLLECTION_MANAGER,
    "olga": Role.RELEASE_OFFICER,
    "oscar": Role.RELEASE_OFFICER,
    "audrey": Role.AUDITOR,
    "adam": Role.ADMINISTRATOR,
}
"""Who works here, beside the first administrator `admin`, who alone has a password."""
ADMIN: Final = Word(actor="admin", why="the staff")
OFFICER: Final = Word(actor="olga", why="her work")
OTHER: Final = Word(actor="oscar", why="his work")


def govern(node: Node) -> dict[str, str]:
    """Let the first administrator in, and add everyone else; their one-time codes."""
    enrol(node.store, reset(node.store, "admin", ME, vault=node.vault), PASSWORD, vault=node.vault)
    new = [NewAccount(name=name, roles=frozenset({role})) for name, role in ROLES.items()]
    new += [
        NewAccount(name="ukraine", recipient="UKR"),
        NewAccount(name="alice", recipient="GBR/alice"),
        NewAccount(name="feed", service=True),
    ]
    made = [add_account(node.store, each, ADMIN, vault=node.vault) for each in new]
    return {account.name: code for account, code in made if code is not None}


def token(node: Node, *scopes: str, account: str = "feed", word: Word = OFFICER) -> Issued:
    """A token that the release officer makes."""
    name = f"token {node.vault.randomness(4).hex()}"
    return create_token(
        node.store, NewToken(name=name, scopes=frozenset(scopes), account=account), word, vault=node.vault
    )


def through(issued: Issued) -> Word:
    """The word of whoever came in by it."""
    return Word(actor=issued.access.account, through=issued.access.id, why="by token")
