"""The scenes of the demo that are counted: what the order cost, which needs it hurt, and on whom that depended.

Nothing here knows a number: each is asked of the node, about the last moment before the order and as if it had been
given then. A week is counted back from that moment.
"""

from fractions import Fraction
from typing import Final

from rich.console import Console
from rich.text import Text

from comity.cli.demo_page import day, listed, paragraph, percent, point, scene, share
from comity.cli.demo_question import Question, anybody, both, plural
from comity.cli.picture import Picture, cells, signs
from comity.core.coverage import Want
from comity.core.loss import Change, Effect, Hurt
from comity.formats.plan_words import number
from comity.service.covering import WEEK, Asked, Rests, dependence
from comity.service.supposing import Lost, Supposing, every_single, losses

_EUROPE: Final = ("DEU", "FRA", "GBR", "NOR", "POL", "UKR")
_FIRST: Final = 4
"""Orders that are listed of all that could be given."""
_BROKEN: Final = {
    Want.RATE: "too few come",
    Want.FRESHNESS: "nothing is recent",
    Want.CORROBORATION: "too few sources",
}


def counted(console: Console, asked: Question) -> None:
    """These scenes."""
    (lost,) = losses(asked.store, anybody, Supposing(to=(asked.to,), at=asked.at), [asked.order]).readers
    _cost(console, asked, lost)
    _needs(console, asked, lost)
    _worst(console, asked)
    _europe(console, asked)
    _rests(console, asked)


def _cost(console: Console, asked: Question, lost: Lost) -> None:
    scene(console, "What the order cost", f"asked about {day(asked.at)}")
    whole, frm = lost.loss.whole, asked.called(asked.order.frm)
    gone, made_of = whole.before - whole.after, signs(console)
    paragraph(
        console,
        "It flows again, and it may stop again. So the node is asked about the last moment before the order: what is "
        f"gone for {asked.called(asked.to)}, on whom did it depend, and who could make up for it? Of "
        f"{plural(whole.before, 'report')} it loses {gone} ({made_of.there} stays, {made_of.gone} is gone):",
    )
    changes = sorted(lost.loss.originators, key=lambda pair: pair[1].after - pair[1].before)
    rows = [(asked.named(code), _items(change), f"{change.after} of {change.before}") for code, change in changes]
    listed(console, ("written by", "", "left"), rows)
    others = sum(change.before - change.after for code, change in changes if code != asked.order.frm)
    paragraph(
        console,
        f"{others} of these {gone} were not written by {frm}: they are built on what it gave, and go with it.",
    )


def _needs(console: Console, asked: Question, lost: Lost) -> None:
    scene(console, "The needs hurt most", f"the week to {day(asked.at)}")
    hit = [each for each in lost.hurts if each.effect is not Effect.UNAFFECTED]
    paragraph(
        console,
        f"A number of reports says little. What counts is what they are needed for: {len(hit)} of the "
        f"{plural(len(lost.hurts), 'need')} of {asked.called(asked.to)} {'is' if len(hit) == 1 else 'are'} hurt.",
    )
    rows = []
    for each in lost.hurts:
        change = Change(before=each.before.items, after=each.after.items)
        left = f"{change.after} of {change.before}"
        rows.append((each.requirement.title, _weekly(each), _items(change), left, _so(each)))
    listed(console, (f"{asked.named(asked.to)} needs", "a week", "", "left", "so"), rows)


def _weekly(each: Hurt) -> str:
    """How many items are wanted in a week."""
    rate = each.requirement.rate
    return "–" if rate is None else number(Fraction(rate.items * WEEK, rate.period))


def _items(change: Change) -> Picture:
    """A cell for each item."""
    return cells(change.after, gone=change.before - change.after)


def _so(each: Hurt) -> Text:
    """What the loss means for the need."""
    if each.effect is Effect.LOST:
        return Text("nothing is left", style="red")
    if each.effect is Effect.UNAFFECTED:
        return Text("as before", style="dim")
    return Text(", ".join(said for want, said in _BROKEN.items() if want in each.broken) or "less is left", style="red")


def _worst(console: Console, asked: Question) -> None:
    found = every_single(asked.store, anybody, Supposing(to=(asked.to,), at=asked.at), limit=_FIRST)
    paragraph(
        console,
        f"Was it the worst that could come? Of all orders by anybody, these would cost {asked.called(asked.to)} most:",
    )
    rows = []
    for each in found.ranked:
        hurts = [hurt for cost in each.costs for hurt in cost.hurts or ()]
        whole = sum(1 for hurt in hurts if hurt.effect is Effect.LOST)
        cost = Change(before=each.items, after=0)
        order = f"{each.supposed.frm} stops {each.supposed.to}"
        rows.append((order, _items(cost), str(each.items), str(len(hurts)), str(whole)))
    listed(console, ("order", "", "reports", "needs hurt", "left with nothing"), rows)


def _europe(console: Console, asked: Question) -> None:
    frm = asked.called(asked.order.frm)
    scene(console, "On whom Europe depends", f"asked about {day(asked.at)}")
    paragraph(
        console,
        "Whoever writes a report, it rests on what it is made from. So much of what each may see on this node comes, "
        f"in the end, from {frm}:",
    )
    found = {code: dependence(asked.store, anybody, Asked(to=code, at=asked.at)).dependence for code in _EUROPE}
    parts = {code: dict(each.shares).get(asked.order.frm, Fraction(0)) for code, each in found.items()}
    rows = [
        (asked.named(code), share(parts[code]), percent(parts[code]), str(found[code].items))
        for code in sorted(found, key=lambda code: -parts[code])
    ]
    listed(console, ("", f"from {frm}", "", "of reports"), rows)


def _rests(console: Console, asked: Question) -> None:
    """On whom the one who was asked about depends, and what only looks as if it did not."""
    to, found = asked.called(asked.to), dependence(asked.store, anybody, Asked(to=asked.to, at=asked.at))
    paragraph(console, f"And all that {to} may see:")
    parts = found.dependence.shares
    listed(console, ("rests on", "", ""), [(asked.named(code), share(part), percent(part)) for code, part in parts])
    if (concentration := found.dependence.concentration) is not None:
        paragraph(
            console,
            f"As one number, its concentration is {number(concentration)}. If everything came from one, it would be "
            f"1; if these {len(parts)} gave as much as each other, {number(Fraction(1, len(parts)))}.",
        )
    _hidden(console, asked, found)


def _hidden(console: Console, asked: Question, found: Rests) -> None:
    """What no number of reports shows: needs with a single source, and sources that are one."""
    for sole in found.soles:
        whose = both([asked.called(code) for code in sole.originators], "or")
        reports = plural(sole.items, "report")
        point(console, f"{sole.requirement.title}: without {whose}, nothing would be left of its {reports}.")
    for common in found.common:
        if common.hidden:
            whose = both([asked.called(code) for code in common.originators])
            point(
                console,
                f"{common.items} reports, of {whose}, look as if they confirmed each other. They do not: all "
                f"rest on {', '.join(common.root)}, and {asked.called(asked.to)} may not see that.",
            )
