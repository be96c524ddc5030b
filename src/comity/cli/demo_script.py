"""What happens when: the example's world as it stands at the opening, and the acts that its later facts call for.

Nothing here knows the answers. The acts come from the world file, and are done by the services at their times.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from comity.core.agreement import Suspension
from comity.core.consent import Consent
from comity.core.instant import NEVER, Instant
from comity.core.lineage import Item, Source
from comity.core.partner import Code
from comity.core.world import World
from comity.formats.world import WorldFile
from comity.service import attesting, consenting, suspending
from comity.service.attesting import Edge
from comity.service.consenting import NewConsent
from comity.service.ports import Store
from comity.service.records import Word
from comity.service.suspending import NewSuspension

OFFICER = "release-officer"

Doing = Callable[[Store], object]


class Act(NamedTuple):
    """One act of the play: when, what is said of it, the doing of it, and the suspension that it is, if it is one."""

    at: Instant
    line: str
    do: Doing
    stop: Suspension | None = None


@dataclass(slots=True)
class Clock:
    """The time of the play."""

    now: Instant

    def __call__(self) -> Instant:
        """What time it is in the play."""
        return self.now


def opening(file: WorldFile, at: Instant) -> WorldFile:
    """The world with what has been said by `at`; what is said later is left to be acted."""
    policy = file.world.policy
    policy = replace(
        policy,
        suspensions=tuple(stop for stop in policy.suspensions if stop.given <= at),
        consents=tuple(consent for consent in policy.consents if consent.given <= at),
    )
    items = {name: _opened(item, at) for name, item in file.world.items.items()}
    return replace(file, world=World(policy=policy, items=items))


def acts(file: WorldFile, opened: Instant) -> list[Act]:
    """What is said after the opening, in order of time."""
    policy = file.world.policy
    found = [*_attestations(file, opened)]
    for stop in policy.suspensions:
        found += _suspension(policy.holder, stop, opened)
    found += [_consent(policy.holder, consent) for consent in policy.consents if consent.given > opened]
    return sorted(found, key=lambda act: act.at)


def _opened(item: Item, at: Instant) -> Item:
    return replace(item, sources=tuple(_said(source, at) for source in item.sources))


def _said(source: Source, at: Instant) -> Source:
    return replace(source, attestations=tuple(window for window in source.attestations if window.start <= at))


def _attestations(file: WorldFile, opened: Instant) -> Iterator[Act]:
    for item in file.world.items.values():
        for source in item.sources:
            for window in source.attestations:
                if window.start > opened:
                    originator = item.claims[0].originator
                    word = _word(file.world.policy.holder, originator, "reviewed: own analysis, nothing reproduced")
                    edge = Edge(item=item.id, source=source.item)
                    line = f"{originator} attests that {item.id} only draws on {source.item}"
                    yield Act(window.start, line, partial(attesting.attest, edge=edge, word=word))


def _suspension(holder: Code, stop: Suspension, opened: Instant) -> Iterator[Act]:
    reach = f"reach {stop.reach.value}"
    if stop.given > opened:
        new = NewSuspension(
            frm=stop.frm, to=stop.to, domains=stop.domains, reach=stop.reach, recall=stop.recall, id=stop.id
        )
        word = _word(holder, stop.frm, "intelligence sharing is paused")
        line = f"{stop.frm} suspends {stop.to}, {reach} (evidence: {_evidence(stop.frm)})"
        yield Act(stop.given, line, partial(suspending.suspend, new=new, word=word), stop)
    if stop.window.end != NEVER:
        word = _word(holder, stop.frm, "the pause is over")
        line = f"{stop.frm} lifts {stop.id} (evidence: {_evidence(stop.frm)})"
        yield Act(stop.window.end, line, partial(suspending.lift, name=stop.id, word=word))


def _consent(holder: Code, consent: Consent) -> Act:
    new = NewConsent(by=consent.by, item=consent.item, to=consent.to, use=consent.use, id=consent.id)
    word = _word(holder, consent.by, "asked, and agreed")
    what = f"analyses that draw on {consent.item} go" if consent.use.value == "draws-on" else f"{consent.item} goes"
    line = f"{consent.by} consents that {what} to {', '.join(consent.to)} (evidence: {_evidence(consent.by)})"
    return Act(consent.given, line, partial(consenting.grant_consent, new=new, word=word))


def _word(holder: Code, partner: Code, why: str) -> Word:
    """The word of whoever has to say it, with the evidence of it where that is not the holder."""
    if partner == holder:
        return Word(actor=OFFICER, why=why)
    return Word(actor=OFFICER, by=partner, evidence=_evidence(partner), why=why)


def _evidence(partner: Code) -> str:
    return f"liaison note from {partner}"
