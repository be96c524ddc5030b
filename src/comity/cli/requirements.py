"""`comity requirement` and `comity tag`."""

from cyclopts import App

from comity.cli import needs
from comity.cli.facts import ended
from comity.cli.options import (
    ACTING,
    ASKING,
    ActingOptions,
    AskingOptions,
    Names,
    StatingOptions,
    Time,
    listed,
    moment,
    opened,
    typed,
)
from comity.cli.terminal import answer, drawn, said, time_shown
from comity.core.requirement import Kind
from comity.service import in_force, requirements
from comity.service.requirements import NewRequirement, NewTag

requirement = App(name="requirement", help="What recipients need, and how much of it.")
tag = App(name="tag", help="What counts towards a requirement.")


@requirement.command(name="add")
def add_requirement(
    title: str,
    /,
    *,
    domains: Names = (),
    region: str | None = None,
    priority: int = 3,
    kind: Kind = Kind.INTELLIGENCE,
    rate: int | None = None,
    per: str | None = None,
    freshness: str | None = None,
    corroboration: int | None = None,
    start: Time = None,
    end: Time = None,
    id: str | None = None,
    options: ActingOptions = ACTING,
) -> int:
    """Record a requirement. What is not stated of rate, freshness and corroboration is not asked for.

    Example: `comity requirement add "Strikes on the grid" --domains early-warning --rate 3 --per P7D --priority 1`

    Args:
        title: What people read.
        domains: What it is about.
        region: Where.
        priority: From 1, the most urgent, to 5.
        kind: What it is for.
        rate: At least so many items in each time that `--per` says.
        per: The time that `--rate` is for: `P7D`, `PT36H`.
        freshness: How old the newest item may be: `P2D`.
        corroboration: At least so many independent originators, 100 at most.
        start: From when, by default now.
        end: Until when.
        id: Its id; one is made if none is given.
    """
    new = NewRequirement(
        title=title,
        domains=frozenset(listed(domains)),
        region=region,
        priority=priority,
        kind=kind,
        rate=needs.rate(rate, per, "--rate"),
        freshness=needs.length(freshness, "--freshness"),
        corroboration=corroboration,
        start=moment(start, "--start"),
        end=moment(end, "--end"),
        id=id,
    )
    with typed(title="TITLE"), opened(options, needs=None) as store:
        made = requirements.add_requirement(store, new, options.word)
    return answer(options, needs.requirement(made), said(f"{made.id}: {made.stated.title}"))


@requirement.command(name="list")
def list_requirements(*, options: AskingOptions = ASKING) -> int:
    """List the requirements.

    Example: `comity requirement list`
    """
    with opened(options) as store, store.read() as reader:
        found = reader.requirements()
    document = {"requirements": [needs.requirement(each) for each in found]}
    return answer(options, document, needs.requirements_drawn(found))


@requirement.command(name="show")
def show_requirement(id: str, /, *, options: AskingOptions = ASKING) -> int:
    """Show a requirement, what counts towards it, and the offers for it or for a domain of its.

    Example: `comity requirement show r-1`

    Args:
        id: The requirement's id.
    """
    with opened(options) as store, store.read() as reader:
        found, tags, offers = in_force.belonging(reader, id)
        names = needs.item_names(reader, tags)
    document = {
        **needs.requirement(found),
        "tags": [needs.tag(each, names) for each in tags],
        "offers": [needs.offer(each) for each in offers],
    }
    shown = drawn(needs.requirements_drawn([found]), needs.tags_drawn(tags, names), needs.offers_drawn(offers))
    return answer(options, document, shown)


@requirement.command(name="end")
def end_requirement(id: str, /, *, at: Time = None, options: StatingOptions) -> int:
    """End a requirement. What counted towards it, and offers for it alone, count no more.

    Example: `comity requirement end r-1 --why "the winter is over"`

    Args:
        id: The requirement's id.
        at: When, by default now.
    """
    with opened(options, needs=None) as store:
        when = requirements.end_requirement(store, id, options.word, moment(at))
    return answer(options, ended("requirement", id, when), said(f"{id} ends at {time_shown(when)}"))


@tag.command(name="add")
def add_tag(
    requirement: str,
    item: str | None = None,
    /,
    *,
    type: str | None = None,
    domain: str | None = None,
    label: str | None = None,
    text: str | None = None,
    options: ActingOptions = ACTING,
) -> int:
    """Count an item towards a requirement, or by a rule all items that have everything which is stated.

    Example: `comity tag add r-1 --type report --domain early-warning`

    Args:
        requirement: The requirement's id.
        item: The item; without it, a rule is stated.
        type: A rule: the type of items.
        domain: A rule: a domain of their first claim.
        label: A rule: one of the object's labels.
        text: A rule: words that are said in it.
    """
    new = NewTag(requirement=requirement, item=item, type=type, domain=domain, label=label, text=text)
    with typed(), opened(options, needs=None) as store:
        made = requirements.add_tag(store, new, options.word)
        with store.read() as reader:
            names = needs.item_names(reader, [made])
    line = f"{made.id}: {item or 'what the rule says'} counts towards {requirement}"
    return answer(options, needs.tag(made, names), said(line))


@tag.command(name="list")
def list_tags(*, requirement: str | None = None, options: AskingOptions = ASKING) -> int:
    """List what counts towards requirements: rules, and items that were tagged by hand.

    Example: `comity tag list --requirement r-1`

    Args:
        requirement: Of this requirement only.
    """
    with opened(options) as store, store.read() as reader:
        found = reader.tags() if requirement is None else tuple(in_force.belonging(reader, requirement)[1])
        names = needs.item_names(reader, found)
    document = {"tags": [needs.tag(each, names) for each in found]}
    return answer(options, document, needs.tags_drawn(found, names))


@tag.command(name="remove")
def remove_tag(id: str, /, *, options: StatingOptions) -> int:
    """Take a rule or a tag back: from now on it counts for nothing.

    Example: `comity tag remove t-1 --why "it is about another grid"`

    Args:
        id: The tag's id.
    """
    with opened(options, needs=None) as store:
        when = requirements.remove_tag(store, id, options.word)
    return answer(options, ended("tag", id, when), said(f"{id} counts no more since {time_shown(when)}"))
