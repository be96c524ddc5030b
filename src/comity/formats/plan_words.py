"""What a plan says, in sentences: the same ones in every export."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from comity.core.alternative import Change, Find, More, Open, Sooner
from comity.core.claim import EVERY_DOMAIN
from comity.core.compensation import WHOLE, Assigned, Barrier, Case, Means
from comity.core.loss import Supposed
from comity.core.planning import Plan
from comity.core.programme import Ended
from comity.core.uncovered import Cure, Uncovered, Withheld
from comity.core.worth import Nothing, Worth

_MEANS: Final = {
    Means.CONSENT: "a consent",
    Means.AGREEMENT: "an agreement",
    Means.LIFT: "a lift",
    Means.OTHER: "a change",
}
_ENDED: Final = {
    Ended.BEST: "No plan covers more.",
    Ended.GAP: "A plan may cover more, by {gap} % of the bound at most; the solver was told to stop there.",
    Ended.TIME: "A plan may cover more, by {gap} % of the bound at most; the time was over: another run may differ.",
    Ended.GREEDY: "Made at once, without a solver: a plan may cover more, by {gap} % of the bound at most.",
}
_NOTHING: Final = {
    Nothing.CLOSED: "nothing: no route of it is open, even then",
    Nothing.COVERED: "nothing: what it could add to is covered whole",
    Nothing.GIVEN: "nothing: its items are all given to other needs",
    Nothing.ALIKE: "nothing: what is uncovered wants other originators, or has all that may come from there",
}


def ended(made: Plan) -> str:
    """How good the plan is, and why it was not made better."""
    return _ENDED[made.ended].format(gap=number(100 * made.gap, up=True))


def bound(made: Plan) -> str:
    """What no plan exceeds; of the best plan its own points, cut off as they are."""
    return number(made.points) if made.ended is Ended.BEST else number(made.bound, up=True)


def number(value: Fraction | float, *, up: bool = False) -> str:
    """At most two decimals, cut off and not rounded, so that nothing looks more than it is; a bound is cut upwards."""
    hundredths = Fraction(value) * 100
    cut = -(-hundredths // 1) if up else hundredths // 1
    whole, rest = divmod(abs(int(cut)), 100)
    digits = f"{rest:02}".rstrip("0")
    return f"{'−' if cut < 0 else ''}{whole}{'.' if digits else ''}{digits}"


def percent(share: Fraction) -> str:
    """A share of a whole; only what is whole is 100."""
    return f"{number(100 * share)} %"


def need(case: Case, name: str) -> str:
    """A need as readers know it."""
    return _titled(case.needs[name].title if name in case.needs else "", name)


def supply(case: Case, name: str) -> str:
    """A supply as readers know it; a new one has only a name."""
    return _titled(case.supplies[name].title if name in case.supplies else "", name)


def _titled(title: str, name: str) -> str:
    return f"{title} ({name})" if title else name


def items(count: Fraction | int) -> str:
    """So many items a period."""
    return f"{number(Fraction(count), up=True)} item{'' if count == 1 else 's'} a period"


def barrier(each: Barrier) -> str:
    """What would open a barrier."""
    return f"{_MEANS[each.means]}: {each.text}"


def change(case: Case, each: Change) -> str:
    """What somebody would do."""
    match each:
        case Open(barrier=closed):
            return barrier(closed)
        case Sooner(supply=name, lead=lead):
            return f"{supply(case, name)} within {lead} hours"
        case More(supply=name, units=units, need=to):
            towards = f" for {need(case, to)}" if to is not None else ""
            pool = case.supplies[name].pool
            shared = f", and of what it shares ({pool})" if pool is not None else ""
            return f"{items(units)} more of {supply(case, name)}{towards}{shared}"
        case Find(need=to, units=units, roots=roots):
            whose = f"from {roots} other originator{'' if roots == 1 else 's'}" if roots else "from anybody"
            return f"{items(units)} for {need(case, to)} {whose}"


def cure(case: Case, each: Cure) -> str:
    """What would cover a need whole."""
    return "; and ".join(change(case, one) for one in each.changes)


def lacks(each: Uncovered) -> str:
    """What a need is without."""
    parts = []
    if each.counted:
        parts.append(f"{items(Fraction(each.counted, WHOLE))} of full quality")
    if each.roots:
        parts.append(f"{each.roots} independent originator{'' if each.roots == 1 else 's'}")
    return " and ".join(parts)


def withheld(case: Case, each: Withheld) -> str:
    """Why a supply adds no more to a need."""
    named = supply(case, each.supply)
    reasons = [f"waits for {barrier(one)}" for one in each.barriers]
    if each.late:
        reasons.append(f"comes {each.late} hours too late")
    if each.most is not None:
        reasons.append(f"gives this need all that it may, {items(each.most)}")
    if each.spent:
        reasons.append(_spent(case, each))
    return f"{named}: {', and '.join(reasons) or 'its originator counts already; other originators are wanted'}"


def _spent(case: Case, each: Withheld) -> str:
    whose = "all is given" if each.pool is None else f"all that it shares ({each.pool}) is given"
    return f"{whose}: {assigned(case, each.given)}" if each.given else f"{whose}: there is nothing to give"


def assigned(case: Case, given: Iterable[Assigned]) -> str:
    """What is given to whom."""
    return ", ".join(f"{each.units} of {supply(case, each.supply)} to {need(case, each.need)}" for each in given)


def worth(made: Plan, one: Worth) -> str:
    """Where the number of a worth comes from."""
    if one.nothing is not None:
        return _NOTHING[one.nothing]
    return f"adds {assigned(made.case, one.added)}"


def anew(one: Worth) -> str:
    """What planning again found, and how sure that is; nothing if it was not asked for."""
    if one.anew is None:
        return ""
    if one.anew.ended is Ended.BEST and one.anew.low == one.anew.high:
        return f"{number(one.anew.gained)} points, proved"
    return (
        f"{number(one.anew.gained)} points found; between two best plans it is worth"
        f" {number(one.anew.low)} to {number(one.anew.high, up=True)}"
    )


def supposing(each: Supposed) -> str:
    """A suspension that is supposed."""
    domains = "" if EVERY_DOMAIN in each.domains else f" in {', '.join(sorted(each.domains))}"
    recall = ", with recall" if each.recall else ""
    return f"{each.frm} suspends {each.to}{domains} ({each.reach.value}{recall})"
