"""What is counted, as plain values and in words: the same of a node and of a world file."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from comity.core.coverage import Coverage, Dependence, Want, covered, unmet
from comity.core.loss import Change, Effect, Hurt, Supposed
from comity.core.requirement import Credibility, Reliability, Requirement
from comity.formats import duration
from comity.formats.instant import show
from comity.formats.plan_words import number, percent

Plain = dict[str, object]


class Wanted(NamedTuple):
    """One want that is stated: what there is of it, how much that is of what is wanted, and whether it is met."""

    want: Want
    said: str
    share: float
    met: bool


def wanted(requirement: Requirement, found: Coverage) -> Iterator[Wanted]:
    """The wants that are stated."""
    lacks = unmet(requirement, found)
    for want, said, share in _wanted(requirement, found):
        yield Wanted(want, said, share, want not in lacks)


def _wanted(requirement: Requirement, found: Coverage) -> Iterator[tuple[Want, str, float]]:
    if (rate := requirement.rate) is not None:
        come = found.per(rate.period)
        yield Want.RATE, f"{number(come)} of {rate.items} each {duration.show(rate.period)}", float(come / rate.items)
    if (freshness := requirement.freshness) is not None:
        age = "no item" if found.age is None else f"{duration.show(found.age)} old"
        share = 0.0 if found.age is None else freshness / max(found.age, 1)
        yield Want.FRESHNESS, f"{age}, at most {duration.show(freshness)}", share
    if (groups := requirement.corroboration) is not None:
        yield Want.CORROBORATION, f"{len(found.independent)} of {groups}", len(found.independent) / groups


def coverage(requirement: Requirement, found: Coverage) -> Plain:
    """How a requirement is covered, but for the items themselves."""
    met = {each.want.value: each.met for each in wanted(requirement, found)}
    return {
        "newest": None if found.newest is None else show(found.newest),
        "age": None if found.age is None else duration.show(found.age),
        "independent": [list(group) for group in found.independent],
        "reliability": {axis.name: count for axis, count in zip(Reliability, found.reliability, strict=True)},
        "credibility": {str(axis.value): count for axis, count in zip(Credibility, found.credibility, strict=True)},
        "met": sorted(name for name, held in met.items() if held),
        "unmet": sorted(name for name, held in met.items() if not held),
        "covered": covered(requirement, found),
    }


def groups(found: Coverage) -> list[str]:
    """The independent root originators, in words."""
    return [" or ".join(group) for group in found.independent]


def graded(found: Coverage) -> Iterator[str]:
    """Each axis apart, in words; an axis on which nothing is graded is left out."""
    letters = [(axis.name, count) for axis, count in zip(Reliability, found.reliability, strict=True) if count]
    digits = [(str(axis.value), count) for axis, count in zip(Credibility, found.credibility, strict=True) if count]
    for what, counts in (("source", letters), ("information", digits)):
        if counts:
            yield f"{what} graded " + ", ".join(f"{grade} ×{count}" for grade, count in counts)


def dependence(found: Dependence) -> Plain:
    """On whose roots items rest."""
    concentration = found.concentration
    return {
        "shares": [{"originator": code, "share": float(share)} for code, share in found.shares],
        "concentration": None if concentration is None else float(concentration),
        "soles": list(found.soles),
    }


def concentration(found: Fraction) -> str:
    """The Herfindahl-Hirschman index, and in points."""
    return f"{number(found)} ({number(10_000 * found)} points)"


def shares(found: Dependence) -> str:
    """On whose roots, in one line."""
    return ", ".join(f"{code} {percent(share)}" for code, share in found.shares)


def change(found: Change) -> Plain:
    """What a loss does to so many items."""
    return {"before": found.before, "after": found.after, "effect": found.effect.value}


def hurt(each: Hurt) -> Plain:
    """What a loss does to a requirement."""
    before, after = each.before.items, each.after.items
    return {
        "requirement": each.requirement.id,
        **change(Change(before=before, after=after)),
        "broken": _names(each.broken),
    }


def broken(each: Hurt) -> str:
    """The wants that are not met any more, in words."""
    return ", ".join(_names(each.broken))


def hurt_line(each: Hurt) -> str:
    """What a loss does to a requirement, in one line."""
    line = f"{each.requirement.id}: {each.effect.value}, {each.before.items} → {each.after.items}"
    return f"{line}; no longer met: {broken(each)}" if each.broken else line


def hurt_lines(hurts: Iterable[Hurt]) -> list[str]:
    """Those that are hurt, a line for each."""
    return [hurt_line(each) for each in hurts if each.effect is not Effect.UNAFFECTED]


def changed(name: str, found: Change) -> str:
    """What a loss does to what is of somebody, or of a domain, in one line."""
    return f"of {name}: {found.effect.value}, {found.before} → {found.after}"


def supposed(each: Supposed) -> Plain:
    """A suspension that nobody has made."""
    ends = {"from": each.frm, "to": each.to, "domains": sorted(each.domains)}
    return {**ends, "reach": each.reach.value, "recall": each.recall}


def supposed_shown(each: Supposed) -> str:
    """The same in words."""
    domains = "" if "*" in each.domains else f", {', '.join(sorted(each.domains))}"
    return f"{each.frm} → {each.to} ({each.reach.value}{domains}{', recall' if each.recall else ''})"


def _names(wants: Iterable[Want]) -> list[str]:
    return sorted(want.value for want in wants)
