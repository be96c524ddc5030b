"""`comity offer` and `comity pool`."""

from dataclasses import dataclass
from typing import Annotated, Final

from cyclopts import App, Parameter

from comity.cli import needs
from comity.cli.facts import ended
from comity.cli.options import (
    ACTING,
    ASKING,
    ActingOptions,
    AskingOptions,
    StatingOptions,
    Time,
    moment,
    opened,
    typed,
)
from comity.cli.terminal import answer, said, time_shown
from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.core.requirement import Rate
from comity.service import offers
from comity.service.offers import NewOffer, NewPool


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How much."""

    capacity: int
    """At most so many items in each time that `--per` says."""
    per: str
    """The time that `--capacity` is for: `P7D`, `PT36H`."""

    @property
    def rate(self) -> Rate:
        """So many in each period. MalformedInput names the option."""
        return Rate(items=self.capacity, period=needs.length(self.per, "--per") or 0)


@dataclass(frozen=True, kw_only=True)
class Shared(Amount):
    """How much several offers share."""

    capacity: int
    """At most so many items in each time that `--per` says, over all offers that name it."""


@dataclass(frozen=True, kw_only=True)
class Lasting:
    """From when until when, and under which id."""

    start: Time = None
    """From when, by default now."""
    end: Time = None
    """Until when."""
    id: str | None = None
    """Its id; one is made if none is given."""

    @property
    def begins(self) -> Instant | None:
        """From when. MalformedInput names the option."""
        return moment(self.start, "--start")

    @property
    def ends(self) -> Instant | None:
        """Until when. MalformedInput names the option."""
        return moment(self.end, "--end")


AmountOptions = Annotated[Amount, Parameter(name="*")]
SharedOptions = Annotated[Shared, Parameter(name="*")]
LastingOptions = Annotated[Lasting, Parameter(name="*")]
LASTING: Final = Lasting()

offer = App(name="offer", help="What partners say that they could add.")
pool = App(name="pool", help="What several offers of one partner share.")


@offer.command(name="add")
def add_offer(
    partner: str,
    /,
    *,
    amount: AmountOptions,
    ceiling: str,
    requirement: str | None = None,
    domain: str | None = None,
    quality: int = 100,
    lead_time: str = "PT0S",
    pool: str | None = None,
    lasting: LastingOptions = LASTING,
    options: ActingOptions = ACTING,
) -> int:
    """Record what a partner could add to one requirement, or to all of one domain, on the word of that partner.

    It is no promise, and it grants nothing: what comes of it goes only where the agreements in force let it.

    Example: `comity offer add GBR --requirement r-1 --capacity 2 --per P7D --ceiling SECRET`

    Args:
        partner: Who offers.
        ceiling: The highest level that its items will have.
        requirement: The requirement that it is for.
        domain: The domain that it is for, in place of a requirement.
        quality: How many of a hundred items are expected to count.
        lead_time: How long until the first item: `P2D`.
        pool: A pool of the partner's that its items are taken from as well.
    """
    if (requirement is None) is (domain is None):
        raise MalformedInput("an offer is for one requirement or for one domain: state --requirement or --domain")
    new = NewOffer(
        partner=partner,
        capacity=amount.rate,
        ceiling=ceiling,
        requirement=requirement,
        domain=domain,
        quality=quality,
        lead_time=needs.length(lead_time, "--lead-time") or 0,
        pool=pool,
        start=lasting.begins,
        end=lasting.ends,
        id=lasting.id,
    )
    with typed(), opened(options, needs=None) as store:
        made = offers.add_offer(store, new, options.word)
    stated = made.stated
    line = f"{made.id}: {stated.partner} offers {needs.rate_shown(stated.capacity)} for {needs.offered_for(stated)}"
    return answer(options, needs.offer(made), said(line))


@offer.command(name="list")
def list_offers(*, options: AskingOptions = ASKING) -> int:
    """List the offers.

    Example: `comity offer list`
    """
    with opened(options) as store, store.read() as reader:
        found = reader.offers()
    return answer(options, {"offers": [needs.offer(each) for each in found]}, needs.offers_drawn(found))


@offer.command(name="end")
def end_offer(id: str, /, *, at: Time = None, options: StatingOptions) -> int:
    """End an offer, on the word of the partner who made it.

    Example: `comity offer end o-1 --why "the crew is needed at home"`

    Args:
        id: The offer's id.
        at: When, by default now.
    """
    with opened(options, needs=None) as store:
        when = offers.end_offer(store, id, options.word, moment(at))
    return answer(options, ended("offer", id, when), said(f"{id} ends at {time_shown(when)}"))


@pool.command(name="add")
def add_pool(
    partner: str,
    /,
    *,
    amount: SharedOptions,
    lasting: LastingOptions = LASTING,
    options: ActingOptions = ACTING,
) -> int:
    """Record what several offers of a partner share - a crew, a budget -, on the word of that partner.

    Example: `comity pool add GBR --capacity 3 --per P7D --id drones`

    Args:
        partner: Whose it is.
    """
    new = NewPool(partner=partner, capacity=amount.rate, start=lasting.begins, end=lasting.ends, id=lasting.id)
    with typed(), opened(options, needs=None) as store:
        made = offers.add_pool(store, new, options.word)
    line = f"{made.id}: the offers of {made.stated.partner} share {needs.rate_shown(made.stated.capacity)}"
    return answer(options, needs.pool(made), said(line))


@pool.command(name="list")
def list_pools(*, options: AskingOptions = ASKING) -> int:
    """List the pools.

    Example: `comity pool list`
    """
    with opened(options) as store, store.read() as reader:
        found = reader.pools()
    return answer(options, {"pools": [needs.pool(each) for each in found]}, needs.pools_drawn(found))


@pool.command(name="end")
def end_pool(id: str, /, *, at: Time = None, options: StatingOptions) -> int:
    """End a pool, on the word of its partner. The offers that are taken from it count no more.

    Example: `comity pool end drones --why "the crew is needed at home"`

    Args:
        id: The pool's id.
        at: When, by default now.
    """
    with opened(options, needs=None) as store:
        when = offers.end_pool(store, id, options.word, moment(at))
    return answer(options, ended("pool", id, when), said(f"{id} ends at {time_shown(when)}"))
