import random

from hypothesis import given

from comity.core.decision import Permitted
from tests.laws.worlds import LOTS, drawn
from tests.oracle import naive
from tests.oracle.words import base, moment


@given(LOTS)
def test_default_refusal(rng: random.Random) -> None:
    """No agreement and no consent ⇒ refused, unless public, own, or the holder's own constituency.

    Public or own is read of every claim that the label brings into the question. What others said and an attested
    analysis has made assessable asks for no agreement; then the item itself has to be public or the recipient's own.
    """
    plain, questions = drawn(rng, 6)
    plain |= {"agreements": [], "consents": []}
    for question in questions:
        item, to, at = question
        if base(to) == plain["holder"] or not isinstance(question.of_plain(plain), Permitted):
            continue
        for claim, cutters, _ in naive.asked_triples(plain, item, moment(at)):
            assessable = claim.item != item and naive.is_assessable(plain, claim, cutters, moment(at))
            assert assessable or claim.originator == to or naive.is_public(plain, claim, moment(at))
