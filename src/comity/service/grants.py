"""Acts on what partners grant one another: agreements and delegations. Each is the word of the one who grants."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from comity.core.agreement import Agreement, Delegation
from comity.core.claim import Derivation, Onward
from comity.core.instant import Instant
from comity.service.partners import as_code
from comity.service.policy import (
    DRAIN,
    First,
    changing,
    check_word,
    end_fact,
    find_fact,
    known,
    must_be_two,
    name_for,
    nothing,
    window,
)
from comity.service.ports import Store, Writer
from comity.service.records import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """An agreement or a delegation to record: from `start`, by default now, until `end`. The id is made if none is.

    The last three are of agreements only.
    """

    frm: str
    to: str
    ceiling: str
    domains: frozenset[str]
    start: Instant | None = None
    end: Instant | None = None
    id: str | None = None
    onward: Onward = Onward.LISTED
    derivation: Derivation = Derivation.INHERIT
    accepts: frozenset[str] = frozenset()


def add_agreement(store: Store, new: NewGrant, word: Word) -> Agreement:
    """Record an agreement, on the word of the one who grants it."""
    with changing(store, "agreement", word) as writer:
        policy = writer.policy()
        known("partner", new.to, policy.partners)
        must_be_two("an agreement", new.frm, new.to)
        check_word(policy, as_code(new.frm), word)
        agreement = Agreement(
            id=name_for(writer, "agreement", new.id),
            frm=as_code(new.frm),
            to=as_code(new.to),
            ceiling=new.ceiling,
            domains=new.domains,
            window=window(writer, new.start, new.end),
            onward=new.onward,
            derivation=new.derivation,
            accepts=new.accepts,
        )
        replace(policy, agreements=(*policy.agreements, agreement))
        writer.add_agreement(agreement)
    return agreement


def end_agreement(store: Store, name: str, word: Word, at: Instant | None = None, drain: float = DRAIN) -> Instant:
    """End an agreement at `at`, by default now, on the word of the one who granted it; when it ends."""
    (when,) = end_agreements(store, (name,), word, at, drain=drain)
    return when


def end_agreements(  # noqa: PLR0913 - which, on whose word, when, and how
    store: Store,
    names: Sequence[str],
    word: Word,
    at: Instant | None = None,
    *,
    first: First = nothing,
    drain: float = DRAIN,
) -> tuple[Instant, ...]:
    """As `end_agreement`, many in one act; `first` is asked before anything is written."""
    with changing(store, "agreement-end", word, drain) as writer:
        first(writer)
        return tuple(_end_agreement(writer, name, word, at) for name in names)


def _end_agreement(writer: Writer, name: str, word: Word, at: Instant | None) -> Instant:
    find_fact(writer, "agreement", name)
    (found,) = (grant for grant in writer.policy().agreements if grant.id == name)
    check_word(writer.policy(), found.frm, word)
    return end_fact(writer, "agreement", (name, found.window), at)


def add_delegation(store: Store, new: NewGrant, word: Word) -> Delegation:
    """Record that `to` may consent for `frm`, on the word of `frm`."""
    with changing(store, "delegation", word) as writer:
        policy = writer.policy()
        known("partner", new.to, policy.partners)
        must_be_two("a delegation", new.frm, new.to)
        check_word(policy, as_code(new.frm), word)
        delegation = Delegation(
            id=name_for(writer, "delegation", new.id),
            frm=as_code(new.frm),
            to=as_code(new.to),
            ceiling=new.ceiling,
            domains=new.domains,
            window=window(writer, new.start, new.end),
        )
        replace(policy, delegations=(*policy.delegations, delegation))
        writer.add_delegation(delegation)
    return delegation


def end_delegation(store: Store, name: str, word: Word, at: Instant | None = None, drain: float = DRAIN) -> Instant:
    """End a delegation at `at`, by default now, on the word of the one who granted it; when it ends.

    Consents that were given under it stand.
    """
    with changing(store, "delegation-end", word, drain) as writer:
        find_fact(writer, "delegation", name)
        (found,) = (grant for grant in writer.policy().delegations if grant.id == name)
        check_word(writer.policy(), found.frm, word)
        return end_fact(writer, "delegation", (name, found.window), at)
