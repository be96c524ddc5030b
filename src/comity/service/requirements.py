"""Acts on what is needed: requirements, and what counts towards them, by rule or by hand.

Rules kept here:
1. nothing here lets anything flow: these are no changes of policy, raise no epoch, and wait for no release;
2. facts are checked by `core.wants` beside what is in force, before they are recorded;
3. what is stated of a requirement that has ended is refused, and what was stated of it counts no more.
"""

from dataclasses import dataclass

from comity.core.errors import Forbidden, MalformedInput
from comity.core.instant import Instant
from comity.core.requirement import Kind, Rate, Requirement, RequirementId, Rule, Tag
from comity.core.wants import Wants
from comity.index.holding import item_id
from comity.service.in_force import (
    must_be_moderate,
    must_be_printable,
    must_last,
    one,
    open_one,
)
from comity.service.needs import During
from comity.service.policy import end_fact, name_for, window
from comity.service.ports import Store
from comity.service.records import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequirement:
    """A requirement to record: from `start`, by default now, until `end`. The id is made if none is."""

    title: str
    domains: frozenset[str] = frozenset()
    region: str | None = None
    priority: int = 3
    kind: Kind = Kind.INTELLIGENCE
    rate: Rate | None = None
    freshness: int | None = None
    corroboration: int | None = None
    start: Instant | None = None
    end: Instant | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTag:
    """What is to count towards a requirement: one item by its name, or all that have everything which is stated."""

    requirement: str
    item: str | None = None
    type: str | None = None
    domain: str | None = None
    label: str | None = None
    text: str | None = None


def add_requirement(store: Store, new: NewRequirement, word: Word) -> During[Requirement]:
    """Record a requirement. InvalidFacts, MalformedInput; Forbidden for an id that is taken."""
    with store.write("requirement", word, policy=False) as writer:
        must_be_printable("title", new.title, needed=True)
        must_be_printable("region", new.region)
        must_be_moderate(new.rate, length=new.freshness)
        stated = Requirement(
            id=RequirementId(name_for(writer, "requirement", new.id)),
            title=new.title,
            domains=new.domains,
            region=new.region,
            priority=new.priority,
            kind=new.kind,
            rate=new.rate,
            freshness=new.freshness,
            corroboration=new.corroboration,
        )
        made = During(stated.id, stated, must_last(window(writer, new.start, new.end)))
        Wants(policy=writer.policy(), items=(), requirements=(stated,))
        writer.add_requirement(made)
    return made


def end_requirement(store: Store, name: str, word: Word, at: Instant | None = None) -> Instant:
    """End a requirement at `at`, by default now; when it ends. What was stated of it counts no more from then."""
    with store.write("requirement-end", word, policy=False) as writer:
        found = one(writer, "requirement", name, writer.requirements())
        return end_fact(writer, "requirement", (name, found.window), at)


def add_tag(store: Store, new: NewTag, word: Word) -> During[Rule | Tag]:
    """Record what counts towards a requirement, from now on. UnknownName, AmbiguousItem, InvalidFacts, Forbidden."""
    said = {"type": new.type, "domain": new.domain, "label": new.label, "text": new.text}
    by_rule = any(text is not None for text in said.values())
    if by_rule is (new.item is not None):
        raise MalformedInput("a tag names one item, or states a type, a domain, a label or a text: do one of the two")
    with store.write("tag", word, policy=False) as writer:
        for noun, text in said.items():
            must_be_printable(noun, text)
        requirement = open_one(writer, "requirement", new.requirement, writer.requirements()).stated
        stated: Rule | Tag
        if new.item is None:
            stated = Rule(requirement=requirement.id, **said)
        else:
            stated = Tag(requirement=requirement.id, item=item_id(writer.one(new.item).ordinal))
        items = (stated.item,) if isinstance(stated, Tag) else ()
        Wants(policy=writer.policy(), items=items, requirements=(requirement,), tags=(stated,))
        if any(each.stated == stated and each.window.end > writer.act.at for each in writer.tags()):
            raise Forbidden(f"this counts towards `{new.requirement}` already: nothing is left to do")
        made = During(writer.fresh_id("tag"), stated, window(writer, None, None))
        writer.add_tag(made)
    return made


def remove_tag(store: Store, name: str, word: Word) -> Instant:
    """Take a rule or a tag back; since when it counts no more."""
    with store.write("tag-remove", word, policy=False) as writer:
        found = one(writer, "tag", name, writer.tags())
        return end_fact(writer, "tag", (name, found.window), None)
