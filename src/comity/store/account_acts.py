"""What acts on accounts add. Each row is one of the act's own, and so is covered by its entry of the register."""

from sqlalchemy import func, select

from comity.core.role import Role
from comity.service.records import Access, Account, NewCredential, Verdict
from comity.store import schema
from comity.store.act_rows import ActRows


class AccountActs(ActRows):
    """The part of a writer that adds to accounts."""

    def add_account(self, account: Account) -> None:
        """See Writer."""
        self._add(schema.account, name=account.name, kind=account.kind.value, recipient=account.recipient)
        self.add_standing(account.name, account.roles, active=account.active)

    def add_standing(self, account: str, roles: frozenset[Role], *, active: bool) -> None:
        """See Writer."""
        listed = sorted(role.value for role in roles)
        self._add(schema.standing, account=account, roles=listed, active=active)

    def add_credential(self, new: NewCredential) -> int:
        """See Writer."""
        return self._add(schema.credential, **new._asdict())

    def add_access(self, access: Access) -> None:
        """See Writer."""
        shared = {
            "id": access.id,
            "account": access.account,
            "digest": access.digest,
            "expires": access.expires,
        }
        if access.scopes is None:
            self._add(schema.session, **shared, way=access.name)
        else:
            self._add(schema.token, **shared, name=access.name, scopes=sorted(access.scopes))

    def add_proposal(self, kind: str, arguments: dict[str, str]) -> str:
        """See Writer."""
        number = self._number(select(func.count()).select_from(schema.proposal)) + 1
        self._add(schema.proposal, id=f"p-{number}", kind=kind, arguments=arguments)
        return f"p-{number}"

    def answer(self, proposal: str, outcome: Verdict) -> None:
        """See Writer."""
        self._add(schema.answer, proposal=proposal, outcome=outcome)
