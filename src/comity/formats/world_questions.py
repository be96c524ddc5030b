"""The questions that a world file asks of its world, each with the answer that it expects, if any."""

from collections.abc import Container
from dataclasses import dataclass
from enum import Enum
from typing import Final

from comity.core.instant import ALWAYS, Instant
from comity.core.lineage import ItemId
from comity.core.partner import ANYONE, Code, Recipient, base
from comity.formats.world_faults import Place, shown
from comity.formats.world_fields import Entry

OBSTACLES: Final = ("audience", "channel", "conditions", "embargo", "onward", "recalled", "suspended")
"""The codes of refusing reasons; the tests hold them to those of the decision, which formats may not ask."""


class Verdict(Enum):
    """What a check can expect."""

    PERMIT = "permit"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """May `item` go to `to` at `at`? `because` holds `ORIGINATOR/ROOT/CODE`; None is not compared."""

    item: ItemId
    to: Recipient
    at: Instant
    expect: Verdict | None = None
    because: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """To which partners may `item` go at `at`?"""

    item: ItemId
    at: Instant
    expect: tuple[Code, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Which items may go to `to` at `at`?"""

    to: Recipient
    at: Instant
    expect: tuple[ItemId, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """All that a file asks, in its order."""

    checks: tuple[Check, ...]
    audiences: tuple[Audience, ...]
    holdings: tuple[Holdings, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What questions may be asked of; None where a faulty file leaves that unknown."""

    partners: Container[str] | None
    items: Container[str] | None


def questions(top: Entry, names: Names) -> Questions:
    """The questions that a file asks of the named partners and items."""
    return Questions(
        checks=tuple(_check(entry, names) for entry in top.entries("checks")),
        audiences=tuple(_audience(entry, names) for entry in top.entries("audiences")),
        holdings=tuple(_holdings(entry, names) for entry in top.entries("holdings")),
    )


def _check(entry: Entry, names: Names) -> Check:
    because = entry.names("because")
    for number, reason in enumerate(because or ()):
        _judge_reason(entry, reason, ("because", number), names)
    found = Check(
        item=_item(entry, names),
        to=recipient(entry, names),
        at=moment(entry),
        expect=entry.choice("expect", Verdict),
        because=because,
    )
    entry.close()
    return found


def _audience(entry: Entry, names: Names) -> Audience:
    expect = entry.names("expect")
    for number, code in enumerate(expect or ()):
        judge(entry, code, ("expect", number), "partner", names.partners)
    found = Audience(
        item=_item(entry, names),
        at=moment(entry),
        expect=None if expect is None else tuple(Code(Recipient(code)) for code in expect),
    )
    entry.close()
    return found


def _holdings(entry: Entry, names: Names) -> Holdings:
    expect = entry.names("expect")
    for number, item in enumerate(expect or ()):
        judge(entry, item, ("expect", number), "item", names.items)
    found = Holdings(
        to=recipient(entry, names),
        at=moment(entry),
        expect=None if expect is None else tuple(ItemId(item) for item in expect),
    )
    entry.close()
    return found


def moment(entry: Entry) -> Instant:
    """The time that is asked about."""
    at = entry.time("at", required=True)
    return ALWAYS if at is None else at


def _item(entry: Entry, names: Names) -> ItemId:
    item = entry.name("item")
    judge(entry, item, ("item",), "item", names.items)
    return ItemId(item)


def recipient(entry: Entry, names: Names) -> Recipient:
    """To whom; its partner is known."""
    to = Recipient(entry.name("to"))
    if to and (to.endswith("/") or ANYONE in to):
        entry.fault(("to",), f"`{shown(to)}` is no single recipient", "name a partner, or one part as `CODE/part`")
    else:
        judge(entry, base(to), ("to",), "partner", names.partners)
    return to


def judge(entry: Entry, name: str, steps: Place, noun: str, known: Container[str] | None) -> None:
    """Note a fault at `steps` if what is named there is not known."""
    if name and known is not None and name not in known:
        entry.fault(steps, f"unknown {noun} `{shown(name)}`", f"name one of the {noun}s of this file")


def _judge_reason(entry: Entry, reason: str, steps: Place, names: Names) -> None:
    originator, _, rest = reason.partition("/")
    root, _, code = rest.rpartition("/")
    if not reason:
        return
    if not root or code not in OBSTACLES:
        codes = ", ".join(OBSTACLES)
        entry.fault(steps, f"`{shown(reason)}` is no reason", f"write ORIGINATOR/ROOT/CODE; the codes are {codes}")
        return
    judge(entry, originator, steps, "partner", names.partners)
    judge(entry, root, steps, "item", names.items)
