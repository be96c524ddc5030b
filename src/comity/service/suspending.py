"""To suspend and to lift: the acts that stop a flow, and the only one that lets it go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.core.agreement import Reach, Suspension
from comity.core.claim import EVERY_DOMAIN
from comity.core.errors import Forbidden
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
from comity.service.proposals import is_paired, propose
from comity.service.records import Proposal, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSuspension:
    """A suspension to record: from now until `end`. The id is made if none is given."""

    frm: str
    to: str
    domains: frozenset[str] = frozenset({EVERY_DOMAIN})
    reach: Reach = Reach.ONWARD
    recall: bool = False
    end: Instant | None = None
    id: str | None = None


def suspend(store: Store, new: NewSuspension, word: Word, drain: float = DRAIN) -> Suspension:
    """Stop the flow `frm` → `to`, on the word of `frm`.

    When this returns, nothing that it stops is handed out any more: releases under way have ended within `drain`
    seconds or are aborted (law `no_disclosure_after_suspension`).
    """
    (made,) = suspend_all(store, (new,), word, drain=drain)
    return made


def suspend_all(
    store: Store, new: Sequence[NewSuspension], word: Word, *, first: First = nothing, drain: float = DRAIN
) -> tuple[Suspension, ...]:
    """As `suspend`, many in one act; `first` is asked before anything is written."""
    with changing(store, "suspend", word, drain) as writer:
        first(writer)
        return tuple(_suspend(writer, each, word) for each in new)


def _suspend(writer: Writer, new: NewSuspension, word: Word) -> Suspension:
    policy = writer.policy()
    known("partner", new.to, policy.partners)
    must_be_two("a suspension", new.frm, new.to)
    check_word(policy, as_code(new.frm), word)
    stop = Suspension(
        id=name_for(writer, "suspension", new.id),
        frm=as_code(new.frm),
        to=as_code(new.to),
        window=window(writer, None, new.end),
        given=writer.act.at,
        domains=new.domains,
        reach=new.reach,
        recall=new.recall,
    )
    policy.with_suspension(stop)
    writer.add_suspension(stop)
    return stop


def lift(store: Store, name: str, word: Word) -> Instant | Proposal:
    """Lift a suspension now, on the word of the one who suspended; when it ends. Others that are open stay open.

    Where that takes two persons, propose it.
    """
    (done,) = lift_all(store, (name,), word)
    return done


def lift_all(
    store: Store, names: Sequence[str], word: Word, *, first: First = nothing
) -> tuple[Instant | Proposal, ...]:
    """As `lift`, many in one act; `first` is asked before anything is written."""
    if not is_paired(store, "lift"):
        with changing(store, "lift", word) as writer:
            first(writer)
            return tuple(_lift(writer, name, word) for name in names)
    with store.write("propose", word, policy=False) as writer:
        first(writer)
        return tuple(_propose(writer, name, word) for name in names)


def perform_lift(store: Store, name: str, word: Word) -> Instant:
    """Lift a suspension as the second person."""
    with changing(store, "lift", word) as writer:
        return _lift(writer, name, word)


def _lift(writer: Writer, name: str, word: Word) -> Instant:
    found = _liftable(writer, name, word)
    return end_fact(writer, "suspension", (name, found.window), None)


def _propose(writer: Writer, name: str, word: Word) -> Proposal:
    if (found := _liftable(writer, name, word)).window.end <= writer.act.at:
        raise Forbidden("the suspension has ended already: nothing is left to do")
    return propose(writer, "lift", {"id": found.id})


def _liftable(writer: Writer, name: str, word: Word) -> Suspension:
    find_fact(writer, "suspension", name)
    (found,) = (stop for stop in writer.policy().suspensions if stop.id == name)
    check_word(writer.policy(), found.frm, word)
    return found
