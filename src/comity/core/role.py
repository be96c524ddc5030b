"""Who may do what: roles, duties, and the one table that gives each act to exactly one duty.

Rules kept here:
1. an act that the table does not name is nobody's: empty means no;
2. the administrator sees no content: no item, no title, no explanation, no bytes, and no register that speaks of them;
3. the auditor sees everything and changes nothing;
4. an administrator has no other role, so that rule 2 cannot be undone by adding one;
5. a partner's account has no role: it asks for its own, submits its own, and nothing else; that of a part of a partner
   asks for its own alone.
"""

import re
from collections.abc import Iterable
from enum import Enum
from types import MappingProxyType
from typing import Final


class Role(Enum):
    """What a person is in a node."""

    ANALYST = "analyst"
    RELEASE_OFFICER = "release-officer"
    COLLECTION_MANAGER = "collection-manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Kind(Enum):
    """What stands behind an account: a person with roles, a partner or a part of one, a program with a token."""

    PERSON = "person"
    PARTNER = "partner"
    SERVICE = "service"


class Duty(Enum):
    """What an act or a question asks of whoever comes with it. Its value is the scope by which a token has it."""

    SUBMIT = "submit"
    """To take in what was sent."""
    QUARANTINE = "quarantine"
    """To say what becomes of what could not be accepted."""
    REGISTERS = "registers"
    """To say who and what there is: partners, domains, conditions, communities."""
    REQUIREMENTS = "requirements"
    """To say what is needed, what counts towards it, and what partners offer. It lets nothing flow."""
    POLICY = "policy"
    """To say what is agreed, stopped, consented to and attested."""
    RELEASE = "release"
    """To hand over."""
    ACCOUNTS = "accounts"
    """To say who may come in, and as what."""
    NODE = "node"
    """To keep the node itself: its keys, its copies, its database."""
    CONTENT = "read"
    """To see items, their titles, why they may go or not, and their bytes."""
    TERMS = "read-policy"
    """To see who there is and what is agreed."""
    RECORD = "read-register"
    """To see what was done, by whom and why."""
    LISTS = "read-accounts"
    """To see who may come in."""
    OWN = "own"
    """To keep one's own sessions and tokens. Every account has it; no token does."""
    ENTER = "enter"
    """To come in. The act itself asks for the password, the code or the provider's word."""


ROLES: Final = MappingProxyType(
    {
        Role.ANALYST: frozenset({Duty.SUBMIT, Duty.CONTENT, Duty.TERMS}),
        Role.COLLECTION_MANAGER: frozenset(
            {Duty.SUBMIT, Duty.QUARANTINE, Duty.REGISTERS, Duty.REQUIREMENTS, Duty.CONTENT, Duty.TERMS},
        ),
        Role.RELEASE_OFFICER: frozenset(
            {
                Duty.SUBMIT,
                Duty.QUARANTINE,
                Duty.REGISTERS,
                Duty.REQUIREMENTS,
                Duty.POLICY,
                Duty.RELEASE,
                Duty.CONTENT,
                Duty.TERMS,
                Duty.RECORD,
            },
        ),
        Role.AUDITOR: frozenset({Duty.CONTENT, Duty.TERMS, Duty.RECORD, Duty.LISTS}),
        Role.ADMINISTRATOR: frozenset({Duty.ACCOUNTS, Duty.NODE, Duty.TERMS, Duty.LISTS}),
    }
)
"""The duties of each role."""

ALWAYS_HELD: Final = frozenset({Duty.OWN, Duty.ENTER})
"""What every active account has."""
OF_PARTNERS: Final = frozenset({Duty.SUBMIT, Duty.RELEASE})
"""What a partner's account has, and only for the recipient that it stands for; that of a part submits nothing."""
SCOPES: Final = frozenset(Duty) - ALWAYS_HELD
"""What a token can be made for."""

ACTS: Final = MappingProxyType(
    {
        "import": Duty.SUBMIT,
        "withdraw": Duty.SUBMIT,  # of what one has submitted
        "accept": Duty.QUARANTINE,
        "discard": Duty.QUARANTINE,
        "partner": Duty.REGISTERS,
        "domain": Duty.REGISTERS,
        "condition": Duty.REGISTERS,
        "requirement": Duty.REQUIREMENTS,
        "requirement-end": Duty.REQUIREMENTS,
        "tag": Duty.REQUIREMENTS,
        "tag-remove": Duty.REQUIREMENTS,
        "pool": Duty.REQUIREMENTS,
        "pool-end": Duty.REQUIREMENTS,
        "offer": Duty.REQUIREMENTS,
        "offer-end": Duty.REQUIREMENTS,
        "community": Duty.POLICY,  # its members get what names it
        "community-member": Duty.POLICY,
        "community-member-end": Duty.POLICY,
        "green-community": Duty.POLICY,
        "agreement": Duty.POLICY,
        "agreement-end": Duty.POLICY,
        "agreement-withdrawals": Duty.POLICY,
        "delegation": Duty.POLICY,
        "delegation-end": Duty.POLICY,
        "suspend": Duty.POLICY,
        "lift": Duty.POLICY,
        "consent": Duty.POLICY,
        "consent-withdraw": Duty.POLICY,
        "attest": Duty.POLICY,
        "attest-withdraw": Duty.POLICY,
        "propose": Duty.POLICY,
        "proposal-reject": Duty.POLICY,
        "export": Duty.RELEASE,
        "release": Duty.RELEASE,
        "account": Duty.ACCOUNTS,
        "account-roles": Duty.ACCOUNTS,
        "account-disable": Duty.ACCOUNTS,
        "account-enable": Duty.ACCOUNTS,
        "account-reset": Duty.ACCOUNTS,
        "account-link": Duty.ACCOUNTS,
        "account-unlock": Duty.ACCOUNTS,
        "provider": Duty.ACCOUNTS,
        "two-person": Duty.ACCOUNTS,
        "local-login": Duty.ACCOUNTS,
        "init": Duty.NODE,
        "signing-key": Duty.NODE,
        "signing-key-lost": Duty.NODE,
        "backup": Duty.NODE,
        "move": Duty.NODE,
        "restore": Duty.ENTER,  # who has a backup, or a node that nobody can open yet, has its keys: the name of
        "migrate": Duty.ENTER,  # an account is all that can be asked for
        "token": Duty.OWN,
        "token-revoke": Duty.OWN,
        "session-end": Duty.OWN,
        "enrol": Duty.ENTER,
        "password": Duty.ENTER,
        "login": Duty.ENTER,
    }
)
"""The duty of each act, by the kind under which it is recorded."""

PAIRED: Final = frozenset({"attest", "lift"})
"""The acts for which a second person can be asked: those that let flow what did not."""


_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


def is_account_name(text: str) -> bool:
    """Whether an account can have this name. What cannot be one is looked up nowhere: it may be anything."""
    return _NAME.fullmatch(text) is not None


def duties(roles: Iterable[Role]) -> frozenset[Duty]:
    """What a person with these roles may do."""
    return ALWAYS_HELD.union(*(ROLES[role] for role in roles))


def mixed(roles: Iterable[Role]) -> bool:
    """Whether these roles break rule 4."""
    named = set(roles)
    return Role.ADMINISTRATOR in named and len(named) > 1


def held_by(duty: Duty) -> list[str]:
    """The roles that have a duty, in words."""
    return [role.value for role in Role if duty in ROLES[role]]
