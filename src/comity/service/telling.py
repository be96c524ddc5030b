"""An explanation in words: reasons, and the acts that would take them away, by the names that people use."""

from collections.abc import Mapping
from typing import Final

from comity.core.explanation import Cause
from comity.core.instant import ALWAYS, NEVER, Instant
from comity.core.lineage import ItemId
from comity.core.remedy import Agree, Attest, Lift, Name, Remedy, Restate, Shortfall, Wait, Waive
from comity.formats import instant

Names = Mapping[ItemId, str]
"""The shown name of every item that an explanation may speak of."""
_SECOND: Final = 1_000_000


def reason_said(cause: Cause, names: Names) -> str:
    """A reason, as `PARTNER/ROOT/CODE`."""
    return str(cause.reason._replace(root=ItemId(name_said(cause.reason.root, names))))


def name_said(item: ItemId | None, names: Names) -> str:
    """What an item is called."""
    return "something else" if item is None else names.get(item, item)


def act_said(remedy: Remedy, names: Names) -> str:  # noqa: PLR0911 - one for each kind of act
    """One act, in words: who would do what."""
    match remedy:
        case Lift(suspension=name, by=by, end=end):
            planned = _planned(end)
            return f"{by} lifts suspension {name}" + (f", which ends by itself at {planned}" if planned else "")
        case Waive(by=by, items=items, use=use, after=after):
            on = " or ".join(name_said(item, names) for item in items)
            later = "" if after is None else f", given after {_shown(after)}"
            return f"{' or '.join(by)} consents ({use.value}) on {on}{later}"
        case Agree():
            return _agree(remedy)
        case Name(by=by, item=item, names=audience):
            return f"{by} names {', '.join(audience)} in the audience of {name_said(item, names)}"
        case Attest(by=by, item=item, source=source, frees=frees):
            rest = "" if frees else " (a consent to draws-on can then speak)"
            return f"{by} attests that {name_said(item, names)} only draws on {name_said(source, names)}{rest}"
        case Wait(until=until):
            return f"nobody does anything until {_shown(until)}"
        case Restate(by=by, item=item):
            return f"{by} issues a version of {name_said(item, names)} with another embargo"


def _agree(remedy: Agree) -> str:
    parts = [f"{remedy.frm} grants {remedy.to} an agreement for {remedy.level}, {', '.join(sorted(remedy.domains))}"]
    if remedy.conditions:
        parts.append(f"accepting {', '.join(sorted(remedy.conditions))}")
    if remedy.onward is not None:
        parts.append(f"onward {remedy.onward.value}")
    if remedy.replaces:
        parts.append(f"in place of {', '.join(remedy.replaces)}")
    parts += [_short(shortfall, barring=shortfall.agreement in remedy.replaces) for shortfall in remedy.short]
    return "; ".join(parts)


def _short(short: Shortfall, *, barring: bool) -> str:
    """How one agreement falls short; one that is `barring` lets nothing go on without a consent."""
    lacks = ["has the onward rule consent"] if barring else []
    if short.ceiling is not None:
        lacks.append(f"has the ceiling {short.ceiling}")
    if short.domains or short.conditions:
        lacks.append(f"leaves out {', '.join(sorted(short.domains | short.conditions))}")
    if short.starts is not None:
        lacks.append(f"starts only at {_shown(short.starts)}")
    if short.ended is not None:
        lacks.append(f"ended at {_shown(short.ended)}")
    return f"{short.agreement} {' and '.join(lacks) or 'does not do'}"


def _planned(end: Instant) -> str | None:
    return None if end in (ALWAYS, NEVER) else instant.show(end)


def _shown(moment: Instant | None) -> str:
    """The time for people, to the second; a dash for an unbounded end of an interval."""
    return "–" if moment is None or moment in (ALWAYS, NEVER) else instant.show(Instant(moment - moment % _SECOND))
