"""The law in Python: `decide`, written clause by clause from the release semantics and from nothing else.

It is slow and plain on purpose. Every clause of the law is quoted above the lines that say it, in the order of the
law: §1 stands in `words.py`, §2 and §3 here. Where the law may be read in two ways this takes the most literal one and
says `READING:`. Worlds are taken to be valid: this judges releases, not files.
"""

# ruff: noqa: ERA001 - the law's formulas, quoted in comments, look like code

from __future__ import annotations

from datetime import datetime
from typing import Any

from .words import (
    DEFAULT_RULE,
    STRICTNESS,
    Claim,
    Consent,
    Cutter,
    Triple,
    World,
    audience_names,
    base,
    claims_of,
    consent_names,
    consents_of,
    covers,
    find_item,
    is_part,
    live,
    moment,
    optional_moment,
    overlaps,
    rank,
    within,
)

Reason = tuple[str, str, str]


# --- §2 The label of an item ------------------------------------------------------------------------------------------


def waivers(world: World, item: str, c: Claim) -> frozenset[Consent]:
    """W(X, c).

    "the consents on item X given by c's originator, or by a delegate of it whose delegation was in force when the
    consent was given and covers c. Anybody else's consent waives nothing."
    """
    found = set()
    for consent in consents_of(world):
        if consent.item != item:
            continue
        by_delegate = any(
            delegation["from"] == c.originator
            and delegation["to"] == consent.by
            and live(delegation, consent.given)
            and covers(world, delegation, c)
            for delegation in world.get("delegations", [])
        )
        if consent.by == c.originator or by_delegate:
            found.add(consent)
    return frozenset(found)


def cut(item: dict[str, Any], source: dict[str, Any]) -> frozenset[Cutter]:
    """'cut = {(originator of X's first claim, attested, withdrawn)} if the edge is an attested `draws-on`, else ∅.'"""
    if source.get("use", "reproduces") == "draws-on" and source.get("attested") is not None:
        return frozenset(
            {Cutter(item["originator"], moment(source["attested"]), optional_moment(source.get("withdrawn")))}
        )
    return frozenset()


def carried(world: World, name: str) -> set[Triple]:
    """carried(X): "a set of triples (root claim, cutters, waivers): the least fixpoint of" the two lines below.

    Every item starts with nothing, and both lines are applied to every item until nothing is new.
    """
    sets: dict[str, set[Triple]] = {item["id"]: set() for item in world["items"]}
    while True:
        before = sum(len(triples) for triples in sets.values())
        for item in world["items"]:
            x = item["id"]
            # "{ (c, ∅, W(X, c)) for each claim c of X }"
            for c in claims_of(world, item):
                sets[x].add((c, frozenset(), waivers(world, x, c)))
            # "{ (c, cutters ∪ cut, waivers ∪ W(X, c)) for each source s of X, each (c, cutters, waivers) in
            # carried(s) }"
            for source in item.get("sources", []):
                for c, cutters, waived in list(sets[source["item"]]):
                    sets[x].add((c, cutters | cut(item, source), waived | waivers(world, x, c)))
        if sum(len(triples) for triples in sets.values()) == before:
            return sets[name]


# --- §3 The decision --------------------------------------------------------------------------------------------------


def open_suspensions(world: World, giver: str, receiver: str, m: datetime, c: Claim) -> list[dict[str, Any]]:
    """Every suspension giver → receiver that is open at m and overlaps c."""
    return [
        suspension
        for suspension in world.get("suspensions", [])
        if suspension["from"] == giver
        and suspension["to"] == receiver
        and live(suspension, m)
        and overlaps(suspension, c)
    ]


def agreements_between(world: World, giver: str, receiver: str) -> list[dict[str, Any]]:
    """Every agreement giver → receiver, whenever in force."""
    return [a for a in world.get("agreements", []) if a["from"] == giver and a["to"] == receiver]


def term(world: World, kind: str, p: str, c: Claim, m: datetime) -> str:
    """Term of partner p for claim c at a time m; `kind` is `onward` or `derivation`. "The first that applies"."""
    o = c.originator
    strictest = STRICTNESS[kind][0]
    # (a) "a suspension o → p open at m overlaps c: the strictest."
    if open_suspensions(world, o, p, m, c):
        return strictest
    # (b) "`derivation` only: c's audience is stated and does not name p at m: the strictest."
    if kind == "derivation" and c.audience is not None and not audience_names(world, c, p, m):
        return strictest
    # (c) "c states the rule itself: that."
    stated = c.onward if kind == "onward" else c.derivation
    if stated is not None:
        return stated
    # (d) "no agreement o → p in force at m covers c: the strictest."
    between = agreements_between(world, o, p)
    if not any(live(a, m) and covers(world, a, c) for a in between):
        return strictest
    # (e) "The strictest among the agreements o → p that overlap c and are in force at m or, if c's own item has a
    #     received time, were in force then."
    rules: list[str] = [
        a.get(kind, DEFAULT_RULE[kind])
        for a in between
        if overlaps(a, c) and (live(a, m) or (c.received is not None and live(a, c.received)))
    ]
    return min(rules, key=STRICTNESS[kind].index)


def embargoed(c: Claim, t: datetime) -> bool:
    """'before `not_before`, or at or after `not_after`'"""
    return not within(c.not_before, t, c.not_after)


def is_public(world: World, c: Claim, t: datetime) -> bool:
    """'Public: lowest level, audience contains `*`, onward rule absent or `free`, no conditions, neither
    embargoed nor expired.'
    """
    return (
        rank(world, c.level) == 0
        and c.audience is not None
        and "*" in c.audience
        and c.onward in (None, "free")
        and not c.conditions
        and not embargoed(c, t)
    )


def counting(cutters: frozenset[Cutter], t: datetime) -> list[Cutter]:
    """'It counts at t iff attested ≤ t < withdrawn.'"""
    return [cutter for cutter in cutters if within(cutter.attested, t, cutter.withdrawn)]


def is_assessable(world: World, c: Claim, cutters: frozenset[Cutter], t: datetime) -> bool:
    """'some cutter that counts at t has p = o, or the derivation term of its partner for c at its attested time
    is own-analysis.'
    """
    return any(
        cutter.partner == c.originator
        or term(world, "derivation", cutter.partner, c, cutter.attested) == "own-analysis"
        for cutter in counting(cutters, t)
    )


def word(world: World, triple: Triple, r: str, t: datetime) -> list[Consent]:
    """Word: "the waivers of the triple that are live, name r, and whose use is `reproduces`, or `draws-on` while some
    cutter counts at t."
    """
    _, cutters, waived = triple
    return [
        consent
        for consent in waived
        if within(consent.start, t, consent.end)
        and consent_names(world, consent, r, t)
        and (consent.use == "reproduces" or (consent.use == "draws-on" and counting(cutters, t)))
    ]


def given_after(consents: list[Consent], suspension: dict[str, Any]) -> bool:
    """Tell whether one of the consents was given after: 'strictly later than the suspension's own `given`'.

    READING of "each open suspension needing its own later consent": each is asked for by itself; one consent may be
    later than several suspensions.
    """
    stopped = moment(suspension.get("given", suspension["start"]))
    return any(consent.given > stopped for consent in consents)


def recalled(world: World, triple: Triple, t: datetime) -> set[Reason]:
    """r = h: "`recalled` (o, root) for each triple, public or not, that is not assessable while an open suspension o →
    h with `recall` overlaps c. Nothing else is asked."
    """
    c, cutters, _ = triple
    recalls = [s for s in open_suspensions(world, c.originator, world["holder"], t, c) if s.get("recall", False)]
    if recalls and not is_assessable(world, c, cutters, t):
        return {(c.originator, c.item, "recalled")}
    return set()


def channel(world: World, x: str, c: Claim, r: str, t: datetime) -> set[Reason]:
    """1. Channel: both of its clauses, for a claim of which they are asked."""
    h, o = world["holder"], c.originator
    reasons: set[Reason] = set()
    # "live `reproduces` consent of h itself on X naming r"
    of_h = [
        consent
        for consent in consents_of(world)
        if consent.by == h
        and consent.item == x
        and consent.use == "reproduces"
        and within(consent.start, t, consent.end)
        and consent_names(world, consent, r, t)
    ]
    # "`channel` (h, root): an open suspension h → base(r) overlaps c, and no live `reproduces` consent of h itself
    # on X naming r was given after it."
    for suspension in open_suspensions(world, h, base(r), t, c):
        if not given_after(of_h, suspension):
            reasons.add((h, c.item, "channel"))
    # "unless c is public, r = o, or base(r) = h (the holder's own constituency):"
    if is_public(world, c, t) or r == o or base(r) == h:
        return reasons
    covering = [a for a in agreements_between(world, h, base(r)) if live(a, t) and covers(world, a, c)]
    # "`channel` (h, root) if no agreement h → base(r) in force covers c and h itself has no live `reproduces`
    # consent on X naming r;"
    if not covering and not of_h:
        reasons.add((h, c.item, "channel"))
    # "`conditions` (o, root) if c has conditions and no covering agreement accepts them all – also when none
    # covers, and whatever h itself consents to."
    if c.conditions and not any(c.conditions <= set(a.get("accepts", [])) for a in covering):
        reasons.add((o, c.item, "conditions"))
    return reasons


def reaches(suspension: dict[str, Any], assessable: bool, h: str, o: str) -> bool:
    """Reach: "an assessable triple is stopped only by `derived`; any other by every reach if h = o (`direct`), and by
    `onward` or `derived` if h ≠ o." The default reach is `onward`.
    """
    reach: str = suspension.get("reach", "onward")
    if assessable:
        return reach == "derived"
    if h == o:
        return True
    return reach in ("onward", "derived")


def names_or_whole(world: World, c: Claim, r: str, t: datetime) -> bool:
    """The opposite of "the audience is stated and does not name r, or is absent and r is a part"."""
    if c.audience is None:
        return not is_part(r)
    return audience_names(world, c, r, t)


def refusals(  # noqa: C901 - eight steps on one page, as in the law
    world: World, x: str, triple: Triple, r: str, t: datetime
) -> set[Reason]:
    """*r ≠ h*: every reason that one triple gives, by the eight steps."""
    c, cutters, _ = triple
    h, o = world["holder"], c.originator
    public, assessable = is_public(world, c, t), is_assessable(world, c, cutters, t)
    reasons: set[Reason] = set()

    # 1. "Channel, if c is a claim of X itself, or is neither assessable nor public."
    if c.item == x or (not assessable and not public):
        reasons |= channel(world, x, c, r, t)

    # 2. "Own or public: if r = o or c is public, the originator has nothing more to say."
    if r == o or public:
        return reasons

    # 3. "`suspended` (o, root): an open suspension o → base(r) overlaps c and reaches this case, and no consent of
    #    *word* was given after it."
    spoken = word(world, triple, r, t)
    for suspension in open_suspensions(world, o, base(r), t, c):
        if reaches(suspension, assessable, h, o) and not given_after(spoken, suspension):
            reasons.add((o, c.item, "suspended"))

    # 4. "Assessable: nothing more."
    if assessable:
        return reasons

    # 5. "`embargo` (o, root): before `not_before`, or at or after `not_after`."
    if embargoed(c, t):
        reasons.add((o, c.item, "embargo"))

    # 6. "Consent: if *word* is not empty, nothing more."
    if spoken:
        return reasons

    # 7. "h = o: `audience` (o, root) if the audience is stated and does not name r, or is absent and r is a part."
    if h == o:
        if not names_or_whole(world, c, r, t):
            reasons.add((o, c.item, "audience"))
        return reasons

    # 8. "h ≠ o, by the onward term: `consent` (ORCON): `onward`. `listed`: `onward` unless the stated audience
    #    names r. `free`: `audience` if the audience is stated and does not name r, or is absent and r is a part."
    rule = term(world, "onward", h, c, t)
    if rule == "consent" or (rule == "listed" and not audience_names(world, c, r, t)):
        reasons.add((o, c.item, "onward"))
    if rule == "free" and not names_or_whole(world, c, r, t):
        reasons.add((o, c.item, "audience"))
    return reasons


def asked_triples(world: World, item: str, t: datetime) -> set[Triple]:
    """carried(X) at t, less what is not live: 'A further claim outside its window is left out.'"""
    return {triple for triple in carried(world, item) if within(triple[0].start, t, triple[0].end)}


def decide(world: World, item: str, to: str, at: str) -> tuple[str, list[str]]:
    """May the world's holder disclose `item` to `to` at `at`, and why not?

    Returns ("permit", []) or ("refuse", reasons), each reason "PARTNER/ROOT/CODE", in the order of the triple.
    Raises KeyError on an item or a recipient that the world does not know.
    """
    find_item(world, item)
    if base(to) not in world["partners"]:
        raise KeyError(f"no such partner: `{base(to)}`")
    t = moment(at)
    reasons: set[Reason] = set()
    # "All refusing reasons are returned", "X may go iff no reason is found."
    for triple in asked_triples(world, item, t):
        if to == world["holder"]:
            reasons |= recalled(world, triple, t)
        else:
            reasons |= refusals(world, item, triple, to, t)
    return ("refuse" if reasons else "permit", ["/".join(reason) for reason in sorted(reasons)])
