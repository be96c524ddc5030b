"""Mutations that a law must notice by itself, without the oracle: no law is a property that cannot fail."""

from typing import Final

from tests.sabotage.mutation import Mutation
from tests.sabotage.rules import DECISION, LINEAGE

EXPLANATION: Final = ("tests/core/test_explanation.py",)


def law(name: str) -> tuple[str, ...]:
    """The tests of one law."""
    return (f"tests/laws/test_{name}.py",)


MUTATIONS: Final = (
    Mutation(
        name="default_refusal: no agreement is agreement enough",
        path=DECISION,
        old="    if not covering and not any(live(policy, case.passes, recipient, at)):\n",
        new="    if False:\n",
        tests=law("default_refusal"),
    ),
    Mutation(
        name="refusal_trumps: a second suspension ends the first",
        path=DECISION,
        old="    spoken = word(policy, state, recipient, at) if stops else []\n",
        new="    stops = stops[: len(stops) % 2]\n    spoken = word(policy, state, recipient, at)\n",
        tests=law("refusal_trumps"),
    ),
    Mutation(
        name="refusal_trumps: any stated rule is free",
        path=DECISION,
        old="        return claim.onward\n",
        new="        return Onward.FREE\n",
        tests=law("refusal_trumps"),
    ),
    Mutation(
        name="order_does_not_matter: the first agreement decides",
        path=DECISION,
        old="standing(policy, holder, claim, at)), key=lambda rule: rule.strictness)",
        new="standing(policy, holder, claim, at)), key=lambda _: 0)",
        tests=law("order_does_not_matter"),
    ),
    Mutation(
        name="laundering_fails: what is called analysis is analysis",
        path=LINEAGE,
        old="    cuts = source.cuts(moment)\n",
        new="    cuts = source.cuts(moment) or ((Window(moment),) if source.use is Use.DRAWS_ON else ())\n",
        tests=law("laundering_fails"),
    ),
    Mutation(
        name="laundering_fails: only the first source binds",
        path=LINEAGE,
        old="        for source in items[node].sources:\n",
        new="        for source in items[node].sources[:1]:\n",
        tests=law("laundering_fails"),
    ),
    Mutation(
        name="suspension_is_reversible: what was ever stopped stays so",
        path="core/world.py",
        old="if moment in stop.window and stop.overlaps(claim)]",
        new="if stop.window.start <= moment and stop.overlaps(claim)]",
        tests=law("suspension_is_reversible"),
    ),
    Mutation(
        name="reasons_are_complete: the embargo hides the audience",
        path=DECISION,
        old="        yield claim.originator, Obstacle.EMBARGO\n",
        new="        yield claim.originator, Obstacle.EMBARGO\n        return\n",
        tests=law("reasons_are_complete"),
    ),
    Mutation(
        name="reasons_are_complete: one lift for two suspensions",
        path="core/ways.py",
        old="    yield _lifts(_in_the_way(charge))\n",
        new="    yield _lifts(_in_the_way(charge)[:1])\n",
        tests=law("reasons_are_complete"),
    ),
    Mutation(
        name="reasons_are_complete: a consent on any item of the path",
        path="core/ways.py",
        old="    if any(charge.given_by(state) for state in found if state not in spoken):\n        return None\n",
        new="",
        tests=law("reasons_are_complete"),
    ),
    Mutation(
        name="reasons_are_complete: an attestation that frees nothing",
        path="core/ways.py",
        old="    alone = [edge for edge in drawing if edge in on_path and _attested(charge, (edge,))]\n",
        new="    alone = [edge for edge in drawing if edge in on_path]\n",
        tests=law("reasons_are_complete"),
    ),
    Mutation(
        name="explanation: a path that another consent has cleared",
        path="core/carriage.py",
        old="            if change(before) == triple:\n",
        new="            if True:\n",
        tests=EXPLANATION,
    ),
    Mutation(
        name="explanation: the turn of an agreement is not seen",
        path="core/turning.py",
        old="    yield from (grant.window for grant in policy.agreements if grant.to in ends)\n",
        new="",
        tests=EXPLANATION,
    ),
    Mutation(
        name="explanation: the originator is shown every item",
        path="core/explanation.py",
        old="        else Hop(item=None, parties=frozenset(), use=hop.use)\n",
        new="        else hop\n",
        tests=EXPLANATION,
    ),
    Mutation(
        name="explanation: the originator is shown other partners' reasons",
        path="core/explanation.py",
        old="if cause.originator == cause.reason.partner == partner]",
        new="if cause.reason.root]",
        tests=EXPLANATION,
    ),
    Mutation(
        name="explanation: the requester is shown the reasons",
        path="core/explanation.py",
        old="    return decision if isinstance(decision, Permitted) else UNAVAILABLE\n",
        new="    return decision or UNAVAILABLE  # type: ignore[return-value]\n",
        tests=EXPLANATION,
    ),
)
