"""Mutations of the rules in the core: each is a mistake that somebody could make while changing them."""

from typing import Final

from tests.sabotage.mutation import Mutation

DECISION: Final = "core/decision.py"
LINEAGE: Final = "core/lineage.py"
WORLD: Final = "core/world.py"

CHANNEL: Final = (
    Mutation(
        name="skip the channel",
        path=DECISION,
        old="    if case.own or not (state.assessable or public):\n",
        new="    if False:\n",
    ),
    Mutation(
        name="ask the channel only for the item's own claims",
        path=DECISION,
        old="    if case.own or not (state.assessable or public):\n",
        new="    if case.own:\n",
    ),
    Mutation(
        name="let the holder's suspension be",
        path=DECISION,
        old="    if closed_by(policy, case, recipient, at):\n",
        new="    if False:\n",
    ),
    Mutation(
        name="ignore the holder's own consent",
        path=DECISION,
        old="    if not covering and not any(live(policy, case.passes, recipient, at)):\n",
        new="    if not covering:\n",
    ),
    Mutation(
        name="open the channel on anybody's consent",
        path=DECISION,
        old="if consent.by == policy.holder and _reproduces(consent)",
        new="if _reproduces(consent)",
    ),
    Mutation(
        name="any for all: conditions",
        path=DECISION,
        old="any(claim.conditions <= grant.accepts for grant in covering)",
        new="any(claim.conditions & grant.accepts for grant in covering)",
    ),
    Mutation(
        name="ignore conditions where the holder consents",
        path=DECISION,
        old="    if claim.conditions and not any(",
        new="    if covering and claim.conditions and not any(",
    ),
    Mutation(
        name="treat the holder's parts as anybody's",
        path=DECISION,
        old="    if public or recipient == claim.originator or to == holder:\n",
        new="    if public or recipient == claim.originator:\n",
    ),
)

SUSPENSION: Final = (
    Mutation(
        name="reach derived treated as onward",
        path=DECISION,
        old="        return stop.reach is Reach.DERIVED\n",
        new="        return False\n",
    ),
    Mutation(
        name="reach direct stops what others pass on",
        path=DECISION,
        old="    return claim.originator == policy.holder or stop.reach is not Reach.DIRECT\n",
        new="    return True\n",
    ),
    Mutation(
        name="any for all: one suspension answered answers every one",
        path=DECISION,
        old="    return [stop for stop in stops if not _given_after(spoken, stop)]\n",
        new="    left = [stop for stop in stops if not _given_after(spoken, stop)]\n"
        "    return left if len(left) == len(stops) else []\n",
    ),
    Mutation(
        name="a consent given at the moment of a suspension answers it",
        path=DECISION,
        old="consent.given > stop.given",
        new="consent.given >= stop.given",
    ),
    Mutation(
        name="recall ignored",
        path=DECISION,
        old="        if recalled_by(policy, case, at):\n",
        new="        if False:\n",
    ),
    Mutation(
        name="recall of what is assessable",
        path=DECISION,
        old="return [] if case.state.assessable else [stop for stop in stops if stop.recall]",
        new="return [stop for stop in stops if stop.recall]",
    ),
)

TERMS: Final = (
    Mutation(
        name="a stated rule before an open suspension",
        path=DECISION,
        old="    if policy.stops(claim.originator, holder, claim, at):\n        return Onward.CONSENT\n",
        new="    if claim.onward is None and policy.stops(claim.originator, holder, claim, at):\n"
        "        return Onward.CONSENT\n",
    ),
    Mutation(
        name="received time ignored in (e)",
        path=DECISION,
        old="(moment in grant.window or (claim.received is not None and claim.received in grant.window))",
        new="moment in grant.window",
    ),
    Mutation(
        name="the laxest agreement for the strictest",
        path=DECISION,
        old="    return min((grant.onward for grant",
        new="    return max((grant.onward for grant",
    ),
    Mutation(
        name="any for all: one agreement allows own analysis",
        path=DECISION,
        old="    free = all(",
        new="    free = any(",
    ),
    Mutation(
        name="analysis allowed to one whom the audience does not name",
        path=DECISION,
        old="    if claim.audience is not None and not policy.audience_names(claim, partner, attested):\n",
        new="    if False:\n",
    ),
    Mutation(
        name="domain overlap for cover",
        path="core/agreement.py",
        old="EVERY_DOMAIN in self.domains or claim.domains <= self.domains",
        new="EVERY_DOMAIN in self.domains or claim.domains & self.domains",
    ),
    Mutation(
        name="ceiling ignored",
        path="core/agreement.py",
        old="rank[claim.level] <= rank[self.ceiling] and (",
        new="(",
    ),
)

WORDS: Final = (
    Mutation(
        name="embargo ignored",
        path=DECISION,
        old="    if claim.embargoed(at):\n",
        new="    if False:\n",
    ),
    Mutation(
        name="embargo end inclusive",
        path="core/claim.py",
        old="return not self.not_before <= moment < self.not_after",
        new="return not self.not_before <= moment <= self.not_after",
    ),
    Mutation(
        name="<= for < in windows",
        path="core/instant.py",
        old="return self.start <= moment < self.end",
        new="return self.start <= moment <= self.end",
    ),
    Mutation(
        name="< for <= in windows",
        path="core/instant.py",
        old="return self.start <= moment < self.end",
        new="return self.start < moment < self.end",
    ),
    Mutation(
        name="public in spite of conditions",
        path=DECISION,
        old="        and not claim.conditions\n",
        new="",
    ),
    Mutation(
        name="delegation not checked",
        path=WORLD,
        old="            and given in grant.window\n            and grant.covers(claim, self.rank)\n",
        new="",
    ),
    Mutation(
        name="consent of anyone",
        path=WORLD,
        old="        return partner == claim.originator or any(",
        new="        return True or any(",
    ),
    Mutation(
        name="audience part treated as partner",
        path="core/partner.py",
        old="    if recipient in audience or ANYONE in audience",
        new="    if recipient in audience or base(recipient) in audience or ANYONE in audience",
    ),
    Mutation(
        name="any for all: moments of membership",
        path="core/partner.py",
        old="all(community.has(recipient, moment) for moment in moments)",
        new="any(community.has(recipient, moment) for moment in moments)",
    ),
    Mutation(
        name="an audience's community at the moment only",
        path=WORLD,
        old="        moments = (moment,) if claim.received is None else (moment, claim.received)\n",
        new="        moments = (moment,)\n",
    ),
)

LINEAGE_RULES: Final = (
    Mutation(
        name="stop at the first source",
        path=LINEAGE,
        old="        for source in items[node].sources:\n",
        new="        for source in items[node].sources[:1]:\n",
    ),
    Mutation(
        name="stop at the claims of the item",
        path=LINEAGE,
        old="        return keep({*seeds(node), *arrived} if arrived else seeds(node))\n",
        new="        return keep(seeds(node))\n",
    ),
    Mutation(
        name="forget waivers on the way",
        path=LINEAGE,
        old="            waivers=state.waivers | terms.waivers(node.id, claim),\n",
        new="            waivers=state.waivers,\n",
    ),
    Mutation(
        name="a further claim forgotten",
        path=LINEAGE,
        old="        for place, claim in enumerate(items[node].claims):\n",
        new="        for place, claim in enumerate(items[node].claims[:1]):\n",
    ),
    Mutation(
        name="attestation on reproduces counts as own",
        path=LINEAGE,
        old="    cuts = source.cuts(moment)\n",
        new="    cuts = source.cuts(moment) or (() if source.use is Use.DRAWS_ON else (Window(moment),))\n",
    ),
    Mutation(
        name="a withdrawn attestation counts",
        path=LINEAGE,
        old="        return tuple(window for window in self.attestations if moment in window)\n",
        new="        return tuple(window for window in self.attestations if window.start <= moment)\n",
    ),
    Mutation(
        name="assessable ignores whose analysis it is",
        path=LINEAGE,
        old="    return partner == claim.originator or terms.own_analysis(partner, claim, cut.start)\n",
        new="    return terms.own_analysis(partner, claim, cut.start)\n",
    ),
    Mutation(
        name="any attestation makes assessable",
        path=LINEAGE,
        old="    return partner == claim.originator or terms.own_analysis(partner, claim, cut.start)\n",
        new="    return True\n",
    ),
    Mutation(
        name="the fixpoint run once",
        path=LINEAGE,
        old="    return _settled(found, edges, early, label) if early else found\n",
        new="    return found\n",
    ),
    Mutation(
        name="the laxer of two triples kept",
        path=LINEAGE,
        old="rival.state.stricter(triple.state)",
        new="triple.state.stricter(rival.state)",
    ),
)

MUTATIONS: Final = (*CHANNEL, *SUSPENSION, *TERMS, *WORDS, *LINEAGE_RULES)
