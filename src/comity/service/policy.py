"""What every act of policy has in common: whose word it takes, when it starts, that it is valid, that labels follow.

Rules kept here:
1. an act is never back-dated: what starts now starts at the act's own recorded time;
2. another partner's word is taken from that partner (`Word.by`) and with the evidence of it, or not at all;
3. facts are checked whole, as a policy, before they are recorded;
4. what takes something back waits for the releases that were decided before it, then aborts those still under way, and
   only then returns.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from typing import Final

from comity.core.errors import Forbidden, MalformedInput, NodeBusy, UnknownName
from comity.core.instant import NEVER, Instant, Window
from comity.core.partner import Code
from comity.core.world import Policy
from comity.service.labels import Labels
from comity.service.ports import Reader, Store, Writer
from comity.service.records import Ended, Named, Word

DRAIN: Final = 5.0
"""Seconds that an act which takes something back waits for releases under way."""
_PAUSE: Final = 0.02

First = Callable[[Writer], None]
"""Is asked in an act before it writes anything, and refuses it by raising."""


def nothing(_: Writer) -> None:
    """Refuses no act."""


@contextmanager
def changing(store: Store, kind: str, word: Word, drain: float | None = None) -> Iterator[Writer]:
    """One act that changes the policy. With `drain`, it takes something back: see rule 4 of this module."""
    with store.write(kind, word, policy=True) as writer:
        before = writer.policy()
        yield writer
        Labels(writer).follow(before)
        epoch = writer.act.epoch
    if drain is not None:
        settle(store, epoch, drain)


@contextmanager
def taking_back(store: Store, kind: str, word: Word, drain: float = DRAIN) -> Iterator[Writer]:
    """One act that takes a power back and leaves labels as they are: a token, a session, a role. Rule 4 holds."""
    with store.write(kind, word, policy=True) as writer:
        yield writer
        epoch = writer.act.epoch
    settle(store, epoch, drain)


def settle(store: Store, epoch: int, drain: float) -> None:
    """Wait at most `drain` seconds for the releases decided before `epoch`, then abort those still under way.

    The act is recorded by now, so that a node which is busy is no failure: this waits for its turn as long as it takes.
    """
    deadline = time.monotonic() + drain
    while _under_way(store, epoch):
        if time.monotonic() >= deadline:
            with suppress(NodeBusy):
                _abort(store, epoch)
                return  # whatever begins now begins under the new epoch
        time.sleep(_PAUSE)


def _abort(store: Store, epoch: int) -> None:
    with store.derive() as deriver:
        for flight in deriver.in_flight(before=epoch):
            deriver.end_flight(flight.leaf)


def _under_way(store: Store, epoch: int) -> bool:
    """Whether there may be any; a node that is too busy to be asked has not said that there is none."""
    try:
        with store.read() as reader:
            return bool(reader.in_flight(before=epoch))
    except NodeBusy:
        return True


def check_word(policy: Policy, partner: Code, word: Word) -> None:
    """Forbidden unless `word` is the holder's own where `partner` is the holder, else the partner's, with evidence."""
    known("partner", partner, policy.partners)
    if partner == policy.holder:
        if word.by not in (None, partner):
            raise Forbidden(f"only `{partner}` can say this, and `{word.by}` is not it: leave out --by")
    elif word.by != partner or not (word.evidence or "").strip():
        raise Forbidden(
            f"only `{partner}` can say this: give its word with --by {partner} and how it reached you with --evidence"
        )


def known(noun: str, name: str, register: Collection[str]) -> None:
    """UnknownName, with what may have been meant, unless `name` is one of `register`."""
    if name in register:
        return
    near = " or ".join(f"`{other}`" for other in get_close_matches(name, sorted(register), 3, 0.5))
    raise UnknownName(f"no {noun} `{name}`: {f'is {near} meant?' if near else f'see `comity {noun} list`'}")


def must_be_name(noun: str, name: str) -> None:
    """MalformedInput unless `name` can be one: it stands in lists between commas, and in what is printed."""
    if not name.isprintable() or not name.strip() or name != name.strip() or "," in name:
        raise MalformedInput(
            f"`{name}` is no name for a {noun}: use printable signs, without commas and without blanks around them; "
            "register several one by one"
        )


def must_be_two(noun: str, frm: str, to: str) -> None:
    """MalformedInput for what one would grant, or stop, towards itself: its own is always its own."""
    if frm == to:
        raise MalformedInput(f"`{frm}` to itself: {noun} is between two partners, name another")


def window(writer: Writer, start: Instant | None, end: Instant | None) -> Window:
    """From `start`, by default now, until `end`. Forbidden when the start is past; the core judges the end."""
    now = writer.act.at
    if start is not None and start < now:
        raise Forbidden("the start is past: an act is never back-dated; leave the start out, or name a time to come")
    return Window(now if start is None else start, NEVER if end is None else end)


def name_for(writer: Writer, kind: Named, stated: str | None) -> str:
    """The stated id, or a fresh one. Forbidden when it is taken."""
    if stated is None:
        return writer.fresh_id(kind)
    if not stated.isprintable() or not stated.strip() or stated != stated.strip():
        raise Forbidden(f"`{stated}` is no id: use printable signs without surrounding blanks, or leave it out")
    if writer.knows(kind, stated):
        raise Forbidden(f"the {kind} `{stated}` is there already: choose another id, or leave it out")
    return stated


def end_fact(writer: Writer, kind: Ended, fact: tuple[str | int, Window], at: Instant | None) -> Instant:
    """End a fact (id and window) at `at`, by default now; when it ends. Forbidden when that is past, or it ended."""
    subject, span = fact
    moment = writer.act.at if at is None else at
    if moment < writer.act.at:
        raise Forbidden("the end is past: an act is never back-dated; leave the end out, or name a time to come")
    if span.end <= moment:
        raise Forbidden(f"the {kind} has ended already, or ends before that: nothing is left to do")
    writer.add_ending(kind, subject, moment)
    return moment


def find_fact(reader: Reader, kind: Named, name: str) -> None:
    """UnknownName, or Forbidden for what was ended before it started, for an id that the policy does not have."""
    policy = reader.policy()
    ids = {
        "agreement": {fact.id for fact in policy.agreements},
        "delegation": {fact.id for fact in policy.delegations},
        "suspension": {fact.id for fact in policy.suspensions},
        "consent": {fact.id for fact in policy.consents},
    }[kind]
    if name not in ids and reader.knows(kind, name):
        raise Forbidden(f"the {kind} `{name}` was ended before it started: nothing is left to do")
    known(kind, name, ids)
