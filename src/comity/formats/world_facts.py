"""The sections of a world file as the core's values: who there is, what is granted, stopped and consented to, and held.

What the values say of one another (an unknown partner, an end before its start) is judged by the core; here each value
is only read. The keys are the words of semantics §1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.core.agreement import Agreement, Delegation, Reach, Suspension
from comity.core.claim import EVERY_DOMAIN, GENERAL, LEVELS, Claim, Derivation, Onward
from comity.core.consent import Consent
from comity.core.instant import NEVER, Instant, Window
from comity.core.lineage import Item, ItemId, Source, Use
from comity.core.partner import Code, Community, Membership, Recipient
from comity.core.world import Policy
from comity.formats.world_fields import Entry


class Draft(Policy):
    """What a file says, not yet judged. It lives only as long as its faults are sought; no decision works on it."""

    def __post_init__(self) -> None:
        """Judge nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The items of a file, and the STIX objects of those that state one."""

    items: dict[ItemId, Item]
    objects: dict[ItemId, Mapping[str, object]]


def draft(top: Entry) -> tuple[Draft, dict[Code, str]]:
    """The policy that a file states, and the names of the partners."""
    holder = _code(top.name("holder"))
    names = _partners(top.mapping("partners", required=True))
    levels = top.register("levels")
    policy = Draft(
        holder=holder,
        partners=frozenset(names),
        levels=LEVELS if levels is None else levels,
        domains=frozenset(top.register("domains") or ()),
        conditions=frozenset(top.register("conditions") or ()),
        communities=_communities(top.mapping("communities")),
        agreements=tuple(_agreement(entry) for entry in top.entries("agreements")),
        suspensions=tuple(_suspension(entry) for entry in top.entries("suspensions")),
        delegations=tuple(_delegation(entry) for entry in top.entries("delegations")),
        consents=tuple(_consent(entry) for entry in top.entries("consents")),
    )
    return policy, names


def judged(policy: Draft) -> Policy:
    """The policy that the draft states. Raises InvalidFacts."""
    return Policy(
        holder=policy.holder,
        partners=policy.partners,
        levels=policy.levels,
        domains=policy.domains,
        conditions=policy.conditions,
        communities=policy.communities,
        agreements=policy.agreements,
        suspensions=policy.suspensions,
        delegations=policy.delegations,
        consents=policy.consents,
    )


def holding(top: Entry, lowest: str) -> Holding:
    """The items that a file states; `lowest` is the level of a further claim that names none."""
    items: dict[ItemId, Item] = {}
    objects: dict[ItemId, Mapping[str, object]] = {}
    for number, entry in enumerate(top.entries("items")):
        item = _item(entry, number, lowest)
        if item.id in items:
            entry.fault(("id",), f"the id `{item.id}` stands twice", "give each item its own")
            item = Item(id=_stand_in(number), claims=item.claims, sources=item.sources)
        items[item.id] = item
        stated = entry.free_object("object")
        if stated is not None:
            objects[item.id] = stated
        entry.close()
    return Holding(items=items, objects=objects)


def _stand_in(number: int) -> ItemId:
    """An id that no text can be, so that a faulty item keeps its place among the others."""
    return ItemId(f"\0{number}")


def _code(text: str) -> Code:
    return Code(Recipient(text))


def _partners(section: Entry) -> dict[Code, str]:
    names = {}
    for code in section.keys():  # noqa: SIM118 - not a dict's keys: those that are sound
        entry = section.mapping(code)
        names[_code(code)] = entry.optional_name("name") or code
        entry.close()
    return names


def _communities(section: Entry) -> dict[str, Community]:
    return {
        name: Community(name=name, members=tuple(_member(member) for member in section.members(name)))
        for name in section.keys()  # noqa: SIM118 - as above
    }


def _member(member: Entry | str) -> Membership:
    if isinstance(member, str):
        return Membership(partner=_code(member))
    found = Membership(partner=_code(member.name("partner")), window=member.window())
    member.close()
    return found


def _agreement(entry: Entry) -> Agreement:
    found = Agreement(
        id=entry.name("id"),
        frm=_code(entry.name("from")),
        to=_code(entry.name("to")),
        ceiling=entry.name("ceiling"),
        domains=frozenset(entry.names("domains", required=True) or ()),
        window=entry.window(),
        onward=entry.choice("onward", Onward) or Onward.LISTED,
        derivation=entry.choice("derivation", Derivation) or Derivation.INHERIT,
        accepts=frozenset(entry.names("accepts") or ()),
    )
    entry.close()
    return found


def _delegation(entry: Entry) -> Delegation:
    found = Delegation(
        id=entry.name("id"),
        frm=_code(entry.name("from")),
        to=_code(entry.name("to")),
        ceiling=entry.name("ceiling"),
        domains=frozenset(entry.names("domains", required=True) or ()),
        window=entry.window(),
    )
    entry.close()
    return found


def _suspension(entry: Entry) -> Suspension:
    window, given = entry.window(started=True), entry.time("given")
    domains = entry.names("domains")
    found = Suspension(
        id=entry.name("id"),
        frm=_code(entry.name("from")),
        to=_code(entry.name("to")),
        window=window,
        given=window.start if given is None else given,
        domains=frozenset({EVERY_DOMAIN} if domains is None else domains),
        reach=entry.choice("reach", Reach) or Reach.ONWARD,
        recall=entry.flag("recall"),
    )
    entry.close()
    return found


def _consent(entry: Entry) -> Consent:
    window, given = entry.window(started=True), entry.time("given")
    found = Consent(
        id=entry.name("id"),
        by=_code(entry.name("by")),
        item=ItemId(entry.name("item")),
        to=entry.names("to", required=True) or (),
        window=window,
        given=window.start if given is None else given,
        use=entry.choice("use", Use) or Use.REPRODUCES,
    )
    entry.close()
    return found


def _item(entry: Entry, number: int, lowest: str) -> Item:
    received = entry.time("received")
    return Item(
        id=ItemId(entry.name("id") or _stand_in(number)),
        claims=(claim(entry, received), *further_claims(entry, received, lowest)),
        sources=sources(entry),
    )


def claim(entry: Entry, received: Instant | None, *, lowest: str | None = None, window: Window = Window()) -> Claim:  # noqa: B008 - frozen
    """The claim that an entry states. Without `lowest`, it must name its level."""
    level = entry.name("level") if lowest is None else entry.optional_name("level")
    domains = entry.names("domains")
    bounds = entry.window("not_before", "not_after")
    return Claim(
        originator=_code(entry.name("originator")),
        level=lowest or "" if level is None else level,
        domains=frozenset({GENERAL} if domains is None else domains),
        audience=entry.names("releasable_to"),
        onward=entry.choice("onward", Onward),
        derivation=entry.choice("derivation", Derivation),
        not_before=bounds.start,
        not_after=bounds.end,
        conditions=frozenset(entry.names("conditions") or ()),
        window=window,
        received=received,
    )


def further_claims(item: Entry, received: Instant | None, lowest: str) -> tuple[Claim, ...]:
    """The further claims that an item states, each with its window."""
    found = []
    for entry in item.entries("further_claims"):
        found.append(claim(entry, received, lowest=lowest, window=entry.window()))
        entry.close()
    return tuple(found)


def sources(item: Entry) -> tuple[Source, ...]:
    """The sources that an item states."""
    return tuple(_source(entry) for entry in item.entries("sources"))


def _source(entry: Entry) -> Source:
    attested, withdrawn = entry.time("attested"), entry.time("withdrawn")
    if entry.has("withdrawn") and not entry.has("attested"):
        entry.fault(("withdrawn",), "withdrawn, but never attested", "state `attested` too, or leave `withdrawn` out")
    use = entry.choice("use", Use)
    if use is None:  # where the use is faulty, an attestation shall not be a second fault
        use = Use.DRAWS_ON if entry.has("use") else Use.REPRODUCES
    windows = () if attested is None else (Window(attested, NEVER if withdrawn is None else withdrawn),)
    found = Source(item=ItemId(entry.name("item")), use=use, attestations=windows)
    entry.close()
    return found
