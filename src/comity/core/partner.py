"""Who gives and who receives: partners, their parts, and communities of partners.

A recipient is a partner (`GBR`) or a part of one (`GBR/alice`). An audience is a list of names, each a partner (the
partner alone), `P/*` (the partner and all its parts), a part, a community, or `*` (anyone). Semantics §1.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, NewType

from comity.core.instant import UNBOUNDED, Instant, Window

Recipient = NewType("Recipient", str)
"""A partner's code, or `CODE/name` for one of its parts."""
Code = NewType("Code", Recipient)
"""A partner's code: a recipient without `/`."""

ANYONE: Final = "*"


def base(recipient: Recipient) -> Code:
    """The partner that `recipient` is, or is a part of."""
    return Code(Recipient(recipient.partition("/")[0]))


def is_part(recipient: Recipient) -> bool:
    """Whether `recipient` is a part of a partner and not the partner itself."""
    return "/" in recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One partner's membership of a community, for a time."""

    partner: Code
    window: Window = UNBOUNDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """A named set of partners with membership dates; its name is no partner's; it does not nest."""

    name: str
    members: tuple[Membership, ...]

    def has(self, recipient: Recipient, moment: Instant) -> bool:
        """Whether `recipient` is a member at `moment`. A part of a member is not one."""
        return any(member.partner == recipient and moment in member.window for member in self.members)


def names(
    audience: Collection[str],
    recipient: Recipient,
    moments: tuple[Instant, ...],
    communities: Mapping[str, Community],
) -> bool:
    """Whether `audience` names `recipient`; a community counts for its members at every one of `moments`.

    An empty audience names nobody.
    """
    if recipient in audience or ANYONE in audience or f"{base(recipient)}/*" in audience:
        return True
    named = (communities[name] for name in audience if name in communities)
    return any(all(community.has(recipient, moment) for moment in moments) for community in named)
