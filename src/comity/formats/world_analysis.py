"""The questions of a world file that are counted: coverage, loss and plans, each with what it expects, if anything.

Only what is stated in `expect` is compared. What each number means: docs/explanation/analysis.md and plan.md.
"""

from collections.abc import Container
from dataclasses import dataclass

from comity.core.agreement import Reach
from comity.core.claim import EVERY_DOMAIN
from comity.core.coverage import Want
from comity.core.instant import ALWAYS, Instant, Window
from comity.core.lineage import ItemId
from comity.core.loss import Effect, Supposed
from comity.core.partner import Code, Recipient
from comity.core.requirement import RequirementId
from comity.formats.world_fields import Entry
from comity.formats.world_questions import Names, judge, moment, recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """How is `requirement` covered for `to` at `at`, by what was received in `window`, and on whom does that depend?

    Expected are the items that count, how many independent originators there are, the wants that are not met, and the
    sole sources.
    """

    requirement: RequirementId
    to: Recipient
    at: Instant
    window: Window
    items: tuple[ItemId, ...] | None = None
    independent: int | None = None
    unmet: tuple[str, ...] | None = None
    soles: tuple[Code, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Losing:
    """What would `to` lose at `at`, were these suspensions made then; by requirement of what `window` received.

    Expected are the items that are lost, and the effect on requirements.
    """

    to: Recipient
    at: Instant
    window: Window
    suspensions: tuple[Supposed, ...]
    items: tuple[ItemId, ...] | None = None
    requirements: tuple[tuple[RequirementId, Effect], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """Who should add what for `to` at `at`, in a time as long as `window`, were these suspensions made then?

    Expected are the requirements that stay uncovered, and the offers from which nothing could reach the recipient.
    """

    to: Recipient
    at: Instant
    window: Window
    suspensions: tuple[Supposed, ...]
    uncovered: tuple[RequirementId, ...] | None = None
    barred: tuple[str, ...] | None = None


Counted = Covering | Losing | Planning


@dataclass(frozen=True, slots=True)
class Known:
    """What these questions may name; None where a faulty file leaves that unknown."""

    names: Names
    domains: Container[str] | None
    requirements: Container[str] | None
    offers: Container[str] | None


def counted(top: Entry, known: Known) -> tuple[Counted, ...]:
    """The questions that a file asks: of coverage, then of loss, then of plans."""
    return (
        *(_covering(entry, known) for entry in top.entries("coverage")),
        *(_losing(entry, known) for entry in top.entries("loss")),
        *(_planning(entry, known) for entry in top.entries("plans")),
    )


def _covering(entry: Entry, known: Known) -> Covering:
    expect = entry.mapping("expect")
    requirement = entry.name("requirement")
    judge(entry, requirement, ("requirement",), "requirement", known.requirements)
    unmet = expect.choices("unmet", Want)
    found = Covering(
        requirement=RequirementId(requirement),
        to=recipient(entry, known.names),
        at=moment(entry),
        window=_window(entry),
        items=_items(expect, known),
        independent=expect.whole("independent"),
        unmet=None if unmet is None else tuple(want.value for want in unmet),
        soles=_partners(expect, "soles", known),
    )
    expect.close()
    entry.close()
    return found


def _losing(entry: Entry, known: Known) -> Losing:
    expect = entry.mapping("expect")
    effects = expect.mapping("requirements")
    stated = tuple(
        (RequirementId(name), effects.choice(name, Effect))
        for name in effects.keys()  # noqa: SIM118 - not a dict's keys: those that are sound
    )
    for name, _ in stated:
        judge(effects, name, (name,), "requirement", known.requirements)
    found = Losing(
        to=recipient(entry, known.names),
        at=moment(entry),
        window=_window(entry),
        suspensions=_suspensions(entry, known, required=True),
        items=_items(expect, known),
        requirements=tuple((name, effect) for name, effect in stated if effect) if expect.has("requirements") else None,
    )
    expect.close()
    entry.close()
    return found


def _planning(entry: Entry, known: Known) -> Planning:
    expect = entry.mapping("expect")
    uncovered = _names(expect, "uncovered", "requirement", known.requirements)
    found = Planning(
        to=recipient(entry, known.names),
        at=moment(entry),
        window=_window(entry),
        suspensions=_suspensions(entry, known, required=False),
        uncovered=None if uncovered is None else tuple(map(RequirementId, uncovered)),
        barred=_names(expect, "barred", "offer", known.offers),
    )
    expect.close()
    entry.close()
    return found


def _window(entry: Entry) -> Window:
    """What is counted was received from `start` on, and before `end`, or before the time that is asked about."""
    start, end = entry.time("start", required=True), entry.time("end")
    end = entry.time("at") if end is None else end
    if start is None or end is None:
        return Window(ALWAYS, Instant(ALWAYS + 1))
    if end <= start:
        entry.fault(("end",) if entry.has("end") else ("start",), "no time between start and end", "let it end later")
    return Window(start, end)


def _suspensions(entry: Entry, known: Known, *, required: bool) -> tuple[Supposed, ...]:
    return tuple(_supposed(each, known) for each in entry.entries("suspensions", required=required))


def _supposed(entry: Entry, known: Known) -> Supposed:
    for key in ("from", "to"):
        judge(entry, entry.name(key), (key,), "partner", known.names.partners)
    domains = entry.names("domains")
    for place, domain in enumerate(domains or ()):
        if domain != EVERY_DOMAIN:
            judge(entry, domain, ("domains", place), "domain", known.domains)
    if domains == ():
        entry.fault(("domains",), "no domain", 'name at least one, "*" for all, or leave the key out')
    frm, to = entry.optional_name("from"), entry.optional_name("to")
    if frm and frm == to:
        entry.fault(("to",), f"`{to}` cannot stop itself", "name another partner")
    found = Supposed(
        frm=Code(Recipient(frm or "")),
        to=Code(Recipient(to or "")),
        domains=frozenset({EVERY_DOMAIN} if domains is None else domains),
        reach=entry.choice("reach", Reach) or Reach.ONWARD,
        recall=entry.flag("recall"),
    )
    entry.close()
    return found


def _items(expect: Entry, known: Known) -> tuple[ItemId, ...] | None:
    found = _names(expect, "items", "item", known.names.items)
    return None if found is None else tuple(map(ItemId, found))


def _partners(expect: Entry, key: str, known: Known) -> tuple[Code, ...] | None:
    found = _names(expect, key, "partner", known.names.partners)
    return None if found is None else tuple(Code(Recipient(code)) for code in found)


def _names(expect: Entry, key: str, noun: str, known: Container[str] | None) -> tuple[str, ...] | None:
    found = expect.names(key)
    for place, name in enumerate(found or ()):
        judge(expect, name, (key, place), noun, known)
    return found
