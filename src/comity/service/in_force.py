"""What is needed and offered at one moment, and what may be stated of it.

INVARIANT: what belongs to something that is not in force is not in force either: a tag without its requirement, an
offer without the requirement or the pool that it names. Nothing is counted, or promised, more than was stated.
"""

from collections.abc import Iterable
from typing import Final, Literal, TypeVar

from comity.core.errors import Forbidden, MalformedInput
from comity.core.instant import Instant, Window
from comity.core.offer import Offer, Pool
from comity.core.requirement import Rate, Requirement, Rule, Tag
from comity.core.wants import Wants
from comity.formats.duration import LONGEST
from comity.service.needs import During
from comity.service.policy import known
from comity.service.ports import Reader

MOST: Final = 1_000_000_000
"""Items, or originators: whatever is more was mistyped, and no column would hold all of it."""

Kind = Literal["requirement", "tag", "pool", "offer"]
Fact = TypeVar("Fact", Requirement, Rule | Tag, Pool, Offer)


def in_force(reader: Reader, at: Instant) -> Wants:
    """What is needed, what counts towards it and what is offered at `at`, by today's record."""
    requirements = tuple(each.stated for each in reader.requirements() if at in each.window)
    pools = tuple(each.stated for each in reader.pools() if at in each.window)
    known_ids, pool_ids = {each.id for each in requirements}, {each.id for each in pools}
    tags = tuple(each.stated for each in reader.tags() if at in each.window and each.stated.requirement in known_ids)
    offers = tuple(
        each.stated
        for each in reader.offers()
        if at in each.window
        and (each.stated.requirement is None or each.stated.requirement in known_ids)
        and (each.stated.pool is None or each.stated.pool in pool_ids)
    )
    return Wants(
        policy=reader.policy(),
        items=frozenset(each.item for each in tags if isinstance(each, Tag)),
        requirements=requirements,
        tags=tags,
        pools=pools,
        offers=offers,
    )


def one(reader: Reader, kind: Kind, name: str, found: Iterable[During[Fact]]) -> During[Fact]:
    """The one with this id. UnknownName, or Forbidden for what was ended before it started."""
    by_id = {each.id: each for each in found}
    if name not in by_id and reader.knows(kind, name):
        raise Forbidden(f"the {kind} `{name}` was ended before it started: nothing is left to do")
    known(kind, name, by_id)
    return by_id[name]


def open_one(reader: Reader, kind: Kind, name: str, found: Iterable[During[Fact]]) -> During[Fact]:
    """As `one`, of what has not ended. Forbidden for what has."""
    named = one(reader, kind, name, found)
    if named.window.end <= reader.now():
        raise Forbidden(f"the {kind} `{name}` has ended: name one that has not, or record it anew under another id")
    return named


def must_last(span: Window) -> Window:
    """The window. MalformedInput for one that ends before it has begun."""
    if span.end <= span.start:
        raise MalformedInput("the end is not after the start: name a later end, or leave it out")
    return span


def must_be_printable(noun: str, text: str | None, *, needed: bool = False) -> None:
    """MalformedInput for what is stated and nobody could read; what is `needed` cannot be left out."""
    if text is not None and not (text.strip() and text.isprintable()):
        mend = "write one in printable signs" if needed else "write one in printable signs, or leave it out"
        raise MalformedInput(f"`{text}` is no {noun}: {mend}")


def must_be_moderate(rate: Rate | None, *, length: int | None = None) -> None:
    """MalformedInput for amounts and lengths of time that no record could hold."""
    if rate is not None and rate.items > MOST:
        raise MalformedInput(f"more than {MOST}: write a smaller number")
    if any(each is not None and each > LONGEST for each in (length, rate.period if rate is not None else None)):
        raise MalformedInput("longer than a hundred years: write a shorter time")


def belonging(reader: Reader, name: str) -> tuple[During[Requirement], list[During[Rule | Tag]], list[During[Offer]]]:
    """A requirement, what was stated of it, and the offers for it or for a domain of its, whether they hold or not."""
    found = one(reader, "requirement", name, reader.requirements())
    tags = [each for each in reader.tags() if each.stated.requirement == name]
    offers = [
        each
        for each in reader.offers()
        if each.stated.requirement == name or each.stated.domain in found.stated.domains
    ]
    return found, tags, offers
