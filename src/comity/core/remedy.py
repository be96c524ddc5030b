"""What would take a refusing reason away: acts, each of a named party, and the passing of time.

A *way* is a tuple of remedies that help together; a reason has as many ways as there are independent ones. Nothing
here is done by being listed: only the parties named can do it. Semantics §5.
"""

from dataclasses import dataclass

from comity.core.claim import Onward
from comity.core.instant import Instant
from comity.core.lineage import ItemId, Use
from comity.core.partner import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """`by` lifts its suspension; `end` is when that is planned to end anyway, NEVER if it is not."""

    suspension: str
    by: Code
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Waive:
    """One of `by` consents to `use` on one of `items`, naming the recipient.

    The first of `by` speaks for itself, the others are its delegates. Given after `after`, where a suspension has to be
    answered.
    """

    by: tuple[Code, ...]
    items: tuple[ItemId, ...]
    use: Use
    after: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """How one existing agreement fails to do: each field is empty where it does not fail.

    `ceiling` is its ceiling where that is below the level, `domains` and `conditions` are those it lacks, `starts` is
    when it comes into force and `ended` when it went out of force.
    """

    agreement: str
    ceiling: str | None = None
    domains: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    starts: Instant | None = None
    ended: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree:
    """A further agreement `frm` → `to`, in force then: ceiling at or above `level`, all of `domains` and `conditions`.

    Its onward rule is at least as free as `onward`, and its other rules are no stricter than those in force. It takes
    the place of `replaces`, which end. `short` says how what exists falls short.
    """

    frm: Code
    to: Code
    level: str
    domains: frozenset[str]
    conditions: frozenset[str] = frozenset()
    onward: Onward | None = None
    replaces: tuple[str, ...] = ()
    short: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """`by` names all of `names` in the audience of its claim number `claim` on `item`.

    They are more than the recipient where no list was stated: a list that leaves out whose analysis stands today would
    take that analysis back.
    """

    by: Code
    item: ItemId
    claim: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attest:
    """`by` attests that `item` only draws on `source`. `frees`: the originator's terms then make it own analysis.

    Where they do not, the attestation still lets consents to `draws-on` speak.
    """

    by: Code
    item: ItemId
    source: ItemId
    frees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nobody does anything until `until`: from then on this is not in the way any more, though other things may be."""

    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Restate:
    """`by` issues a new version whose claim has another embargo. This one stays as it is."""

    by: Code
    item: ItemId
    claim: int


Remedy = Lift | Waive | Agree | Name | Attest | Wait | Restate
Way = tuple[Remedy, ...]
