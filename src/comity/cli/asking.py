"""`comity decide`, `who`, `visible`: what may go to whom."""

from typing import Annotated

from cyclopts import Parameter

from comity.cli.explaining import document as explained
from comity.cli.explaining import draw as draw_explanation
from comity.cli.options import ASKING, AskingOptions, Flag, Time, moment, opened
from comity.cli.plain import plural
from comity.cli.terminal import answer, drawn, lines, said, table, time_or_none, time_shown, verdict
from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.index.appearances import Position
from comity.index.holding import Ordinal
from comity.service import release
from comity.service import visible as seen

_PERMIT, _REFUSE = "permit", "refuse"


def decide(item: str, /, *, to: str, at: Time = None, options: AskingOptions = ASKING) -> int:
    """May this item go to that recipient? If not: every reason, by which way it came, and what would change it.

    Exits with 0 for a permit and 1 for a refusal.

    Example: `comity decide us-launch-detections --to UKR --at 2025-03-06T12:00:00Z`

    Args:
        item: `id`, `id@modified` or `PARTNER:id[@modified]`.
        to: A partner, or a part of one: `UKR`, `GBR/alice`.
        at: Ask about another time than now, by today's record.
    """
    with opened(options) as store:
        found = release.decide(store, item, to, moment(at))
    document = {
        "item": found.name,
        "to": found.recipient,
        "at": time_or_none(found.at),
        "verdict": _PERMIT if found.permitted else _REFUSE,
        "because": [str(reason) for reason in found.reasons],
        "explanation": explained(found),
    }
    return answer(options, document, draw_explanation(found), 0 if found.permitted else 1)


def who(item: str, /, *, at: Time = None, options: AskingOptions = ASKING) -> int:
    """Who may get this item, partner by partner, with the reasons against.

    Example: `comity who us-launch-detections`

    Args:
        item: `id`, `id@modified` or `PARTNER:id[@modified]`.
        at: Ask about another time than now, by today's record.
    """
    with opened(options) as store:
        found = release.who(store, item, moment(at))
    document = {
        "item": found.name,
        "at": time_or_none(found.at),
        "partners": [
            {
                "to": partner,
                "verdict": _REFUSE if reasons else _PERMIT,
                "because": [str(reason) for reason in reasons],
            }
            for partner, reasons in found.refused.items()
        ],
    }
    rows = [(partner, verdict(permitted=not reasons), lines(reasons)) for partner, reasons in found.refused.items()]
    heading = said(f"{found.name} at {time_shown(found.at)}")
    return answer(options, document, drawn(heading, table(("partner", "verdict", "because"), rows)))


def visible(
    *,
    to: str,
    count: Flag = False,
    limit: int = 100,
    after: Annotated[str | None, Parameter(help="Go on after this cursor, as `next` gave it.")] = None,
    options: AskingOptions = ASKING,
) -> int:
    """What this recipient may get now, in the order in which it became visible to it.

    Example: `comity visible --to UKR --count`

    Args:
        to: A partner, or a part of one.
        count: Print only how many items there are.
        limit: At most so many items.
    """
    if limit < 1:
        raise MalformedInput(f"--limit: {limit} is no number of items: give 1 or more, or --count")
    with opened(options) as store:
        # One more than is shown, which tells whether anything follows.
        found = seen.visible(store, to, limit=0 if count else limit + 1, after=_position(after))
    items = found.items[:limit]
    last = items[-1] if len(found.items) > limit else None
    document: dict[str, object] = {"to": found.recipient, "at": time_or_none(found.at), "count": found.count}
    if not count:
        document["items"] = [
            {"item": each.name, "type": each.item.type, "title": each.item.title, "since": time_or_none(each.since)}
            for each in items
        ]
        document["next"] = None if last is None else f"{last.since}:{last.item.ordinal}"
    total = said(f"{found.recipient} may get {plural(found.count, 'item')} at {time_shown(found.at)}")
    rows = [(each.name, each.item.type, each.item.title or "–", time_shown(each.since)) for each in items]
    if count:
        return answer(options, document, said(str(found.count)))
    more = [said(f"more: --after {document['next']}")] if last else []
    return answer(options, document, drawn(table(("item", "type", "title", "since"), rows), total, *more))


def _position(cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    since, _, item = cursor.partition(":")
    try:
        return Position(Instant(int(since)), Ordinal(int(item)))
    except ValueError:
        raise MalformedInput(f"`{cursor}` is no cursor: take the one that `next` gave") from None
