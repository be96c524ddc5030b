"""Partners and their default terms; communities and their members."""

from typing import Annotated, Final

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from comity.core.errors import Forbidden, MalformedInput
from comity.core.instant import NEVER
from comity.core.role import Duty
from comity.service import partners
from comity.service.grants import end_agreement
from comity.service.partners import NewMember, NewPartner, standing
from comity.service.policy import known
from comity.service.ports import Reader, Store
from comity.service.records import Partner
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import Code, Name, Shape, Span, Stated, Time, When, Why, moment, shown, span


class Terms(Shape):
    """Default terms: what holds for what a partner sends without markings."""

    level: str = Field(examples=["RESTRICTED"])
    domains: list[str]
    releasable_to: list[str] | None = Field(description="Who may get it; null where no list is stated.")


class PartnerShown(Shape):
    """A partner."""

    code: str = Field(examples=["NOR"])
    name: str = Field(examples=["Norway"])
    identity: str = Field(description="The id of the STIX identity that stands for it.")
    terms: Terms | None


class PartnerList(Shape):
    """The partners, by code."""

    holder: str = Field(description="The one whose node this is.")
    partners: list[PartnerShown]


class PartnerAdded(Why):
    """A partner to register, or one that is there with new default terms."""

    code: Code = Field(description="Printable signs, no blanks, none of `/ * : @ # ,`.")
    name: Name | None = Field(None, description="What people call it.")
    level: Name | None = Field(None, description="Default terms: the level.", examples=["RESTRICTED"])
    domains: list[Name] = Field([], description="Default terms: the domains.")
    audience: list[Code] | None = Field(None, description="Default terms: who may get it.")


class PartnerEnded(Shape):
    """What has ended with a partner, and what of its own is its own to end."""

    agreements: list[str]
    memberships: list[str]
    left: list[str] = Field(description="Agreements that the partner itself has granted.")


class Member(Span):
    """A membership."""

    partner: str


class CommunityShown(Shape):
    """A community and its members, with their dates."""

    name: str
    members: list[Member]


class CommunityList(Shape):
    """The communities, by name."""

    communities: list[CommunityShown]


class CommunityAdded(Why):
    """A community to register, or partners to take into one that is there."""

    name: Name = Field(examples=["E3"])
    members: list[Code] = Field([], description="The codes of its members.", max_length=1000)
    start: Time | None = Field(None, description="From when these are members, by default now.")
    end: Time | None = Field(None, description="Until when.")
    green: bool = Field(default=False, description="Let TLP:GREEN mean this community from now on.")


class Leaving(Stated):
    """Who leaves a community."""

    name: Name
    members: list[Code] = Field([], description="The codes of those who leave; by default all.", max_length=1000)
    at: Time | None = Field(None, description="When, by default now.")


class Left(Shape):
    """Who has left a community, and when."""

    community: str
    ended: dict[str, When]


def list_partners(ask: Ask) -> Response:
    """List the partners and their default terms."""
    with ask.reading(Duty.TERMS) as reader:
        found = [_partner(reader, each) for each in reader.partners()]
        return answered(PartnerList(holder=reader.policy().holder, partners=found))


def add_partner(do: Do, body: PartnerAdded) -> Response:
    """Register a partner, or give one that is there new default terms."""
    new = NewPartner(
        code=body.code,
        name=body.name,
        level=body.level,
        domains=frozenset(body.domains) or None,
        audience=None if body.audience is None else tuple(dict.fromkeys(body.audience)),
    )

    def done(store: Store) -> PartnerShown:
        made = partners.add_partner(store, new, do.word(body))
        with store.read() as reader:
            return _partner(reader, made)

    return do.done(Duty.REGISTERS, done)


def end_partner(do: Do, code: Annotated[Code, Path(description="The partner's code.")], body: Stated) -> Response:
    """End what the holder grants a partner, and its memberships.

    Its record, and what it gave, stay. What the partner itself has granted is its own to end; it is listed. Each
    agreement and membership ends in an act of its own.
    """

    def done(store: Store) -> PartnerEnded:
        with store.read() as reader:
            ours, theirs, memberships = standing(reader, code)
        for name in ours:
            end_agreement(store, name, do.word(body))
        for name in memberships:
            partners.end_member(store, NewMember(community=name, partner=code), do.word(body))
        return PartnerEnded(agreements=ours, memberships=memberships, left=theirs)

    return do.done(Duty.POLICY, done)


def list_communities(ask: Ask) -> Response:
    """List the communities and their members."""
    with ask.reading(Duty.TERMS) as reader:
        found = [_community(reader, name) for name in sorted(reader.policy().communities)]
        return answered(CommunityList(communities=found))


def add_community(do: Do, body: CommunityAdded) -> Response:
    """Register a community, or take partners into one that is there."""
    codes, since, until = dict.fromkeys(body.members), moment(body.start, "start"), moment(body.end, "end")
    if not codes and (since is not None or until is not None):
        raise MalformedInput("`start` and `end` are of members: name the members")

    def done(store: Store) -> CommunityShown:
        with store.read() as reader:
            there = body.name in reader.policy().communities
        if not there:
            partners.add_community(store, body.name, tuple(codes), do.word(body), (since, until))
        for code in codes if there else ():
            new = NewMember(community=body.name, partner=code, start=since, end=until)
            partners.add_member(store, new, do.word(body))
        if body.green:
            partners.mark_green(store, body.name, do.word(body))
        with store.read() as reader:
            return _community(reader, body.name)

    return do.done(Duty.POLICY, done)


def end_community(do: Do, body: Leaving) -> Response:
    """End memberships of a community."""
    at = moment(body.at, "at")

    def done(store: Store) -> Left:
        with store.read() as reader:
            known("community", body.name, reader.policy().communities)
            rows = [row.member for row in reader.memberships() if row.community == body.name]
            now = reader.now()
        codes = dict.fromkeys(body.members or sorted({row.partner for row in rows if row.window.end > now}))
        if not codes:
            raise Forbidden(f"`{body.name}` has no members: nothing is left to do")
        when = {
            code: partners.end_member(store, NewMember(community=body.name, partner=code, end=at), do.word(body))
            for code in codes
        }
        return Left(community=body.name, ended={code: shown(moment) or "" for code, moment in when.items()})

    return do.done(Duty.POLICY, done)


def _partner(reader: Reader, each: Partner) -> PartnerShown:
    terms = reader.default_terms(each.code)
    return PartnerShown(
        code=each.code,
        name=each.name,
        identity=each.identity,
        terms=None
        if terms is None
        else Terms(
            level=terms.level,
            domains=sorted(terms.domains),
            releasable_to=None if terms.audience is None else list(terms.audience),
        ),
    )


def _community(reader: Reader, name: str) -> CommunityShown:
    rows = [row.member for row in reader.memberships() if row.community == name and row.member.window.start < NEVER]
    return CommunityShown(name=name, members=[Member(partner=row.partner, **span(row.window)) for row in rows])


ROUTES: Final = (
    get("/partners", list_partners, PartnerList, command="partner list"),
    post("/partners", add_partner, PartnerShown, command="partner add"),
    post("/partners/{code}/end", end_partner, PartnerEnded, command="partner end"),
    get("/communities", list_communities, CommunityList, command="community list"),
    post("/communities", add_community, CommunityShown, command="community add"),
    post("/communities/end", end_community, Left, command="community end"),
)
