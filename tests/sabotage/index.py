"""Mutations of the index: each makes it forget, keep or skip something that a change or the time should have moved."""

from typing import Final

from tests.sabotage.mutation import Mutation

TESTS: Final = ("tests/index",)


def _mutation(name: str, path: str, old: str, new: str) -> Mutation:
    return Mutation(name=f"index: {name}", path=f"index/{path}", old=old, new=new, tests=TESTS)


MUTATIONS: Final = (
    _mutation(
        "judgements outlive a boundary",
        "engine.py",
        "            view.forget(None)\n",
        "            pass\n",
    ),
    _mutation(
        "attestations never come to count",
        "engine.py",
        "if before < moment <= now})",
        "if False})",
    ),
    _mutation(
        "a suspension of another reach stops all the same",
        "stopping.py",
        "(channel or further or withheld)",
        "(channel or named or withheld)",
    ),
    _mutation(
        "a suspension skips what has to be judged",
        "stopping.py",
        "        if channel or (named and (reaching or kept)):\n",
        "        if False:\n",
    ),
    _mutation(
        "the holder's stop meets its own material only",
        "stopping.py",
        "if stop.frm == policy.holder else (stop.frm,):",
        "if False else (stop.frm,):",
    ),
    _mutation(
        "a suspension of the holder is nobody else's affair",
        "stopping.py",
        "withheld = kept and not stratum.assessable",
        "withheld = False",
    ),
    _mutation(
        "parts are not their partner's",
        "engine.py",
        "            if base(view.reader) == stop.to:\n",
        "            if view.reader == stop.to:\n",
    ),
    _mutation(
        "a waived class is sure to stop",
        "carriers.py",
        "case.state.waivers or case.passes or",
        "case.passes or",
    ),
    _mutation(
        "a public class is sure to stop",
        "carriers.py",
        " or (claim.audience and ANYONE in claim.audience)",
        "",
    ),
    _mutation(
        "strata outlive a label",
        "carriers.py",
        "        if changed:\n            self._forget_strata()\n",
        "        if changed:\n            pass\n",
    ),
    _mutation(
        "an old class stays with its item",
        "carriers.py",
        "                self.by_class[number].discard(item)\n",
        "                pass\n",
    ),
    _mutation(
        "an item without a label is seen",
        "carriers.py",
        "            if label:\n                labelled.extend",
        "            if True:\n                labelled.extend",
    ),
    _mutation(
        "eras know no memberships",
        "classes.py",
        "self._memberships.keys() & (claim.audience or ())",
        "()",
    ),
    _mutation(
        "only the item itself is labelled again",
        "labelling.py",
        "        found = found | front\n",
        "        front = set()\n",
    ),
    _mutation(
        "a consent is not carried",
        "labelling.py",
        "waivers=state.waivers | self.policy.waivers(name, case.claim)",
        "waivers=state.waivers",
    ),
    _mutation(
        "the stricter rival goes",
        "labelling.py",
        "cases[rival].state.stricter(cases[number].state)",
        "cases[number].state.stricter(cases[rival].state)",
    ),
    _mutation(
        "a change for the holder is a change for one",
        "change.py",
        "            change.originators.add(fact.frm)\n",
        "            pass\n",
    ),
    _mutation(
        "a change in the past is none",
        "change.py",
        "        change.labels = True\n",
        "        pass\n",
    ),
    _mutation(
        "what is lost stays listed",
        "appearances.py",
        "        lost, gained = self._listed - visible, visible - self._listed\n",
        "        lost, gained = self._listed - self._listed, visible - self._listed\n",
    ),
)
