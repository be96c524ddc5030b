"""Acts on who there is: partners and their default terms, domains, conditions, communities and their members."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from comity.core import validity
from comity.core.claim import GENERAL, Claim
from comity.core.errors import Forbidden, InvalidFacts, MalformedInput
from comity.core.instant import Instant
from comity.core.partner import Code, Community, Membership, Recipient
from comity.core.world import Policy
from comity.formats.marking import DefaultTerms
from comity.service.policy import DRAIN, changing, end_fact, known, must_be_name, window
from comity.service.ports import Reader, Store
from comity.service.records import MembershipRow, Partner, Word

GREEN: Final = "green-community"
"""The setting that names the community which TLP:GREEN means."""
OPEN: Final = (None, None)
"""From now on, without an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPartner:
    """A partner to register, or to give new default terms. Terms are stated by their level, or not at all."""

    code: str
    name: str | None = None
    level: str | None = None
    domains: frozenset[str] | None = None
    audience: tuple[str, ...] | None = None


def add_partner(store: Store, new: NewPartner, word: Word) -> Partner:
    """Register a partner; one that is there already gets new default terms.

    Raises InvalidFacts for a code or terms that are not valid, Forbidden when nothing is new or the name is another.
    """
    code = as_code(new.code)
    with changing(store, "partner", word) as writer:
        before = {partner.code: partner for partner in writer.partners()}.get(code)
        terms = _terms(new)
        if before is None:
            before = make_partner(code, new.name)
            replace(writer.policy(), partners=writer.policy().partners | {code})
            writer.add_partner(before)
        elif new.name not in (None, before.name):
            raise Forbidden(f"`{code}` is registered as `{before.name}`: leave the name as it is")
        elif terms is None:
            raise Forbidden(f"`{code}` is registered already: state a level to change its default terms")
        if terms is not None:
            _check_terms(writer.policy(), code, terms)
            writer.add_default_terms(code, terms)
    return before


def add_domain(store: Store, name: str, word: Word) -> None:
    """Register a domain. MalformedInput for what is no name."""
    must_be_name("domain", name)
    with changing(store, "domain", word) as writer:
        policy = writer.policy()
        _new("domain", name, policy.known_domains())
        replace(policy, domains=policy.domains | {name})
        writer.add_domain(name)


def add_condition(store: Store, name: str, word: Word) -> None:
    """Register a condition of use. MalformedInput for what is no name."""
    must_be_name("condition", name)
    with changing(store, "condition", word) as writer:
        policy = writer.policy()
        _new("condition", name, policy.conditions)
        replace(policy, conditions=policy.conditions | {name})
        writer.add_condition(name)


def add_community(
    store: Store, name: str, members: tuple[str, ...], word: Word, span: tuple[Instant | None, Instant | None] = OPEN
) -> Community:
    """Register a community whose members are in it from the first time of `span`, by default now, until the second.

    MalformedInput for what is no name.
    """
    must_be_name("community", name)
    with changing(store, "community", word) as writer:
        policy = writer.policy()
        _new("community", name, policy.communities)
        for member in members:
            known("partner", member, policy.partners)
        during = window(writer, *span)
        rows = tuple(Membership(partner=as_code(member), window=during) for member in dict.fromkeys(members))
        community = Community(name=name, members=rows)
        replace(policy, communities={**policy.communities, name: community})
        writer.add_community(name)
        for row in rows:
            writer.add_member(name, row)
    return community


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """A membership to add: from `start`, by default now, until `end`."""

    community: str
    partner: str
    start: Instant | None = None
    end: Instant | None = None


def add_member(store: Store, new: NewMember, word: Word) -> Membership:
    """Take a partner into a community."""
    with changing(store, "community-member", word) as writer:
        policy = writer.policy()
        known("community", new.community, policy.communities)
        known("partner", new.partner, policy.partners)
        member = Membership(partner=as_code(new.partner), window=window(writer, new.start, new.end))
        community = policy.communities[new.community]
        if community.has(member.partner, member.window.start):
            raise Forbidden(f"`{new.partner}` is a member of `{new.community}` then: nothing is left to do")
        grown = replace(community, members=(*community.members, member))
        replace(policy, communities={**policy.communities, new.community: grown})
        writer.add_member(new.community, member)
    return member


def end_member(store: Store, member: NewMember, word: Word, drain: float = DRAIN) -> Instant:
    """End a partner's membership, open or to come, at `member.end`, by default now; when it ends."""
    with changing(store, "community-member-end", word, drain) as writer:
        known("community", member.community, writer.policy().communities)
        rows = [row for row in writer.memberships() if _is(row, member) and row.member.window.end > writer.act.at]
        if not rows:
            raise Forbidden(f"`{member.partner}` is no member of `{member.community}`: nothing is left to do")
        moments = [end_fact(writer, "membership", (row.id, row.member.window), member.end) for row in rows]
    return moments[0]


def standing(reader: Reader, code: str) -> tuple[list[str], list[str], list[str]]:
    """The open agreements of the holder with a partner, those of the partner itself, and its open memberships."""
    policy, now = reader.policy(), reader.now()
    if code not in policy.partners or code == policy.holder:
        raise Forbidden(f"`{code}` is no partner of the holder: list them with `comity partner list`")
    live = [grant for grant in policy.agreements if grant.window.end > now]
    rows = [row for row in reader.memberships() if row.member.partner == code and row.member.window.end > now]
    return (
        [grant.id for grant in live if (grant.frm, grant.to) == (policy.holder, code)],
        [grant.id for grant in live if grant.frm == code],
        sorted({row.community for row in rows}),
    )


def mark_green(store: Store, community: str, word: Word) -> None:
    """Let TLP:GREEN mean this community from now on, for what is received from now on."""
    with changing(store, "green-community", word) as writer:
        known("community", community, writer.policy().communities)
        writer.set_setting(GREEN, community)


def as_code(text: str) -> Code:
    """`text` as a partner's code; whether it is one, a policy judges."""
    return Code(Recipient(text))


def make_partner(code: Code, name: str | None) -> Partner:
    """A partner with an identity of its own; its id is drawn by lot, so that it tells nothing.

    MalformedInput for a name that nobody could read.
    """
    if name is not None and not (name.strip() and name.isprintable()):
        raise MalformedInput(f"`{name}` is no name for {code}: write one in printable signs, or leave it out")
    return Partner(code=code, name=name or code, identity=f"identity--{uuid4()}")


def _terms(new: NewPartner) -> DefaultTerms | None:
    if new.level is not None:
        return DefaultTerms(level=new.level, domains=new.domains or frozenset({GENERAL}), audience=new.audience)
    if new.domains is not None or new.audience is not None:
        raise MalformedInput("default terms without a level: state it with --level")
    return None


def _check_terms(policy: Policy, code: Code, terms: DefaultTerms) -> None:
    claim = Claim(originator=code, level=terms.level, domains=terms.domains, audience=terms.audience)
    if faults := list(validity.of_claim(policy, claim, ("partners", code))):
        raise InvalidFacts(tuple(faults))


def _new(noun: str, name: str, register: Collection[str]) -> None:
    if name in register:
        raise Forbidden(f"the {noun} `{name}` is registered already: nothing is left to do")


def _is(row: MembershipRow, member: NewMember) -> bool:
    return (row.community, row.member.partner) == (member.community, member.partner)
