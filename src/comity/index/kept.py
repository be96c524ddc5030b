"""Classes from and to plain values, for whoever keeps them: the record may not ask the decision, nor know its cases."""

from comity.core.claim import Claim
from comity.core.decision import Case
from comity.core.lineage import State


def case(claim: Claim, state: State, *, own: bool, passes: frozenset[str]) -> Case:
    """The case that these make."""
    return Case(claim=claim, state=state, own=own, passes=passes)
