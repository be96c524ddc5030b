"""Acts on what partners could add: offers, and the pools that several of them share.

Rules kept here:
1. an offer, and a pool, is the word of the partner whose it is: it is stated and ended on that word, or not at all;
2. nothing here lets anything flow: these are no changes of policy, raise no epoch, and wait for no release;
3. facts are checked by `core.wants` beside what they name, before they are recorded.
"""

from dataclasses import dataclass

from comity.core.instant import Instant
from comity.core.offer import Offer, Pool
from comity.core.requirement import Rate, Requirement
from comity.core.wants import Wants
from comity.service.in_force import must_be_moderate, must_last, one, open_one
from comity.service.needs import During
from comity.service.partners import as_code
from comity.service.policy import check_word, end_fact, name_for, window
from comity.service.ports import Store, Writer
from comity.service.records import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPool:
    """A pool to record: from `start`, by default now, until `end`. The id is made if none is."""

    partner: str
    capacity: Rate
    start: Instant | None = None
    end: Instant | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOffer(NewPool):
    """An offer to record, for one requirement or one domain."""

    ceiling: str
    requirement: str | None = None
    domain: str | None = None
    quality: int = 100
    lead_time: int = 0
    pool: str | None = None


def add_pool(store: Store, new: NewPool, word: Word) -> During[Pool]:
    """Record what several offers of a partner share, on the word of that partner."""
    with store.write("pool", word, policy=False) as writer:
        check_word(writer.policy(), as_code(new.partner), word)
        must_be_moderate(new.capacity)
        name = name_for(writer, "pool", new.id)
        stated = Pool(id=name, partner=as_code(new.partner), capacity=new.capacity)
        made = During(name, stated, must_last(window(writer, new.start, new.end)))
        Wants(policy=writer.policy(), items=(), pools=(stated,))
        writer.add_pool(made)
    return made


def end_pool(store: Store, name: str, word: Word, at: Instant | None = None) -> Instant:
    """End a pool at `at`, by default now, on the word of its partner; when it ends. Its offers count no more then."""
    with store.write("pool-end", word, policy=False) as writer:
        found = one(writer, "pool", name, writer.pools())
        check_word(writer.policy(), found.stated.partner, word)
        return end_fact(writer, "pool", (name, found.window), at)


def add_offer(store: Store, new: NewOffer, word: Word) -> During[Offer]:
    """Record what a partner could add, on the word of that partner. UnknownName, InvalidFacts, Forbidden."""
    with store.write("offer", word, policy=False) as writer:
        check_word(writer.policy(), as_code(new.partner), word)
        must_be_moderate(new.capacity, length=new.lead_time)
        requirement, pool = _named(writer, new)
        stated = Offer(
            id=name_for(writer, "offer", new.id),
            partner=as_code(new.partner),
            capacity=new.capacity,
            ceiling=new.ceiling,
            requirement=None if requirement is None else requirement.id,
            domain=new.domain,
            quality=new.quality,
            lead_time=new.lead_time,
            pool=new.pool,
        )
        made = During(stated.id, stated, must_last(window(writer, new.start, new.end)))
        Wants(
            policy=writer.policy(),
            items=(),
            requirements=() if requirement is None else (requirement,),
            pools=() if pool is None else (pool,),
            offers=(stated,),
        )
        writer.add_offer(made)
    return made


def end_offer(store: Store, name: str, word: Word, at: Instant | None = None) -> Instant:
    """End an offer at `at`, by default now, on the word of the partner who made it; when it ends."""
    with store.write("offer-end", word, policy=False) as writer:
        found = one(writer, "offer", name, writer.offers())
        check_word(writer.policy(), found.stated.partner, word)
        return end_fact(writer, "offer", (name, found.window), at)


def _named(writer: Writer, new: NewOffer) -> tuple[Requirement | None, Pool | None]:
    """The requirement and the pool that the offer names, neither of which has ended."""
    requirement = pool = None
    if new.requirement is not None:
        requirement = open_one(writer, "requirement", new.requirement, writer.requirements()).stated
    if new.pool is not None:
        pool = open_one(writer, "pool", new.pool, writer.pools()).stated
    return requirement, pool
