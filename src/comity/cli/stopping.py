"""`comity suspend` and `comity lift`."""

from cyclopts import App

from comity.cli.effects import answer_effects, limit
from comity.cli.facts import ended, span_shown
from comity.cli.facts import suspension as stated
from comity.cli.options import (
    ACTING,
    ASKING,
    ActingOptions,
    AskingOptions,
    Flag,
    From,
    Names,
    Time,
    listed,
    moment,
    opened,
    opened_patiently,
    typed,
)
from comity.cli.terminal import answer, lines, said, table, time_shown
from comity.cli.waiting import proposed
from comity.core.agreement import Reach
from comity.core.claim import EVERY_DOMAIN
from comity.core.role import Duty
from comity.service import preview as previews
from comity.service import suspending
from comity.service.records import Proposal
from comity.service.suspending import NewSuspension

suspension = App(name="suspension", help="What is suspended.")


def suspend(
    frm: From,
    to: str,
    /,
    *,
    domains: Names = (),
    reach: Reach = Reach.ONWARD,
    recall: Flag = False,
    end: Time = None,
    id: str | None = None,
    preview: Flag = False,
    options: ActingOptions = ACTING,
) -> int:
    """Stop what flows from one partner to another, on the word of the first.

    When this returns, nothing that it stops is handed out any more: it waits for another writer as long as that takes.
    `--why` is asked for, `--preview` apart.

    Example: `comity suspend USA UKR --why "order of 5 March" --by USA --evidence "call of 12:00Z"`

    Args:
        frm: Who stops.
        to: Who gets no more.
        domains: Only these domains.
        reach: `direct`: what the first holds itself; `onward`: also what others pass on; `derived`: also analyses.
        recall: The holder may not use what it was given either (where it is the second).
        end: When it ends by itself.
        id: Its id; one is made if none is given.
        preview: Only show what each reader would no longer get. Nothing is changed.
    """
    names = frozenset(listed(domains)) or frozenset({EVERY_DOMAIN})
    with typed(to="TO"), opened_patiently(options, Duty.CONTENT if preview else None) as store:
        if preview:
            found = previews.preview_suspension(
                store, frm, to, domains=names, reach=reach, recall=recall, limit=limit(options)
            )
            return answer_effects(options, found)
        new = NewSuspension(frm=frm, to=to, domains=names, reach=reach, recall=recall, end=moment(end, "--end"), id=id)
        made = suspending.suspend(store, new, options.stated_word)
    line = f"{made.id}: {made.frm} → {made.to} is suspended since {time_shown(made.window.start)}"
    return answer(options, stated(made), said(line))


def lift(
    id: str,
    /,
    *,
    preview: Flag = False,
    options: ActingOptions = ACTING,
) -> int:
    """Lift a suspension, on the word of the one who suspended. Others that are open stay open.

    `--why` is asked for, `--preview` apart. Where it takes two persons, it is proposed: see `comity proposal`.

    Example: `comity lift s-1 --why "order of 11 March" --by USA --evidence "call of 18:00Z"`

    Args:
        id: The suspension's id.
        preview: Only show what each reader would get again. Nothing is changed.
    """
    with opened(options, Duty.CONTENT if preview else None) as store:
        if preview:
            return answer_effects(options, previews.preview_lift(store, id, limit=limit(options)))
        when = suspending.lift(store, id, options.stated_word)
    if isinstance(when, Proposal):
        return proposed(options, when)
    return answer(options, ended("suspension", id, when), said(f"{id} is lifted since {time_shown(when)}"))


@suspension.command(name="list")
def list_suspensions(*, options: AskingOptions = ASKING) -> int:
    """List the suspensions that are on record, open or not.

    Example: `comity suspension list`
    """
    with opened(options, Duty.TERMS) as store, store.read() as reader:
        found, now = reader.policy().suspensions, reader.now()
    rows = [
        (
            each.id,
            f"{each.frm} → {each.to}",
            ", ".join(sorted(each.domains)),
            each.reach.value + (", recall" if each.recall else ""),
            "open" if now in each.window else "–",
            lines(span_shown(each.window)),
        )
        for each in found
    ]
    headings = ("id", "from → to", "domains", "reach", "now", "when")
    return answer(options, {"suspensions": [stated(each) for each in found]}, table(headings, rows))
