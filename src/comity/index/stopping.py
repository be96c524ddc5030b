"""What an open suspension refuses to a reader, out of the strata: at the cost of its own classes, not of the items.

Rules kept here, all of semantics §3:
1. a suspension of the reader's partner by an originator stops what its reach extends to (3), one by the holder closes
   the channel (1);
2. a suspension of the *holder* keeps the holder from passing on: the onward term of what it overlaps is the strictest
   (a), whatever its reach, so it is in the way of every reader but the one who made it;
3. what a consent, a public audience or a window may except is judged class by class, by the decision.

Labels are taken as they stand: a suspension that the terms of an attestation read as well (`Index.attesting`) is not
for here. Nor is the holder as a reader, whom only a recall stops.
"""

from pyroaring import BitMap

from comity.core.agreement import Reach, Suspension, overlap
from comity.core.decision import refusals
from comity.core.instant import Instant
from comity.core.partner import Code, Recipient, base
from comity.core.world import Policy
from comity.index.carriers import Carriers, Stratum
from comity.index.view import union


def stopped(carriers: Carriers, policy: Policy, stop: Suspension, reader: Recipient, now: Instant) -> BitMap:
    """What the suspension refuses to `reader`, whatever else may refuse it. Not to be changed.

    `policy` has the suspension, which is open at `now`.
    """
    found: list[BitMap] = []
    if stop.to not in {base(reader), policy.holder}:
        return BitMap()
    for originator in carriers.book.originators() if stop.frm == policy.holder else (stop.frm,):
        met, doubtful = _met(carriers, policy, stop, reader, originator)
        found.append(carriers.sure(originator, met))
        found.extend(
            carriers.by_class[number]
            for number in doubtful
            if any(True for _ in refusals(policy, carriers.book.cases[number], reader, now))
        )
    return found[0] if len(found) == 1 else union(found)


def _met(
    carriers: Carriers, policy: Policy, stop: Suspension, reader: Recipient, originator: Code
) -> tuple[frozenset[Stratum], list[int]]:
    """The strata of one originator that the suspension is sure to stop, and the classes that have to be judged."""
    holders, reaching = stop.frm == policy.holder, stop.to == base(reader)
    named = originator == stop.frm and reader != originator
    kept = named and not holders and stop.to == policy.holder
    met: set[Stratum] = set()
    doubtful: list[int] = []
    for stratum, layer in carriers.strata(originator).items():
        channel = reaching and holders and (stratum.own or not stratum.assessable)
        further = named and reaching and _reaches(stop, stratum, holders=holders)
        withheld = kept and not stratum.assessable
        if (channel or further or withheld) and overlap(stop.domains, stratum.domains):
            met.add(stratum)
        if channel or (named and (reaching or kept)):
            doubtful.extend(layer.unsure)
    return frozenset(met), doubtful


def _reaches(stop: Suspension, stratum: Stratum, *, holders: bool) -> bool:
    if stratum.assessable:
        return stop.reach is Reach.DERIVED
    return holders or stop.reach is not Reach.DIRECT
