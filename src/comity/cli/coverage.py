"""`comity coverage` and `dependence`: how well what is needed is covered for somebody, and on whom that depends."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from comity.cli import counted, counting
from comity.cli.counted import Plain
from comity.cli.counting import COUNTING, CountingOptions, window_shown
from comity.cli.options import opened_node
from comity.cli.picture import Picture, bar
from comity.cli.plain import plural
from comity.cli.reporting import KEEPING, KeepingOptions, Made, told
from comity.cli.terminal import Draw, drawn, said, table, time_shown
from comity.core.coverage import covered
from comity.formats import duration
from comity.formats.plan_words import percent
from comity.index.losing import Stand
from comity.service import covering
from comity.service.covering import Asked, Covered, CoveredOne, Rests
from comity.service.surveying import asked_already


def coverage(
    requirement: str | None = None,
    /,
    *,
    to: str,
    keeping: KeepingOptions = KEEPING,
    options: CountingOptions = COUNTING,
) -> int:
    """How well what is needed is covered for a recipient, by what it may see: every requirement, or one in detail.

    Counted is what the holder received in the window, by default the last week.

    Example: `comity coverage --to UKR --last P7D`

    Args:
        requirement: The requirement's id; by default all that are in force.
        to: A partner, or a part of one.
    """
    asked, limit = Asked(to=to, span=options.span, at=options.moment, by_object=keeping.asked), options.listed
    with opened_node(options) as node:
        if requirement is None:
            every = covering.coverage(node.store, asked_already, asked)
            return told(options, keeping, node, Made("coverage", every.reported, _document(every), _drawn(every)))
        one = covering.coverage_of(node.store, asked_already, asked, requirement, limit)
        return told(options, keeping, node, Made("coverage", one.reported, _one(one), _one_drawn(one)))


def dependence(
    requirement: str | None = None,
    /,
    *,
    to: str,
    keeping: KeepingOptions = KEEPING,
    options: CountingOptions = COUNTING,
) -> int:
    """On whose roots it rests what covers a requirement for a recipient, or without one all that it may see.

    Shares of root originators, how concentrated they are, whom every item descends from, and roots that several
    originators have in common. Requirements that one originator can take away are listed, as they stand in the window.

    Example: `comity dependence --to UKR`

    Args:
        requirement: The requirement's id; by default all that the recipient may see.
        to: A partner, or a part of one.
    """
    asked = Asked(to=to, span=options.span, at=options.moment, by_object=keeping.asked)
    with opened_node(options) as node:
        found = covering.dependence(node.store, asked_already, asked, requirement, options.listed)
        made = Made("dependence", found.reported, _dependence(found), drawn(*_rests(found)))
        return told(options, keeping, node, made)


def _dependence(found: Rests) -> Plain:
    return {
        "to": found.recipient,
        **counting.asked(found.at, found.window),
        "requirement": None if found.requirement is None else found.requirement.id,
        "count": found.dependence.items,
        **counted.dependence(found.dependence),
        "common": [
            {
                "root": list(each.root),
                "originators": list(each.originators),
                "count": each.items,
                "hidden": each.hidden,
            }
            for each in found.common
        ],
        "sole_source": [
            {"requirement": each.requirement.id, "count": each.items, "originators": list(each.originators)}
            for each in found.soles
        ],
    }


def _one(one: CoveredOne) -> Plain:
    return {
        "to": one.recipient,
        **counting.asked(one.at, one.stand.coverage.window),
        **_stand(one.stand),
        "items": counting.items(one.listed),
    }


def _document(found: Covered) -> Plain:
    return {
        "to": found.recipient,
        **counting.asked(found.at, found.window),
        "requirements": [_stand(each) for each in found.stands],
    }


def _stand(stand: Stand) -> Plain:
    stated = stand.requirement
    return {
        "requirement": stated.id,
        "title": stated.title,
        "priority": stated.priority,
        "count": stand.coverage.items,
        **counted.coverage(stated, stand.coverage),
    }


def _drawn(found: Covered) -> Draw:
    met = sum(covered(each.requirement, each.coverage) for each in found.stands)
    heading = said(
        f"{met} of {plural(len(found.stands), 'requirement')} covered for {found.recipient}, "
        f"{window_shown(found.window)}, as of {time_shown(found.at)}"
    )
    headings = ("requirement", "priority", "items", "wants", "", "met")
    return drawn(heading, table(headings, [row for each in found.stands for row in _rows(each)]))


Row = tuple[str | Text | Picture, ...]


def _rows(stand: Stand) -> Iterator[Row]:
    """A row for each want; the first one names the requirement."""
    stated, found = stand.requirement, stand.coverage
    named: Row = (f"{stated.id}: {stated.title}", str(stated.priority), str(found.items))
    wants = [
        (f"{each.want.value} {each.said}", bar(each.share), _met(met=each.met))
        for each in counted.wanted(stated, found)
    ]
    for place, want in enumerate(wants or [("anything", bar(float(found.items > 0)), _met(met=found.items > 0))]):
        yield (*(named if place == 0 else ("", "", "")), *want)


def _met(*, met: bool) -> Text:
    return Text("yes", style="green") if met else Text("no", style="red")


def _one_drawn(one: CoveredOne) -> Draw:
    stated, found = one.stand.requirement, one.stand.coverage
    verdict = "covered" if covered(stated, found) else "not covered"
    newest = [] if found.age is None else [f"the newest is {duration.show(found.age)} old at the end of the window"]
    groups = counted.groups(found)
    when = f"{window_shown(found.window)}, as of {time_shown(one.at)}"
    told = [
        f"{stated.id}: {stated.title}: {verdict} for {one.recipient}, {when}",
        plural(found.items, "item"),
        *newest,
        f"{len(groups)} independent: {', '.join(groups)}" if groups else "nobody's",
        *(counted.graded(found)),
    ]
    rows = [(each.want.value, each.said, bar(each.share), _met(met=each.met)) for each in counted.wanted(stated, found)]
    return drawn(
        *map(said, told),
        *([table(("want", "there is", "", "met"), rows)] if rows else []),
        counting.items_drawn(one.listed, one.more),
    )


def _rests(found: Rests) -> Iterator[Draw]:
    of = "all that it may see" if found.requirement is None else f"what covers {found.requirement.id}"
    rests, concentration = found.dependence, found.dependence.concentration
    yield said(f"{found.recipient}: {of}, {plural(rests.items, 'item')}, as of {time_shown(found.at)}")
    if concentration is None:
        return
    yield table(
        ("root originator", "share", ""), [(code, percent(share), bar(float(share))) for code, share in rests.shares]
    )
    yield said(f"concentration {counted.concentration(concentration)}")
    yield from (said(f"every item descends from {code}") for code in rests.soles)
    if found.common:
        yield said("look independent, and have a root in common:")
        yield table(("root", "items of", "items", "root seen"), _common(found))
        yield from counting.rest(found.more)
    if found.soles and found.requirement is None:
        yield said(f"sole-source requirements, {window_shown(found.window)}:")
        yield table(
            ("requirement", "items", "all descend from"),
            [
                (f"{each.requirement.id}: {each.requirement.title}", str(each.items), ", ".join(each.originators))
                for each in found.soles
            ],
        )


def _common(found: Rests) -> Iterable[tuple[str, ...]]:
    for each in found.common:
        hidden = "no, hidden" if each.hidden else "yes"
        yield ", ".join(each.root), ", ".join(each.originators), str(each.items), hidden
