"""`comity partner` and `comity community`."""

from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.facts import span_shown, window
from comity.cli.options import (
    ACTING,
    ASKING,
    ActingOptions,
    AskingOptions,
    Flag,
    Names,
    StatingOptions,
    Time,
    listed,
    moment,
    opened,
)
from comity.cli.terminal import answer, lines, said, table, time_or_none
from comity.core.errors import Forbidden, MalformedInput
from comity.core.instant import NEVER
from comity.core.role import Duty
from comity.service import grants, partners
from comity.service.partners import NewMember, NewPartner
from comity.service.policy import known
from comity.service.ports import Reader
from comity.service.records import Partner

partner = App(name="partner", help="Partners and their default terms.")
community = App(name="community", help="Communities and their members.")


@partner.command(name="add")
def add_partner(
    code: str,
    name: str | None = None,
    /,
    *,
    level: str | None = None,
    domains: Names = (),
    audience: Annotated[tuple[str, ...] | None, Parameter(consume_multiple=True, negative=())] = None,
    options: ActingOptions = ACTING,
) -> int:
    """Register a partner, or give one that is there new default terms.

    Default terms hold for what it sends without markings; without them such objects wait in quarantine.

    Example: `comity partner add NOR Norway --level RESTRICTED --domains early-warning`

    Args:
        code: Its code: printable signs, no blanks, none of `/ * : @ # ,`.
        name: What people call it.
        level: Default terms: the level.
        domains: Default terms: the domains.
        audience: Default terms: who may get it, `""` for nobody; without this, no list is stated.
    """
    new = NewPartner(
        code=code,
        name=name,
        level=level,
        domains=frozenset(listed(domains)) or None,
        audience=() if audience == ("",) else None if audience is None else listed(audience),
    )
    with opened(options, needs=None) as store:
        made = partners.add_partner(store, new, options.word)
        with store.read() as reader:
            document = _partner(reader, made)
    return answer(options, document, said(f"{made.code} ({made.name}) is registered"))


@partner.command(name="list")
def list_partners(*, options: AskingOptions = ASKING) -> int:
    """List the partners and their default terms.

    Example: `comity partner list`
    """
    with opened(options, Duty.TERMS) as store, store.read() as reader:
        holder = reader.policy().holder
        found = [_partner(reader, each) for each in reader.partners()]
        rows = [
            (each.code, each.name, "holder" if each.code == holder else "", _terms_shown(reader, each))
            for each in reader.partners()
        ]
    return answer(options, {"holder": holder, "partners": found}, table(("code", "name", "", "default terms"), rows))


@partner.command(name="end")
def end_partner(code: str, /, *, options: StatingOptions) -> int:
    """End what the holder grants a partner, and its memberships. Its record, and what it gave, stay.

    What the partner itself has granted is its own to end; it is listed.

    Example: `comity partner end POL --why "the programme is over"`

    Args:
        code: The partner's code.
    """
    with opened(options, needs=None) as store:
        with store.read() as reader:
            ours, theirs, memberships = partners.standing(reader, code)
        for grant in ours:
            grants.end_agreement(store, grant, options.word)
        for name in memberships:
            partners.end_member(store, NewMember(community=name, partner=code), options.word)
    document = {"ended": {"agreements": ours, "memberships": memberships}, "left": theirs}
    left = f"; {code} itself would have to end {', '.join(theirs)}" if theirs else ""
    line = f"ended: {', '.join([*ours, *memberships]) or 'nothing was open'}{left}"
    return answer(options, document, said(line))


@community.command(name="add")
def add_community(
    name: str,
    members: Names = (),
    /,
    *,
    start: Time = None,
    end: Time = None,
    green: Flag = False,
    options: ActingOptions = ACTING,
) -> int:
    """Register a community, or take partners into one that is there.

    Example: `comity community add E3 DEU FRA GBR`

    Args:
        name: The community's name, which is no partner's.
        members: The codes of its members.
        start: From when these are members, by default now.
        end: Until when.
        green: Let TLP:GREEN mean this community from now on.
    """
    codes, since, until = listed(members), moment(start, "--start"), moment(end, "--end")
    if not codes and (since is not None or until is not None):
        raise MalformedInput("--start and --end are of members: name the members")
    with opened(options, needs=None) as store:
        with store.read() as reader:
            there = name in reader.policy().communities
        if not there:
            partners.add_community(store, name, codes, options.word, (since, until))
        for code in codes if there else ():
            new = NewMember(community=name, partner=code, start=since, end=until)
            partners.add_member(store, new, options.word)
        if green:
            partners.mark_green(store, name, options.word)
        with store.read() as reader:
            document = _community(reader, name)
    return answer(options, document, said(f"{name}: {', '.join(codes) or 'no members yet'}"))


@community.command(name="list")
def list_communities(*, options: AskingOptions = ASKING) -> int:
    """List the communities and their members, with their dates.

    Example: `comity community list`
    """
    with opened(options, Duty.TERMS) as store, store.read() as reader:
        names = sorted(reader.policy().communities)
        found = [_community(reader, name) for name in names]
        rows = [
            (row.community, row.member.partner, lines(span_shown(row.member.window))) for row in reader.memberships()
        ]
    return answer(options, {"communities": found}, table(("community", "member", "when"), rows))


@community.command(name="end")
def end_community(name: str, members: Names = (), /, *, at: Time = None, options: StatingOptions) -> int:
    """End memberships of a community; of all its members, if none is named.

    Example: `comity community end E3 GBR --why "left"`

    Args:
        name: The community's name.
        members: The codes of those who leave.
        at: When, by default now.
    """
    with opened(options, needs=None) as store:
        with store.read() as reader:
            known("community", name, reader.policy().communities)
            now = reader.now()
            rows = [row.member for row in reader.memberships() if row.community == name]
        codes = listed(members) or tuple(sorted({row.partner for row in rows if row.window.end > now}))
        if not codes:
            raise Forbidden(f"`{name}` has no members: nothing is left to do")
        ended = {
            code: partners.end_member(store, NewMember(community=name, partner=code, end=moment(at)), options.word)
            for code in codes
        }
    document = {"community": name, "ended": {code: time_or_none(when) for code, when in ended.items()}}
    return answer(options, document, said(f"no longer in {name}: {', '.join(codes)}"))


def _partner(reader: Reader, each: Partner) -> dict[str, object]:
    terms = reader.default_terms(each.code)
    return {
        "code": each.code,
        "name": each.name,
        "identity": each.identity,
        "terms": None
        if terms is None
        else {
            "level": terms.level,
            "domains": sorted(terms.domains),
            "releasable_to": None if terms.audience is None else list(terms.audience),
        },
    }


def _terms_shown(reader: Reader, each: Partner) -> str:
    terms = reader.default_terms(each.code)
    if terms is None:
        return "–"
    audience = "" if terms.audience is None else f", to {', '.join(terms.audience) or 'nobody'}"
    return f"{terms.level}, {', '.join(sorted(terms.domains))}{audience}"


def _community(reader: Reader, name: str) -> dict[str, object]:
    members = [row.member for row in reader.memberships() if row.community == name and row.member.window.start < NEVER]
    return {"name": name, "members": [{"partner": each.partner, **window(each.window)} for each in members]}
