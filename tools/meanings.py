"""What the code cannot say of itself in a table: one line for each reason code and each key of a world file.

INVARIANT: the reference cannot be made while one of them is missing here.
"""

from typing import Final

from comity.core.decision import Obstacle

REASONS: Final = {
    Obstacle.CHANNEL: (
        "the holder",
        "The holder has suspended the recipient's partner, or has no agreement with it that covers the claim.",
        (
            "The holder lifts its suspension, or makes an agreement that covers level and domains, or consents itself"
            " (`reproduces`) on the item; a suspension is answered only by a consent given after it."
        ),
    ),
    Obstacle.CONDITIONS: (
        "the originator",
        (
            "The claim has conditions of use, and no agreement between the holder and the recipient's partner that"
            " covers it accepts them all."
        ),
        "The holder agrees with the recipient's partner on terms that accept them.",
    ),
    Obstacle.SUSPENDED: (
        "the originator",
        "The originator has suspended the recipient's partner, and the suspension reaches this case.",
        "The originator lifts it (each that is open), or consents after it was given.",
    ),
    Obstacle.EMBARGO: (
        "the originator",
        "It is before `not_before`, or at or after `not_after`.",
        "Waiting, for `not_before`. For `not_after`, only a new version whose claim says otherwise.",
    ),
    Obstacle.AUDIENCE: (
        "the originator",
        "The audience is stated and does not name the recipient, or none is stated and the recipient is a part.",
        "The originator names the recipient in a new version, or consents.",
    ),
    Obstacle.ONWARD: (
        "the originator",
        (
            "The holder may not pass the originator's material on to this recipient: the onward term is `consent`, or"
            " it is `listed` and the stated audience does not name the recipient."
        ),
        "The originator consents; or, by the term that holds, names the recipient or agrees to more.",
    ),
    Obstacle.RECALLED: (
        "the originator",
        "The originator has suspended the holder with `recall`: the holder itself may not use it any more.",
        "The originator lifts the suspension.",
    ),
}
"""Of each code: whose word is in the way, what it says, and what takes it away besides an attestation."""

WORLD: Final = {
    "holder": "The partner whose node is asked to disclose.",
    "partners": "Who there is, by code.",
    "partners.name": "What people call it; the code, where this is left out.",
    "levels": "The levels, the lowest first; five are given where this is left out.",
    "domains": "The domains that may be named; `general` is always one.",
    "conditions": "The conditions of use that may be named.",
    "communities": "Named sets of partners, by name: codes, or members with dates.",
    "communities.partner": "The member's code.",
    "agreements": "Who may receive what from whom.",
    "delegations": "Who may consent for whom.",
    "suspensions": "What is stopped.",
    "consents": "Originators' words that an item may go.",
    "items": "What the holder holds.",
    "checks": "Questions: may this item go to this recipient at this time?",
    "audiences": "Questions: which partners may have this item at this time? The holder counts.",
    "holdings": "Questions: which items may this recipient have at this time?",
    "id": "Its id, unique among its kind.",
    "from": "Who grants, or who stops.",
    "to": "Who receives, or who no longer does.",
    "consents.to": "Whom it names: partners, `CODE/*`, parts, communities, or `*`.",
    "checks.to": "The recipient: a partner, or one part as `CODE/part`.",
    "holdings.to": "The recipient: a partner, or one part as `CODE/part`.",
    "delegations.to": "Who may consent.",
    "delegations.from": "For whom.",
    "ceiling": "The highest level.",
    "agreements.domains": "The domains; `*` for all.",
    "delegations.domains": "The domains; `*` for all.",
    "suspensions.domains": "The domains; all, where this is left out.",
    "items.domains": "The domains; `general`, where this is left out.",
    "further_claims.domains": "The domains; `general`, where this is left out.",
    "start": "From when; without it, always.",
    "suspensions.start": "From when.",
    "consents.start": "From when.",
    "end": "Until when, that moment not included; without it, for ever.",
    "onward": "How far it may be passed on. In an agreement the default is `listed`; in a claim, that the agreement"
    " decides.",
    "derivation": "What an analysis of it carries. In an agreement the default is `inherit`; in a claim, that the"
    " agreement decides.",
    "accepts": "The conditions of use that the recipient accepts.",
    "reach": "How far it goes: what the first holds itself, what others pass on (the default), what others have"
    " derived.",
    "recall": "Whether the holder, where it is the second, may not use it any more either. False by default.",
    "given": "When it was said, where that is not its start.",
    "by": "Who consents.",
    "item": "The id of an item.",
    "use": "`reproduces` (the default): quoted, contained, translated, revised, referred to; `draws-on`: an analysis.",
    "originator": "Under whose authority it entered the network.",
    "level": "One of the levels; in a further claim the lowest, where this is left out.",
    "releasable_to": "The audience. Left out: no list is stated. Empty: nobody but the originator.",
    "not_before": "The embargo: it goes to nobody before this.",
    "not_after": "The expiry: it goes to nobody from this on.",
    "items.conditions": "Conditions of use.",
    "further_claims.conditions": "Conditions of use.",
    "received": "When the holder received it; without it, that is not known.",
    "further_claims": "Claims beside the first: of joint originators, relays, or the holder.",
    "sources": "What it is built on.",
    "sources.item": "The id of the source.",
    "attested": "Since when the originator of the item attests that this `draws-on` reproduces nothing.",
    "withdrawn": "Until when it does.",
    "object": "The STIX object; without one, a node makes a report.",
    "at": "The time that is asked about.",
    "expect": "`permit` or `refuse`; left out, nothing is expected.",
    "audiences.expect": "The partners, in any order; left out, nothing is expected.",
    "holdings.expect": "The items, in any order; left out, nothing is expected.",
    "because": "The reasons of a refusal, each `ORIGINATOR/ROOT/CODE`, in any order; `[]` for a permit; left out,"
    " they are not compared.",
    "requirements": "What somebody needs, and how much of it: [what is counted](../explanation/analysis.md).",
    "tags": "What counts towards a requirement: one item by its id, or the items that have all that a rule states.",
    "pools": "What several offers of one partner share.",
    "offers": "What partners could add.",
    "coverage": "Questions: how is this requirement covered for this recipient, and on whom does that depend?",
    "loss": "Questions: what would this recipient lose, were these suspensions made now?",
    "plans": "Questions: who should add what for this recipient, in a time as long as that from `start` to `end`?",
    "title": "What people read.",
    "kind": "`intelligence` (the default) or `assistance`; both are counted alike.",
    "requirements.domains": "What it is about. An offer for one of these domains serves it.",
    "region": "What it is about. It selects nothing.",
    "priority": "From 1, the most urgent, to 5; 3, where this is left out. It counts in plans.",
    "rate": "The least that has to come.",
    "rate.items": "So many items, at least 1,",
    "capacity.items": "So many items, at least 1,",
    "capacity": "The most that can be given.",
    "period": "in each time as long as this.",
    "freshness": "How old the newest item may be at the end of the time that is asked about.",
    "corroboration": "At least so many independent root originators: 100 at most.",
    "requirement": "The id of a requirement.",
    "tags.item": "The id of an item that counts; then nothing else is stated.",
    "type": "The type of the object; a report, where an item has none.",
    "domain": "A domain of the item's own first claim.",
    "offers.domain": "Every requirement of this domain is served. Either this or `requirement` is stated.",
    "offers.requirement": "The requirement that is served. Either this or `domain` is stated.",
    "label": "One of the object's `labels`.",
    "text": "Words, all of which the object says.",
    "partner": "Whose it is.",
    "offers.ceiling": "The highest level that its items will have.",
    "quality": "How many of a hundred items are expected to count; all, where this is left out.",
    "lead_time": "How long until the first item comes; no time, where this is left out.",
    "pool": "The id of a pool of the same partner, from which its items are taken as well.",
    "coverage.to": "The recipient: a partner, or one part as `CODE/part`.",
    "loss.to": "The recipient: a partner, or one part as `CODE/part`.",
    "plans.to": "The recipient: a partner, or one part as `CODE/part`.",
    **{f"{each}.start": "What was received from then on is counted." for each in ("coverage", "loss", "plans")},
    **{f"{each}.end": "Until when; `at`, where this is left out." for each in ("coverage", "loss", "plans")},
    "loss.suspensions": "Suspensions that nobody has made; as if they were made at the time that is asked about.",
    "plans.suspensions": "Suspensions that nobody has made; as if they were made at the time that is asked about.",
    "coverage.expect": "What is expected; of what is left out, nothing.",
    "loss.expect": "What is expected; of what is left out, nothing.",
    "plans.expect": "What is expected; of what is left out, nothing.",
    "expect.items": "The items that count, or that are lost, in any order.",
    "independent": "How many groups of root originators there are.",
    "unmet": "The wants that are not met: `rate`, `freshness`, `corroboration`.",
    "soles": "The originators from whom every item descends.",
    "expect.requirements": "What becomes of requirements, by id: `lost`, `degraded` or `unaffected`.",
    "uncovered": "The requirements that the plan does not cover whole.",
    "barred": "The offers from which nothing could reach the recipient.",
}
"""Of each key of a world file, by `section.key`, or by the key alone where it means the same everywhere."""
